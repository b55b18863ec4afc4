//! Why something was refused.
//!
//! Invariant: every refusal names the field or resource, the rule, what was expected and what was
//! found, and is typed, so that the edge can render it without reading prose. This module must
//! never know of transports or of databases.

mod checks;
mod missing_rate;
mod reason;
mod rule;
mod together;

use std::fmt;

pub use self::{
    checks::Checks,
    missing_rate::MissingRate,
    reason::Reason,
    rule::{RuleBroken, Violation},
    together::both,
};
use missing_rate::missing_rates;

/// A refused request: nothing was changed, and this is why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Fields of the request break rules; all of them are listed.
    #[error("{}", summary(.0))]
    Invalid(Vec<Violation>),
    /// Refused for what is at places of the request: a name of many, a row, a number that another
    /// resource has. All of them are listed.
    #[error("{}", summary(.violations))]
    Placed {
        /// Why the first of them was.
        first: Box<Refusal>,
        /// Why each of them was, at its place in the request.
        violations: Vec<Violation>,
    },
    /// The named resource does not exist.
    #[error("{resource} does not exist")]
    NotFound {
        /// The resource name asked for.
        resource: String,
    },
    /// A resource of this name, or one that must be unique with it, exists already.
    #[error("{resource} exists already")]
    Exists {
        /// The name of the resource that stands in the way.
        resource: String,
    },
    /// The caller's etag is not the resource's current one.
    #[error("{resource} has changed: expected etag {expected}, found {found}")]
    EtagMismatch {
        /// The resource's name.
        resource: String,
        /// The etag that the caller sent.
        expected: String,
        /// The current etag.
        found: String,
    },
    /// The resource changed under a repeated attempt, and the attempts ran out. May be retried.
    #[error("{resource} is being changed by others; retry")]
    Contention {
        /// The resource or guard that kept moving.
        resource: String,
    },
    /// The request id was used before with another request.
    #[error("request_id {request_id} was used before for another request")]
    RequestIdReused {
        /// The reused id.
        request_id: String,
    },
    /// The page token cannot be used with this request.
    #[error("page_token: {detail}")]
    PageTokenInvalid {
        /// Which rule the token broke.
        detail: String,
    },
    /// Events behind a revision were removed from the log before they were read.
    #[error("events after revision {revision:?} were removed; begin again, or after {oldest}")]
    RevisionCompacted {
        /// The revision after which was asked.
        revision: String,
        /// The oldest revision after which nothing is missing.
        oldest: String,
    },
    /// The filter cannot be understood or asks for what cannot be filtered on.
    #[error("{field}: {detail}")]
    FilterInvalid {
        /// The field of the filter, such as `filter` or `claims[2].filter`.
        field: String,
        /// Byte offset of a syntax error.
        offset: Option<usize>,
        /// The field or term refused, and why.
        detail: String,
    },
    /// The resource's state does not allow the transition.
    #[error("{resource} is {state}: {action} is not possible: {detail}")]
    StateForbids {
        /// The resource's name.
        resource: String,
        /// Its state.
        state: String,
        /// What was asked of it.
        action: String,
        /// Which states would allow it, or what stands in the way.
        detail: String,
    },
    /// The states of several resources do not allow the transition; all of them are listed, each at
    /// the field of the request that names it.
    #[error("{action} is not possible: {}", summary(.violations))]
    StatesForbid {
        /// What was asked of them.
        action: String,
        /// In which state each is, and which would allow it.
        violations: Vec<Violation>,
    },
    /// A total was asked for without saying of which value tier.
    #[error("{field}: {detail}")]
    TierRequired {
        /// The field that should name the tier.
        field: String,
        /// The tiers to choose from.
        detail: String,
    },
    /// An amount is in another currency than the one it must be in.
    #[error("{field}: expected {expected}, found {found}")]
    CurrencyMismatch {
        /// The field of the amount.
        field: String,
        /// The currency expected, ISO 4217.
        expected: String,
        /// The currency found, ISO 4217.
        found: String,
    },
    /// No exchange rates are on record for the conversion; all that are missing are named.
    #[error("no {kind} rate {}", missing_rates(.missing))]
    RateMissing {
        /// The kind of rate.
        kind: String,
        /// The pairs with their dates.
        missing: Vec<MissingRate>,
    },
    /// A rate's validity overlaps with another one of the same pair and kind.
    #[error("the validity overlaps with that of {other}")]
    RateOverlaps {
        /// The name of the other rate.
        other: String,
    },
    /// Whoever made a deal cannot review it.
    #[error("{principal} created, updated or signed {resource} and cannot review it")]
    SamePrincipal {
        /// The deal's name.
        resource: String,
        /// The principal who asked.
        principal: String,
    },
    /// The realisations of a shipment's line would exceed its value.
    #[error(
        "line {line_index} of {shipment} is {value}, of which {taken} is taken: {asked} is more"
    )]
    LineExceeded {
        /// The shipment's name.
        shipment: String,
        /// The line's place in it, from 0.
        line_index: u32,
        /// The line's value, as last heard of.
        value: String,
        /// What other realisations take of it.
        taken: String,
        /// What was asked for.
        asked: String,
    },
    /// A deal's seller has no part in the shipment by which it shall be drawn down.
    #[error("{seller} neither exports {shipment} nor shares its line {line_index}")]
    SellerNotInShipment {
        /// The deal's seller.
        seller: String,
        /// The shipment's name.
        shipment: String,
        /// The line's place in it, from 0.
        line_index: u32,
    },
    /// A service this one depends on did not answer. May be retried.
    #[error("{service} is unavailable: {detail}")]
    UpstreamUnavailable {
        /// The service's short name, such as `registry`.
        service: String,
        /// What happened.
        detail: String,
    },
}

