//! What the shipment service promises, on both databases.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod at_once;
mod batches;
mod cancellations;
mod clocks;
mod contract;
mod corrections;
mod dimensions;
mod dispatch;
mod events;
mod figures;
mod imports;
mod large;
mod milestones;
mod products;
mod real_registry;
mod registry;
mod release_value;
mod releases;
mod shipments;
mod sponsorships;
mod summaries;
mod transitions;
mod updates;
mod verify;
mod world;
