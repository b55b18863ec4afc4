//! Products, and the deletion of organisations.

use devisa_ledger::schema;
use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

#[derive(Debug)]
pub(super) struct Products;

impl MigrationName for Products {
    fn name(&self) -> &str {
        "m0003_products"
    }
}

#[async_trait]
impl MigrationTrait for Products {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        schema::run(manager, PRODUCTS).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// `delete_time` is 0 while a resource is not deleted, so that a program that knows no deletion
/// still writes rows.
const PRODUCTS: &str = r#"
ALTER TABLE organisation ADD COLUMN delete_time BIGINT NOT NULL DEFAULT 0;

CREATE TABLE product (
    name {text} NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    create_time BIGINT NOT NULL,
    update_time BIGINT NOT NULL,
    delete_time BIGINT NOT NULL DEFAULT 0,
    scope_region {text} NOT NULL,
    scope_organisation {text} NOT NULL,
    scope_session {text} NOT NULL,
    organisation {text} NOT NULL,
    hs_code {text} NOT NULL,
    data {text} NOT NULL
);
CREATE INDEX product_newest ON product (organisation, create_time DESC, name)
"#;
