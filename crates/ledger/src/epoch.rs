//! The epoch of the log: what makes revisions greater than all before a restore.
//!
//! A restore takes a log back. On PostgreSQL a logical one also brings it to a server whose
//! transactions may be numbered lower than the log's; and whatever the database, revisions that
//! were given out after the copy was made would be given out again. A new epoch, the first part of
//! every revision, puts all that comes behind all that was.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, Statement};

use crate::{database::Database, error::StorageError};

/// Raises the epoch and answers the new one. It waits for the writers under way: none of an earlier
/// epoch commits after it.
///
/// # Errors
/// [`StorageError`]; then the epoch is what it was.
pub async fn raise(database: &Database) -> Result<i64, StorageError> {
    let transaction = database.begin().await?;
    let epoch = raise_in(&transaction).await?;
    transaction.commit().await?;
    Ok(epoch)
}

/// A transaction that is dropped is rolled back.
async fn raise_in(transaction: &DatabaseTransaction) -> Result<i64, DbErr> {
    let backend = transaction.get_database_backend();
    if backend == DbBackend::Postgres {
        // Whoever appends to the log holds it until its commit; the next read the new epoch, since
        // a statement takes its snapshot after its locks. SQLite has one writer anyway.
        transaction
            .execute_unprepared("SET LOCAL lock_timeout = 0; LOCK TABLE event IN EXCLUSIVE MODE")
            .await?;
    }
    let sql = "INSERT INTO log_epoch (epoch) SELECT max(epoch) + 1 FROM log_epoch RETURNING epoch";
    let row = transaction.query_one_raw(Statement::from_string(backend, sql)).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotInserted)?;
    row.try_get("", "epoch")
}
