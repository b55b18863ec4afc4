//! An enrolment's history: what was the case when, and since when it is known.

use serde::{Deserialize, Serialize};

use super::state::{IllegalStep, Standing, State};
use crate::{
    identifier::text::Text,
    name::DecreeName,
    time::{Date, Timestamp},
};

/// A state that an enrolment took on a day, and who recorded it when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The state taken.
    pub state: State,
    /// The day from which it holds, a date in Asia/Jakarta.
    pub effective_date: Date,
    /// When it was recorded; long after it took effect for a late fact.
    pub record_time: Timestamp,
    /// The principal who recorded it.
    pub actor: String,
    /// Why.
    pub reason: Option<Text<500>>,
    /// The decree, for DESIGNATED.
    pub decree: Option<DecreeName>,
}

/// Entries ordered by effective date, then by when they were recorded. Never empty, append-only.
///
/// Invariant: from its first entry, which is PROPOSED, each is a legal step from those before it;
/// so was every earlier history, which is this one less what was recorded later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Entry>", into = "Vec<Entry>")]
pub struct History(Vec<Entry>);

/// The most entries of a history, so that an enrolment can be read whole.
pub const MAX_ENTRIES: usize = 500;

/// Why an entry has no place in a history.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misplaced {
    /// It would come before the first proposal.
    #[error("the enrolment was first proposed on {proposed}; nothing precedes that")]
    BeforeProposal {
        /// The day of the first proposal.
        proposed: Date,
    },
    /// The history is full.
    #[error("its history has {MAX_ENTRIES} entries, and no history has more")]
    Full,
    /// It would be an illegal step from what was the case on its day.
    #[error("on {date}: {step}")]
    Illegal {
        /// The day of the entry.
        date: Date,
        /// The step.
        step: IllegalStep,
    },
    /// It is a late fact, and would be an illegal step from the earlier entry before it.
    #[error("on {date} it was {from}, since {since}: {step}", from = .step.from)]
    AfterEarlier {
        /// The day of the entry.
        date: Date,
        /// The day of the entry before it.
        since: Date,
        /// The step.
        step: IllegalStep,
    },
    /// It is a late fact, and a later entry would be an illegal step after it.
    #[error("what follows on {date} forbids it: {step}")]
    BeforeLater {
        /// The day of the later entry.
        date: Date,
        /// The step to the later entry.
        step: IllegalStep,
    },
}

impl History {
    /// A history that begins with this proposal.
    pub fn proposed(date: Date, record_time: Timestamp, actor: String) -> Self {
        let state = State::Proposed;
        let (reason, decree) = (None, None);
        Self(vec![Entry { state, effective_date: date, record_time, actor, reason, decree }])
    }

    /// The history with one more entry, in its place by effective date, after those of its day.
    ///
    /// A record time before an existing one is moved up to it: what is recorded later is known
    /// later, whatever the clock does.
    ///
    /// # Errors
    /// [`Misplaced`] when a step of the whole history would no longer be legal.
    pub fn with(&self, mut entry: Entry) -> Result<Self, Misplaced> {
        let proposed = self.effective_date();
        if entry.effective_date < proposed {
            return Err(Misplaced::BeforeProposal { proposed });
        }
        if self.0.len() >= MAX_ENTRIES {
            return Err(Misplaced::Full);
        }
        entry.record_time = entry.record_time.max(self.last_record_time());
        let place = self.0.partition_point(|other| other.effective_date <= entry.effective_date);
        let date = entry.effective_date;
        let mut entries = self.0.clone();
        entries.insert(place, entry);
        replay(&entries).map_err(|(at, step)| match entries[at].effective_date {
            later if at > place => Misplaced::BeforeLater { date: later, step },
            _ if at == self.0.len() => Misplaced::Illegal { date, step },
            _ => Misplaced::AfterEarlier { date, since: entries[at - 1].effective_date, step },
        })?;
        Ok(Self(entries))
    }

    /// The entries in order.
    pub fn entries(&self) -> &[Entry] {
        &self.0
    }

    /// The day of the first proposal; it never changes.
    pub fn effective_date(&self) -> Date {
        self.0.first().map_or_else(never_empty, |entry| entry.effective_date)
    }

    /// The last entry.
    pub fn last(&self) -> &Entry {
        self.0.last().unwrap_or_else(never_empty)
    }

    /// The decree of the last DESIGNATED entry.
    pub fn decree(&self) -> Option<&DecreeName> {
        self.0.iter().rev().find(|entry| entry.state == State::Designated)?.decree.as_ref()
    }

    /// The decree of the designation that a suspension left, when the enrolment is suspended on a
    /// day.
    pub fn decree_left(&self, day: Date) -> Option<&DecreeName> {
        let Standing::SuspendedFrom(State::Designated) = self.standing_on(day) else { return None };
        let until = self.0.iter().rev().filter(|entry| entry.effective_date <= day);
        until.into_iter().find(|entry| entry.state == State::Designated)?.decree.as_ref()
    }

    /// The state that held at the end of a day, as far as was known at an instant: that of the last
    /// entry in effect on the day and recorded by then.
    pub fn state_on(&self, day: Date, known_at: Timestamp) -> Option<State> {
        let seen = |entry: &&Entry| entry.effective_date <= day && entry.record_time <= known_at;
        self.0.iter().rev().find(seen).map(|entry| entry.state)
    }

    /// The last entry in effect on a day, all that is recorded considered.
    pub fn entry_on(&self, day: Date) -> Option<&Entry> {
        self.0.iter().rev().find(|entry| entry.effective_date <= day)
    }

    /// Where it stood when an entry of this day would be added.
    pub fn standing_on(&self, day: Date) -> Standing {
        let until = self.0.partition_point(|entry| entry.effective_date <= day);
        replay(&self.0[..until]).unwrap_or_default()
    }

    fn last_record_time(&self) -> Timestamp {
        self.0.iter().map(|entry| entry.record_time).max().unwrap_or_else(never_empty)
    }
}

fn never_empty<T>() -> T {
    unreachable!("a history begins with its proposal")
}

/// Follows the entries from the beginning; where one is an illegal step, its place and the step.
fn replay(entries: &[Entry]) -> Result<Standing, (usize, IllegalStep)> {
    entries.iter().enumerate().try_fold(Standing::New, |standing, (place, entry)| {
        standing.step(entry.state).map_err(|step| (place, step))
    })
}

impl TryFrom<Vec<Entry>> for History {
    type Error = String;
    fn try_from(entries: Vec<Entry>) -> Result<Self, String> {
        if entries.is_empty() {
            return Err("a history without entries".to_owned());
        }
        replay(&entries).map_err(|(place, step)| format!("entry {place}: {step}"))?;
        Ok(Self(entries))
    }
}

impl From<History> for Vec<Entry> {
    fn from(history: History) -> Self {
        history.0
    }
}
