//! Refusals of one request, told at once and each at its place.

use super::{Refusal, RuleBroken, Violation};

impl Refusal {
    /// The same of a part of a request, such as `requests[2]` or `names[0]`: what it says of fields
    /// is said of those inside the part, anything else of the part.
    #[must_use]
    pub fn under(self, part: &str) -> Self {
        let place = |violations: Vec<Violation>| {
            violations.into_iter().map(|violation| violation.under(part)).collect()
        };
        match self {
            Self::Invalid(violations) => Self::Invalid(place(violations)),
            Self::Placed { first, violations } => {
                Self::Placed { first, violations: place(violations) }
            }
            other => {
                let broken = other.as_rule();
                other.at(part, broken)
            }
        }
    }

    /// All that one request is refused for, told at once: as the first of them, with the violations
    /// of each; none when there is none.
    pub fn together(refusals: impl IntoIterator<Item = Self>) -> Option<Self> {
        refusals.into_iter().reduce(Self::and)
    }

    /// Two refusals of one request, told at once: as the first, with the violations of both. After
    /// violations of fields everything else is one more of them.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let mut violations = self.violations();
        violations.extend(other.violations());
        match (self, other) {
            (Self::Invalid(_), _) => Self::Invalid(violations),
            (Self::Placed { first, .. }, _) => Self::Placed { first, violations },
            (first, _) => Self::Placed { first: Box::new(first), violations },
        }
    }

    /// What it says of other fields than `told` does; none when that is nothing.
    #[must_use]
    pub fn beyond(self, told: &Self) -> Option<Self> {
        let told = told.violations();
        self.only(|new| told.iter().all(|violation| violation.field != new.field))
    }

    /// What it says of the fields that are `kept`; none when that is nothing.
    #[must_use]
    pub fn only(self, is_kept: impl Fn(&Violation) -> bool) -> Option<Self> {
        let kept = |violations: Vec<Violation>| -> Option<Vec<_>> {
            let kept: Vec<_> = violations.into_iter().filter(&is_kept).collect();
            (!kept.is_empty()).then_some(kept)
        };
        match self {
            Self::Invalid(violations) => kept(violations).map(Self::Invalid),
            Self::Placed { first, violations } => {
                kept(violations).map(|violations| Self::Placed { first, violations })
            }
            other => Some(other),
        }
    }

    /// What is wrong with which field. A refusal that names none is about the request as a whole.
    fn violations(&self) -> Vec<Violation> {
        match self {
            Self::Invalid(violations)
            | Self::Placed { violations, .. }
            | Self::StatesForbid { violations, .. } => violations.clone(),
            Self::CurrencyMismatch { field, expected, found } => {
                let broken = RuleBroken::expected("currency.mismatch", expected, found);
                vec![broken.at(field)]
            }
            Self::FilterInvalid { field, detail, .. } | Self::TierRequired { field, detail } => {
                vec![RuleBroken::new(self.rule(), detail).at(field)]
            }
            Self::PageTokenInvalid { detail } => {
                vec![RuleBroken::new(self.rule(), detail).at("page_token")]
            }
            other => vec![other.as_rule().at("")],
        }
    }

    /// What it says, as the rule that something at a place broke.
    fn as_rule(&self) -> RuleBroken {
        RuleBroken::new(self.rule(), self.to_string())
    }

    /// The reason in the form of a rule: `resource.exists`.
    fn rule(&self) -> String {
        self.reason().as_str().to_ascii_lowercase().replacen('_', ".", 1)
    }
}

/// Two parts of one request: both, or all that either is refused for.
///
/// # Errors
/// Either's refusal, or [`Refusal::together`] both.
pub fn both<A, B>(one: Result<A, Refusal>, other: Result<B, Refusal>) -> Result<(A, B), Refusal> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (Err(refusal), Ok(_)) | (Ok(_), Err(refusal)) => Err(refusal),
        (Err(one), Err(other)) => Err(one.and(other)),
    }
}
