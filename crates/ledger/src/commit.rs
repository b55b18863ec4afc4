//! Commits changes: rows, events and idempotency record of each in one transaction, or nothing of it.

use std::collections::BTreeSet;

use devisa_domain::time::Timestamp;
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, Value,
    sea_query::{Alias, Expr, ExprTrait, OnConflict, Query, UpdateStatement},
};
use uuid::Uuid;

use crate::{
    call::{Call, Moment},
    change::{Change, EventDraft, GuardSeen, RestsOn, RowUpdate, RowWrite},
    database::Database,
    error::{Failure, StorageError},
    idempotency::{self, Answer},
};

const GUARD: &str = "guard";

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
    let mut rest = entries;
    let mut moved = None;
    loop {
        match together(database, rest).await {
            Ok(()) => return moved.map_or(Ok(()), |what| Err((rest.len(), what))),
            // What had been written before one was stopped went with all the others, which is rare
            // enough to write those before it again. Savepoints would cost every commit.
            Err((before @ 1.., what @ Uncommitted::Moved(_))) => {
                (rest, moved) = (&rest[..before], Some(what));
            }
            Err((_, why)) => return Err((0, why)),
        }
    }
}

/// Commits all of them, or none; which one it was that stopped them.
async fn together(database: &Database, entries: &[Entry]) -> Result<(), Stopped> {
    // Nothing was decided in vain where no transaction could begin: on SQLite another process holds
    // the file.
    let begun = database.begin().await;
    let transaction = begun.map_err(|error| (0, Uncommitted::Storage(error.into())))?;
    if let Err(stopped) = write(&transaction, entries).await {
        // What failed may be the connection itself; the database then rolls back on its own.
        if let Err(rollback) = transaction.rollback().await {
            tracing::debug!(%rollback, "rolling back");
        }
        return Err(stopped);
    }
    transaction.commit().await.map_err(|error| (0, error.into()))
}

async fn write(transaction: &DatabaseTransaction, entries: &[Entry]) -> Result<(), Stopped> {
    for (place, existing) in existing(entries.iter().map(|entry| &entry.change)) {
        existing.check(transaction).await.map_err(|error| (place, error))?;
    }
    for (place, entry) in entries.iter().enumerate() {
        write_entry(transaction, entry).await.map_err(|error| (place, error))?;
    }
    Ok(())
}

/// Writes what of an entry is new.
async fn write_entry(transaction: &DatabaseTransaction, entry: &Entry) -> Result<(), Uncommitted> {
    let Entry { change, call, moment, .. } = entry;
    for row in &change.writes {
        write_new(transaction, row).await?;
    }
    for event in &change.events {
        append(transaction, event, call, moment).await?;
    }
    if idempotency::record(transaction, entry).await? {
        return Ok(());
    }
    Err(Uncommitted::Moved("the answer to the same request".to_owned()))
}

