//! Takes superseded events out of the log, when an operator asks for it.
//!
//! Invariant: a resource's newest event stays, so whoever reads from the beginning ends up with
//! every resource as it is; nobody passes over a removed event without being told; and a projection
//! hears every event that was there, however slow it is.

use devisa_domain::time::Timestamp;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement, Value};

use crate::{
    error::StorageError,
    event_log::{self, binding},
    ledger::Ledger,
    revision::Revision,
};

/// How many events one step looks at: what a step holds locks on, and for how long, is bounded.
const STEP: i64 = 1_000;

/// What a step of a compaction did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compacted {
    /// The events looked at.
    pub seen: u64,
    /// Those of them that were removed.
    pub removed: u64,
    /// Where the next step begins; none when this was the last.
    pub next: Option<Revision>,
}

impl Ledger {
    /// Looks at the next events after `from` that happened before `before`, and removes those that a
    /// later event of the same resource supersedes. Begin with [`Revision::default`]. Events behind
    /// `upto`, where that is given, are left alone: the slowest projection has yet to hear them.
    ///
    /// # Errors
    /// [`StorageError`]; then the step did nothing.
    pub async fn compact(
        &self,
        before: Timestamp,
        upto: Option<Revision>,
        from: Revision,
    ) -> Result<Compacted, StorageError> {
        let transaction = self.database().begin().await?;
        match step(&transaction, before, upto, from).await {
            Ok(compacted) => {
                transaction.commit().await?;
                Ok(compacted)
            }
            Err(error) => {
                if let Err(rollback) = transaction.rollback().await {
                    tracing::debug!(%rollback, "rolling back");
                }
                Err(error.into())
            }
        }
    }

    /// The newest revision of which an event was removed: who resumes after an earlier one may have
    /// missed something. The beginning when nothing ever was.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn compacted(&self) -> Result<Revision, StorageError> {
        newest_removed(self.reader()).await
    }
}

/// See [`Ledger::compacted`].
pub(crate) async fn newest_removed<C: ConnectionTrait>(
    connection: &C,
) -> Result<Revision, StorageError> {
    let sql = "SELECT revision FROM compaction";
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let row = connection.query_one_raw(statement).await?;
    let text: Option<String> = row.map(|row| row.try_get("", "revision")).transpose()?;
    Revision::parse(&text.unwrap_or_default())
        .map_err(|broken| StorageError::Broken(format!("stored compaction: {broken}")))
}

async fn step(
    transaction: &DatabaseTransaction,
    before: Timestamp,
    upto: Option<Revision>,
    from: Revision,
) -> Result<Compacted, DbErr> {
    let (seen, superseded) = look(transaction, before, upto, from).await?;
    let removed = superseded.len() as u64;
    if let Some(&newest) = superseded.last() {
        remove(transaction, &superseded).await?;
        mark(transaction, newest).await?;
    }
    let next = if seen.len() as i64 == STEP { seen.last().copied() } else { None };
    Ok(Compacted { seen: seen.len() as u64, removed, next })
}

