//! A shipment's state and tier, as they follow from what was decided and what happened.
//!
//! Invariant: what happened is a set, so that recording it late, twice or in another order leads
//! to the same state. What was taken back is told by when things happened, never by when they were
//! recorded.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::milestone::{Classifier, Code};
use crate::{
    refusal::Refusal,
    tier::Tier,
    time::{Date, Timestamp},
};

/// The state of a shipment: that of the furthest actual milestone that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// Being written; facts may be missing.
    Draft,
    /// Confirmed complete.
    Ready,
    /// Left at its release's ceremony.
    Released,
    /// Through the terminal's gate.
    GatedIn,
    /// On the vessel.
    Loaded,
    /// The vessel has left.
    Departed,
    /// The vessel has arrived at the port of discharge.
    Arrived,
    /// In the buyer's hands.
    Delivered,
    /// Called off before it left.
    Cancelled,
}

impl State {
    /// Every state, in order.
    pub const ALL: [Self; 9] = [
        Self::Draft,
        Self::Ready,
        Self::Released,
        Self::GatedIn,
        Self::Loaded,
        Self::Departed,
        Self::Arrived,
        Self::Delivered,
        Self::Cancelled,
    ];

    /// The state's name as on the wire, without its prefix.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Ready => "READY",
            Self::Released => "RELEASED",
            Self::GatedIn => "GATED_IN",
            Self::Loaded => "LOADED",
            Self::Departed => "DEPARTED",
            Self::Arrived => "ARRIVED",
            Self::Delivered => "DELIVERED",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// The state that an actual milestone brings a confirmed shipment to, if to any.
    fn reached_by(code: Code) -> Option<Self> {
        match code {
            Code::Booked | Code::PebLodged | Code::NpeIssued | Code::Stuffed => None,
            Code::Rolled | Code::ShortShipped | Code::Returned => None,
            Code::Released => Some(Self::Released),
            Code::GatedIn => Some(Self::GatedIn),
            Code::Loaded => Some(Self::Loaded),
            Code::Departed => Some(Self::Departed),
            Code::Arrived => Some(Self::Arrived),
            Code::Delivered => Some(Self::Delivered),
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What people decided about a shipment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Stage {
    Draft,
    Confirmed,
    Cancelled,
}

/// That something happened to a shipment, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Happened {
    /// What.
    pub code: Code,
    /// When.
    pub time: Timestamp,
}

impl Happened {
    /// Whether something else took it back: not before it, so that only what is strictly later
    /// than a taking back stands.
    fn is_taken_back(self, by: &[Self]) -> bool {
        by.iter().any(|by| self.code.is_taken_back_by(by.code) && self.time <= by.time)
    }
}

/// When something last happened to a shipment that nothing took back.
pub(super) fn last(happened: &[Happened], code: Code) -> Option<Timestamp> {
    let standing = happened.iter().filter(|event| !event.is_taken_back(happened));
    standing.filter(|event| event.code == code).map(|event| event.time).max()
}

/// What actually happened to a shipment, as far as state and tier depend on it: a summary of the
/// set of its actual milestones that none corrects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    furthest: Option<State>,
    released: bool,
    /// The first actual LOADED.
    loaded: Option<Timestamp>,
    /// The first actual DEPARTED.
    departed: Option<Timestamp>,
}

impl Progress {
    /// Of a set of what happened, in any order.
    pub fn of(happened: &[Happened]) -> Self {
        let standing = happened.iter().filter(|event| !event.is_taken_back(happened));
        standing.fold(Self::default(), |progress, event| progress.with(*event))
    }

    fn with(self, Happened { code, time }: Happened) -> Self {
        let first = |known: Option<Timestamp>, its: Code| match code == its {
            true => Some(known.map_or(time, |known| known.min(time))),
            false => known,
        };
        Self {
            furthest: self.furthest.max(State::reached_by(code)),
            released: self.released || code == Code::Released,
            loaded: first(self.loaded, Code::Loaded),
            departed: first(self.departed, Code::Departed),
        }
    }