impl Refusal {
    /// One broken rule at one field.
    pub fn field(field: impl Into<String>, broken: RuleBroken) -> Self {
        Self::Invalid(vec![broken.at(field)])
    }

    /// The id that a request asks for at `field` is that of another resource, or of this one already.
    pub fn id_taken(field: &str, name: &impl ToString) -> Self {
        Self::Exists { resource: name.to_string() }.under(field)
    }

    /// A value that only one resource may have is another's: `nib.taken` with `expected a NIB of no
    /// other organisation, found 9120001234567 of organisations/x`.
    pub fn taken(
        field: &str,
        rule: &str,
        expected: impl fmt::Display,
        found: impl fmt::Display,
        owner: &impl ToString,
    ) -> Self {
        let resource = owner.to_string();
        let broken = RuleBroken::expected(rule, expected, format!("{found} of {resource}"));
        Self::Exists { resource }.at(field, broken)
    }

    /// The refusal for what is at one field, where `broken` says which rule that breaks.
    #[must_use]
    pub fn at(self, field: impl Into<String>, broken: RuleBroken) -> Self {
        Self::Placed { first: Box::new(self), violations: vec![broken.at(field)] }
    }

    /// Whether fields of the request are wrong by themselves, so that it can never be done.
    pub fn is_of_fields(&self) -> bool {
        matches!(
            self.reason(),
            Reason::FieldInvalid | Reason::FieldMissing | Reason::CurrencyMismatch
        )
    }

    /// The same about a filter that stands at another field.
    #[must_use]
    pub fn of_filter_at(self, place: String) -> Self {
        match self {
            Self::FilterInvalid { offset, detail, .. } => {
                Self::FilterInvalid { field: place, offset, detail }
            }
            other => other,
        }
    }

    /// The machine-readable reason.
    pub fn reason(&self) -> Reason {
        match self {
            Self::Placed { first, .. } => first.reason(),
            Self::Invalid(violations) if violations.iter().all(Violation::is_missing) => {
                Reason::FieldMissing
            }
            Self::Invalid(_) => Reason::FieldInvalid,
            Self::NotFound { .. } => Reason::ResourceNotFound,
            Self::Exists { .. } => Reason::ResourceExists,
            Self::EtagMismatch { .. } => Reason::EtagMismatch,
            Self::Contention { .. } => Reason::Contention,
            Self::RequestIdReused { .. } => Reason::RequestIdReused,
            Self::PageTokenInvalid { .. } => Reason::PageTokenInvalid,
            Self::RevisionCompacted { .. } => Reason::RevisionCompacted,
            Self::FilterInvalid { .. } => Reason::FilterInvalid,
            Self::StateForbids { .. } | Self::StatesForbid { .. } => Reason::StateForbids,
            Self::TierRequired { .. } => Reason::TierRequired,
            Self::CurrencyMismatch { .. } => Reason::CurrencyMismatch,
            Self::RateMissing { .. } => Reason::RateMissing,
            Self::RateOverlaps { .. } => Reason::RateOverlaps,
            Self::SamePrincipal { .. } => Reason::SamePrincipal,
            Self::LineExceeded { .. } => Reason::LineExceeded,
            Self::SellerNotInShipment { .. } => Reason::SellerNotInShipment,
            Self::UpstreamUnavailable { .. } => Reason::UpstreamUnavailable,
        }
    }
}

impl From<Vec<Violation>> for Refusal {
    fn from(violations: Vec<Violation>) -> Self {
        Self::Invalid(violations)
    }
}

fn summary(violations: &[Violation]) -> String {
    violations.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
