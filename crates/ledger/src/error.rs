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

impl Error {
    /// An answer or its refusal, for who tells several refusals at once.
    ///
    /// # Errors
    /// The database's, which is told alone.
    pub fn refused<T>(answer: Result<T, Self>) -> Result<Result<T, Refusal>, StorageError> {
        match answer {
            Ok(answer) => Ok(Ok(answer)),
            Err(Self::Refused(refusal)) => Ok(Err(refusal)),
            Err(Self::Storage(error)) => Err(error),
        }
    }
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

impl StorageError {
    /// The database took longer than anything of ours takes.
    pub(crate) fn silent() -> Self {
        Self::Unavailable("it did not answer in time".to_owned())
    }
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
            // 40001 serialization_failure, 40P01 deadlock_detected, 55P03 lock_not_available.
            "40001" | "40P01" | "55P03" => Self::Busy,
            // 25006 a standby that is not promoted yet; 25P03 a transaction that was idle for too
            // long; 40003 whether it was committed is not known: a repetition finds out.
            "25006" | "25P03" | "40003" => Self::Unavailable,
            code if code.len() == 5 => Self::of_class(&code[..2]),
            code => code.parse().map_or(Self::Other, Self::of_sqlite),
        }
    }

    /// 08 connection, 53 resources (disk, memory, connections), 57 an operator (shutdown, a statement
    /// cancelled), 58 the system around PostgreSQL.
    fn of_class(class: &str) -> Self {
        if matches!(class, "08" | "53" | "57" | "58") { Self::Unavailable } else { Self::Other }
    }

    /// The low byte is the primary code; what is above it only says where it happened.
    fn of_sqlite(code: u32) -> Self {
        match code & 0xff {
            // SQLITE_BUSY, SQLITE_LOCKED; SQLITE_PROTOCOL, the locks of the write-ahead log.
            5 | 6 | 15 => Self::Busy,
            // SQLITE_NOMEM, _READONLY, _INTERRUPT, _IOERR, _FULL, _CANTOPEN.
            7..=10 | 13 | 14 => Self::Unavailable,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Failure;

    #[test]
    fn codes_are_classed_by_what_a_caller_can_do() {
        for (codes, class) in [
            (&["23505", "2067", "1555"][..], Failure::Duplicate),
            (&["40001", "40P01", "55P03", "5", "261", "517", "6", "262", "15"], Failure::Busy),
            // Among them: the disk is full, a write or a read fails, the folder may only be read.
            (&["13", "778", "266", "14", "526", "8", "1544", "7", "9"], Failure::Unavailable),
            (
                &["57P01", "57P05", "57014", "53300", "53100", "58030", "08006", "40003"],
                Failure::Unavailable,
            ),
            (&["25006", "25P03"], Failure::Unavailable),
            (&["", "1", "19", "275", "22012", "XX000", "42P01", "nonsense"], Failure::Other),
        ] {
            for code in codes {
                assert_eq!(Failure::of_code(code), class, "{code}");
            }
        }
    }
}
