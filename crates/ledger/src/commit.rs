//! Commits changes: rows, events and idempotency record of each in one transaction, or nothing of it.

use devisa_domain::time::Timestamp;
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, Value,
    sea_query::{Alias, Expr, ExprTrait, OnConflict, Query, UpdateStatement},
};
use uuid::Uuid;

use crate::{
    call::{Call, Moment},
    change::{Change, EventDraft, GuardSeen, RestsOn, RowWrite},
    database::Database,
    error::{Failure, StorageError},
    idempotency::{self, Answer},
};

/// Why a change was not committed.
#[derive(Debug)]
pub(crate) enum Uncommitted {
    /// Something that it rests on has moved, or a row it inserts exists: decide again. The name of
    /// the row or guard, where the database tells which.
    Moved(String),
    /// The database failed.
    Storage(StorageError),
}

impl From<DbErr> for Uncommitted {
    fn from(error: DbErr) -> Self {
        match Failure::of(&error) {
            Failure::Duplicate | Failure::Busy => {
                tracing::debug!(%error, "decided in vain");
                Self::Moved("a row".to_owned())
            }
            Failure::Unavailable | Failure::Other => Self::Storage(error.into()),
        }
    }
}

/// A change with the call that it is of, and the answer to keep.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) change: Change,
    pub(crate) call: Call,
    pub(crate) moment: Moment,
    pub(crate) answer: Answer,
    /// Answers older than this may be replaced.
    pub(crate) kept_since: Timestamp,
}

/// How many of several changes were committed, and why not the one after them.
pub(crate) type Stopped = (usize, Uncommitted);

/// Commits changes in their order and in one transaction: all of them, or those before the first that
/// rests on something that has moved.
pub(crate) async fn commit(database: &Database, entries: &[Entry]) -> Result<(), Stopped> {
    match together(database, entries).await {
        // What one of them had written before it was stopped goes with all the others, which is rare
        // enough to write these again. Savepoints would cost every commit.
        Err((before @ 1.., Uncommitted::Moved(what))) => {
            together(database, &entries[..before]).await?;
            Err((before, Uncommitted::Moved(what)))
        }
        done => done,
    }
}

/// Commits all of them, or none; which one it was that stopped them.
async fn together(database: &Database, entries: &[Entry]) -> Result<(), Stopped> {
    // Nothing was decided in vain where no transaction could begin: on SQLite another process holds
    // the file.
    let begun = database.begin().await;
    let transaction = begun.map_err(|error| (0, Uncommitted::Storage(error.into())))?;
    for (place, entry) in entries.iter().enumerate() {
        if let Err(error) = write(&transaction, entry).await {
            // What failed may be the connection itself; the database then rolls back on its own.
            if let Err(rollback) = transaction.rollback().await {
                tracing::debug!(%rollback, "rolling back");
            }
            return Err((place, error));
        }
    }
    transaction.commit().await.map_err(|error| (0, error.into()))
}

async fn write(transaction: &DatabaseTransaction, entry: &Entry) -> Result<(), Uncommitted> {
    let Entry { change, call, moment, .. } = entry;
    for row in &change.rests_on {
        check_unmoved(transaction, row).await?;
    }
    for guard in &change.guards {
        bump(transaction, guard).await?;
    }
    for row in &change.writes {
        write_row(transaction, row).await?;
    }
    for event in &change.events {
        append(transaction, event, call, moment).await?;
    }
    if idempotency::record(transaction, entry).await? {
        return Ok(());
    }
    Err(Uncommitted::Moved("the answer to the same request".to_owned()))
}

async fn check_unmoved(txn: &DatabaseTransaction, row: &RestsOn) -> Result<(), Uncommitted> {
    let mut query = Query::select();
    query
        .column(Alias::new("version"))
        .from(Alias::new(&row.table))
        .and_where(Expr::col(Alias::new("name")).eq(row.name.as_str()));
    if txn.get_database_backend() == DbBackend::Postgres {
        query.lock_shared();
    }
    let found = txn.query_one(&query).await?;
    let version: Option<i64> = found.map(|row| row.try_get("", "version")).transpose()?;
    if version == Some(row.version) { Ok(()) } else { Err(Uncommitted::Moved(row.name.clone())) }
}

