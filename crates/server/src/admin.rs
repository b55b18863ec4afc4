//! The plaintext port for the platform's probes and its metrics.
//!
//! Invariant: `/livez` never touches a database; it answers as long as the process can answer at
//! all, from the moment the port is bound to the end of the drain.

use axum::{
    Router,
    extract::State as Shared,
    http::{HeaderName, StatusCode, header::CONTENT_TYPE},
    routing::get,
};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};
use tonic::{service::Routes, transport::server::TcpIncoming};

use crate::{
    health::{Board, Parts, State},
    metrics,
};

type Answer = (StatusCode, String);
type States = watch::Receiver<State>;

/// The running port; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Admin(#[expect(dead_code, reason = "held so that dropping ends it")] JoinSet<()>);

impl Admin {
    /// Answers on `listener` from now on.
    pub(crate) fn start(listener: TcpListener, board: &Board) -> Self {
        let routes = Routes::from(pages(board.state(), board.parts())).add_service(board.service());
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let served = tonic::transport::Server::builder()
                .accept_http1(true)
                .serve_with_incoming(routes, TcpIncoming::from(listener).with_nodelay(Some(true)))
                .await;
            if let Err(error) = served {
                tracing::error!(%error, "the admin port ended");
            }
        });
        Self(tasks)
    }
}

fn pages(states: States, parts: Parts) -> Router {
    let gauges = Router::new().route("/metrics", get(gauges)).with_state(parts);
    Router::new()
        .route("/livez", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .route("/startupz", get(started))
        .with_state(states)
        .merge(gauges)
}

async fn gauges(Shared(parts): Shared<Parts>) -> ([(HeaderName, &'static str); 1], String) {
    let parts = parts.get().map(Vec::as_slice).unwrap_or_default();
    ([(CONTENT_TYPE, metrics::FORMAT)], metrics::page(parts).await)
}

async fn ready(Shared(states): Shared<States>) -> Answer {
    let state = states.borrow();
    let why = match (state.draining, state.started) {
        (true, _) => "draining".to_owned(),
        (false, false) if state.waiting.is_empty() => "starting".to_owned(),
        _ => state.waiting.join("; "),
    };
    answer(state.is_ready(), "ready", why)
}

async fn started(Shared(states): Shared<States>) -> Answer {
    let state = states.borrow();
    answer(state.started, "started", "starting".to_owned())
}

fn answer(yes: bool, word: &str, why: String) -> Answer {
    if yes {
        (StatusCode::OK, format!("{word}\n"))
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n"))
    }
}
