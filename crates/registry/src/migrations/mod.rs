//! The registry's tables, in the order in which they came to be.

mod m0002_registry;
mod m0003_products;

use devisa_ledger::schema;
use sea_orm_migration::{MigrationTrait, MigratorTrait};

/// Brings a database up to what this program knows.
#[derive(Clone, Copy, Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        schema::migrations(&[m0002_registry::MIGRATION, m0003_products::MIGRATION])
    }
}
