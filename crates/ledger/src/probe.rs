//! What can be learnt of a database from outside a running service, writing nothing.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use crate::{database::Database, error::StorageError};

/// The clocks that a database knows, each since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clocks {
    /// The database server's own; none on SQLite, which has no clock of its own.
    pub server: Option<Duration>,
    /// When the newest event was recorded; none in an empty log.
    pub newest_event: Option<Duration>,
}

/// Reads the clocks of a migrated database.
///
/// # Errors
/// The database's.
pub async fn clocks(database: &Database) -> Result<Clocks, StorageError> {
    let server = match database.backend() {
        DbBackend::Postgres => {
            let now = "SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::BIGINT AS at";
            instant(database, now).await?
        }
        _ => None,
    };
    let newest = "SELECT time AS at FROM event ORDER BY epoch DESC, xid DESC, id DESC LIMIT 1";
    Ok(Clocks { server, newest_event: instant(database, newest).await? })
}

async fn instant(database: &Database, sql: &str) -> Result<Option<Duration>, DbErr> {
    let statement = Statement::from_string(database.backend(), sql);
    let row = database.reader().query_one_raw(statement).await?;
    let micros = row.map(|row| row.try_get::<i64>("", "at")).transpose()?;
    Ok(micros.and_then(|micros| u64::try_from(micros).ok()).map(Duration::from_micros))
}
