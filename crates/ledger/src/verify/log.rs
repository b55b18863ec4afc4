//! The log of another service, by which a projection of it is verified.

use devisa_proto::event::v1::Event;
use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement, Value};

use super::snapshot;
use crate::{
    compaction,
    database::Database,
    error::StorageError,
    event_log::{self, EventQuery, binding},
    revision::Revision,
};

/// How many events are read at once.
const PAGE: usize = 1_000;

/// The event log of a migrated database, read in one snapshot: all that is committed.
#[derive(Debug)]
pub struct Log {
    snapshot: DatabaseTransaction,
    query: EventQuery,
}

impl Log {
    /// Begins before the first event.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn begin(database: &Database) -> Result<Self, StorageError> {
        Ok(Self { snapshot: snapshot(database).await?, query: EventQuery::default() })
    }

    /// Begins before the first event again: the same events come.
    pub fn begin_again(&mut self) {
        self.query = EventQuery::default();
    }

    /// The next events, oldest first; none at the end.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn next(&mut self) -> Result<Vec<Event>, StorageError> {
        let events = event_log::committed(&self.snapshot, &self.query, PAGE).await?;
        if let Some(last) = events.last() {
            let after = Revision::parse(&last.revision).unwrap_or_default();
            self.query = self.query.from(after);
        }
        Ok(events)
    }

    /// Whether a revision is one of an event, of one that a compaction may have removed, or the
    /// beginning.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn holds(&self, revision: &str) -> Result<bool, StorageError> {
        let Ok(revision) = Revision::parse(revision) else { return Ok(false) };
        if revision <= compaction::newest_removed(&self.snapshot).await? {
            return Ok(true);
        }
        let backend = self.snapshot.get_database_backend();
        let mut values: Vec<Value> = Vec::new();
        let id = binding(backend, &mut values)(revision.id.into());
        let sql = format!(
            "SELECT e.epoch, {xid}, e.id FROM event e WHERE e.id = {id}",
            xid = event_log::xid(backend)
        );
        let statement = Statement::from_sql_and_values(backend, sql, values);
        for row in self.snapshot.query_all_raw(statement).await? {
            if event_log::revision(&row)? == revision {
                return Ok(true);
            }
        }
        Ok(revision.is_start())
    }
}