/// A row that is there and must have the version that was seen.
#[derive(Clone, Copy, Debug)]
enum Existing<'a> {
    Rests(&'a RestsOn),
    Guard(&'a GuardSeen),
    Row(&'a RowUpdate),
}

impl Existing<'_> {
    fn key(&self) -> (&str, &str) {
        match self {
            Self::Rests(row) => (&row.table, &row.name),
            Self::Guard(guard) => (GUARD, &guard.name),
            Self::Row(row) => (&row.table, &row.name),
        }
    }

    async fn check(self, txn: &DatabaseTransaction) -> Result<(), Uncommitted> {
        match self {
            Self::Rests(row) => check_unmoved(txn, row).await,
            Self::Guard(guard) => bump(txn, guard).await,
            Self::Row(row) => update(txn, row).await,
        }
    }
}

/// The rows that changes find there, each with the place of its change, in the order in which every
/// transaction locks them: no two then wait for each other. A row that a change writes is not also
/// locked as one that it rests on: two changes that hold such a lock together could never have it alone.
fn existing<'c>(changes: impl Iterator<Item = &'c Change>) -> Vec<(usize, Existing<'c>)> {
    let mut all = Vec::new();
    for (place, change) in changes.enumerate() {
        let rows = change.updates().map(Existing::Row);
        let written: BTreeSet<_> = change.updates().map(|row| (&row.table, &row.name)).collect();
        let rests =
            change.rests_on.iter().filter(|row| !written.contains(&(&row.table, &row.name)));
        let guards = change.guards.iter().map(Existing::Guard);
        let of_change = rests.map(Existing::Rests).chain(guards).chain(rows);
        all.extend(of_change.map(|existing| (place, existing)));
    }
    all.sort_by(|(_, one), (_, other)| one.key().cmp(&other.key()));
    all
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
    let table = Alias::new(GUARD);
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

async fn update(txn: &DatabaseTransaction, row: &RowUpdate) -> Result<(), Uncommitted> {
    let mut update = updating(&row.table, &row.columns);
    update
        .and_where(Expr::col(Alias::new("name")).eq(row.name.as_str()))
        .and_where(Expr::col(Alias::new("version")).eq(row.expected));
    match txn.execute(&update).await?.rows_affected() {
        1 => Ok(()),
        _ => Err(Uncommitted::Moved(row.name.clone())),
    }
}

/// Writes what nobody else can be at: parts belong to a row that was locked before.
async fn write_new(txn: &DatabaseTransaction, row: &RowWrite) -> Result<(), Uncommitted> {
    match row {
        RowWrite::Insert { table, columns } => {
            insert(txn, table, columns.clone()).await?;
        }
        RowWrite::Update(_) => {}
        RowWrite::UpdateParts { table, column, value, columns } => {
            let mut update = updating(table, columns);
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

fn updating(table: &str, columns: &[(String, Value)]) -> UpdateStatement {
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
        event.time.unwrap_or(moment.now).micros().into(),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn update(table: &str, name: &str) -> RowWrite {
        let (table, name) = (table.to_owned(), name.to_owned());
        RowWrite::Update(RowUpdate { table, name, expected: 1, columns: Vec::new() })
    }

    fn rests(table: &str, name: &str) -> RestsOn {
        RestsOn { table: table.to_owned(), name: name.to_owned(), version: 1 }
    }

    #[test]
    fn rows_are_locked_once_and_in_one_order() {
        let change = Change {
            rests_on: vec![rests("deal", "deals/b"), rests("deal", "deals/a"), rests("a", "z")],
            guards: vec![GuardSeen::new("shipments/s", 1)],
            writes: vec![update("session", "sessions/s"), update("deal", "deals/b")],
            events: Vec::new(),
        };
        let found = existing([&change].into_iter());
        let keys: Vec<_> = found.iter().map(|(_, existing)| existing.key()).collect();
        let expected = [
            ("a", "z"),
            ("deal", "deals/a"),
            ("deal", "deals/b"),
            ("guard", "shipments/s"),
            ("session", "sessions/s"),
        ];
        assert_eq!(keys, expected);
        assert!(matches!(found[2].1, Existing::Row(_)), "a row that is written is locked to write");
    }

    #[test]
    fn several_changes_lock_in_the_order_of_one() {
        let rests_on = vec![rests("deal", "deals/b"), rests("deal", "deals/a")];
        let first = Change { rests_on, ..Change::new() };
        let writes = vec![update("deal", "deals/a"), update("deal", "deals/b")];
        let second = Change { writes, ..Change::new() };
        let found = existing([&first, &second].into_iter());
        let found: Vec<_> = found.iter().map(|(place, found)| (*place, found.key().1)).collect();
        // Who comes first also finds first what they meet in.
        let expected = [(0, "deals/a"), (1, "deals/a"), (0, "deals/b"), (1, "deals/b")];
        assert_eq!(found, expected);
    }
}
