//! The shipment service's resources and rules.

mod filters;
mod milestone;
mod release;
mod shipments;
mod sponsorship;
mod summary;

pub use filters::{Dimensions, dimensions, milestones, releases, shipments, sponsorships};
pub use summary::{Asked, Grouped, summarize};

use std::collections::BTreeMap;

use devisa_proto::{
    registry::v1::ExchangeRate,
    shipment::v1::{Milestone, Release, Shipment, Sponsorship},
};

use crate::resource::Table;

/// Everything that the shipment service holds.
#[derive(Clone, Debug, Default)]
pub struct Shipments {
    /// Organisations of the registry by name.
    pub organisations: BTreeMap<String, Party>,
    /// Exchange rates of the registry.
    pub rates: Table<ExchangeRate>,
    /// Releases, without their totals, which are counted when they are asked for.
    pub releases: Table<Release>,
    /// Shipments.
    pub shipments: Table<Shipment>,
    /// Milestones of all shipments.
    pub milestones: Table<Milestone>,
    /// Sponsorships, hidden ones included.
    pub sponsorships: Table<Sponsorship>,
}

/// What shipments depend on of an organisation.
#[derive(Clone, Debug, Default)]
pub struct Party {
    /// What it is called.
    pub display_name: String,
    /// Where it is; empty for nowhere known.
    pub village: String,
    /// Whether it may export.
    pub exports: bool,
}

crate::resources!(Release, Shipment, Milestone; Sponsorship);
