//! What the ledger promises, on both databases.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod compaction;
mod epochs;
mod events;
mod filters;
mod gauges;
mod pages;
mod probe;
mod projection;
mod schema;
mod series;
mod toy;
mod writes;
