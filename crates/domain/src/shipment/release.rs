//! Releases: the ceremonies (*pelepasan ekspor*) at which shipments leave.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    consignment::Shipment,
    lifecycle::State as ShipmentState,
    milestone::{Classifier, Code, MilestoneFacts},
};
use crate::{
    identifier::text::Text,
    meta::Meta,
    name::ReleaseName,
    provenance::Provenance,
    refusal::{Refusal, RuleBroken},
    time::{Date, Timestamp, start_of_jakarta_day},
};

/// The state of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE", tag = "state")]
pub enum State {
    /// Its shipments may still be drafts.
    Planned,
    /// Its shipments have left.
    Released {
        /// When the trucks left.
        dispatch_time: Timestamp,
    },
}

impl State {
    /// The state's name as on the wire, without its prefix.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "PLANNED",
            Self::Released { .. } => "RELEASED",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a caller says of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseFacts {
    /// What it is called.
    pub display_name: Text<200>,
    /// The day of the ceremony, Asia/Jakarta.
    pub event_date: Date,
    /// Where.
    pub place: Option<Text<200>>,
    /// Who let the trucks go.
    pub officiant: Option<Text<200>>,
}

/// A release on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Its name.
    pub name: ReleaseName,
    /// Version, times, provenance.
    pub meta: Meta,
    /// Where it stands.
    pub state: State,
    /// What was said.
    pub facts: ReleaseFacts,
}

impl Release {
    /// A newly planned release.
    pub fn planned(
        name: ReleaseName,
        facts: ReleaseFacts,
        provenance: Provenance,
        now: Timestamp,
    ) -> Self {
        Self { name, meta: Meta::new(now, provenance), state: State::Planned, facts }
    }

    /// When the trucks left.
    pub fn dispatch_time(&self) -> Option<Timestamp> {
        match self.state {
            State::Planned => None,
            State::Released { dispatch_time } => Some(dispatch_time),
        }
    }

    /// Whether shipments may still join.
    pub fn is_planned(&self) -> bool {
        self.state == State::Planned
    }

    /// The release with new facts; none when they are those it has.
    ///
    /// # Errors
    /// [`Refusal::StateForbids`] when `event_date` changes after PLANNED.
    pub fn updated(
        &self,
        facts: ReleaseFacts,
        provenance: Provenance,
        now: Timestamp,
    ) -> Result<Option<Self>, Refusal> {
        if facts == self.facts && provenance == self.meta.provenance {
            return Ok(None);
        }
        if !self.is_planned() && facts.event_date != self.facts.event_date {
            return Err(self.forbid("UpdateRelease", "event_date may change only in PLANNED"));
        }
        let mut after = Self { facts, meta: self.meta.touched(now), ..self.clone() };
        after.meta.provenance = provenance;
        Ok(Some(after))
    }

    /// Lets the release go with its members, those that are CANCELLED among them.
    ///
    /// # Errors
    /// [`Refusal::StateForbids`] unless PLANNED, without a member that is not CANCELLED, or naming
    /// every member that is still DRAFT; the rules of [`Release::departure`].
    pub fn dispatched(
        &self,
        members: &[Shipment],
        dispatch_time: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Departure, Refusal> {
        if !self.is_planned() {
            return Err(self.forbid("DispatchRelease", "it must be PLANNED"));
        }
        let dispatch_time = self.departure(dispatch_time, now)?;
        let leaving = self.check_members(members)?;
        let after = Self {
            state: State::Released { dispatch_time },
            meta: self.meta.touched(now),
            ..self.clone()
        };
        let release = |shipment: &Shipment| {
            let after = shipment.reached(Code::Released, dispatch_time, "DispatchRelease", now)?;
            // An actual RELEASED always counts, so `reached` answers none only for a repetition.
            Ok((shipment.clone(), after.unwrap_or_else(|| shipment.clone())))
        };
        let shipments = leaving.into_iter().map(release).collect::<Result<_, Refusal>>()?;
        let milestone = MilestoneFacts {
            code: Code::Released,
            classifier: Classifier::Actual,
            event_time: dispatch_time,
            location: self.facts.place.clone(),
        };
        Ok(Departure { release: after, shipments, milestone })
    }

    fn check_members<'a>(&self, members: &'a [Shipment]) -> Result<Vec<&'a Shipment>, Refusal> {
        let leaving: Vec<_> =
            members.iter().filter(|m| m.state() != ShipmentState::Cancelled).collect();
        if leaving.is_empty() {
            return Err(self.forbid("DispatchRelease", "it has no shipment that could leave"));
        }
        let mut drafts: Vec<_> = leaving
            .iter()
            .filter(|member| member.state() == ShipmentState::Draft)
            .map(|member| member.name.to_string())
            .collect();
        if drafts.is_empty() {
            return Ok(leaving);
        }
        drafts.sort();
        let detail = format!("still DRAFT: {}", drafts.join(", "));
        Err(self.forbid("DispatchRelease", &detail))
    }

    /// When the trucks leave: on `event_date` and not in the future; by default now on that day,
    /// and 00:00 Asia/Jakarta for a past one.
    ///
    /// # Errors
    /// At `dispatch_time`: `dispatch_time.event_date` on another day, `dispatch_time.future`.
    pub fn departure(
        &self,
        dispatch_time: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Timestamp, Refusal> {
        let day = self.facts.event_date;
        let time = dispatch_time.unwrap_or_else(|| {
            if now.jakarta_date() == day { now } else { start_of_jakarta_day(day) }
        });
        let refuse = |rule: &str, expected: String| {
            Err(Refusal::field("dispatch_time", RuleBroken::expected(rule, expected, time)))
        };
        if time.jakarta_date() != day {
            return refuse("dispatch_time.event_date", format!("a time on {day} in Asia/Jakarta"));
        }
        if time > now {
            return refuse("dispatch_time.future", format!("not after now, {now}"));
        }
        Ok(time)
    }

    fn forbid(&self, action: &str, detail: &str) -> Refusal {
        Refusal::StateForbids {
            resource: self.name.to_string(),
            state: self.state.to_string(),
            action: action.to_owned(),
            detail: detail.to_owned(),
        }
    }
}

/// What leaves when a release is dispatched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    /// The release after.
    pub release: Release,
    /// Each shipment that leaves, before and after; one that had moved on keeps its state.
    pub shipments: Vec<(Shipment, Shipment)>,
    /// The milestone that each of them gets.
    pub milestone: MilestoneFacts,
}