async fn bump(txn: &DatabaseTransaction, guard: &GuardSeen) -> Result<(), Uncommitted> {
    let table = Alias::new("guard");
    let moved = || Uncommitted::Moved(guard.name.clone());
    let done = if guard.version == 0 {
        let mut insert = Query::insert();
        insert
            .into_table(table)
            .columns([Alias::new("name"), Alias::new("version")])
            .values_panic([guard.name.as_str().into(), 1_i64.into()])
            .on_conflict(OnConflict::column(Alias::new("name")).do_nothing().to_owned());
        txn.execute(&insert).await?
    } else {
        let mut update = Query::update();
        update
            .table(table)
            .value(Alias::new("version"), guard.version + 1)
            .and_where(Expr::col(Alias::new("name")).eq(guard.name.as_str()))
            .and_where(Expr::col(Alias::new("version")).eq(guard.version));
        txn.execute(&update).await?
    };
    if done.rows_affected() == 1 { Ok(()) } else { Err(moved()) }
}

async fn write_row(txn: &DatabaseTransaction, row: &RowWrite) -> Result<(), Uncommitted> {
    match row {
        RowWrite::Insert { table, columns } => {
            insert(txn, table, columns.clone()).await?;
        }
        RowWrite::Update { table, name, expected, columns } => {
            let mut update = update(table, columns);
            update
                .and_where(Expr::col(Alias::new("name")).eq(name.as_str()))
                .and_where(Expr::col(Alias::new("version")).eq(*expected));
            if txn.execute(&update).await?.rows_affected() != 1 {
                return Err(Uncommitted::Moved(name.clone()));
            }
        }
        RowWrite::UpdateParts { table, column, value, columns } => {
            let mut update = update(table, columns);
            update.and_where(Expr::col(Alias::new(column)).eq(value.as_str()));
            txn.execute(&update).await?;
        }
        RowWrite::DeleteParts { table, column, value } => {
            let mut delete = Query::delete();
            delete
                .from_table(Alias::new(table))
                .and_where(Expr::col(Alias::new(column)).eq(value.as_str()));
            txn.execute(&delete).await?;
        }
    }
    Ok(())
}

fn update(table: &str, columns: &[(String, Value)]) -> UpdateStatement {
    let value = |(column, value): &(String, Value)| (Alias::new(column), Expr::val(value.clone()));
    Query::update().table(Alias::new(table)).values(columns.iter().map(value)).to_owned()
}

async fn append(
    txn: &DatabaseTransaction,
    event: &EventDraft,
    call: &Call,
    moment: &Moment,
) -> Result<(), DbErr> {
    let epoch = Query::select()
        .expr(Expr::col(Alias::new("epoch")).max())
        .from(Alias::new("log_epoch"))
        .to_owned();
    let mut insert = Query::insert();
    let names = [
        "epoch",
        "event_id",
        "kind",
        "subject",
        "time",
        "actor",
        "request_id",
        "traceparent",
        "type_url",
        "data",
        "changed",
    ];
    let request_id = call.request_id.map(|id| id.to_string()).unwrap_or_default();
    insert.into_table(Alias::new("event")).columns(names.map(Alias::new)).values_panic([
        Expr::SubQuery(None, Box::new(epoch.into())),
        Uuid::now_v7().to_string().into(),
        event.kind.into(),
        event.subject.as_str().into(),
        moment.now.micros().into(),
        moment.actor.as_str().into(),
        request_id.into(),
        call.traceparent.as_str().into(),
        event.type_url.as_str().into(),
        Value::Bytes(Some(event.data.clone())).into(),
        event.changed.join(",").into(),
    ]);
    txn.execute(&insert).await?;
    Ok(())
}

/// Inserts one row of columns and values.
pub(crate) async fn insert<C: ConnectionTrait>(
    connection: &C,
    table: &str,
    columns: impl IntoIterator<Item = (impl Into<String>, Value)>,
) -> Result<(), DbErr> {
    let (names, values): (Vec<_>, Vec<_>) =
        columns.into_iter().map(|(name, value)| (Alias::new(name), Expr::val(value))).unzip();
    let mut insert = Query::insert();
    insert.into_table(Alias::new(table)).columns(names).values_panic(values);
    connection.execute(&insert).await?;
    Ok(())
}
