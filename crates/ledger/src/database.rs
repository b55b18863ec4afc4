//! Connections: SQLite with one writer and many readers, PostgreSQL with one pool.

use std::{fmt, path::PathBuf, time::Duration};

use devisa_domain::refusal::RuleBroken;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database as Orm, DatabaseConnection, DatabaseTransaction,
    DbBackend, DbErr, RuntimeErr, SqliteTransactionMode, TransactionOptions,
    sqlx::{
        Connection as _, PgConnection, SqliteConnection,
        error::Error as SqlxError,
        sqlite::{SqliteJournalMode, SqliteSynchronous},
    },
};

use crate::{connection::Connection, error::StorageError};

/// Where a service's database is. Never printed with its password.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A SQLite file, created when absent.
    Sqlite(PathBuf),
    /// A PostgreSQL server, `postgres://user:password@host:5432/database`.
    Postgres(String),
}

impl DatabaseUrl {
    /// Reads a URL.
    ///
    /// # Errors
    /// `database_url.form` when it is neither `sqlite:PATH` nor `postgres://…`.
    pub fn parse(url: &str) -> Result<Self, RuleBroken> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            let path = path.split('?').next().unwrap_or_default();
            if !path.is_empty() && path != ":memory:" {
                return Ok(Self::Sqlite(PathBuf::from(path)));
            }
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        let scheme = url.split(':').next().unwrap_or_default();
        Err(RuleBroken::expected(
            "database_url.form",
            "sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE",
            format!("a URL with scheme {scheme:?}"),
        ))
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => {
                let rest = url.split_once("://").map_or("", |(_, rest)| rest);
                let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
                write!(f, "postgres://{}", host.split('?').next().unwrap_or_default())
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How many connections a service keeps, and how long it waits for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Connections at most; on SQLite readers, beside the one writer.
    pub max_connections: u32,
    /// How long a call waits for a connection before it is told that the database is unavailable.
    pub acquire_timeout: Duration,
    /// How long PostgreSQL works on one statement at most; zero is without end.
    pub statement_timeout: Duration,
}

impl Pool {
    /// How long PostgreSQL may take to answer a statement, with the wait for a connection and the way
    /// there and back. None where the statement itself has no end.
    fn answers_within(&self) -> Option<Duration> {
        let ends = !self.statement_timeout.is_zero();
        ends.then(|| self.statement_timeout + 2 * self.acquire_timeout)
    }
}

impl Default for Pool {
    fn default() -> Self {
        Self {
            max_connections: 4,
            acquire_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(30),
        }
    }
}

/// How long a connection may take to show that it is whole when it is given back.
const GIVE_BACK_WITHIN: Duration = Duration::from_secs(2);
/// How many connections to PostgreSQL are open before the first call.
const WARM: usize = 2;

/// An open database.
#[derive(Clone, Debug)]
pub struct Database {
    reader: Connection,
    writer: Connection,
}

impl Database {
    /// Opens the database and warms its pool.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`] when it cannot be reached or opened.
    pub async fn open(url: &DatabaseUrl, pool: &Pool) -> Result<Self, StorageError> {
        match url {
            DatabaseUrl::Sqlite(path) => {
                let file = path.display().to_string();
                let writer = Orm::connect(sqlite(&file, pool, false)).await?;
                let reader = Orm::connect(sqlite(&file, pool, true)).await?;
                let (reader, writer) = (Connection::fixed(reader), Connection::fixed(writer));
                let database = Self { reader, writer };
                database.can_write().await?;
                Ok(database)
            }
            DatabaseUrl::Postgres(url) => {
                let options = postgres(url, pool);
                let writer = Orm::connect(options.clone()).await?;
                warm(&writer).await?;
                let writer = Connection::kept(writer, options, pool.answers_within());
                Ok(Self { reader: writer.clone(), writer })
            }
        }
    }

    /// Connections to read on; on SQLite they cannot write.
    pub fn reader(&self) -> &Connection {
        &self.reader
    }

