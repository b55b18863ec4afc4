//! Changes what a database holds, one value and one row at a time, and asks whether that is found.

use devisa_ledger::verify::Report;
use sea_orm::{
    ConnectionTrait, Database as Orm, DatabaseConnection, DbBackend, QueryResult, Statement, Value,
};

use crate::TestDatabase;

/// Tables that hold nothing of a resource.
const OTHERS: [&str; 9] = [
    "compaction",
    "guard",
    "idempotency",
    "log_epoch",
    "page_key",
    "projection",
    "seaql_migrations",
    "sqlite_sequence",
    "kept",
];

/// What of an event stands nowhere else, and so cannot be compared: who, and in which order.
const OF_EVENTS: [&str; 7] = [
    "event.id",
    "event.epoch",
    "event.xid",
    "event.event_id",
    "event.actor",
    "event.request_id",
    "event.traceparent",
];

/// Alters every column of every table in every row, and takes every row away, each by itself and
/// back again: `verify` must find all of it, and nothing when all is back. `unseen` are columns
/// (`table.column`) that it does not compare. Answers how much was tried.
pub async fn assert_every_tampering_is_found<F>(
    database: &TestDatabase,
    unseen: &[&str],
    verify: impl Fn() -> F,
) -> usize
where
    F: Future<Output = Report>,
{
    let connection = Orm::connect(database.raw_url()).await.unwrap();
    let tamper = Tamper { connection };
    assert_clean(&verify().await, "before anything is altered");
    let mut tried = 0;
    for (table, columns) in tamper.tables().await {
        for mut row in tamper.rows(&table).await {
            for column in &columns {
                let what = format!("{table}.{}", column.name);
                if OF_EVENTS.contains(&what.as_str()) || unseen.contains(&what.as_str()) {
                    continue;
                }
                let (key, was) = tamper.alter(&table, column, &row).await;
                let report = verify().await;
                assert!(!report.is_clean(), "{what} of row {row} was {was:?}");
                row = tamper.set(&table, column, &key, was).await;
                tried += 1;
            }
        }
        for row in tamper.rows(&table).await {
            tamper.take_away(&table, &row).await;
            assert!(!verify().await.is_clean(), "a row of {table} was deleted");
            tamper.put_back(&table, &columns).await;
            tried += 1;
        }
    }
    assert_clean(&verify().await, "when all is as it was");
    tried
}

/// Asserts that nothing differs.
#[track_caller]
pub fn assert_clean(report: &Report, when: &str) {
    assert!(report.is_clean(), "{when}: {:#?}", report.differences);
}

struct Column {
    name: String,
    kind: String,
}

struct Tamper {
    connection: DatabaseConnection,
}

impl Tamper {
    fn is_postgres(&self) -> bool {
        self.connection.get_database_backend() == DbBackend::Postgres
    }

    /// How a row is called that has no key of its own everywhere.
    fn row_id(&self) -> &'static str {
        if self.is_postgres() { "ctid::text" } else { "CAST(rowid AS TEXT)" }
    }

    async fn ask(&self, sql: &str, values: Vec<Value>) -> Vec<QueryResult> {
        let backend = self.connection.get_database_backend();
        let statement = Statement::from_sql_and_values(backend, sql, values);
        self.connection.query_all_raw(statement).await.unwrap_or_else(|e| panic!("{sql}: {e}"))
    }

    async fn tables(&self) -> Vec<(String, Vec<Column>)> {
        let sql = if self.is_postgres() {
            "SELECT table_name::text AS t, column_name::text AS c, data_type::text AS kind
             FROM information_schema.columns WHERE table_schema = 'public'
             ORDER BY 1, ordinal_position"
        } else {
            "SELECT t.name AS t, c.name AS c, lower(c.type) AS kind FROM sqlite_master t
             JOIN pragma_table_info(t.name) c WHERE t.type = 'table' ORDER BY 1, c.cid"
        };
        let mut tables: Vec<(String, Vec<Column>)> = Vec::new();
        for row in self.ask(sql, vec![]).await {
            let text = |column| row.try_get::<String>("", column).unwrap();
            let (table, column) = (text("t"), Column { name: text("c"), kind: text("kind") });
            match tables.last_mut().filter(|(last, _)| *last == table) {
                Some((_, columns)) => columns.push(column),
                None => tables.push((table, vec![column])),
            }
        }
        tables.retain(|(table, _)| !OTHERS.contains(&table.as_str()));
        tables
    }

    async fn rows(&self, table: &str) -> Vec<String> {
        let sql = format!("SELECT {} AS row FROM \"{table}\" ORDER BY 1", self.row_id());
        let rows = self.ask(&sql, vec![]).await;
        assert!(!rows.is_empty(), "nothing is in {table}: the test must fill it");
        rows.iter().map(|row| row.try_get("", "row").unwrap()).collect()
    }

    /// Makes a value another one; answers where the row is now, and what the value was.
    async fn alter(&self, table: &str, column: &Column, row: &str) -> (String, Value) {
        let Column { name, kind } = column;
        let sql = format!("SELECT \"{name}\" AS v FROM \"{table}\" WHERE {} = $1", self.row_id());
        let found = self.ask(&sql, vec![row.into()]).await;
        let found = &found[0];
        let (was, altered): (Value, Value) = match kind.as_str() {
            "text" => {
                let was: String = found.try_get("", "v").unwrap();
                let altered = format!("{was}x");
                (was.into(), altered.into())
            }
            "bytea" | "blob" => {
                let was: Vec<u8> = found.try_get("", "v").unwrap();
                let altered = was[..was.len() - 1].to_vec();
                (was.into(), altered.into())
            }
            _ => {
                let was: i64 = found.try_get("", "v").unwrap();
                (was.into(), (was + 1_000).into())
            }
        };
        (self.set(table, column, row, altered).await, was)
    }

    async fn set(&self, table: &str, column: &Column, row: &str, value: Value) -> String {
        let (id, name) = (self.row_id(), &column.name);
        let sql =
            format!("UPDATE \"{table}\" SET \"{name}\" = $1 WHERE {id} = $2 RETURNING {id} AS row");
        let rows = self.ask(&sql, vec![value, row.into()]).await;
        assert_eq!(rows.len(), 1, "{table} {row}");
        rows[0].try_get("", "row").unwrap()
    }

    async fn take_away(&self, table: &str, row: &str) {
        let id = self.row_id();
        for sql in [
            format!("CREATE TABLE kept AS SELECT * FROM \"{table}\" WHERE {id} = '{row}'"),
            format!("DELETE FROM \"{table}\" WHERE {id} = '{row}'"),
        ] {
            self.connection.execute_unprepared(&sql).await.unwrap();
        }
    }

    async fn put_back(&self, table: &str, columns: &[Column]) {
        let names: Vec<_> = columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
        let names = names.join(", ");
        let overriding = if self.is_postgres() { "OVERRIDING SYSTEM VALUE" } else { "" };
        for sql in [
            format!("INSERT INTO \"{table}\" ({names}) {overriding} SELECT {names} FROM kept"),
            "DROP TABLE kept".to_owned(),
        ] {
            self.connection.execute_unprepared(&sql).await.unwrap();
        }
    }
}
