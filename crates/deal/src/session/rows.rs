//! Sessions as rows.

use devisa_domain::{deal::Session, name::SessionName, refusal::Refusal};
use devisa_ledger::{Doc, Error, Ledger, Row, store::Table};
use sea_orm::{ActiveValue::Set, entity::prelude::*};

/// A session's row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) name: String,
    pub(crate) version: i64,
    pub(crate) create_time: i64,
    pub(crate) update_time: i64,
    pub(crate) scope_region: String,
    pub(crate) scope_organisation: String,
    pub(crate) scope_session: String,
    pub(crate) data: Doc<Session>,
}

/// Rows refer to each other by name only.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Row for Model {
    fn name(&self) -> &str {
        &self.name
    }

    fn create_time(&self) -> i64 {
        self.create_time
    }
}

impl Table for Entity {
    type Resource = Session;

    fn resource(row: Model) -> Session {
        row.data.0
    }
}

impl From<&Session> for ActiveModel {
    fn from(session: &Session) -> Self {
        let office = session.facts.office.as_ref().map(ToString::to_string);
        Self {
            name: Set(session.name.to_string()),
            version: Set(session.meta.version),
            create_time: Set(session.meta.create_time.micros()),
            update_time: Set(session.meta.update_time.micros()),
            scope_region: Set(String::new()),
            scope_organisation: Set(office.unwrap_or_default()),
            scope_session: Set(session.name.to_string()),
            data: Set(Doc(session.clone())),
        }
    }
}

/// The session of this name.
///
/// # Errors
/// [`Refusal::NotFound`].
pub(super) async fn get(ledger: &Ledger, name: &SessionName) -> Result<Session, Error> {
    let found = Entity::find_by_id(name.to_string()).one(ledger.reader()).await?;
    let found = found.ok_or_else(|| Refusal::NotFound { resource: name.to_string() })?;
    Ok(found.data.0)
}

/// Whether there is a session of this name. Sessions are never deleted.
pub(crate) async fn exists(ledger: &Ledger, name: &SessionName) -> Result<bool, Error> {
    let query = Entity::find_by_id(name.to_string());
    Ok(query.count(ledger.reader()).await? > 0)
}
