//! The milestones of one shipment, and which of them stand.
//!
//! Invariant: a milestone is corrected at most once, never the other way round, and one with code
//! RELEASED never; so each chain of corrections ends in the one milestone that stands for it.

use std::collections::BTreeMap;

use super::{
    lifecycle::{Happened, Progress, last},
    milestone::{Classifier, Code, Milestone},
};
use crate::{
    name::MilestoneName,
    refusal::RuleBroken,
    time::{Date, Timestamp},
};

/// The milestones of one shipment on record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    milestones: BTreeMap<MilestoneName, Milestone>,
    /// What was corrected, and by what.
    corrected: BTreeMap<MilestoneName, MilestoneName>,
}

impl FromIterator<Milestone> for Timeline {
    fn from_iter<I: IntoIterator<Item = Milestone>>(milestones: I) -> Self {
        let mut timeline = Self::default();
        milestones.into_iter().for_each(|milestone| timeline.add(milestone));
        timeline
    }
}

impl Timeline {
    /// Adds a milestone, which was checked.
    pub fn add(&mut self, milestone: Milestone) {
        if let Some(corrected) = &milestone.facts.corrects {
            self.corrected.insert(corrected.clone(), milestone.name.clone());
        }
        self.milestones.insert(milestone.name.clone(), milestone);
    }

    /// Whether a milestone of this name is on record.
    pub fn contains(&self, name: &MilestoneName) -> bool {
        self.milestones.contains_key(name)
    }

    /// Checks that a new milestone may correct the one of this name.
    ///
    /// # Errors
    /// `reference.exists`; `corrects.released` for code RELEASED, which is the release's to say;
    /// `corrects.corrected` when another one corrects it already.
    pub fn check_correction(&self, name: &MilestoneName) -> Result<(), RuleBroken> {
        let Some(milestone) = self.milestones.get(name) else {
            return Err(RuleBroken::absent(name));
        };
        if milestone.facts.code == Code::Released {
            let expected = "a milestone of another code, RELEASED stays";
            return Err(RuleBroken::expected("corrects.released", expected, name));
        }
        match self.corrected.get(name) {
            None => Ok(()),
            Some(by) => {
                let found = format!("{name}, which {by} corrects");
                let expected = "a milestone that none corrects";
                Err(RuleBroken::expected("corrects.corrected", expected, found))
            }
        }
    }

    /// The milestones that none corrects, by name.
    pub fn standing(&self) -> impl Iterator<Item = &Milestone> {
        self.milestones.values().filter(|milestone| !self.corrected.contains_key(&milestone.name))
    }

    /// Whether it was left ashore or came back, and was not loaded since: an actual SHORT_SHIPPED
    /// or RETURNED that none corrects, without an actual LOADED that happened later.
    pub fn is_stranded(&self) -> bool {
        let latest = |wanted: &[Code]| {
            let actual = self.standing().filter(|m| m.facts.classifier == Classifier::Actual);
            actual.filter(|m| wanted.contains(&m.facts.code)).map(|m| m.facts.event_time).max()
        };
        latest(&[Code::ShortShipped, Code::Returned])
            .is_some_and(|stranded| latest(&[Code::Loaded]).is_none_or(|loaded| loaded <= stranded))
    }

    /// What happened, by the actual milestones that none corrects.
    pub fn progress(&self) -> Progress {
        Progress::of(&self.happened())
    }

    /// The day, Asia/Jakarta, on which it arrived: of the last actual ARRIVED that none corrects
    /// and nothing took back.
    pub fn arrival_date(&self) -> Option<Date> {
        last(&self.happened(), Code::Arrived).map(Timestamp::jakarta_date)
    }

    fn happened(&self) -> Vec<Happened> {
        let actual = self.standing().filter(|m| m.facts.classifier == Classifier::Actual);
        let happened = |m: &Milestone| Happened { code: m.facts.code, time: m.facts.event_time };
        actual.map(happened).collect()
    }
}
