//! A resource that only these tests know: a programme with nothing but a display name.

use std::sync::Arc;

use devisa_domain::refusal::Refusal;
use devisa_ledger::{Call, Change, Decision, Error, Ledger, Row, schema};
use devisa_proto::registry::v1::Programme;
use devisa_testkit::{TestClock, TestDatabase};
use sea_orm::{ActiveValue::Set, entity::prelude::*};
use sea_orm_migration::{MigrationTrait, MigratorTrait};
use uuid::Uuid;

pub(crate) const CREATED: &str = "toy.created";
pub(crate) const UPDATED: &str = "toy.updated";

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "toy")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) name: String,
    pub(crate) version: i64,
    pub(crate) create_time: i64,
    pub(crate) label: String,
}

impl ActiveModelBehavior for ActiveModel {}

impl Row for Model {
    fn name(&self) -> &str {
        &self.name
    }

    fn create_time(&self) -> i64 {
        self.create_time
    }
}

#[derive(Debug)]
pub(crate) struct Migrator;

const TOYS: schema::Migration = schema::Migration {
    name: "m0002_toys",
    sql: "CREATE TABLE toy (name {text} NOT NULL PRIMARY KEY, version BIGINT NOT NULL,
        create_time BIGINT NOT NULL, label {text} NOT NULL)",
};

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        schema::migrations(&[TOYS])
    }
}

pub(crate) async fn open(database: &TestDatabase) -> Ledger {
    let clock = TestClock::at("2025-11-27T09:00:00+07:00");
    database.ledger::<Migrator>(clock, "devisa.toy").await
}

pub(crate) async fn open_at(database: &TestDatabase, clock: Arc<TestClock>) -> Ledger {
    database.ledger::<Migrator>(clock, "devisa.toy").await
}

pub(crate) fn call(request_id: Option<Uuid>, request: &str) -> Call {
    Call {
        principal: "tester".to_owned(),
        method: "toy/Create".to_owned(),
        request_id,
        request_hash: Call::hash(request.as_bytes()),
        validate_only: false,
        traceparent: String::new(),
    }
}

/// Creates `toys/{id}`, or refuses when it exists.
pub(crate) async fn create(ledger: &Ledger, call: &Call, id: &str) -> Result<Programme, Error> {
    let name = format!("toys/{id}");
    let load = || async { Ok(Entity::find_by_id(&name).one(ledger.reader()).await?) };
    ledger
        .write(call, load, |found, moment| {
            if found.is_some() {
                return Err(Refusal::Exists { resource: name.clone() });
            }
            let toy =
                Programme { name: name.clone(), display_name: id.to_owned(), ..Default::default() };
            let row = ActiveModel {
                name: Set(name.clone()),
                version: Set(1),
                create_time: Set(moment.now.micros()),
                label: Set(String::new()),
            };
            let change = Change::new().insert(row).event(CREATED, &name, None, &toy);
            Ok(Decision { change, response: toy })
        })
        .await
}

/// Adds a mark to `toys/{id}`; every mark must survive.
pub(crate) async fn mark(ledger: &Ledger, id: &str, mark: &str) -> Result<Programme, Error> {
    let name = format!("toys/{id}");
    let load = || async { Ok(Entity::find_by_id(&name).one(ledger.reader()).await?) };
    ledger
        .write(&call(None, mark), load, |found, _| {
            let missing = || Refusal::NotFound { resource: name.clone() };
            let found = found.as_ref().ok_or_else(missing)?;
            let label = format!("{}{mark}", found.label);
            let before =
                Programme { name: name.clone(), owner: found.label.clone(), ..Default::default() };
            let after = Programme { owner: label.clone(), ..before.clone() };
            let row = ActiveModel {
                name: Set(name.clone()),
                version: Set(found.version + 1),
                create_time: Set(found.create_time),
                label: Set(label),
            };
            let change = Change::new().update(row, found.version);
            let change = change.event(UPDATED, &name, Some(&before), &after);
            Ok(Decision { change, response: after })
        })
        .await
}
