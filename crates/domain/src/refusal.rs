//! Why something was refused.
//!
//! Invariant: every refusal names the field or resource, the rule, what was expected and what was
//! found, and is typed, so that the edge can render it without reading prose. This module must
//! never know of transports or of databases.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A rule that a value broke, said without knowing where the value stood.
///
/// Parsers of single values answer with it; whoever knows the field turns it into a [`Violation`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleBroken {
    rule: String,
    detail: String,
}

impl RuleBroken {
    /// A broken rule, such as `container_number.check_digit` with `expected 3, found 4`.
    pub fn new(rule: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { rule: rule.into(), detail: detail.into() }
    }

    /// The form most rules have: what was expected against what was found.
    pub fn expected(rule: &str, expected: impl fmt::Display, found: impl fmt::Display) -> Self {
        Self::new(rule, format!("expected {expected}, found {found}"))
    }

    /// A required value that is absent.
    pub fn missing() -> Self {
        Self::new("field.missing", "expected a value, found none")
    }

    /// That a resource named in a request does not exist, or is deleted.
    pub fn absent(name: &impl ToString) -> Self {
        let expected = "a resource that exists and is not deleted";
        Self::expected("reference.exists", expected, name.to_string())
    }

    /// The rule's stable name, lower case with dots: `container_number.check_digit`.
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// What was expected and what was found.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The rule's name as a machine-readable reason: `CONTAINER_NUMBER_CHECK_DIGIT`.
    pub fn reason(&self) -> String {
        self.rule.replace('.', "_").to_ascii_uppercase()
    }

    /// Places the broken rule at a field.
    pub fn at(self, field: impl Into<String>) -> Violation {
        Violation { field: field.into(), broken: self }
    }
}

impl fmt::Display for RuleBroken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.detail)
    }
}

impl std::error::Error for RuleBroken {}

/// A broken rule at a field of a request, such as `shipment.lines[2].value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The path of the field in the request, snake_case, list positions in brackets from 0.
    pub field: String,
    /// The rule and what was found.
    pub broken: RuleBroken,
}

impl Violation {
    /// The same violation one level further out: `value` under `lines[2]` is `lines[2].value`.
    #[must_use]
    pub fn under(mut self, parent: &str) -> Self {
        self.field = match (parent.is_empty(), self.field.is_empty()) {
            (true, _) => self.field,
            (false, true) => parent.to_owned(),
            (false, false) => format!("{parent}.{}", self.field),
        };
        self
    }

    /// Whether the field was absent, rather than wrong.
    pub fn is_missing(&self) -> bool {
        self.broken.rule() == "field.missing"
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.broken)
    }
}

/// Gathers the violations of one request, so that all of them are reported at once.
///
/// ```
/// use devisa_domain::refusal::{Checks, RuleBroken};
/// let mut checks = Checks::new();
/// let kept: Option<u8> = checks.keep("a", "7".parse::<u8>().map_err(|e| RuleBroken::new("a.number", e.to_string())));
/// assert_eq!(kept, Some(7));
/// let lost: Option<u8> = checks.keep("b", Err(RuleBroken::missing()));
/// assert_eq!(lost, None);
/// assert!(checks.finish(()).is_err());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Checks {
    violations: Vec<Violation>,
}

impl Checks {
    /// No violation yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps a parsed value, or records why `field` could not be parsed.
    pub fn keep<T>(
        &mut self,
        field: impl Into<String>,
        parsed: Result<T, RuleBroken>,
    ) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(broken) => {
                self.violations.push(broken.at(field));
                None
            }
        }
    }

    /// Keeps a parsed part, or records all violations inside it, placed under `field`.
    pub fn keep_part<T>(&mut self, field: &str, parsed: Result<T, Vec<Violation>>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(inner) => {
                self.violations.extend(inner.into_iter().map(|v| v.under(field)));
                None
            }
        }
    }

    /// Records a violation.
    pub fn push(&mut self, violation: Violation) {
        self.violations.push(violation);
    }

    /// Records `broken` at `field` unless `holds`.
    pub fn ensure(
        &mut self,
        holds: bool,
        field: impl Into<String>,
        broken: impl FnOnce() -> RuleBroken,
    ) {
        if !holds {
            self.violations.push(broken().at(field));
        }
    }

    /// Whether nothing has been recorded.
    pub fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }

    /// The value, if nothing was recorded; otherwise everything that was.
    pub fn finish<T>(self, value: T) -> Result<T, Vec<Violation>> {
        if self.violations.is_empty() { Ok(value) } else { Err(self.violations) }
    }

    /// What was recorded.
    pub fn into_violations(self) -> Vec<Violation> {
        self.violations
    }
}

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
        let is_new = |new: &Violation| told.iter().all(|violation| violation.field != new.field);
        let kept = |violations: Vec<Violation>| violations.into_iter().filter(is_new).collect();
        let (refusal, is_empty) = match self {
            Self::Invalid(violations) => {
                let violations: Vec<_> = kept(violations);
                let is_empty = violations.is_empty();
                (Self::Invalid(violations), is_empty)
            }
            Self::Placed { first, violations } => {
                let violations: Vec<_> = kept(violations);
                let is_empty = violations.is_empty();
                (Self::Placed { first, violations }, is_empty)
            }
            other => (other, false),
        };
        (!is_empty).then_some(refusal)
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
            other => vec![other.as_rule().at("")],
        }
    }

    /// The reason as the rule that something at a place broke: `resource.exists`.
    fn as_rule(&self) -> RuleBroken {
        let rule = self.reason().as_str().to_ascii_lowercase().replacen('_', ".", 1);
        RuleBroken::new(rule, self.to_string())
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

impl From<Vec<Violation>> for Refusal {
    fn from(violations: Vec<Violation>) -> Self {
        Self::Invalid(violations)
    }
}

/// Days on which no rate of a currency pair is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingRate {
    /// The currency pair, `USD/IDR`.
    pub pair: String,
    /// The days, `YYYY-MM-DD`, at least one.
    pub dates: Vec<String>,
}

