//! What the deal service promises, on both databases.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod at_once;
mod concurrency;
mod contract;
mod deals;
mod ends;
mod events;
mod figures;
mod following;
mod holds;
mod realisations;
mod registry;
mod reviews;
mod sessions;
mod shipments;
mod signatures;
mod together;
mod totals;
mod updates;
mod upstream;
mod verify;
mod world;
