//! The service's tables, in the order in which they came to be.

mod m0002_sessions_and_deals;
mod m0003_realisations;

use devisa_ledger::schema::Tables;
use sea_orm_migration::{MigrationTrait, MigratorTrait};

/// Brings a database up to what this program knows.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        migrations()
    }
}

/// The migrations, the ledger's own first.
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(Tables),
        Box::new(m0002_sessions_and_deals::Migration),
        Box::new(m0003_realisations::Migration),
    ]
}
