//! What left: releases, shipments, milestones and sponsorships.
//!
//! Purpose: to hold a consignment from its first draft to the buyer's hands, and the ceremony at
//! which it left. Invariant: a shipment's state and tier follow from what was decided and what
//! actually happened to it, in whatever order that was recorded; they are never typed in.

pub mod consignment;
pub mod declaration;
pub mod lifecycle;
pub mod line;
pub mod milestone;
pub mod parts;
pub mod party;
pub mod release;
pub mod sponsorship;
pub mod timeline;
pub mod totals;
pub mod transport;
pub mod update;

pub use consignment::{ChangeReason, Shipment, ShipmentFacts};
pub use lifecycle::{Lifecycle, State};
pub use milestone::{Classifier, Code, Milestone, MilestoneFacts};
pub use release::{Release, ReleaseFacts};
pub use sponsorship::{Sponsorship, SponsorshipFacts};
pub use timeline::Timeline;
pub use totals::Totals;

#[cfg(test)]
mod tests;
