//! What a shipment keeps of the registry, so that it reads the same when the registry moves on.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::consignment::ShipmentFacts;
use crate::{
    identifier::{hs::HsCode, village_code::VillageCode},
    name::{OrganisationName, ProductName},
    refusal::RuleBroken,
    village,
};

/// What an organisation may do, as far as shipments ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// What it was called.
    pub display_name: String,
    /// The village it was in.
    pub village: Option<VillageCode>,
    /// Whether it may export: it is an EXPORTER, AGGREGATOR or PRODUCER, or its roles are unknown.
    pub exports: bool,
}

impl Party {
    /// Checks that it may be the exporter of a shipment.
    ///
    /// # Errors
    /// `exporter.role`.
    pub fn check_exports(&self) -> Result<(), RuleBroken> {
        if self.exports {
            return Ok(());
        }
        let expected = "the role EXPORTER, AGGREGATOR or PRODUCER";
        Err(RuleBroken::expected("exporter.role", expected, "none of them"))
    }
}

/// What a product was called and how it was classed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownProduct {
    /// What it was called.
    pub display_name: String,
    /// Its tariff code.
    pub hs_code: Option<HsCode>,
}

/// The organisations, products and villages a shipment names, as they were when it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parties {
    /// The organisations.
    pub organisations: BTreeMap<OrganisationName, Party>,
    /// The products of its lines.
    #[serde(default)]
    pub products: BTreeMap<ProductName, KnownProduct>,
    /// The villages' names.
    pub villages: BTreeMap<VillageCode, String>,
}

impl Parties {
    /// The organisations that `facts` names and that are not known yet.
    pub fn unknown_organisations(&self, facts: &ShipmentFacts) -> Vec<OrganisationName> {
        let named: BTreeSet<_> = facts.organisations().map(|(_, name)| name).collect();
        let unknown = named.into_iter().filter(|name| !self.organisations.contains_key(name));
        unknown.cloned().collect()
    }

    /// The products that `facts` names and that are not known yet.
    pub fn unknown_products(&self, facts: &ShipmentFacts) -> Vec<ProductName> {
        let named: BTreeSet<_> = facts.products().map(|(_, name)| name).collect();
        named.into_iter().filter(|name| !self.products.contains_key(name)).cloned().collect()
    }

    /// The copies for a shipment of these facts: those it had before, and new ones from `found` and
    /// the national list.
    #[must_use]
    pub fn renewed(&self, found: &Self, facts: &ShipmentFacts) -> Self {
        let organisations = facts.organisations().map(|(_, name)| name);
        let products = facts.products().map(|(_, name)| name);
        let called = |code: &VillageCode| {
            let kept = self.villages.get(code).cloned();
            let name =
                kept.or_else(|| village::find(code).map(|village| village.name.to_owned()))?;
            Some((code.clone(), name))
        };
        Self {
            organisations: copies(&self.organisations, &found.organisations, organisations),
            products: copies(&self.products, &found.products, products),
            villages: facts.villages().filter_map(called).collect(),
        }
    }
}

/// Of each name, what was known before, else what was found.
fn copies<'a, N: Clone + Ord + 'a, F: Clone>(
    known: &BTreeMap<N, F>,
    found: &BTreeMap<N, F>,
    names: impl Iterator<Item = &'a N>,
) -> BTreeMap<N, F> {
    let copy =
        |name: &N| Some((name.clone(), known.get(name).or_else(|| found.get(name))?.clone()));
    names.filter_map(copy).collect()
}
