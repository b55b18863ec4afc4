//! The shipment service's resources and rules.

mod filters;
mod milestone;
mod release;
mod shipments;
mod summary;

pub use filters::{milestones, releases, shipments};
pub use summary::{Grouped, summarize};

use std::collections::BTreeMap;

use devisa_proto::{
    registry::v1::ExchangeRate,
    shipment::v1::{Milestone, Release, Shipment},
};

use crate::resource::Table;

/// Everything that the shipment service holds.
#[derive(Clone, Debug, Default)]
pub struct Shipments {
    /// Organisations of the registry by name: their village, and whether they may export.
    pub organisations: BTreeMap<String, (String, bool)>,
    /// Exchange rates of the registry.
    pub rates: Table<ExchangeRate>,
    /// Releases, without their totals, which are counted when they are asked for.
    pub releases: Table<Release>,
    /// Shipments.
    pub shipments: Table<Shipment>,
    /// Milestones of all shipments.
    pub milestones: Table<Milestone>,
}

crate::resources!(Release, Shipment, Milestone;);
