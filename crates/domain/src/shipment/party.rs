//! What a shipment keeps of the registry, so that it reads the same when the registry moves on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    identifier::village_code::VillageCode, name::OrganisationName, refusal::RuleBroken, village,
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

/// The organisations and villages a shipment names, as they were when it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parties {
    /// The organisations.
    pub organisations: BTreeMap<OrganisationName, Party>,
    /// The villages' names.
    pub villages: BTreeMap<VillageCode, String>,
}

impl Parties {
    /// The organisations among `names` that are not known yet.
    pub fn unknown<'a>(
        &self,
        names: impl IntoIterator<Item = &'a OrganisationName>,
    ) -> Vec<OrganisationName> {
        let mut unknown: Vec<_> =
            names.into_iter().filter(|n| !self.organisations.contains_key(n)).cloned().collect();
        unknown.sort();
        unknown.dedup();
        unknown
    }

    /// The copies for a shipment that names `organisations` and `villages`: those it had before,
    /// and new ones from `found` and the national list.
    #[must_use]
    pub fn renewed<'a>(
        &self,
        found: &BTreeMap<OrganisationName, Party>,
        organisations: impl IntoIterator<Item = &'a OrganisationName>,
        villages: impl IntoIterator<Item = &'a VillageCode>,
    ) -> Self {
        let party = |name: &OrganisationName| {
            let party = self.organisations.get(name).or_else(|| found.get(name))?;
            Some((name.clone(), party.clone()))
        };
        let called = |code: &VillageCode| {
            let kept = self.villages.get(code).cloned();
            let name =
                kept.or_else(|| village::find(code).map(|village| village.name.to_owned()))?;
            Some((code.clone(), name))
        };
        Self {
            organisations: organisations.into_iter().filter_map(party).collect(),
            villages: villages.into_iter().filter_map(called).collect(),
        }
    }
}
