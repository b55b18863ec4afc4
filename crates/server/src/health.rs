//! Whether the process may be sent calls.
//!
//! Invariant: nothing is SERVING before its own database has answered, nor after the drain has
//! begun; one part's trouble is not another's. Readiness never asks an upstream, because then one
//! service that is down takes all the others out of the balancer with it.

use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

use devisa_ledger::{Database, Ledger, schema};
use futures::{FutureExt, future::BoxFuture};
use tokio::{sync::watch, time::timeout};
use tonic_health::{
    ServingStatus,
    pb::health_server::HealthServer,
    server::{HealthReporter, HealthService},
};

use crate::stack::Stack;

/// Between two looks once everything is ready.
const CALM: Duration = Duration::from_secs(2);
/// Between two looks while something is not.
const EAGER: Duration = Duration::from_millis(200);
/// A database that takes longer to say that it is there is not.
const PATIENCE: Duration = Duration::from_secs(2);

/// Looks at a part's own database and schema; says what is wrong, for the log and `/readyz`.
pub type Check = Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// One service of the process: what it answers and when it may be asked.
#[derive(Clone)]
pub struct Part {
    /// Its short name, such as `registry`.
    pub name: &'static str,
    /// What it answers.
    pub stack: Stack,
    /// Whether it may be asked.
    pub ready: Check,
    /// Its database, for `/metrics`.
    pub database: Option<Database>,
}

impl Part {
    /// A part that is ready whenever `check` says so. Its text must not hold a secret.
    pub fn new<F>(
        name: &'static str,
        stack: Stack,
        check: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<(), String>> + Send + 'static,
    {
        Self { name, stack, ready: Arc::new(move || check().boxed()), database: None }
    }

    /// A service on its ledger: ready when the database answers and has every one of `migrations`,
    /// and measured. No upstream is asked: reads go on without them.
    pub fn on(name: &'static str, stack: Stack, ledger: &Ledger, migrations: Vec<String>) -> Self {
        let database = ledger.database().clone();
        let asked = (database.clone(), Arc::new(migrations));
        let part = Self::new(name, stack, move || {
            let (database, migrations) = asked.clone();
            async move { is_migrated(name, &database, &migrations).await }
        });
        Self { database: Some(database), ..part }
    }
}

async fn is_migrated(
    name: &'static str,
    database: &Database,
    migrations: &[String],
) -> Result<(), String> {
    match schema::status(database, migrations).await {
        Ok(schema::Status::Current | schema::Status::Ahead(_)) => Ok(()),
        Ok(schema::Status::Behind(missing)) => Err(format!("not migrated: {}", missing.join(", "))),
        Err(error) => {
            // The error may hold what the database said; that is for the log alone.
            tracing::warn!(%error, service = name, "the database does not answer");
            Err("the database does not answer".to_owned())
        }
    }
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part").field("name", &self.name).field("stack", &self.stack).finish()
    }
}

/// What the probes are told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    /// Everything has been ready once.
    pub(crate) started: bool,
    /// The process is going down.
    pub(crate) draining: bool,
    /// What is not ready, and why.
    pub(crate) waiting: Vec<String>,
}

impl State {
    pub(crate) fn is_ready(&self) -> bool {
        self.started && !self.draining && self.waiting.is_empty()
    }
}

/// Tells probes and health clients how things stand.
#[derive(Debug)]
pub(crate) struct Board {
    reporter: HealthReporter,
    state: watch::Sender<State>,
    parts: Parts,
}

/// The parts of the process; none before they are announced.
pub(crate) type Parts = Arc<OnceLock<Vec<Part>>>;

impl Board {
    /// Everything NOT_SERVING: tonic-health begins with SERVING.
    pub(crate) async fn new() -> Self {
        let reporter = HealthReporter::new();
        reporter.set_service_status("", ServingStatus::NotServing).await;
        Self { reporter, state: watch::Sender::new(State::default()), parts: Parts::default() }
    }

    pub(crate) fn service(&self) -> HealthServer<HealthService> {
        HealthServer::new(HealthService::from_health_reporter(self.reporter.clone()))
    }

    pub(crate) fn state(&self) -> watch::Receiver<State> {
        self.state.subscribe()
    }

    pub(crate) fn parts(&self) -> Parts {
        Arc::clone(&self.parts)
    }

    /// Makes the parts known, NOT_SERVING.
    pub(crate) async fn announce(&self, parts: &[Part]) {
        // Announced again when they are turned away: they are the same.
        let _ = self.parts.set(parts.to_vec());
        for part in parts {
            self.set(part, ServingStatus::NotServing).await;
        }
    }

    /// Keeps looking; never ends. Dropped when the drain begins, so that it cannot undo it.
    pub(crate) async fn watch(&self, parts: &[Part]) {
        loop {
            let waiting = self.look(parts).await;
            let pause = if waiting.is_empty() { CALM } else { EAGER };
            self.tell(waiting).await;
            tokio::time::sleep(pause).await;
        }
    }

    /// Asks every part and reports each.
    async fn look(&self, parts: &[Part]) -> Vec<String> {
        let asked = parts.iter().map(|part| async move {
            let answer = timeout(PATIENCE, (part.ready)()).await;
            let answer = answer.unwrap_or_else(|_| Err("no answer in time".to_owned()));
            let status = match answer {
                Ok(()) => ServingStatus::Serving,
                Err(_) => ServingStatus::NotServing,
            };
            self.set(part, status).await;
            answer.err().map(|reason| format!("{}: {reason}", part.name))
        });
        futures::future::join_all(asked).await.into_iter().flatten().collect()
    }

    /// Reports the whole process, when it has changed.
    async fn tell(&self, waiting: Vec<String>) {
        let ready = waiting.is_empty();
        let changed = self.state.send_if_modified(|state| {
            let before = state.clone();
            state.started |= ready;
            state.waiting = waiting;
            *state != before
        });
        if changed {
            let status = if ready { ServingStatus::Serving } else { ServingStatus::NotServing };
            self.reporter.set_service_status("", status).await;
            let waiting = self.state.borrow().waiting.join("; ");
            if ready { tracing::info!("ready") } else { tracing::warn!(%waiting, "not ready") }
        }
    }

    /// Turns new calls away; those under way go on.
    pub(crate) async fn turn_away(&self, parts: &[Part]) {
        self.state.send_modify(|state| state.draining = true);
        self.reporter.set_service_status("", ServingStatus::NotServing).await;
        self.announce(parts).await;
    }

    /// Ends every `Health.Watch`: it ends only when its entry goes, and an open one holds the
    /// server for ever.
    pub(crate) async fn close(&self, parts: &[Part]) {
        let mut reporter = self.reporter.clone();
        reporter.clear_service_status("").await;
        for name in parts.iter().flat_map(|part| part.stack.names()) {
            reporter.clear_service_status(name).await;
        }
    }

    async fn set(&self, part: &Part, status: ServingStatus) {
        for name in part.stack.names() {
            self.reporter.set_service_status(name, status).await;
        }
    }
}