    pub(crate) fn writer(&self) -> &Connection {
        &self.writer
    }

    /// Which database it is.
    pub fn backend(&self) -> DbBackend {
        self.writer.get_database_backend()
    }

    /// Begins a writing transaction; on SQLite it takes the write lock at once, because a
    /// transaction that reads first and writes later can fail without ever waiting.
    pub(crate) async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let immediate = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        self.writer.begin_with_options(immediate).await
    }

    /// Fails on a file that can only be read. SQLite would open it all the same, and what it shares
    /// between the connections of a process would stay read-only when the file no longer is.
    async fn can_write(&self) -> Result<(), DbErr> {
        let transaction = self.begin().await?;
        // Beginning is no proof: on such a file it is a transaction that reads.
        transaction.execute_unprepared("PRAGMA user_version = 0").await?;
        transaction.rollback().await
    }

    /// Closes the connections.
    pub async fn close(self) {
        let Self { reader, writer } = self;
        for connection in [reader, writer] {
            if let Err(error) = connection.pool().close().await {
                tracing::warn!(%error, "closing the database");
            }
        }
    }
}

fn sqlite(file: &str, pool: &Pool, read_only: bool) -> ConnectOptions {
    let mode = if read_only { "ro" } else { "rwc" };
    let mut options = ConnectOptions::new(format!("sqlite://{file}?mode={mode}"));
    let connections = if read_only { pool.max_connections } else { 1 };
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(pool.acquire_timeout)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |options| {
            let options = options
                .busy_timeout(Duration::from_secs(5))
                .foreign_keys(true)
                .read_only(read_only)
                // A container has a root that is read-only and no folder for temporary files.
                .pragma("temp_store", "MEMORY")
                .synchronous(SqliteSynchronous::Full);
            // A reader cannot set the journal mode; the writer, opened first, has.
            if read_only { options } else { options.journal_mode(SqliteJournalMode::Wal) }
        })
        .map_sqlx_sqlite_pool_opts(|options| {
            options.after_release(|connection, _| Box::pin(has_no_transaction(connection)))
        });
    options
}

