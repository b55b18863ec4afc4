//! Who asks, by which method and request.

use devisa_domain::{refusal::RuleBroken, time::Timestamp};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A call that may write: whose it is, and how it is told from its own repetition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The principal; everything written carries it.
    pub principal: String,
    /// The full method name, `devisa.registry.v1.ProgrammeService/CreateProgramme`.
    pub method: String,
    /// The request's id, when the caller wants repetitions to be safe.
    pub request_id: Option<Uuid>,
    /// Tells one request from another under the same id.
    pub request_hash: [u8; 32],
    /// Check everything, write nothing.
    pub validate_only: bool,
    /// The W3C trace context; empty when there is none.
    pub traceparent: String,
}

impl Call {
    /// The hash by which requests are told apart.
    pub fn hash(request: &[u8]) -> [u8; 32] {
        Sha256::digest(request).into()
    }

    /// Reads a `request_id`; an empty one is none.
    ///
    /// # Errors
    /// `request_id.uuid` when it is not a UUID.
    pub fn parse_request_id(id: &str) -> Result<Option<Uuid>, RuleBroken> {
        if id.is_empty() {
            return Ok(None);
        }
        Uuid::parse_str(id)
            .map(Some)
            .map_err(|_| RuleBroken::expected("request_id.uuid", "a UUID", format!("{id:?}")))
    }
}

/// When a decision is taken and by whom; the same for everything one call writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The instant of the decision.
    pub now: Timestamp,
    /// The principal.
    pub actor: String,
}
