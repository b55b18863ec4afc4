//! What can go wrong between a use case and its database.

use devisa_domain::refusal::Refusal;
use sea_orm::{DbErr, RuntimeErr, sqlx};

/// Why a use case has no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request was refused; nothing was changed. Safe to show.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database failed. Its text is for the log, never for a caller.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::Storage(StorageError::from(error))
    }
}

/// A failure of the database, classed by what a caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The database does not answer or cut the connection; trying again later may help.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// What is stored cannot be understood, or a statement is wrong: a fault of ours.
    #[error("the database and the program disagree: {0}")]
    Broken(String),
}

impl From<DbErr> for StorageError {
    fn from(error: DbErr) -> Self {
        match Failure::of(&error) {
            Failure::Unavailable | Failure::Busy => Self::Unavailable(error.to_string()),
            Failure::Duplicate | Failure::Other => Self::Broken(error.to_string()),
        }
    }
}

/// How a statement failed, told alike for both databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// A unique index or primary key refused the row.
    Duplicate,
    /// Serialisation failure, deadlock or lock timeout: the same transaction may succeed again.
    Busy,
    /// No connection, or it was lost.
    Unavailable,
    /// Anything else.
    Other,
}

impl Failure {
    pub(crate) fn of(error: &DbErr) -> Self {
        match error {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => Self::Unavailable,
            DbErr::Exec(RuntimeErr::SqlxError(inner))
            | DbErr::Query(RuntimeErr::SqlxError(inner)) => Self::of_sqlx(inner),
            _ => Self::Other,
        }
    }

    fn of_sqlx(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(inner) => {
                Self::of_code(inner.code().as_deref().unwrap_or_default())
            }
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unavailable,
            _ => Self::Other,
        }
    }

    /// SQLSTATE on PostgreSQL, the extended result code on SQLite; the two never overlap.
    fn of_code(code: &str) -> Self {
        match code {
            "23505" | "2067" | "1555" => Self::Duplicate,
            // 40001 serialization_failure, 40P01 deadlock_detected, 55P03 lock_not_available;
            // SQLITE_BUSY with its extensions and SQLITE_LOCKED.
            "40001" | "40P01" | "55P03" | "5" | "261" | "517" | "773" | "6" | "262" => Self::Busy,
            // 57P0x shutdown, 53300 too many connections, 57014 statement cancelled, 08xxx
            // connection; SQLITE_FULL, SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_READONLY.
            "57P01" | "57P02" | "57P03" | "57014" | "53300" | "25P03" | "13" | "10" | "14"
            | "8" => Self::Unavailable,
            code if code.len() == 5 && code.starts_with("08") => Self::Unavailable,
            _ => Self::Other,
        }
    }
}
