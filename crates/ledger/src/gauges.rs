//! What an operator reads off a running ledger.
//!
//! Invariant: nothing here waits for a connection but [`Database::horizon_age`]; so a pool that has
//! none left can still be seen to have none left.

use std::time::Duration;

use sea_orm::{
    ConnectionTrait, DbBackend, Statement,
    sqlx::{self, Pool},
};

use crate::{connection::Connection, database::Database, error::StorageError};

/// The connections of one pool at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connections {
    /// `writer` or `reader` on SQLite; `shared` on PostgreSQL, which has one pool for both.
    pub pool: &'static str,
    /// Those that a statement or a transaction holds, and those being opened or given back.
    pub in_use: u32,
    /// Those that wait for work.
    pub idle: u32,
    /// How many there may be.
    pub limit: u32,
}

impl Connections {
    fn of<DB: sqlx::Database>(name: &'static str, pool: &Pool<DB>) -> Self {
        let size = pool.size();
        let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX).min(size);
        let limit = pool.options().get_max_connections();
        Self { pool: name, in_use: size - idle, idle, limit }
    }
}

impl Database {
    /// The connections of each of its pools.
    pub fn connections(&self) -> Vec<Connections> {
        let sqlite = |name, connection: &Connection| {
            Connections::of(name, connection.pool().get_sqlite_connection_pool())
        };
        match self.backend() {
            DbBackend::Postgres => {
                let pool = self.writer().pool();
                vec![Connections::of("shared", pool.get_postgres_connection_pool())]
            }
            _ => vec![sqlite("writer", self.writer()), sqlite("reader", self.reader())],
        }
    }

    /// The age of the oldest transaction that writes: no event committed since it began can be read
    /// yet. Zero when there is none; none on SQLite, where nothing is held back.
    ///
    /// Other roles' transactions count only if this role may see them (`pg_read_all_stats`).
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn horizon_age(&self) -> Result<Option<Duration>, StorageError> {
        if self.backend() != DbBackend::Postgres {
            return Ok(None);
        }
        const OLDEST: &str = "SELECT (EXTRACT(EPOCH FROM clock_timestamp() - min(xact_start)) \
            * 1000000)::bigint AS micros FROM pg_stat_activity WHERE backend_xid IS NOT NULL";
        let asked = Statement::from_string(DbBackend::Postgres, OLDEST);
        let row = self.reader().query_one_raw(asked).await?;
        let micros: Option<i64> = row.map(|row| row.try_get("", "micros")).transpose()?.flatten();
        let micros = micros.and_then(|micros| u64::try_from(micros).ok()).unwrap_or(0);
        Ok(Some(Duration::from_micros(micros)))
    }
}
