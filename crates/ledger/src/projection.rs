//! How far a projection has read another log, kept with what it made of it.
//!
//! Invariant: the place moves in the transaction that writes what was made of the event there, and
//! only from where it was; so every event takes effect once, whoever runs the projection and
//! however often it stops.

use sea_orm::{
    ConnectionTrait, Value,
    sea_query::{Alias, Expr, ExprTrait, Query},
};

use crate::{
    change::{Change, RowUpdate, RowWrite},
    database::Database,
    error::StorageError,
    ledger::Ledger,
};

const TABLE: &str = "projection";

/// Where a projection stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    name: &'static str,
    version: i64,
    revision: String,
}

impl Place {
    /// The revision up to which everything has taken effect, in the other log's own form; empty
    /// before its first event.
    pub fn revision(&self) -> &str {
        &self.revision
    }
}

impl Ledger {
    /// Where the projection of this name stands.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn place(&self, name: &'static str) -> Result<Place, StorageError> {
        place(self.database(), name).await
    }
}

/// Where the projection of this name stands in a migrated database.
///
/// # Errors
/// [`StorageError`].
pub async fn place(database: &Database, name: &'static str) -> Result<Place, StorageError> {
    let mut query = Query::select();
    query
        .columns([Alias::new("version"), Alias::new("revision")])
        .from(Alias::new(TABLE))
        .and_where(Expr::col(Alias::new("name")).eq(name));
    Ok(match database.reader().query_one(&query).await? {
        None => Place { name, version: 0, revision: String::new() },
        Some(row) => Place {
            name,
            version: row.try_get("", "version")?,
            revision: row.try_get("", "revision")?,
        },
    })
}

impl Change {
    /// Moves a projection on to `revision`, with all that the change writes. Refused as moved when
    /// somebody else has moved it.
    #[must_use]
    pub fn advance(mut self, place: &Place, revision: &str) -> Self {
        let set = |column: &str, value: Value| (column.to_owned(), value);
        let mut columns =
            vec![set("version", (place.version + 1).into()), set("revision", revision.into())];
        let (table, name) = (TABLE.to_owned(), place.name.to_owned());
        self.writes.push(if place.version == 0 {
            columns.push(set("name", place.name.into()));
            RowWrite::Insert { table, columns }
        } else {
            RowWrite::Update(RowUpdate { table, name, expected: place.version, columns })
        });
        self
    }
}
