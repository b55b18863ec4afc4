//! What the columns of a database may be: instants, money and versions are integers, dates and
//! decimals text, and text is sorted bytewise. No Decimal, Float or timestamp, in any migration.

use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement};

/// The types of columns that there may be, by database, in lower case.
const SQLITE: &[&str] = &["text", "bigint", "integer", "blob"];
const POSTGRES: &[&str] = &["text", "bigint", "bytea", "xid8"];

/// The migrator's own table, which its library makes.
const NOT_OURS: &str = "seaql_migrations";

/// Every column that is not as it must be, as `table.column is type`; read off the catalogue, after
/// all migrations.
pub async fn forbidden_columns(connection: &impl ConnectionTrait) -> Vec<String> {
    let backend = connection.get_database_backend();
    let (sql, allowed) = match backend {
        DbBackend::Postgres => (IN_POSTGRES, POSTGRES),
        _ => (IN_SQLITE, SQLITE),
    };
    let columns = connection.query_all_raw(Statement::from_string(backend, sql)).await.unwrap();
    assert!(!columns.is_empty(), "the database has no tables yet");
    columns.iter().map(Column::read).filter_map(|column| column.fault(allowed)).collect()
}

/// `collation` is empty where the database's own default stands.
const IN_POSTGRES: &str = "
    SELECT table_name::text, column_name::text, data_type::text AS kind,
           COALESCE(collation_name, '')::text AS collation
    FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, ordinal_position";

/// SQLite sorts text bytewise unless told otherwise, and tells only in the text of the table.
const IN_SQLITE: &str = "
    SELECT t.name AS table_name, c.name AS column_name, c.type AS kind,
           CASE WHEN upper(t.sql) LIKE '%COLLATE%' THEN 'other' ELSE 'C' END AS collation
    FROM sqlite_master t JOIN pragma_table_info(t.name) c
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' ORDER BY 1, c.cid";

struct Column {
    table: String,
    name: String,
    kind: String,
    collation: String,
}

impl Column {
    fn read(row: &QueryResult) -> Self {
        let text = |column: &str| row.try_get::<String>("", column).unwrap();
        Self {
            table: text("table_name"),
            name: text("column_name"),
            kind: text("kind").to_lowercase(),
            collation: text("collation"),
        }
    }

    fn fault(&self, allowed: &[&str]) -> Option<String> {
        let Self { table, name, kind, collation } = self;
        if table == NOT_OURS {
            return None;
        }
        if !allowed.contains(&kind.as_str()) {
            return Some(format!("{table}.{name} is {kind}"));
        }
        let sorted = kind != "text" || collation == "C";
        (!sorted).then(|| format!("{table}.{name} is text sorted by {collation:?}"))
    }
}
