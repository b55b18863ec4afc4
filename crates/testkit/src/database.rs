//! Fresh databases of both kinds.

use devisa_domain::time::SharedClock;
use devisa_ledger::{Database, DatabaseUrl, Ledger, Pool, schema};
use sea_orm::{ConnectionTrait, Database as Orm, DbBackend, Statement};
use sea_orm_migration::MigratorTrait;
use tempfile::TempDir;
use uuid::Uuid;

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// A SQLite file.
    Sqlite,
    /// A database of a PostgreSQL server.
    Postgres,
}

/// Where the PostgreSQL server of the tests is: a URL whose role may create databases.
const POSTGRES_URL: &str = "DEVISA_TEST_POSTGRES_URL";

/// A database that no other test uses.
#[derive(Debug)]
pub struct TestDatabase {
    /// Where it is.
    pub url: DatabaseUrl,
    /// Its kind.
    pub backend: Backend,
    raw: String,
    _folder: TempDir,
}

impl TestDatabase {
    /// Creates an empty database.
    pub async fn fresh(backend: Backend) -> Self {
        let folder = TempDir::new().unwrap();
        let raw = match backend {
            Backend::Sqlite => format!("sqlite:{}", folder.path().join("test.db").display()),
            Backend::Postgres => create_postgres().await,
        };
        let url = DatabaseUrl::parse(&raw).unwrap();
        Self { url, backend, raw, _folder: folder }
    }

    /// The URL with all its parts, for a process that shall open the database.
    pub fn raw_url(&self) -> &str {
        &self.raw
    }

    /// Opens the database, as one replica does, and brings it up to the migrator's schema.
    pub async fn open<M: MigratorTrait>(&self) -> Database {
        let database = Database::open(&self.url, &Pool::default()).await.unwrap();
        schema::migrate::<M>(&database).await.unwrap();
        database
    }

    /// Opens a ledger on it.
    pub async fn ledger<M: MigratorTrait>(
        &self,
        clock: SharedClock,
        source: &'static str,
    ) -> Ledger {
        Ledger::open(self.open::<M>().await, clock, source).await.unwrap()
    }
}

/// Everything that a database holds, as text: equal before and after means that nothing changed.
pub async fn contents(connection: &impl ConnectionTrait) -> String {
    let backend = connection.get_database_backend();
    let tables = match backend {
        DbBackend::Postgres => {
            "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        }
        _ => "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1",
    };
    let mut all = String::new();
    for table in column(connection, tables.to_owned()).await {
        let rows = match backend {
            DbBackend::Postgres => format!("SELECT t::text AS name FROM {table} t ORDER BY 1"),
            _ => {
                let info = format!("SELECT name FROM pragma_table_info('{table}')");
                let columns: Vec<_> = column(connection, info)
                    .await
                    .iter()
                    .map(|column| format!("quote(\"{column}\")"))
                    .collect();
                format!("SELECT {} AS name FROM {table} ORDER BY 1", columns.join(" || ',' || "))
            }
        };
        for row in column(connection, rows).await {
            all.push_str(&format!("{table}: {row}\n"));
        }
    }
    all
}

/// How many events of the subjects that begin so were committed, told or not yet.
pub async fn committed_events(connection: &impl ConnectionTrait, subject_prefix: &str) -> usize {
    let subjects = column(connection, "SELECT subject AS name FROM event".to_owned()).await;
    subjects.iter().filter(|subject| subject.starts_with(subject_prefix)).count()
}

async fn column(connection: &impl ConnectionTrait, sql: String) -> Vec<String> {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let rows = connection.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get("", "name").unwrap()).collect()
}

async fn create_postgres() -> String {
    let admin_url = std::env::var(POSTGRES_URL).unwrap_or_else(|_| {
        panic!("{POSTGRES_URL} must name a PostgreSQL server; tests/run starts one")
    });
    let (server, _) = admin_url.rsplit_once('/').unwrap();
    let name = format!("test_{}", Uuid::new_v4().simple());
    let admin = Orm::connect(&admin_url).await.unwrap();
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
    admin.close().await.unwrap();
    format!("{server}/{name}")
}

/// Runs SQL on a database, past every rule of the program.
pub async fn run_sql(raw_url: &str, sql: &str) {
    let own = Orm::connect(raw_url).await.unwrap();
    own.execute_unprepared(sql).await.unwrap();
    own.close().await.unwrap();
}
