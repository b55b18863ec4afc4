//! The unit of writing, as a value.
//!
//! Invariant: a change says what it rests on; it is committed whole, and only if nothing of that
//! has moved.

use devisa_domain::time::Timestamp;
use devisa_proto::{mask, recorded::Recorded};
use sea_orm::{
    ActiveModelTrait, ActiveValue, EntityName, EntityTrait, IdenStatic, Iterable, Value,
};

/// What a use case decided: what to write, and what to answer.
#[derive(Clone, Debug)]
pub struct Decision<R> {
    /// What to write; empty when there is nothing to change.
    pub change: Change,
    /// The answer, also to every repetition of the request.
    pub response: R,
}

/// A guard row as it was seen: what a rule across rows rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuardSeen {
    pub(crate) name: String,
    pub(crate) version: i64,
}

impl GuardSeen {
    /// A guard of this name, seen at this version; 0 where it was never moved.
    pub fn new(name: impl Into<String>, version: i64) -> Self {
        Self { name: name.into(), version }
    }

    /// How often it had moved.
    pub fn version(&self) -> i64 {
        self.version
    }
}

/// Rows to write, what they rest on, and the events that tell of them.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub(crate) rests_on: Vec<RestsOn>,
    pub(crate) guards: Vec<GuardSeen>,
    pub(crate) writes: Vec<RowWrite>,
    pub(crate) events: Vec<EventDraft>,
}

/// A row that was read and must still have this version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RestsOn {
    pub(crate) table: String,
    pub(crate) name: String,
    pub(crate) version: i64,
}

/// One row to write.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum RowWrite {
    Insert { table: String, columns: Vec<(String, Value)> },
    Update(RowUpdate),
    UpdateParts { table: String, column: String, value: String, columns: Vec<(String, Value)> },
    DeleteParts { table: String, column: String, value: String },
}

/// A row to write in its next version, provided it still has the expected one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RowUpdate {
    pub(crate) table: String,
    pub(crate) name: String,
    pub(crate) expected: i64,
    pub(crate) columns: Vec<(String, Value)>,
}

/// An event to append.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct EventDraft {
    pub(crate) kind: &'static str,
    pub(crate) subject: String,
    /// When the resource says that it was changed, which never goes back for one resource.
    pub(crate) time: Option<Timestamp>,
    pub(crate) type_url: String,
    pub(crate) data: Vec<u8>,
    pub(crate) changed: Vec<String>,
}

impl Change {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty() && self.events.is_empty()
    }

    /// How many writes of rows it holds.
    pub fn writes(&self) -> usize {
        self.writes.len()
    }

    /// The events that tell of it, each with its type and its subject.
    pub fn events(&self) -> impl Iterator<Item = (&str, &str)> {
        self.events.iter().map(|event| (event.kind, event.subject.as_str()))
    }

    /// The guards it moves, by name.
    pub fn guards(&self) -> impl Iterator<Item = &str> {
        self.guards.iter().map(|guard| guard.name.as_str())
    }

    /// The rows that are written anew.
    pub(crate) fn updates(&self) -> impl Iterator<Item = &RowUpdate> {
        self.writes.iter().filter_map(|row| match row {
            RowWrite::Update(update) => Some(update),
            RowWrite::Insert { .. }
            | RowWrite::UpdateParts { .. }
            | RowWrite::DeleteParts { .. } => None,
        })
    }

    /// Inserts a row of a resource. Its name must not exist yet.
    #[must_use]
    pub fn insert<A: ActiveModelTrait>(mut self, model: A) -> Self {
        self.writes.push(RowWrite::Insert { table: table::<A>(), columns: columns(&model) });
        self
    }

    /// Inserts a row of a child table.
    #[must_use]
    pub fn insert_part<A: ActiveModelTrait>(self, model: A) -> Self {
        self.insert(model)
    }

    /// Writes a resource's row in its next version, provided it still has the expected one.
    #[must_use]
    pub fn update<A: ActiveModelTrait>(mut self, model: A, expected: i64) -> Self {
        let mut columns = columns(&model);
        let name = match columns.iter().position(|(column, _)| column == "name") {
            Some(at) => match columns.remove(at).1 {
                Value::String(Some(name)) => name,
                other => unreachable!("a resource's name is text, not {other:?}"),
            },
            None => unreachable!("a resource's row has a name"),
        };
        let table = table::<A>();
        self.writes.push(RowWrite::Update(RowUpdate { table, name, expected, columns }));
        self
    }

    /// Writes columns of the rows whose `column` holds `value`: what they repeat of the resource that
    /// was written before.
    #[must_use]
    pub fn update_parts<A: ActiveModelTrait>(
        mut self,
        column: <A::Entity as EntityTrait>::Column,
        value: &impl ToString,
        model: A,
    ) -> Self {
        self.writes.push(RowWrite::UpdateParts {
            table: table::<A>(),
            column: column.as_str().to_owned(),
            value: value.to_string(),
            columns: columns(&model),
        });
        self
    }

    /// Deletes the child rows whose `column` holds `value`, before those of the next version are
    /// inserted.
    #[must_use]
    pub fn delete_parts<E: EntityTrait>(
        mut self,
        column: E::Column,
        value: &impl ToString,
    ) -> Self {
        self.writes.push(RowWrite::DeleteParts {
            table: E::default().table_name().to_owned(),
            column: column.as_str().to_owned(),
            value: value.to_string(),
        });
        self
    }

    /// Rests the change on a row that it does not write: refuses it when the row has moved.
    #[must_use]
    pub fn rests_on<E: EntityTrait>(mut self, name: &impl ToString, version: i64) -> Self {
        self.rests_on.push(RestsOn {
            table: E::default().table_name().to_owned(),
            name: name.to_string(),
            version,
        });
        self
    }

    /// Rests the change on a set of rows, and makes every other change of that set decide again.
    #[must_use]
    pub fn guard(mut self, seen: &GuardSeen) -> Self {
        if !self.guards.contains(seen) {
            self.guards.push(seen.clone());
        }
        self
    }

    /// Tells that a resource changed; the event holds it whole.
    #[must_use]
    pub fn event<M: Recorded>(
        mut self,
        kind: &'static str,
        subject: &impl ToString,
        before: Option<&M>,
        after: &M,
    ) -> Self {
        self.events.push(EventDraft {
            kind,
            subject: subject.to_string(),
            time: after.recorded(),
            type_url: format!("type.googleapis.com/{}", M::full_name()),
            data: after.encode_to_vec(),
            changed: mask::changed(before, after),
        });
        self
    }
}

fn table<A: ActiveModelTrait>() -> String {
    <A::Entity as Default>::default().table_name().to_owned()
}

fn columns<A: ActiveModelTrait>(model: &A) -> Vec<(String, Value)> {
    <<A::Entity as EntityTrait>::Column as Iterable>::iter()
        .filter_map(|column| match model.get(column) {
            ActiveValue::Set(value) | ActiveValue::Unchanged(value) => {
                Some((column.as_str().to_owned(), value))
            }
            ActiveValue::NotSet => None,
        })
        .collect()
}
