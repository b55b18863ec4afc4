//! The service's tables, in the order in which they came to be.

mod m0002_sessions_and_deals;
mod m0003_realisations;

use devisa_ledger::schema;
use sea_orm_migration::{MigrationTrait, MigratorTrait};

/// Brings a database up to what this program knows.
#[derive(Clone, Copy, Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        schema::migrations(&[m0002_sessions_and_deals::MIGRATION, m0003_realisations::MIGRATION])
    }
}
