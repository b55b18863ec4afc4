//! What the deal service knows of a shipment: as much as realisations depend on.
//!
//! Invariant: it follows from the shipment's events alone, in whatever portions and however often
//! they are heard: what was heard before never replaces what was heard later.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::realisation::Standing;
use crate::{
    meta::Meta,
    money::Money,
    name::{MilestoneName, OrganisationName, ShipmentName},
    provenance::Provenance,
    shipment::{Milestone, State, Timeline},
    tier::Tier,
    time::Timestamp,
};

/// A line of goods, as far as realisations depend on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShippedLine {
    /// Its value.
    pub value: Money,
    /// The producers who share it.
    pub producers: BTreeSet<OrganisationName>,
}

/// A shipment as its service told it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShippedFacts {
    /// Which version of it.
    pub version: i64,
    /// Its exporter.
    pub exporter: OrganisationName,
    /// Who exports it on paper, where that is somebody else.
    pub exporter_of_record: Option<OrganisationName>,
    /// Its lines, in order.
    pub lines: Vec<ShippedLine>,
    /// Its state.
    pub state: State,
    /// Its value tier.
    pub tier: Option<Tier>,
    /// When it was created.
    pub create_time: Timestamp,
    /// When it was last changed.
    pub update_time: Timestamp,
}

impl ShippedFacts {
    /// Whether an organisation has part in a line: it exports the shipment or shares the line.
    pub fn has_part(&self, line: &ShippedLine, organisation: &OrganisationName) -> bool {
        self.exporter == *organisation
            || self.exporter_of_record.as_ref() == Some(organisation)
            || line.producers.contains(organisation)
    }
}

/// A shipment as heard of. It says nothing of when or how often it was heard of, so that the same
/// log always makes the same of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipped {
    /// The shipment's name.
    pub name: ShipmentName,
    /// The shipment's own version and times as last heard of; version 0 while it was not.
    pub meta: Meta,
    /// What is known; none while only milestones were heard of.
    pub facts: Option<ShippedFacts>,
    /// Its service's revision from which the facts come; empty when they were asked for.
    pub revision: String,
    /// Its milestones.
    milestones: BTreeMap<MilestoneName, Milestone>,
}

impl Shipped {
    /// A shipment of which nothing was heard yet.
    pub fn unheard(name: ShipmentName) -> Self {
        let mut meta = Meta::new(Timestamp::from_micros(0), Provenance::default());
        meta.version = 0;
        let revision = String::new();
        Self { name, meta, facts: None, revision, milestones: BTreeMap::new() }
    }

    /// Hears of the shipment, at a revision or, empty, in answer to a question. Whether that was
    /// news.
    pub fn hear(&mut self, facts: ShippedFacts, revision: &str) -> bool {
        if !self.is_later(&facts, revision) {
            return false;
        }
        self.meta.version = facts.version;
        self.meta.create_time = facts.create_time;
        self.meta.update_time = facts.update_time;
        self.facts = Some(facts);
        revision.clone_into(&mut self.revision);
        true
    }

    /// Two events are told apart by their places in the log; an answer, which has none, from an
    /// event by the shipment's version.
    fn is_later(&self, facts: &ShippedFacts, revision: &str) -> bool {
        let Some(known) = &self.facts else { return true };
        if revision.is_empty() {
            return facts.version > known.version;
        }
        if self.revision.is_empty() {
            return facts.version >= known.version;
        }
        revision > self.revision.as_str()
    }

    /// Hears of a milestone. Whether that was news.
    pub fn pass(&mut self, milestone: Milestone) -> bool {
        self.milestones.insert(milestone.name.clone(), milestone).is_none()
    }

    /// How a realisation of it stands.
    pub fn standing(&self) -> Standing {
        let Some(facts) = &self.facts else { return Standing::Freed };
        if facts.tier == Some(Tier::Realised) {
            return Standing::Realised;
        }
        let is_under_way = !matches!(facts.state, State::Draft | State::Cancelled);
        let timeline: Timeline = self.milestones.values().cloned().collect();
        if is_under_way && !timeline.is_stranded() { Standing::Pending } else { Standing::Freed }
    }

    /// The value of a line; none where there is no such line.
    pub fn line(&self, index: u32) -> Option<&ShippedLine> {
        let index = usize::try_from(index).ok()?;
        self.facts.as_ref()?.lines.get(index)
    }

    /// The version of the shipment that was asked for and whose event is yet to come.
    pub fn asked(&self) -> Option<i64> {
        let facts = self.facts.as_ref().filter(|_| self.revision.is_empty())?;
        Some(facts.version)
    }

    /// With what `other` knows of the same shipment beyond this.
    #[must_use]
    pub fn joined(mut self, other: &Self) -> Self {
        if let Some(facts) = &other.facts {
            self.hear(facts.clone(), &other.revision);
        }
        let new = other.milestones.iter();
        let new = new.filter(|(name, _)| !self.milestones.contains_key(*name));
        let new: Vec<_> = new.map(|(_, milestone)| milestone.clone()).collect();
        self.milestones.extend(new.into_iter().map(|one| (one.name.clone(), one)));
        self
    }

    /// Whether anything of it was heard.
    pub fn is_heard_of(&self) -> bool {
        self.facts.is_some() || !self.milestones.is_empty()
    }

    /// Its milestones, by name.
    pub fn milestones(&self) -> impl Iterator<Item = &Milestone> {
        self.milestones.values()
    }
}
