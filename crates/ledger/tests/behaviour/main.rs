//! What the ledger promises, on both databases.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod events;
mod gauges;
mod pages;
mod schema;
mod toy;
mod writes;
