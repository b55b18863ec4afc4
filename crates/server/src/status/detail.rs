//! A status as its receiver reads it.
//!
//! Invariant: reading never fails; a status that is not Devisa's has an empty reason.

use std::{collections::BTreeMap, time::Duration};

use tonic::{Code, Status};
use tonic_types::StatusExt;

/// What a status from Devisa says, for clients that act on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// The gRPC code.
    pub code: Code,
    /// The message, for people.
    pub message: String,
    /// The reason, such as `ETAG_MISMATCH`; empty where the status has none.
    pub reason: String,
    /// The parts of the message, by name.
    pub metadata: BTreeMap<String, String>,
    /// The fields of the request that were refused.
    pub violations: Vec<FieldFault>,
    /// The resource that is absent or in the way.
    pub resource: Option<String>,
    /// How long to wait before the same call may succeed.
    pub retry_after: Option<Duration>,
}

/// A field of a request and the rule that it broke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldFault {
    /// The path of the field: `shipment.lines[2].value`.
    pub field: String,
    /// The rule: `CONTAINER_NUMBER_CHECK_DIGIT`.
    pub reason: String,
    /// The rule with what was expected and what was found.
    pub description: String,
}

impl Detail {
    /// Reads a status.
    pub fn of(status: &Status) -> Self {
        let details = status.get_error_details();
        let info = details.error_info().filter(|info| info.domain == super::DOMAIN);
        Self {
            code: status.code(),
            message: status.message().to_owned(),
            reason: info.map(|info| info.reason.clone()).unwrap_or_default(),
            metadata: info
                .map(|info| info.metadata.clone().into_iter().collect())
                .unwrap_or_default(),
            violations: details.bad_request().map(faults).unwrap_or_default(),
            resource: details.resource_info().map(|info| info.resource_name.clone()),
            retry_after: details.retry_info().and_then(|info| info.retry_delay),
        }
    }

    /// Whether the reason is the given one.
    pub fn is(&self, reason: devisa_domain::refusal::Reason) -> bool {
        self.reason == reason.as_str()
    }
}

fn faults(bad: &tonic_types::BadRequest) -> Vec<FieldFault> {
    bad.field_violations
        .iter()
        .map(|v| FieldFault {
            field: v.field.clone(),
            reason: v.reason.clone(),
            description: v.description.clone(),
        })
        .collect()
}
