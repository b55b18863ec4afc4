//! The deal service's resources and rules.

mod agreement;
mod filters;
mod plausibility;
mod realisation;
mod session;
mod summary;

pub use filters::{Dimensions, deals, dimensions, realisations, sessions};
pub use plausibility::STATED;
pub use summary::{Asked, Grouped, summarize};

use std::collections::{BTreeMap, BTreeSet};

use devisa_proto::{
    deal::v1::{Deal, Realisation, Session},
    google_type::Money,
    registry::v1::{ExchangeRate, organisation_size::Class},
};

use crate::resource::Table;

/// Everything that the deal service holds.
#[derive(Clone, Debug, Default)]
pub struct Deals {
    /// Organisations of the registry by name, with their size class.
    pub organisations: BTreeMap<String, Option<Class>>,
    /// Exchange rates of the registry.
    pub rates: Table<ExchangeRate>,
    /// Sessions.
    pub sessions: Table<Session>,
    /// Deals.
    pub deals: Table<Deal>,
    /// What deals do not show.
    books: BTreeMap<String, Book>,
    /// Realisations of all deals, hidden ones included.
    pub realisations: Table<Realisation>,
    /// Shipments as they were last heard of.
    shipped: BTreeMap<String, Shipped>,
}

/// What is known of a deal and not shown.
#[derive(Clone, Debug, Default)]
struct Book {
    /// Who created, updated or signed it.
    authors: BTreeSet<String>,
    /// Whether it was ever signed.
    signed: bool,
}

/// What realisations depend on of a shipment.
#[derive(Clone, Debug)]
struct Shipped {
    /// Who exports it, on paper and else.
    exporters: Vec<String>,
    /// Its lines: their value and who shares them.
    lines: Vec<(Money, Vec<String>)>,
    /// READY or later and not CANCELLED.
    under_way: bool,
    /// Whether its tier is REALISED.
    realised: bool,
    /// Whether it was left ashore or came back.
    stranded: bool,
}

crate::resources!(Session, Deal; Realisation);
