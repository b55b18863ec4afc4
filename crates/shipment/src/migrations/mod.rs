//! The service's tables, in the order in which they came.

mod m0002_shipment;
mod m0003_hidden_sponsorships;

use devisa_ledger::schema;
use sea_orm_migration::{MigrationTrait, MigratorTrait};

/// Brings a database up to the shipment service's schema.
#[derive(Clone, Copy, Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        schema::migrations(&[m0002_shipment::MIGRATION, m0003_hidden_sponsorships::MIGRATION])
    }
}
