//! What a plausibility rule found.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::money::Money;

/// The plausibility rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The value exceeds the seller's legal yearly sales ceiling.
    SizeCeiling,
    /// The value exceeds 100 times the median of the other signed deals of the session.
    SessionOutlier,
    /// No likely rate explains the value and what was stated.
    StatedValues,
    /// Realised are more than 110 % of the value.
    OverRealised,
}

impl Rule {
    /// The rule's name on the wire: `size_ceiling`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SizeCeiling => "size_ceiling",
            Self::SessionOutlier => "session_outlier",
            Self::StatedValues => "stated_values",
            Self::OverRealised => "over_realised",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What came of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Outcome {
    /// It is broken: the deal is held.
    Broken,
    /// It needs an exchange rate that is not on record.
    NotEvaluated,
    /// It is broken, which is worth knowing and holds nothing.
    Informs,
}

/// A rule that is broken, or could not be evaluated. A rule that holds leaves no finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// What came of it.
    pub outcome: Outcome,
    /// Why, in English, with the numbers.
    pub explanation: String,
    /// What was measured, when it is one amount.
    pub measured: Option<Money>,
    /// What it was measured against, when it is one amount.
    pub limit: Option<Money>,
}

impl Finding {
    /// A rule broken.
    pub(super) fn broken(rule: Rule, explanation: String) -> Self {
        Self { rule, outcome: Outcome::Broken, explanation, measured: None, limit: None }
    }

    /// A rule that could not be evaluated.
    pub(super) fn not_evaluated(rule: Rule, explanation: String) -> Self {
        Self { rule, outcome: Outcome::NotEvaluated, explanation, measured: None, limit: None }
    }

    /// A rule broken that does not hold the deal.
    pub(in crate::deal) fn informing(rule: Rule, explanation: String) -> Self {
        Self { rule, outcome: Outcome::Informs, explanation, measured: None, limit: None }
    }

    /// Whether it informs and does not hold.
    pub fn informs(&self) -> bool {
        self.outcome == Outcome::Informs
    }

    /// Whether a rule that holds the deal is broken.
    pub fn is_broken(&self) -> bool {
        self.outcome == Outcome::Broken
    }
}