/// The events of a step, and those of them that are superseded, in order.
async fn look(
    transaction: &DatabaseTransaction,
    before: Timestamp,
    upto: Option<Revision>,
    from: Revision,
) -> Result<(Vec<Revision>, Vec<Revision>), DbErr> {
    let backend = transaction.get_database_backend();
    let mut values: Vec<Value> = Vec::new();
    let mut bind = binding(backend, &mut values);
    let after = event_log::beyond(backend, from, &mut bind);
    let heard = upto.map_or_else(
        || "1 = 1".to_owned(),
        |upto| format!("NOT {}", event_log::beyond(backend, upto, &mut bind)),
    );
    let before = bind(before.micros().into());
    drop(bind);
    let sql = format!(
        "SELECT e.epoch, {xid}, e.id, EXISTS (SELECT 1 FROM event n WHERE n.subject = e.subject \
         AND (n.epoch, n.xid, n.id) > (e.epoch, e.xid, e.id) AND {settled_n}) AS superseded \
         FROM event e WHERE {after} AND {heard} AND {settled} AND e.time < {before} \
         ORDER BY e.epoch, e.xid, e.id LIMIT {STEP}",
        xid = event_log::xid(backend),
        settled = event_log::settled(backend),
        settled_n = event_log::settled(backend).replace("e.", "n."),
    );
    let statement = Statement::from_sql_and_values(backend, sql, values);
    let (mut seen, mut superseded) = (Vec::new(), Vec::new());
    for row in transaction.query_all_raw(statement).await? {
        let revision = event_log::revision(&row)?;
        seen.push(revision);
        if row.try_get("", "superseded")? {
            superseded.push(revision);
        }
    }
    Ok((seen, superseded))
}

/// An event's number is its key.
async fn remove(transaction: &DatabaseTransaction, events: &[Revision]) -> Result<(), DbErr> {
    let ids: Vec<_> = events.iter().map(|event| event.id.to_string()).collect();
    let sql = format!("DELETE FROM event WHERE id IN ({})", ids.join(", "));
    transaction.execute_unprepared(&sql).await?;
    Ok(())
}

/// Remembers the newest revision removed. As text, revisions are ordered as the log is.
async fn mark(transaction: &DatabaseTransaction, newest: Revision) -> Result<(), DbErr> {
    let backend = transaction.get_database_backend();
    let mut values: Vec<Value> = Vec::new();
    let bound = binding(backend, &mut values)(newest.to_string().into());
    let sql = format!(
        "INSERT INTO compaction (id, revision) VALUES (1, {bound}) ON CONFLICT (id) DO UPDATE \
         SET revision = excluded.revision WHERE compaction.revision < excluded.revision"
    );
    transaction.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    Ok(())
}

/// How a reader of the log learns that something was removed in front of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Floor(Revision);

impl Floor {
    /// For who begins after a revision: the beginning is whole by definition, since every resource's
    /// newest event is there; after any other revision nothing may have been removed.
    pub(crate) fn of(after: Revision, compacted: Revision) -> Self {
        Self(if after.is_start() { compacted } else { Revision::default() })
    }

    /// The floor that a text holds, see [`Floor::to_text`].
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Revision::parse(text).ok().map(Self)
    }

    /// For a page token.
    pub(crate) fn to_text(self) -> String {
        self.0.to_string()
    }

    /// Whether who stands after `after` may have missed something.
    pub(crate) fn is_missed(self, after: Revision, compacted: Revision) -> bool {
        compacted > self.0 && after < compacted
    }
}

#[cfg(test)]
mod tests {
    use super::Floor;
    use crate::revision::Revision;

    fn at(id: i64) -> Revision {
        Revision { epoch: 1, xid: 0, id }
    }

    #[test]
    fn who_resumes_must_not_have_missed_anything() {
        let floor = Floor::of(at(5), at(4));
        assert!(!floor.is_missed(at(5), at(4)), "all that was removed had been read");
        assert!(floor.is_missed(at(5), at(6)), "6 was removed before it was read");
        assert!(Floor::of(at(3), at(4)).is_missed(at(3), at(4)));
    }

    #[test]
    fn who_begins_at_the_beginning_misses_only_what_is_removed_meanwhile() {
        let floor = Floor::of(Revision::default(), at(4));
        assert!(!floor.is_missed(Revision::default(), at(4)));
        assert!(!floor.is_missed(at(2), at(4)));
        assert!(floor.is_missed(at(2), at(6)));
        assert!(!floor.is_missed(at(7), at(6)));
    }

    #[test]
    fn nothing_removed_is_nothing_missed() {
        let nothing = Revision::default();
        assert!(!Floor::of(at(3), nothing).is_missed(at(3), nothing));
    }
}
