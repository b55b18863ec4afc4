//! What every stored resource has: its version, its times and its provenance.
//!
//! Invariant: a deleted resource is kept whole; deletion is a time on it and nothing else.

use serde::{Deserialize, Serialize};

use crate::{provenance::Provenance, refusal::Refusal, time::Timestamp};

/// Version, times and provenance of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meta {
    /// Counts the resource's changes from 1.
    pub version: i64,
    /// When it was created.
    pub create_time: Timestamp,
    /// When it was last changed.
    pub update_time: Timestamp,
    /// When it was deleted; none while it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete_time: Option<Timestamp>,
    /// Where its facts come from.
    pub provenance: Provenance,
}

impl Meta {
    /// Of a resource created now.
    pub fn new(now: Timestamp, provenance: Provenance) -> Self {
        Self { version: 1, create_time: now, update_time: now, delete_time: None, provenance }
    }

    /// Of the resource's next version. Its times never go back, whatever the clock does.
    #[must_use]
    pub fn touched(&self, now: Timestamp) -> Self {
        Self { version: self.version + 1, update_time: now.max(self.update_time), ..self.clone() }
    }

    /// Of the next version, deleted.
    #[must_use]
    pub fn deleted(&self, now: Timestamp) -> Self {
        let next = self.touched(now);
        Self { delete_time: Some(next.update_time), ..next }
    }

    /// Of the next version, no longer deleted.
    #[must_use]
    pub fn undeleted(&self, now: Timestamp) -> Self {
        Self { delete_time: None, ..self.touched(now) }
    }

    /// Whether it is deleted.
    pub fn is_deleted(&self) -> bool {
        self.delete_time.is_some()
    }

    /// Refuses what cannot be done with a deleted resource.
    ///
    /// # Errors
    /// [`Refusal::StateForbids`] when it is deleted.
    pub fn check_present(&self, resource: &impl ToString, action: &str) -> Result<(), Refusal> {
        if !self.is_deleted() {
            return Ok(());
        }
        Err(Refusal::StateForbids {
            resource: resource.to_string(),
            state: "DELETED".to_owned(),
            action: action.to_owned(),
            detail: "undelete it first".to_owned(),
        })
    }

    /// The version as an etag, quoted as RFC 9110 has it.
    pub fn etag(&self) -> String {
        format!("\"{}\"", self.version)
    }

    /// Compares the etag that a caller sent, if any.
    ///
    /// # Errors
    /// [`Refusal::EtagMismatch`] when it is not the current one.
    pub fn check_etag(&self, resource: &impl ToString, sent: &str) -> Result<(), Refusal> {
        let current = self.etag();
        if sent.is_empty() || sent == current {
            return Ok(());
        }
        Err(Refusal::EtagMismatch {
            resource: resource.to_string(),
            expected: sent.to_owned(),
            found: current,
        })
    }
}
