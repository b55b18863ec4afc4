//! Recomputes what a database derives, and compares it with what it holds.
//!
//! Invariant: all of it is read in one snapshot, in which rows and events stand together as they
//! were committed together; so a service may go on writing and never looks wrong for it. Nothing is
//! written, and memory is bounded by a page of rows and by the differences that are told.
//!
//! What is compared is each service's to say; here is how. What no comparison can see is who wrote
//! an event: that stands in the log and nowhere else.

mod chain;
mod log;
mod parts;
mod resources;

use std::fmt::Display;

use sea_orm::{
    AccessMode, ActiveModelTrait, ActiveValue, ConnectionTrait, DatabaseTransaction, DbBackend,
    DbErr, IdenStatic, IsolationLevel, Iterable, QueryResult, Statement, Value,
};

pub use log::Log;
pub use resources::Named;

use crate::{compaction, database::Database, error::StorageError, revision::Revision};

/// How many differences are told; the others are counted.
pub const MOST_TOLD: usize = 100;
/// How many characters of a value are shown.
const MOST_SHOWN: usize = 300;
/// How many rows or events are read at once.
const PAGE: u64 = 500;

/// Something that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The resource.
    pub resource: String,
    /// What of it: a field, a column, a row.
    pub field: String,
    /// What it must be, recomputed.
    pub expected: String,
    /// What it is.
    pub found: String,
}

/// What was compared, how many of each, and what did not agree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What, and how many.
    pub compared: Vec<(String, u64)>,
    /// What follows from something that is not at hand, and why that is so.
    pub not_compared: Vec<String>,
    /// The first [`MOST_TOLD`] differences.
    pub differences: Vec<Difference>,
    /// How many there are beyond those.
    pub left_out: u64,
}

impl Report {
    /// Whether everything agrees.
    pub fn is_clean(&self) -> bool {
        self.differences.is_empty()
    }

    fn add(&mut self, difference: Difference) {
        if self.differences.len() < MOST_TOLD {
            self.differences.push(difference);
        } else {
            self.left_out += 1;
        }
    }
}

/// Values of a column or field that differ: its name, what is expected, what is found.
pub type Differing = (String, String, String);

/// A comparison under way.
#[derive(Debug)]
pub struct Audit {
    snapshot: DatabaseTransaction,
    /// Every type of event that there may be.
    kinds: &'static [&'static str],
    /// The messages that events were found to hold.
    messages: Vec<String>,
    compacted: Revision,
    report: Report,
}

impl Audit {
    /// Takes a snapshot of a migrated database. `kinds` are the types of its events.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn begin(
        database: &Database,
        kinds: &'static [&'static str],
    ) -> Result<Self, StorageError> {
        let snapshot = snapshot(database).await?;
        let compacted = compaction::newest_removed(&snapshot).await?;
        let (messages, report) = (Vec::new(), Report::default());
        Ok(Self { snapshot, kinds, messages, compacted, report })
    }

    /// The snapshot, to read what else is compared.
    pub fn snapshot(&self) -> &DatabaseTransaction {
        &self.snapshot
    }

    /// Says that so many things were compared.
    pub fn compared(&mut self, what: impl Into<String>, count: u64) {
        self.report.compared.push((what.into(), count));
    }

    /// Says what was not compared, and why.
    pub fn not_compared(&mut self, what_and_why: impl Into<String>) {
        self.report.not_compared.push(what_and_why.into());
    }

    /// Tells of a difference, if it is one.
    pub fn compare(
        &mut self,
        resource: &impl Display,
        field: &str,
        expected: impl Display,
        found: impl Display,
    ) {
        let (expected, found) = (expected.to_string(), found.to_string());
        if expected != found {
            self.differ(resource, field, expected, found);
        }
    }

    /// Tells of a difference.
    pub fn differ(
        &mut self,
        resource: &impl Display,
        field: impl Into<String>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) {
        let (expected, found) = (shown(expected.into()), shown(found.into()));
        let resource = resource.to_string();
        self.report.add(Difference { resource, field: field.into(), expected, found });
    }

    /// Rows of a statement without parameters.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn ask(&self, sql: &str) -> Result<Vec<QueryResult>, StorageError> {
        let statement = Statement::from_string(self.snapshot.get_database_backend(), sql);
        Ok(self.snapshot.query_all_raw(statement).await?)
    }

    /// Looks at the events that belong to no resource compared, and ends.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn finish(mut self) -> Result<Report, StorageError> {
        let sql = "SELECT type_url, min(subject) AS subject, count(*) AS n FROM event \
                   GROUP BY type_url ORDER BY type_url";
        for row in self.ask(sql).await? {
            let url: String = row.try_get("", "type_url")?;
            if !self.messages.contains(&url) {
                let subject: String = row.try_get("", "subject")?;
                let found = format!("{url:?} ({} events)", row.try_get::<i64>("", "n")?);
                self.differ(&subject, "event type_url", self.messages.join(" or "), found);
            }
        }
        let Self { snapshot, report, .. } = self;
        snapshot.rollback().await?;
        Ok(report)
    }
}

/// On SQLite a deferred transaction: its first read fixes what it sees.
async fn snapshot(database: &Database) -> Result<DatabaseTransaction, DbErr> {
    let reader = database.reader();
    if reader.get_database_backend() != DbBackend::Postgres {
        return reader.begin().await;
    }
    let (isolation, access) = (IsolationLevel::RepeatableRead, AccessMode::ReadOnly);
    let snapshot = reader.begin_with_config(Some(isolation), Some(access)).await?;
    let patient =
        "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0";
    snapshot.execute_unprepared(patient).await?;
    Ok(snapshot)
}

/// The columns in which a row is not as it would be written. Those that `expected` leaves unset are
/// not compared.
pub fn differing_columns<A: ActiveModelTrait>(expected: &A, found: &A) -> Vec<Differing> {
    let mut differing = Vec::new();
    for column in <<A::Entity as sea_orm::EntityTrait>::Column as Iterable>::iter() {
        let value = |row: &A| match row.get(column) {
            ActiveValue::Set(value) | ActiveValue::Unchanged(value) => Some(value),
            ActiveValue::NotSet => None,
        };
        if let (Some(expected), Some(found)) = (value(expected), value(found))
            && expected != found
        {
            differing.push((format!("column {}", column.as_str()), text(&expected), text(&found)));
        }
    }
    differing
}

fn text(value: &Value) -> String {
    match value {
        Value::String(Some(text)) => format!("{text:?}"),
        Value::BigInt(Some(number)) => number.to_string(),
        other => format!("{other:?}"),
    }
}

fn shown(text: String) -> String {
    match text.char_indices().nth(MOST_SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_differences_are_told_and_the_others_counted() {
        let mut report = Report::default();
        for number in 0..MOST_TOLD + 7 {
            let resource = number.to_string();
            let (field, expected, found) = (String::new(), String::new(), String::new());
            report.add(Difference { resource, field, expected, found });
        }
        assert_eq!((report.differences.len(), report.left_out), (MOST_TOLD, 7));
        assert_eq!(report.differences[0].resource, "0");
        assert!(!report.is_clean());
    }

    #[test]
    fn long_values_are_cut_between_characters() {
        assert_eq!(shown("é".repeat(MOST_SHOWN)), "é".repeat(MOST_SHOWN));
        let cut = shown("é".repeat(MOST_SHOWN + 1));
        assert_eq!(cut, format!("{}…", "é".repeat(MOST_SHOWN)));
    }
}
