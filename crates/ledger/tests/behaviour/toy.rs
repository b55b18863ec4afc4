//! A resource that only these tests know: a programme with nothing but a display name.

use std::sync::Arc;

use devisa_domain::refusal::Refusal;
use devisa_ledger::{Call, Change, Decision, Error, Ledger, Moment, Row, schema};
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

/// The toy of that name.
pub(crate) async fn find(ledger: &Ledger, name: &str) -> Result<Option<Model>, Error> {
    Ok(Entity::find_by_id(name).one(ledger.reader()).await?)
}

/// Creates `toys/{id}`, or refuses when it exists.
pub(crate) async fn create(ledger: &Ledger, call: &Call, id: &str) -> Result<Programme, Error> {
    let name = format!("toys/{id}");
    let load = || find(ledger, &name);
    ledger.write(call, load, |found, moment| created(found.as_ref(), &name, moment)).await
}

pub(crate) fn created(
    found: Option<&Model>,
    name: &str,
    moment: &Moment,
) -> Result<Decision<Programme>, Refusal> {
    if found.is_some() {
        return Err(Refusal::Exists { resource: name.to_owned() });
    }
    let display_name = name.trim_start_matches("toys/").to_owned();
    let toy = Programme { name: name.to_owned(), display_name, ..Default::default() };
    let row = ActiveModel {
        name: Set(name.to_owned()),
        version: Set(1),
        create_time: Set(moment.now.micros()),
        label: Set(String::new()),
    };
    let change = Change::new().insert(row).event(CREATED, &name, None, &toy);
    Ok(Decision { change, response: toy })
}

/// Adds a mark to `toys/{id}`; every mark must survive.
pub(crate) async fn mark(ledger: &Ledger, id: &str, mark: &str) -> Result<Programme, Error> {
    let name = format!("toys/{id}");
    let load = || find(ledger, &name);
    ledger.write(&call(None, mark), load, |found, _| marked(found.as_ref(), &name, mark)).await
}

pub(crate) fn marked(
    found: Option<&Model>,
    name: &str,
    mark: &str,
) -> Result<Decision<Programme>, Refusal> {
    let found = found.ok_or_else(|| Refusal::NotFound { resource: name.to_owned() })?;
    let label = format!("{}{mark}", found.label);
    let (name, owner) = (name.to_owned(), found.label.clone());
    let before = Programme { name, owner, ..Default::default() };
    let after = Programme { owner: label.clone(), ..before.clone() };
    let row = ActiveModel {
        name: Set(found.name.clone()),
        version: Set(found.version + 1),
        create_time: Set(found.create_time),
        label: Set(label),
    };
    let change = Change::new().update(row, found.version);
    let change = change.event(UPDATED, &found.name, Some(&before), &after);
    Ok(Decision { change, response: after })
}
