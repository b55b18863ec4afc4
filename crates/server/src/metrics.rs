//! What `/metrics` says: how full the process is, in the text format of Prometheus.
//!
//! Invariant: it answers while the database does not. What only the database knows is left out
//! then; a series that is missing is how a monitor notices.

use std::{fmt::Write, time::Duration};

use devisa_ledger::{Connections, Database};
use tokio::time::timeout;

use crate::health::Part;

/// The format's name and version.
pub(crate) const FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// How long the databases are waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// The page.
pub(crate) async fn page(parts: &[Part]) -> String {
    let mut text = Text::default();
    calls(&mut text, parts);
    // Before the databases are asked, which takes a connection itself.
    connections(&mut text, parts);
    let ages = futures::future::join_all(parts.iter().map(horizon)).await;
    text.family("devisa_event_log_horizon_age_seconds", "gauge", HORIZON);
    for (part, age) in parts.iter().zip(ages) {
        if let Some(age) = age {
            let value = format!("{}.{:06}", age.as_secs(), age.subsec_micros());
            text.sample(&[("service", part.name)], value);
        }
    }
    text.page
}

const HORIZON: &str =
    "Age of the oldest writing transaction; events committed since it began cannot be read yet.";

async fn horizon(part: &Part) -> Option<Duration> {
    let database = part.database.as_ref()?;
    timeout(PATIENCE, database.horizon_age()).await.ok()?.ok()?
}

fn calls(text: &mut Text, parts: &[Part]) {
    text.family("devisa_calls_in_flight", "gauge", "Calls that hold a place within the limit.");
    for part in parts {
        text.sample(&[("service", part.name)], part.stack.in_flight());
    }
    text.family(
        "devisa_streams_open",
        "gauge",
        "Streams that are open; the same limit again, and some more for services.",
    );
    for part in parts {
        text.sample(&[("service", part.name)], part.stack.streams());
    }
    text.family("devisa_calls_limit", "gauge", "Calls that may be in flight at once.");
    for part in parts {
        if let Some(limit) = part.stack.limit() {
            text.sample(&[("service", part.name)], limit);
        }
    }
    text.family("devisa_panics_total", "counter", "Panics of handlers since the start.");
    for part in parts {
        text.sample(&[("service", part.name)], part.stack.panics());
    }
}

fn connections(text: &mut Text, parts: &[Part]) {
    let pools: Vec<(&str, Connections)> = parts
        .iter()
        .flat_map(|part| {
            let pools = part.database.as_ref().map(Database::connections).unwrap_or_default();
            pools.into_iter().map(|pool| (part.name, pool))
        })
        .collect();
    text.family("devisa_database_connections", "gauge", "Connections to the database, by state.");
    for (service, Connections { pool, in_use, idle, .. }) in &pools {
        for (state, count) in [("in_use", in_use), ("idle", idle)] {
            text.sample(&[("service", service), ("pool", pool), ("state", state)], count);
        }
    }
    text.family("devisa_database_connections_limit", "gauge", "Connections that there may be.");
    for (service, Connections { pool, limit, .. }) in &pools {
        text.sample(&[("service", service), ("pool", pool)], limit);
    }
}

/// Metrics are gathered in families: a head, then the samples of that name.
#[derive(Default)]
struct Text {
    page: String,
    name: &'static str,
}

impl Text {
    fn family(&mut self, name: &'static str, kind: &str, help: &str) {
        self.name = name;
        self.line(format_args!("# HELP {name} {help}"));
        self.line(format_args!("# TYPE {name} {kind}"));
    }

    /// Labels are names of ours: nothing in them has to be escaped.
    fn sample(&mut self, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let labels: Vec<_> = labels.iter().map(|(key, text)| format!("{key}=\"{text}\"")).collect();
        let name = self.name;
        self.line(format_args!("{name}{{{}}} {value}", labels.join(",")));
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.page, "{line}");
    }
}
