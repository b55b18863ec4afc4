//! Realisations, and what is known of the shipments they are of.

use async_trait::async_trait;
use devisa_ledger::schema;
use sea_orm::DbErr;
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// Creates the tables of realisations and of the projected shipments.
pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0003_realisations"
    }
}

#[async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        schema::run(manager, SQL).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// `shipped` is a projection of the shipment service's event log; `devisa rebuild deal` makes it
/// anew.
const SQL: &str = r#"
CREATE TABLE shipped (
    name {text} NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    create_time BIGINT NOT NULL,
    update_time BIGINT NOT NULL,
    scope_region {text} NOT NULL,
    scope_organisation {text} NOT NULL,
    scope_session {text} NOT NULL,
    data {text} NOT NULL
);

CREATE TABLE realisation (
    name {text} NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    create_time BIGINT NOT NULL,
    update_time BIGINT NOT NULL,
    scope_region {text} NOT NULL,
    scope_organisation {text} NOT NULL,
    scope_session {text} NOT NULL,
    deal {text} NOT NULL,
    shipment {text} NOT NULL,
    state {text} NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency {text} NOT NULL,
    delete_time BIGINT NOT NULL,
    data {text} NOT NULL
);
CREATE INDEX realisation_newest ON realisation (deal, create_time DESC, name);
CREATE INDEX realisation_shipment ON realisation (shipment, deal)
"#;
