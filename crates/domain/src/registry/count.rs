//! How many enrolments there were, and how many decrees declared.

use std::{collections::BTreeMap, fmt};

use super::enrolment::State;
use crate::{
    identifier::{region::RegionPrefix, village_code::VillageCode},
    time::{Date, Timestamp},
};

/// What is counted, as of when and as far as was known when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountQuery {
    /// The states counted; never empty.
    pub states: Vec<State>,
    /// Only villages of this region; none is the whole country.
    pub region: Option<RegionPrefix>,
    /// The day asked about, a date in Asia/Jakarta.
    pub as_of: Date,
    /// Only what was recorded up to this instant.
    pub known_at: Timestamp,
}

impl CountQuery {
    /// The states asked for; by default those that a decree designated and nobody revoked.
    pub fn states_or_standing(mut states: Vec<State>) -> Vec<State> {
        states.sort_unstable();
        states.dedup();
        if states.is_empty() { State::STANDING.to_vec() } else { states }
    }

    /// Whether decrees say anything about the states asked for.
    pub fn is_of_designated(&self) -> bool {
        self.states.contains(&State::Designated)
    }
}

/// How many enrolments there were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolmentCount {
    /// Enrolments on record one by one.
    pub listed: u64,
    /// What decrees declared; none where no decree speaks of it.
    pub declared: Option<Declared>,
    /// The listed ones by the code of their regency, none without any.
    pub regencies: BTreeMap<String, u64>,
    /// SHA-256, hexadecimal, of the counted names.
    pub digest: String,
}

impl EnrolmentCount {
    /// The number that a published figure is compared with: what was declared, else what is listed.
    pub fn found(&self) -> u64 {
        self.declared.as_ref().map_or(self.listed, Declared::count)
    }
}

/// What decrees declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    decrees: u64,
    villages: u64,
    revocations: u64,
}

impl Declared {
    /// So many decrees with so many villages in all, of which so many were revoked since. None
    /// without a decree: then nothing was declared.
    pub fn new(decrees: u64, villages: u64, revocations: u64) -> Option<Self> {
        (decrees > 0).then_some(Self { decrees, villages, revocations })
    }

    /// The villages declared less those revoked since, never below zero.
    pub fn count(&self) -> u64 {
        self.villages.saturating_sub(self.revocations)
    }
}

/// Writes `3 decrees declared 293 villages, 1 revoked since`.
impl fmt::Display for Declared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { decrees, villages, revocations } = self;
        let noun = if *decrees == 1 { "decree" } else { "decrees" };
        write!(f, "{decrees} {noun} declared {villages} villages, {revocations} revoked since")
    }
}

/// Villages by the code of their regency, `PP.RR`.
pub fn by_regency<'a>(
    villages: impl IntoIterator<Item = &'a VillageCode>,
) -> BTreeMap<String, u64> {
    let mut regencies = BTreeMap::new();
    for village in villages {
        *regencies.entry(village.regency().to_owned()).or_default() += 1;
    }
    regencies
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    #[test]
    fn decrees_are_added_and_revocations_taken_off() {
        let count = |decrees, villages, revoked| {
            Declared::new(decrees, villages, revoked).map(|declared| declared.count())
        };
        assert_eq!(count(3, 293, 0), Some(293));
        assert_eq!(count(2, 221, 2), Some(219));
        assert_eq!(count(1, 1, 2), Some(0));
        assert_eq!(count(0, 0, 2), None, "without a decree nothing was declared");
        let told = Declared::new(3, 293, 1).map(|declared| declared.to_string());
        let expected = "3 decrees declared 293 villages, 1 revoked since";
        assert_eq!(told.as_deref(), Some(expected));
    }

    #[test]
    fn states_are_a_set_and_have_a_default() {
        assert_eq!(CountQuery::states_or_standing(vec![]), State::STANDING);
        let twice = vec![State::Revoked, State::Candidate, State::Revoked];
        assert_eq!(CountQuery::states_or_standing(twice), [State::Candidate, State::Revoked]);
    }

    #[test]
    fn villages_are_counted_by_regency() {
        let codes = ["35.25.11.2009", "35.01.06.2013", "35.25.11.2010"];
        let codes = codes.map(|code| VillageCode::parse(code).unwrap());
        let counts: Vec<_> = by_regency(&codes).into_iter().collect();
        assert_eq!(counts, [("35.01".to_owned(), 1), ("35.25".to_owned(), 2)]);
    }
}
