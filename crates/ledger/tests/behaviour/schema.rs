//! Migrations and the schema window.

use devisa_ledger::{
    Database, Pool,
    schema::{self, Status},
};
use devisa_testkit::{TestDatabase, on_both_databases};
use sea_orm::{ConnectionTrait, DbBackend, DbErr};
use sea_orm_migration::{
    MigrationName, MigrationTrait, MigratorTrait, SchemaManager, async_trait::async_trait, sea_orm,
};

use crate::toy::Migrator;

on_both_databases!(
    an_empty_database_is_behind,
    a_migrated_database_is_current_and_migrating_again_changes_nothing,
    a_newer_database_is_ahead,
    two_may_migrate_at_once,
    a_long_migration_keeps_its_turn,
);

async fn open(database: &TestDatabase) -> Database {
    Database::open(&database.url, &Pool::default()).await.unwrap()
}

async fn status(database: &Database) -> Status {
    schema::status(database, &schema::names::<Migrator>()).await.unwrap()
}

async fn an_empty_database_is_behind(database: TestDatabase) {
    let database = open(&database).await;
    let missing = vec!["m0001_ledger".to_owned(), "m0002_toys".to_owned()];
    assert_eq!(status(&database).await, Status::Behind(missing));
}

async fn a_migrated_database_is_current_and_migrating_again_changes_nothing(
    database: TestDatabase,
) {
    let database = open(&database).await;
    for _ in 0..2 {
        schema::migrate::<Migrator>(&database).await.unwrap();
        assert_eq!(status(&database).await, Status::Current);
    }
}

async fn a_newer_database_is_ahead(database: TestDatabase) {
    let opened = database.open::<Migrator>().await;
    let raw = sea_orm::Database::connect(database.raw_url()).await.unwrap();
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_later', 0)";
    raw.execute_unprepared(newer).await.unwrap();
    assert_eq!(status(&opened).await, Status::Ahead(vec!["m9999_later".to_owned()]));
}

async fn two_may_migrate_at_once(database: TestDatabase) {
    let [one, two] = [open(&database).await, open(&database).await];
    let (first, second) =
        tokio::join!(schema::migrate::<Migrator>(&one), schema::migrate::<Migrator>(&two));
    assert!(first.is_ok() && second.is_ok(), "{first:?} {second:?}");
    assert_eq!(status(&one).await, Status::Current);
}

/// Takes longer than a connection may be idle in a transaction or wait for a lock.
struct Long;

impl MigrationName for Long {
    fn name(&self) -> &str {
        "m0001_long"
    }
}

#[async_trait]
impl MigrationTrait for Long {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        if connection.get_database_backend() == DbBackend::Postgres {
            connection.execute_unprepared("SELECT pg_sleep(11)").await?;
        }
        connection.execute_unprepared("CREATE TABLE long (id BIGINT)").await.map(drop)
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

struct LongMigrator;

impl MigratorTrait for LongMigrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Long)]
    }
}

async fn a_long_migration_keeps_its_turn(database: TestDatabase) {
    let [one, two] = [open(&database).await, open(&database).await];
    let (first, second) =
        tokio::join!(schema::migrate::<LongMigrator>(&one), schema::migrate::<LongMigrator>(&two));
    assert!(first.is_ok() && second.is_ok(), "{first:?} {second:?}");
    let names = schema::names::<LongMigrator>();
    assert_eq!(schema::status(&one, &names).await.unwrap(), Status::Current);
}