/// Whether a connection may be used again.
///
/// When the disk is full, SQLite rolls back by itself; the driver's own ROLLBACK then fails, and
/// it goes on counting a transaction. What it began next would be a savepoint of nothing, whose
/// release commits nothing: writes would be acknowledged and lost. Such a connection is closed.
async fn has_no_transaction(connection: &mut SqliteConnection) -> Result<bool, SqlxError> {
    // Behind the rollback, if one is still under way.
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

fn postgres(url: &str, pool: &Pool) -> ConnectOptions {
    let mut options = ConnectOptions::new(url.to_owned());
    let statement_timeout = pool.statement_timeout.as_millis();
    options
        .max_connections(pool.max_connections.max(2))
        // None are kept open in the background: the task that does so waits for minutes on a
        // network that swallows its packets, and holds places of the pool all the while.
        .min_connections(0)
        // Also of a pool that was left behind because one of its connections stays taken.
        .idle_timeout(Duration::from_secs(10 * 60))
        .acquire_timeout(pool.acquire_timeout)
        .connect_timeout(pool.acquire_timeout)
        .max_lifetime(Duration::from_secs(30 * 60))
        .test_before_acquire_if_idle_for(Duration::from_secs(30))
        .sqlx_logging(false)
        .set_application_name("devisa")
        .map_sqlx_postgres_opts(move |options| {
            options.options([
                ("statement_timeout", statement_timeout.to_string()),
                ("idle_in_transaction_session_timeout", "10000".to_owned()),
                ("lock_timeout", "5000".to_owned()),
            ])
        })
        .map_sqlx_postgres_pool_opts(|options| {
            options.after_release(|connection, _| Box::pin(answers(connection)))
        });
    options
}

/// Fails when a connection that is given back does not answer in time; it is then dropped.
///
/// A call whose deadline passes gives its connection back in the middle of a statement. The pool
/// waits for the statement's end without a bound of its own: with a peer that went silent for ever,
/// and with every connection, until none is left.
async fn answers(connection: &mut PgConnection) -> Result<bool, SqlxError> {
    match tokio::time::timeout(GIVE_BACK_WITHIN, connection.ping()).await {
        Ok(answer) => answer.map(|()| true),
        Err(_) => Err(SqlxError::Io(std::io::ErrorKind::TimedOut.into())),
    }
}

/// Opens connections before they are needed.
async fn warm(database: &DatabaseConnection) -> Result<(), StorageError> {
    let pool = database.get_postgres_connection_pool();
    let opened = (0..WARM).map(|_| pool.acquire());
    let opened = futures::future::try_join_all(opened).await;
    opened.map(drop).map_err(|error| DbErr::Conn(RuntimeErr::SqlxError(error.into())).into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use sea_orm::{ConnectionTrait, DbErr};

    use super::{Database, DatabaseUrl, Pool};

    #[tokio::test]
    async fn sorting_needs_no_folder_for_temporary_files() {
        let folder = std::env::temp_dir().join(format!("devisa-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir(&folder).unwrap();
        let url = DatabaseUrl::Sqlite(folder.join("test.db"));
        let database = Database::open(&url, &Pool::default()).await.unwrap();
        for connection in [database.reader(), database.writer()] {
            let asked = sea_orm::Statement::from_string(database.backend(), "PRAGMA temp_store");
            let row = connection.query_one_raw(asked).await.unwrap().unwrap();
            assert_eq!(row.try_get::<i64>("", "temp_store").unwrap(), 2, "in memory");
        }
        database.close().await;
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[tokio::test]
    async fn a_transaction_that_sqlite_ended_by_itself_does_not_outlive_itself() {
        let folder = std::env::temp_dir().join(format!("devisa-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir(&folder).unwrap();
        let url = DatabaseUrl::Sqlite(folder.join("test.db"));
        let database = Database::open(&url, &Pool::default()).await.unwrap();
        database.writer().execute_unprepared("CREATE TABLE t (n BIGINT)").await.unwrap();
        for _ in 0..3 {
            let ended = database.begin().await.unwrap();
            // As SQLite does when the disk is full; the driver does not know of it.
            ended.execute_unprepared("ROLLBACK").await.unwrap();
            assert!(matches!(ended.rollback().await, Err(DbErr::Exec(_) | DbErr::Query(_))));

            let written = database.begin().await.unwrap();
            written.execute_unprepared("INSERT INTO t VALUES (1)").await.unwrap();
            written.rollback().await.unwrap();
            let written = database.begin().await.unwrap();
            written.execute_unprepared("INSERT INTO t VALUES (2)").await.unwrap();
            written.commit().await.unwrap();
        }
        let counted = "SELECT count(*) AS n FROM t WHERE n = 2";
        let counted = sea_orm::Statement::from_string(database.backend(), counted);
        let row = database.reader().query_one_raw(counted).await.unwrap().unwrap();
        assert_eq!(row.try_get::<i64>("", "n").unwrap(), 3);
        database.close().await;
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn urls_are_read() {
        for url in ["sqlite:/data/registry.db", "sqlite:///data/registry.db?mode=rwc"] {
            assert_eq!(DatabaseUrl::parse(url).unwrap().to_string(), "sqlite:/data/registry.db");
        }
        assert!(DatabaseUrl::parse("postgres://u:p@h/d").is_ok());
    }

    #[test]
    fn passwords_are_not_printed() {
        let url = DatabaseUrl::parse("postgres://user:secret@host:5432/registry?x=secret").unwrap();
        assert_eq!(
            format!("{url} {url:?}"),
            "postgres://host:5432/registry postgres://host:5432/registry"
        );
    }

    #[test]
    fn other_urls_are_refused() {
        for url in ["", "mysql://h/d", "sqlite::memory:", "sqlite:", "/data/x.db"] {
            assert_eq!(DatabaseUrl::parse(url).unwrap_err().rule(), "database_url.form", "{url}");
        }
    }
}
