//! When sponsorships were hidden.

use devisa_ledger::schema;
use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

#[derive(Debug)]
pub(super) struct Columns;

impl MigrationName for Columns {
    fn name(&self) -> &str {
        "m0003_hidden_sponsorships"
    }
}

#[async_trait]
impl MigrationTrait for Columns {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        schema::run(manager, COLUMNS).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// `delete_time` is 0 while a sponsorship is not hidden.
const COLUMNS: &str = r#"
ALTER TABLE sponsorship ADD COLUMN delete_time BIGINT NOT NULL DEFAULT 0
"#;
