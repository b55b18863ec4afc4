//! Wakes those who wait for events.
//!
//! Invariant: a wake is a hint. Whoever waits asks the log itself, and asks again after a while
//! without one; a lost wake costs time and nothing else. Telling the other replicas never happens
//! inside a writing transaction: commits would queue behind it.

use std::{sync::Arc, time::Duration};

use sea_orm::{
    DbBackend,
    sqlx::{
        self, Executor, PgPool,
        postgres::{PgListener, PgPoolOptions},
    },
};
use tokio::sync::{Notify, watch};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{connection::Connection, database::Database};

const CHANNEL: &str = "devisa_event";
const NOTIFY: &str = "NOTIFY devisa_event";
/// Commits within this time are told once.
const GATHER: Duration = Duration::from_millis(5);
/// How long telling them may take.
const TELL_WITHIN: Duration = Duration::from_secs(5);
/// How long to wait before listening again when the connection is lost.
const PAUSE: Duration = Duration::from_secs(1);

/// The bell of one ledger. Its tasks end with it.
#[derive(Debug)]
pub(crate) struct Wake {
    rung: watch::Sender<u64>,
    committed: Arc<Notify>,
    listening: tokio::sync::OnceCell<()>,
    database: Database,
    ends: CancellationToken,
    _guard: DropGuard,
}

impl Wake {
    pub(crate) fn new(database: &Database) -> Self {
        let ends = CancellationToken::new();
        let wake = Self {
            rung: watch::Sender::new(0),
            committed: Arc::default(),
            listening: tokio::sync::OnceCell::new(),
            database: database.clone(),
            _guard: ends.clone().drop_guard(),
            ends,
        };
        if database.backend() == DbBackend::Postgres {
            let telling = tell(database.writer().clone(), Arc::clone(&wake.committed));
            wake.spawn(telling);
        }
        wake
    }

    /// Something was committed here.
    pub(crate) fn ring(&self) {
        self.rung.send_modify(|rung| *rung = rung.wrapping_add(1));
        self.committed.notify_one();
    }

    /// Hears of commits from here on, of all replicas on PostgreSQL.
    pub(crate) async fn listen(&self) -> watch::Receiver<u64> {
        let start = || async {
            if self.database.backend() == DbBackend::Postgres {
                self.spawn(hear(self.database.writer().clone(), self.rung.clone()));
            }
        };
        self.listening.get_or_init(start).await;
        self.rung.subscribe()
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        tokio::spawn(self.ends.clone().run_until_cancelled_owned(task));
    }
}

/// A connection beside those of the calls, made when it is first needed and again when it is lost.
fn own(connection: &Connection) -> PgPool {
    let pool = connection.pool();
    let options = pool.get_postgres_connection_pool().connect_options();
    PgPoolOptions::new()
        .max_connections(1)
        .max_lifetime(None)
        .idle_timeout(None)
        .connect_lazy_with(options.as_ref().clone())
}

/// Tells the other replicas of commits.
async fn tell(connection: Connection, committed: Arc<Notify>) {
    let own = own(&connection);
    loop {
        committed.notified().await;
        tokio::time::sleep(GATHER).await;
        let told = own.execute(NOTIFY);
        // Nobody waits for it; where the network went silent, the connection is given up.
        match tokio::time::timeout(TELL_WITHIN, told).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::debug!(%error, "telling the replicas of a commit"),
            Err(_) => tracing::debug!("the replicas could not be told of a commit in time"),
        }
    }
}

/// Hears of the other replicas' commits.
async fn hear(connection: Connection, rung: watch::Sender<u64>) {
    loop {
        if let Err(error) = hear_until_lost(&connection, &rung).await {
            tracing::debug!(%error, "listening for commits");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// On a connection of its own, which takes none from the calls.
async fn hear_until_lost(
    connection: &Connection,
    rung: &watch::Sender<u64>,
) -> Result<(), sqlx::Error> {
    let own = own(connection);
    let mut listener = PgListener::connect_with(&own).await?;
    listener.listen(CHANNEL).await?;
    // `None` means that the connection was lost, and with it perhaps a wake.
    while listener.try_recv().await?.is_some() {
        rung.send_modify(|rung| *rung = rung.wrapping_add(1));
    }
    rung.send_modify(|rung| *rung = rung.wrapping_add(1));
    Ok(())
}