    /// With the departure at a release, of which the time does not matter.
    fn released(self) -> Self {
        Self { furthest: self.furthest.max(Some(State::Released)), released: true, ..self }
    }
}

/// Where a shipment stands: what was decided about it and what happened to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifecycle {
    stage: Stage,
    progress: Progress,
}

/// A step that the state does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forbidden {
    /// The state that does not allow it.
    pub state: State,
    /// Which states would.
    pub detail: &'static str,
}

impl Forbidden {
    /// As the refusal of an action on a resource.
    pub fn refuse(self, resource: &impl ToString, action: &str) -> Refusal {
        Refusal::StateForbids {
            resource: resource.to_string(),
            state: self.state.to_string(),
            action: action.to_owned(),
            detail: self.detail.to_owned(),
        }
    }
}

impl Default for Lifecycle {
    fn default() -> Self {
        Self::draft()
    }
}

impl Lifecycle {
    /// Of a new shipment.
    pub fn draft() -> Self {
        Self { stage: Stage::Draft, progress: Progress::default() }
    }

    /// The state.
    pub fn state(&self) -> State {
        match self.stage {
            Stage::Draft => State::Draft,
            Stage::Confirmed => {
                self.progress.furthest.map_or(State::Ready, |s| s.max(State::Ready))
            }
            Stage::Cancelled => State::Cancelled,
        }
    }

    /// The value tier: REALISED when the declaration has a PEB number and an actual LOADED or
    /// DEPARTED is on record, else RELEASED when an actual RELEASED is, else none.
    pub fn tier(&self, has_peb_number: bool) -> Option<Tier> {
        if has_peb_number && self.loaded_date().is_some() {
            return Some(Tier::Realised);
        }
        self.progress.released.then_some(Tier::Released)
    }

    /// The day, Asia/Jakarta, of the first actual LOADED, without one that of the first actual
    /// DEPARTED: the date of what is REALISED.
    pub fn loaded_date(&self) -> Option<Date> {
        self.progress.loaded.or(self.progress.departed).map(Timestamp::jakarta_date)
    }

    /// Whether an actual RELEASED is on record, whatever came after.
    pub fn is_released(&self) -> bool {
        self.progress.released
    }

    /// DRAFT becomes READY.
    ///
    /// # Errors
    /// [`Forbidden`] from any other state.
    pub fn confirm(self) -> Result<Self, Forbidden> {
        match self.stage {
            Stage::Draft => Ok(Self { stage: Stage::Confirmed, ..self }),
            Stage::Confirmed | Stage::Cancelled => self.forbid("it must be DRAFT"),
        }
    }

    /// DRAFT or READY becomes CANCELLED.
    ///
    /// # Errors
    /// [`Forbidden`] from any other state.
    pub fn cancel(self) -> Result<Self, Forbidden> {
        match self.state() {
            State::Draft | State::Ready => Ok(Self { stage: Stage::Cancelled, ..self }),
            _ => self.forbid("it must be DRAFT or READY"),
        }
    }

    /// Takes in that the shipment left at its release, which nothing takes back.
    ///
    /// # Errors
    /// [`Forbidden`] before READY and once CANCELLED.
    pub fn released(self) -> Result<Self, Forbidden> {
        self.check_milestone(Classifier::Actual)?;
        Ok(Self { progress: self.progress.released(), ..self })
    }

    /// Where it stands when this is what happened.
    #[must_use]
    pub fn following(self, progress: Progress) -> Self {
        Self { progress, ..self }
    }

    /// Checks that a milestone may be recorded.
    ///
    /// # Errors
    /// [`Forbidden`] once CANCELLED, for an actual one also before READY.
    pub fn check_milestone(self, classifier: Classifier) -> Result<(), Forbidden> {
        match (self.stage, classifier) {
            (Stage::Cancelled, _) => self.forbid("a cancelled shipment takes no milestone"),
            (Stage::Draft, Classifier::Actual) => {
                self.forbid("an actual milestone needs READY or later")
            }
            _ => Ok(()),
        }
    }

    fn forbid<T>(self, detail: &'static str) -> Result<T, Forbidden> {
        Err(Forbidden { state: self.state(), detail })
    }
}
