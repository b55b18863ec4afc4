//! Migrations: one SQL text for both databases, and the window of schemas a program may meet.
//!
//! Invariant: instants, money and versions are BIGINT, dates and decimals text; text is sorted
//! bytewise on both databases. No column is a decimal, a float or a timestamp.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};
use sea_orm_migration::{
    MigrationName, MigrationTrait, MigratorTrait, SchemaManager, async_trait::async_trait, sea_orm,
};

use crate::{connection::Connection, database::Database, error::StorageError};

/// One step of a schema: statements separated by `;`, run in one transaction, with placeholders for
/// what the databases spell differently: `{text}` is text sorted bytewise, `{bytes}` a byte string,
/// `{id}` an ascending integer key, `{xid}` the number of the writing transaction.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Its number and name, which a database keeps once it has run: `m0001_ledger`.
    pub name: &'static str,
    /// Its statements.
    pub sql: &'static str,
}

impl MigrationName for Migration {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let sql = spell(connection.get_database_backend(), self.sql);
        for statement in sql.split(';').map(str::trim).filter(|statement| !statement.is_empty()) {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// A service's migrations, after the ledger's own.
pub fn migrations(own: &[Migration]) -> Vec<Box<dyn MigrationTrait>> {
    let all = [LEDGER].into_iter().chain(own.iter().copied());
    all.map(|migration| Box::new(migration) as Box<dyn MigrationTrait>).collect()
}

fn spell(backend: DbBackend, sql: &str) -> String {
    let [text, bytes, id, xid] = match backend {
        DbBackend::Postgres => [
            "TEXT COLLATE \"C\"",
            "BYTEA",
            "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
            "XID8 NOT NULL DEFAULT pg_current_xact_id()",
        ],
        _ => ["TEXT", "BLOB", "INTEGER PRIMARY KEY AUTOINCREMENT", "BIGINT NOT NULL DEFAULT 0"],
    };
    sql.replace("{text}", text).replace("{bytes}", bytes).replace("{id}", id).replace("{xid}", xid)
}

/// The ledger's own tables.
const LEDGER: Migration = Migration {
    name: "m0001_ledger",
    sql: r#"
CREATE TABLE log_epoch (epoch BIGINT NOT NULL PRIMARY KEY);
INSERT INTO log_epoch (epoch) VALUES (1);

CREATE TABLE event (
    id {id},
    epoch BIGINT NOT NULL,
    xid {xid},
    event_id {text} NOT NULL,
    kind {text} NOT NULL,
    subject {text} NOT NULL,
    time BIGINT NOT NULL,
    actor {text} NOT NULL,
    request_id {text} NOT NULL,
    traceparent {text} NOT NULL,
    type_url {text} NOT NULL,
    data {bytes} NOT NULL,
    changed {text} NOT NULL
);
CREATE UNIQUE INDEX event_order ON event (epoch, xid, id);
CREATE INDEX event_subject ON event (subject, epoch, xid, id);

CREATE TABLE idempotency (
    principal {text} NOT NULL,
    method {text} NOT NULL,
    request_id {text} NOT NULL,
    request_hash {bytes} NOT NULL,
    response {bytes} NOT NULL,
    create_time BIGINT NOT NULL,
    PRIMARY KEY (principal, method, request_id)
);
CREATE INDEX idempotency_age ON idempotency (create_time);

CREATE TABLE projection (
    name {text} NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    revision {text} NOT NULL
);

CREATE TABLE compaction (id BIGINT NOT NULL PRIMARY KEY, revision {text} NOT NULL);

CREATE TABLE guard (name {text} NOT NULL PRIMARY KEY, version BIGINT NOT NULL);

CREATE TABLE page_key (id BIGINT NOT NULL PRIMARY KEY, secret {bytes} NOT NULL, create_time BIGINT NOT NULL)
"#,
};

/// How a database's schema stands to this program's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// The database has every migration that this program knows.
    Current,
    /// Migrations are missing: run `migrate` first.
    Behind(Vec<String>),
    /// A newer program has migrated it; this one still runs, since migrations only add.
    Ahead(Vec<String>),
}

/// Compares the database's schema with the migrations that this program knows, writing nothing.
///
/// # Errors
/// The database's.
pub async fn status(database: &Database, known: &[String]) -> Result<Status, StorageError> {
    let applied = applied(database.reader()).await?;
    let missing: Vec<_> = known.iter().filter(|name| !applied.contains(name)).cloned().collect();
    let newer: Vec<_> = applied.into_iter().filter(|name| !known.contains(name)).collect();
    Ok(match (missing.is_empty(), newer.is_empty()) {
        (false, _) => Status::Behind(missing),
        (true, false) => Status::Ahead(newer),
        (true, true) => Status::Current,
    })
}

async fn applied(connection: &Connection) -> Result<Vec<String>, DbErr> {
    let backend = connection.get_database_backend();
    let table = match backend {
        DbBackend::Postgres => {
            "SELECT 1 FROM pg_tables WHERE tablename = 'seaql_migrations' AND schemaname = ANY(current_schemas(false))"
        }
        _ => "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'seaql_migrations'",
    };
    if connection.query_one_raw(Statement::from_string(backend, table)).await?.is_none() {
        return Ok(Vec::new());
    }
    let names = "SELECT version FROM seaql_migrations ORDER BY version";
    let rows = connection.query_all_raw(Statement::from_string(backend, names)).await?;
    rows.iter().map(|row| row.try_get("", "version")).collect()
}

/// The names of a migrator's migrations, in order.
pub fn names<M: MigratorTrait>() -> Vec<String> {
    M::migrations().iter().map(|migration| migration.name().to_owned()).collect()
}

/// Brings the schema up to what this program knows. Safe to run twice, also at once.
///
/// # Errors
/// The database's; what a failed migration did is rolled back.
pub async fn migrate<M: MigratorTrait>(database: &Database) -> Result<(), StorageError> {
    // All of it on one pool.
    let writer = &database.writer().pool();
    if writer.get_database_backend() != DbBackend::Postgres {
        return migrate_file::<M>(writer).await;
    }
    // sea-orm-migration takes no lock; a transaction of its own holds one while it runs.
    const LOCK: i64 = 0x6465_7669_7361; // "devisa"
    let lock = sea_orm::TransactionTrait::begin(writer).await?;
    // The limits of ordinary calls would end the wait for another's long migration, and this
    // transaction, idle while its own runs.
    lock.execute_unprepared(
        "SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0; \
         SET LOCAL idle_in_transaction_session_timeout = 0",
    )
    .await?;
    let sql = format!("SELECT pg_advisory_xact_lock({LOCK})");
    lock.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
    let migrated = M::up(writer, None).await;
    lock.commit().await?;
    Ok(migrated?)
}

/// On a file, two at once get in each other's way; whoever loses finds the work done and goes on
/// from there.
async fn migrate_file<M: MigratorTrait>(writer: &DatabaseConnection) -> Result<(), StorageError> {
    const ATTEMPTS: u32 = 20;
    let mut attempt = 0;
    loop {
        attempt += 1;
        match M::up(writer, None).await {
            Ok(()) => return Ok(()),
            Err(error) if attempt == ATTEMPTS => return Err(error.into()),
            Err(error) => tracing::debug!(%error, attempt, "migrating again"),
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}
