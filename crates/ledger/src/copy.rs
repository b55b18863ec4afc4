//! Copies an embedded database while it is written.

use std::path::Path;

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database as Orm, DatabaseConnection, DbBackend, DbErr,
    Statement,
};

use crate::{database::Database, error::StorageError, event_log, revision::Revision};

/// Writes a copy of a SQLite database to a file that does not exist yet: its state at one moment,
/// whole and checked, while others go on writing. Answers the revision of the newest event that
/// the copy holds.
///
/// # Errors
/// [`StorageError`]; then what is at `to` is no copy. [`StorageError::Broken`] on PostgreSQL, and
/// when the copy is not sound.
pub async fn copy(database: &Database, to: &Path) -> Result<Revision, StorageError> {
    let reader = database.reader();
    if reader.get_database_backend() != DbBackend::Sqlite {
        return Err(StorageError::Broken("only an embedded database is copied so".to_owned()));
    }
    let path = to.display().to_string();
    let statement =
        Statement::from_sql_and_values(DbBackend::Sqlite, "VACUUM INTO ?1", [path.as_str().into()]);
    reader.execute_raw(statement).await?;
    let mut options = ConnectOptions::new(format!("sqlite://{path}?mode=ro"));
    options.max_connections(1).sqlx_logging(false);
    let copied = Orm::connect(options).await?;
    let looked = look(&copied).await;
    copied.close().await?;
    looked
}

async fn look(copied: &DatabaseConnection) -> Result<Revision, StorageError> {
    let check = "SELECT integrity_check AS verdict FROM pragma_integrity_check";
    let verdict = text(copied, check, "verdict").await?.unwrap_or_default();
    if verdict != "ok" {
        return Err(StorageError::Broken(format!("the copy is not sound: {verdict}")));
    }
    Ok(event_log::newest(copied).await?)
}

async fn text(
    connection: &DatabaseConnection,
    sql: &str,
    column: &str,
) -> Result<Option<String>, DbErr> {
    let statement = Statement::from_string(DbBackend::Sqlite, sql);
    let row = connection.query_one_raw(statement).await?;
    row.map(|row| row.try_get("", column)).transpose()
}