impl fmt::Display for MissingRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.pair, self.dates.join(", "))
    }
}

fn missing_rates(missing: &[MissingRate]) -> String {
    let told = |MissingRate { pair, dates }: &MissingRate| (pair.clone(), dates.join(", "));
    let mut told = missing.iter().map(told);
    let first = told.next().map(|(pair, dates)| format!("of {pair} in force on {dates}"));
    let others = told.map(|(pair, dates)| format!("of {pair} on {dates}"));
    first.into_iter().chain(others).collect::<Vec<_>>().join("; ")
}

fn summary(violations: &[Violation]) -> String {
    violations.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The reason of a refusal, equal to `devisa.error.v1.ErrorReason` without its prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// `FIELD_INVALID`
    FieldInvalid,
    /// `FIELD_MISSING`
    FieldMissing,
    /// `RESOURCE_NOT_FOUND`
    ResourceNotFound,
    /// `RESOURCE_EXISTS`
    ResourceExists,
    /// `ETAG_MISMATCH`
    EtagMismatch,
    /// `CONTENTION`
    Contention,
    /// `REQUEST_ID_REUSED`
    RequestIdReused,
    /// `PAGE_TOKEN_INVALID`
    PageTokenInvalid,
    /// `FILTER_INVALID`
    FilterInvalid,
    /// `STATE_FORBIDS`
    StateForbids,
    /// `TIER_REQUIRED`
    TierRequired,
    /// `CURRENCY_MISMATCH`
    CurrencyMismatch,
    /// `RATE_MISSING`
    RateMissing,
    /// `RATE_OVERLAPS`
    RateOverlaps,
    /// `SAME_PRINCIPAL`
    SamePrincipal,
    /// `UPSTREAM_UNAVAILABLE`
    UpstreamUnavailable,
    /// `OVERLOADED`
    Overloaded,
    /// `DEADLINE_EXCEEDED`
    DeadlineExceeded,
    /// `SERVER_DRAINING`
    ServerDraining,
    /// `SLOW_READER`
    SlowReader,
    /// `STORAGE_UNAVAILABLE`
    StorageUnavailable,
    /// `INTERNAL`
    Internal,
    /// `REVISION_COMPACTED`
    RevisionCompacted,
    /// `METHOD_UNKNOWN`
    MethodUnknown,
    /// `MESSAGE_MALFORMED`
    MessageMalformed,
    /// `MESSAGE_TOO_LARGE`
    MessageTooLarge,
    /// `LINE_EXCEEDED`
    LineExceeded,
    /// `SELLER_NOT_IN_SHIPMENT`
    SellerNotInShipment,
}

impl Reason {
    /// Every reason, in the order of the proto enum.
    pub const ALL: [Self; 28] = [
        Self::FieldInvalid,
        Self::FieldMissing,
        Self::ResourceNotFound,
        Self::ResourceExists,
        Self::EtagMismatch,
        Self::Contention,
        Self::RequestIdReused,
        Self::PageTokenInvalid,
        Self::FilterInvalid,
        Self::StateForbids,
        Self::TierRequired,
        Self::CurrencyMismatch,
        Self::RateMissing,
        Self::RateOverlaps,
        Self::SamePrincipal,
        Self::UpstreamUnavailable,
        Self::Overloaded,
        Self::DeadlineExceeded,
        Self::ServerDraining,
        Self::SlowReader,
        Self::StorageUnavailable,
        Self::Internal,
        Self::RevisionCompacted,
        Self::MethodUnknown,
        Self::MessageMalformed,
        Self::MessageTooLarge,
        Self::LineExceeded,
        Self::SellerNotInShipment,
    ];

    /// The reason as it stands on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FieldInvalid => "FIELD_INVALID",
            Self::FieldMissing => "FIELD_MISSING",
            Self::ResourceNotFound => "RESOURCE_NOT_FOUND",
            Self::ResourceExists => "RESOURCE_EXISTS",
            Self::EtagMismatch => "ETAG_MISMATCH",
            Self::Contention => "CONTENTION",
            Self::RequestIdReused => "REQUEST_ID_REUSED",
            Self::PageTokenInvalid => "PAGE_TOKEN_INVALID",
            Self::FilterInvalid => "FILTER_INVALID",
            Self::StateForbids => "STATE_FORBIDS",
            Self::TierRequired => "TIER_REQUIRED",
            Self::CurrencyMismatch => "CURRENCY_MISMATCH",
            Self::RateMissing => "RATE_MISSING",
            Self::RateOverlaps => "RATE_OVERLAPS",
            Self::SamePrincipal => "SAME_PRINCIPAL",
            Self::UpstreamUnavailable => "UPSTREAM_UNAVAILABLE",
            Self::Overloaded => "OVERLOADED",
            Self::DeadlineExceeded => "DEADLINE_EXCEEDED",
            Self::ServerDraining => "SERVER_DRAINING",
            Self::SlowReader => "SLOW_READER",
            Self::StorageUnavailable => "STORAGE_UNAVAILABLE",
            Self::Internal => "INTERNAL",
            Self::RevisionCompacted => "REVISION_COMPACTED",
            Self::MethodUnknown => "METHOD_UNKNOWN",
            Self::MessageMalformed => "MESSAGE_MALFORMED",
            Self::MessageTooLarge => "MESSAGE_TOO_LARGE",
            Self::LineExceeded => "LINE_EXCEEDED",
            Self::SellerNotInShipment => "SELLER_NOT_IN_SHIPMENT",
        }
    }
}
