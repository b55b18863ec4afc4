//! A status before it is encoded.
//!
//! Invariant: one exhaustive match over the refusals, so that a new one does not compile until it
//! has its metadata; the keys, once sent, stay.

use std::collections::{BTreeSet, HashMap};

use devisa_domain::refusal::{Reason, Refusal, Violation};
use tonic::Status;
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};

use super::{DOMAIN, bound, code, retry_delay};

/// What a status will say.
pub(super) struct Answer {
    reason: Reason,
    message: String,
    metadata: Vec<(&'static str, String)>,
    violations: Vec<FieldViolation>,
    resource: Option<String>,
}

impl Answer {
    pub(super) fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
            metadata: Vec::new(),
            violations: Vec::new(),
            resource: None,
        }
    }

    pub(super) fn with(mut self, key: &'static str, value: impl ToString) -> Self {
        self.metadata.push((key, value.to_string()));
        self
    }

    /// Names the one field that the refusal is about.
    fn at(mut self, field: &str, detail: impl AsRef<str>) -> Self {
        let reason = self.reason.as_str();
        self.violations.push(FieldViolation {
            field: field.to_owned(),
            description: format!("{}: {}", reason.to_ascii_lowercase(), detail.as_ref()),
            reason: reason.to_owned(),
            localized_message: None,
        });
        self
    }

    pub(super) fn about(mut self, resource: &str) -> Self {
        self.resource = Some(resource.to_owned());
        self.with("resource", resource)
    }

    pub(super) fn to_refusal(refusal: &Refusal) -> Self {
        let answer = match refusal {
            // Its text may be as long as the request; it is made of what fits.
            Refusal::Invalid(violations) => return Self::listed(refusal.reason(), violations),
            Refusal::StatesForbid { action, violations } => {
                return Self::listed(refusal.reason(), violations).with("action", action);
            }
            Refusal::Placed { first, violations } => return Self::placed(first, violations),
            _ => Self::new(refusal.reason(), refusal.to_string()),
        };
        match refusal {
            Refusal::Invalid(_) | Refusal::StatesForbid { .. } | Refusal::Placed { .. } => answer,
            Refusal::NotFound { resource } | Refusal::Exists { resource } => answer.about(resource),
            Refusal::EtagMismatch { resource, expected, found } => {
                answer.with("resource", resource).with("expected", expected).with("found", found)
            }
            Refusal::Contention { resource } => answer.with("resource", resource),
            Refusal::RequestIdReused { request_id } => answer
                .with("request_id", request_id)
                .at("request_id", format!("expected an id not used before, found {request_id}")),
            Refusal::PageTokenInvalid { detail } => {
                answer.with("detail", detail).at("page_token", detail)
            }
            Refusal::RevisionCompacted { revision, oldest } => {
                answer.with("revision", revision).with("oldest_revision", oldest)
            }
            Refusal::FilterInvalid { field, offset, detail } => {
                let answer = answer.with("detail", detail).at(field, detail);
                match offset {
                    Some(offset) => answer.with("offset", offset),
                    None => answer,
                }
            }
            Refusal::StateForbids { resource, state, action, detail } => answer
                .with("resource", resource)
                .with("state", state)
                .with("action", action)
                .with("detail", detail),
            Refusal::TierRequired { field, detail } => {
                answer.with("field", field).with("detail", detail).at(field, detail)
            }
            Refusal::CurrencyMismatch { field, expected, found } => answer
                .with("field", field)
                .with("expected", expected)
                .with("found", found)
                .at(field, format!("expected {expected}, found {found}")),
            Refusal::RateMissing { kind, missing } => {
                let pairs: Vec<_> = missing.iter().map(|rate| rate.pair.as_str()).collect();
                let dates: BTreeSet<_> =
                    missing.iter().flat_map(|rate| &rate.dates).map(String::as_str).collect();
                let told: Vec<_> = missing.iter().map(ToString::to_string).collect();
                answer
                    .with("pair", pairs.join(","))
                    .with("kind", kind)
                    .with("date", dates.into_iter().collect::<Vec<_>>().join(","))
                    .with("missing", told.join("; "))
            }
            Refusal::RateOverlaps { other } => answer.with("resource", other),
            Refusal::SamePrincipal { resource, principal } => {
                answer.with("resource", resource).with("principal", principal)
            }
            Refusal::LineExceeded { shipment, line_index, value, taken, asked } => answer
                .with("shipment", shipment)
                .with("line_index", line_index)
                .with("value", value)
                .with("taken", taken)
                .with("asked", asked),
            Refusal::SellerNotInShipment { seller, shipment, line_index } => answer
                .with("seller", seller)
                .with("shipment", shipment)
                .with("line_index", line_index),
            Refusal::UpstreamUnavailable { service, detail } => {
                answer.with("service", service).with("detail", detail)
            }
        }
    }

    fn listed(reason: Reason, violations: &[Violation]) -> Self {
        let kept = bound::violations(violations);
        let said: Vec<_> = kept.iter().map(|v| format!("{}: {}", v.field, v.description)).collect();
        let fields: Vec<_> = kept.iter().map(|v| v.field.as_str()).collect();
        let mut answer = Self::new(reason, said.join("; ")).with("fields", fields.join(","));
        if kept.len() < violations.len() {
            answer = answer.with("truncated", true).with("violation_count", violations.len());
        }
        answer.violations = kept;
        answer
    }

    /// What the first place was refused for, with what every one was.
    fn placed(first: &Refusal, violations: &[Violation]) -> Self {
        let Self { reason, message, mut metadata, violations, .. } =
            Self::listed(first.reason(), violations);
        let first = Self::to_refusal(first);
        metadata.extend(first.metadata.into_iter().filter(|(key, _)| *key != "fields"));
        Self { reason, message, metadata, violations, resource: first.resource }
    }

    pub(super) fn into_status(self) -> Status {
        let mut details = ErrorDetails::new();
        let metadata = self.metadata.into_iter();
        let metadata: HashMap<_, _> =
            metadata.map(|(key, value)| (key.to_owned(), bound::value(key, value))).collect();
        details.set_error_info(self.reason.as_str(), DOMAIN, metadata);
        if !self.violations.is_empty() {
            let violations = self.violations.into_iter().map(bound::violation);
            details.set_bad_request(violations.collect::<Vec<_>>());
        }
        if let Some(name) = self.resource {
            let description = bound::text(self.message.clone(), bound::MESSAGE);
            let name = bound::text(name, bound::VALUE);
            details.set_resource_info(collection(&name), name.clone(), "", description);
        }
        if let Some(delay) = retry_delay(self.reason) {
            details.set_retry_info(Some(delay));
        }
        let message = bound::text(self.message, bound::MESSAGE);
        Status::with_error_details(code(self.reason), message, details)
    }
}

/// The collection that a resource name is of: `decrees` of `programmes/p/decrees/d`.
fn collection(name: &str) -> String {
    name.rsplit('/').nth(1).unwrap_or_default().to_owned()
}
