//! What the ledger promises, on both databases.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod events;
mod pages;
mod probe;
mod schema;
mod toy;
mod writes;
