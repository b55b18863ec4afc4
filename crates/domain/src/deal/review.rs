//! The review of a deal's value: what plausibility found, and what people decided.
//!
//! Invariant: an evaluation moves NONE to HELD and nothing else; every other state is left by a
//! decision alone, and every decision is kept with the value before it.

use serde::{Deserialize, Serialize};

use super::{agreement::Deed, plausibility::Finding};
use crate::{money::Money, time::Timestamp};

/// Whether a signed deal's value counts in headline totals.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReviewState {
    /// Nothing was found; it counts.
    #[default]
    None,
    /// Implausible; reported beside the totals until somebody else decides.
    Held,
    /// Confirmed with evidence; it counts.
    Confirmed,
    /// Corrected with evidence; it counts.
    Corrected,
    /// In doubt; reported beside the totals.
    Disputed,
}

impl ReviewState {
    /// Every state.
    pub const ALL: [Self; 5] =
        [Self::None, Self::Held, Self::Confirmed, Self::Corrected, Self::Disputed];

    /// The short name, as enum values are written in filters.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Held => "HELD",
            Self::Confirmed => "CONFIRMED",
            Self::Corrected => "CORRECTED",
            Self::Disputed => "DISPUTED",
        }
    }

    /// Whether the value stands beside headline totals rather than in them.
    pub fn is_held_back(self) -> bool {
        match self {
            Self::Held | Self::Disputed => true,
            Self::None | Self::Confirmed | Self::Corrected => false,
        }
    }
}

/// What a reviewer decides, with what that takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// The value is right, and this proves it.
    Confirm {
        /// Where the evidence is.
        evidence_uri: String,
    },
    /// Another value is right, and this proves it.
    Correct {
        /// The right value.
        value: Money,
        /// Where the evidence is.
        evidence_uri: String,
    },
    /// The value is in doubt.
    Dispute {
        /// Where the evidence is; may be empty.
        evidence_uri: String,
    },
}

/// A reviewer's decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewCommand {
    /// What is decided.
    pub judgement: Judgement,
    /// What the reviewer notes; may be empty.
    pub note: String,
}

/// The kinds of decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verdict {
    /// The value is right.
    Confirm,
    /// Another value is right.
    Correct,
    /// The value is in doubt.
    Dispute,
}

/// A decision that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionRecord {
    /// What was decided.
    pub verdict: Verdict,
    /// The value before the decision.
    pub previous_value: Money,
    /// The value after it, where it was corrected.
    pub corrected_value: Option<Money>,
    /// Where the evidence is; may be empty.
    pub evidence_uri: String,
    /// What the reviewer noted; may be empty.
    pub note: String,
    /// Who decided.
    pub actor: String,
    /// When.
    pub decide_time: Timestamp,
}

/// The plausibility of a deal's value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    state: ReviewState,
    findings: Vec<Finding>,
    decisions: Vec<DecisionRecord>,
    /// A value was just corrected: what plausibility finds of it decides between CORRECTED and HELD.
    #[serde(skip)]
    unsettled: bool,
}

impl Review {
    /// Whether the value counts.
    pub fn state(&self) -> ReviewState {
        self.state
    }

    /// What the last evaluation found, one for each rule broken or not evaluated.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// What was decided, oldest first.
    pub fn decisions(&self) -> &[DecisionRecord] {
        &self.decisions
    }

    /// With a decision taken on a value of `previous_value`.
    pub(super) fn decided(
        &self,
        command: ReviewCommand,
        previous_value: Money,
        deed: Deed<'_>,
    ) -> Self {
        let ReviewCommand { judgement, note } = command;
        let (state, verdict, corrected_value, evidence_uri) = match judgement {
            Judgement::Confirm { evidence_uri } => {
                (ReviewState::Confirmed, Verdict::Confirm, None, evidence_uri)
            }
            Judgement::Correct { value, evidence_uri } => {
                (ReviewState::Corrected, Verdict::Correct, Some(value), evidence_uri)
            }
            Judgement::Dispute { evidence_uri } => {
                (ReviewState::Disputed, Verdict::Dispute, None, evidence_uri)
            }
        };
        let actor = deed.actor.to_owned();
        let mut next = self.clone();
        next.state = state;
        next.unsettled = verdict == Verdict::Correct;
        next.decisions.push(DecisionRecord {
            verdict,
            previous_value,
            corrected_value,
            evidence_uri,
            note,
            actor,
            decide_time: deed.now,
        });
        next
    }

    /// With other findings that inform, which never move the state.
    pub(super) fn informed(&self, findings: Option<Finding>) -> Self {
        let mut next = self.clone();
        next.findings.retain(|finding| !finding.informs());
        next.findings.extend(findings);
        next
    }

    /// With what an evaluation found.
    pub(super) fn evaluated(&self, findings: Vec<Finding>) -> Self {
        let is_broken = findings.iter().any(Finding::is_broken);
        let state = match self.state {
            ReviewState::None if is_broken => ReviewState::Held,
            ReviewState::Corrected if self.unsettled && is_broken => ReviewState::Held,
            unmoved => unmoved,
        };
        Self { state, findings, decisions: self.decisions.clone(), unsettled: false }
    }
}
