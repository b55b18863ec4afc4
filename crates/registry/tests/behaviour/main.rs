//! What the registry promises, on both databases.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod at_once;
mod clocks;
mod contract;
mod count;
mod decrees;
mod deletions;
mod enrolments;
mod events;
mod exchange_rates;
mod figures;
mod imports;
mod organisations;
mod products;
mod programmes;
mod verify;
mod villages;
mod world;
