//! Commits a change: rows, events and idempotency record in one transaction, or nothing.

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, Value,
    sea_query::{Alias, Expr, ExprTrait, OnConflict, Query},
};
use uuid::Uuid;

use crate::{
    call::{Call, Moment},
    change::{Change, EventDraft, GuardSeen, RestsOn, RowWrite},
    database::Database,
    error::{Failure, StorageError},
    idempotency::{self, Answered},
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

/// Commits `change` and the answer to the call.
pub(crate) async fn commit(
    database: &Database,
    change: &Change,
    call: &Call,
    moment: &Moment,
    answered: &Answered<'_>,
) -> Result<(), Uncommitted> {
    // Nothing was decided in vain where no transaction could begin: on SQLite another process holds
    // the file.
    let begun = database.begin().await;
    let transaction = begun.map_err(|error| Uncommitted::Storage(error.into()))?;
    match write(&transaction, change, call, moment, answered).await {
        Ok(()) => Ok(transaction.commit().await?),
        Err(error) => {
            // What failed may be the connection itself; the database then rolls back on its own.
            if let Err(rollback) = transaction.rollback().await {
                tracing::debug!(%rollback, "rolling back");
            }
            Err(error)
        }
    }
}

async fn write(
    transaction: &DatabaseTransaction,
    change: &Change,
    call: &Call,
    moment: &Moment,
    answered: &Answered<'_>,
) -> Result<(), Uncommitted> {
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
    if call.request_id.is_some() {
        idempotency::record(transaction, call, moment.now, answered).await?;
    }
    Ok(())
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
            let mut update = Query::update();
            update
                .table(Alias::new(table))
                .values(
                    columns
                        .iter()
                        .map(|(column, value)| (Alias::new(column), Expr::val(value.clone()))),
                )
                .and_where(Expr::col(Alias::new("name")).eq(name.as_str()))
                .and_where(Expr::col(Alias::new("version")).eq(*expected));
            if txn.execute(&update).await?.rows_affected() != 1 {
                return Err(Uncommitted::Moved(name.clone()));
            }
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
