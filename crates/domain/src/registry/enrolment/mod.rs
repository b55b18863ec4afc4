//! Villages' enrolments in a programme, from proposal to designation and beyond.

mod history;
mod state;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use history::{Entry, History, MAX_ENTRIES, Misplaced};
pub use state::{IllegalStep, Standing, State};

use super::record::{Draft, Stated};
use crate::{
    identifier::{text::Text, village_code::VillageCode},
    meta::Meta,
    name::{DecreeName, EnrolmentName},
    refusal::{Refusal, RuleBroken, Violation},
    time::{Date, Timestamp},
};

/// What is stated about an enrolment besides its village and its history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolmentFacts {
    /// The cluster of villages it belongs to.
    pub cluster: Option<Text<200>>,
    /// What it mainly produces.
    pub lead_commodity: Option<Text<100>>,
}

/// A village's enrolment in a programme. Its id is the village's code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// The enrolment's name.
    pub name: EnrolmentName,
    /// Version, times and provenance.
    pub meta: Meta,
    /// What was stated.
    pub facts: EnrolmentFacts,
    /// Every state it has had.
    pub history: History,
}

/// A village that shall be proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The enrolment to create.
    pub draft: Draft<EnrolmentName, EnrolmentFacts>,
    /// The day of the proposal, a date in Asia/Jakarta.
    pub effective_date: Date,
}

/// A state that an enrolment shall take.
///
/// Invariant: only DESIGNATED has a decree. It may be absent there only where the enrolment returns
/// from suspension, which [`Enrolment::advance`] knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advance {
    state: State,
    effective_date: Date,
    decree: Option<DecreeName>,
    reason: Option<Text<500>>,
}

impl Advance {
    /// A state to take from a day on.
    ///
    /// # Errors
    /// `decree.unexpected` at `decree` where the state has none.
    pub fn new(
        state: State,
        effective_date: Date,
        decree: Option<DecreeName>,
        reason: Option<Text<500>>,
    ) -> Result<Self, Violation> {
        if decree.is_some() && !state.needs_decree() {
            let expected = format!("none for {state}");
            return Err(RuleBroken::expected("decree.unexpected", expected, "one").at("decree"));
        }
        Ok(Self { state, effective_date, decree, reason })
    }

    /// The designation by a decree, from a day on.
    pub fn designation(decree: DecreeName, effective_date: Date) -> Self {
        Self { state: State::Designated, effective_date, decree: Some(decree), reason: None }
    }

    /// The state to take.
    pub fn state(&self) -> State {
        self.state
    }

    /// The day from which it holds.
    pub fn effective_date(&self) -> Date {
        self.effective_date
    }

    /// The decree, for DESIGNATED.
    pub fn decree(&self) -> Option<&DecreeName> {
        self.decree.as_ref()
    }
}

impl Enrolment {
    /// The first version of an enrolment.
    pub fn new(proposal: &Proposal, now: Timestamp, actor: &str) -> Self {
        let Proposal { draft, effective_date } = proposal;
        let Draft { name, stated: Stated { facts, provenance } } = draft.clone();
        let history = History::proposed(*effective_date, now, actor.to_owned());
        Self { name, meta: Meta::new(now, provenance), facts, history }
    }

    /// The first version of an enrolment that came with its decree: proposed and designated on one
    /// day.
    pub fn designated(
        proposal: &Proposal,
        decree: DecreeName,
        now: Timestamp,
        actor: &str,
    ) -> Self {
        let proposed = Self::new(proposal, now, actor);
        let entry = Entry {
            state: State::Designated,
            effective_date: proposal.effective_date,
            record_time: now,
            actor: actor.to_owned(),
            reason: None,
            decree: Some(decree),
        };
        let history = proposed.history.with(entry).unwrap_or_else(|misplaced| {
            unreachable!("what was just proposed may be designated: {misplaced}")
        });
        Self { history, ..proposed }
    }

    /// Whether it waits for a decree: from here a decree may designate it.
    pub fn awaits_decree(&self) -> bool {
        matches!(self.state(), State::Proposed | State::UnderAssessment | State::Candidate)
    }

    /// The enrolment's next version, with one more entry in its history. A designation to which it
    /// returns from suspension stands on the decree that it had, unless it names one.
    ///
    /// # Errors
    /// [`Refusal::StateForbids`] when a step of the whole history would no longer be legal;
    /// `field.missing` at `decree` when a designation has none.
    pub fn advance(&self, advance: Advance, now: Timestamp, actor: &str) -> Result<Self, Refusal> {
        let meta = self.meta.touched(now);
        let Advance { state, effective_date, decree, reason } = advance;
        let record_time = meta.update_time;
        let actor = actor.to_owned();
        let decree = match decree {
            None if state.needs_decree() => self.history.decree_left(effective_date).cloned(),
            named => named,
        };
        let lacks_decree = state.needs_decree() && decree.is_none();
        let entry = Entry { state, effective_date, record_time, actor, reason, decree };
        let history = self.history.with(entry).map_err(|misplaced| Refusal::StateForbids {
            resource: self.name.to_string(),
            state: self.state().to_string(),
            action: format!("AdvanceEnrolment to {state} on {effective_date}"),
            detail: misplaced.to_string(),
        })?;
        if lacks_decree {
            return Err(Refusal::field("decree", RuleBroken::missing()));
        }
        Ok(Self { name: self.name.clone(), meta, facts: self.facts.clone(), history })
    }

    /// The village.
    pub fn village(&self) -> &VillageCode {
        &self.name.enrolment
    }

    /// The state today: no entry takes effect in the future, so that of the last.
    pub fn state(&self) -> State {
        self.history.last().state
    }
}
