//! What every stored resource has: its version, its times and its provenance.

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
    /// Where its facts come from.
    pub provenance: Provenance,
}

impl Meta {
    /// Of a resource created now.
    pub fn new(now: Timestamp, provenance: Provenance) -> Self {
        Self { version: 1, create_time: now, update_time: now, provenance }
    }

    /// Of the resource's next version. Its times never go back, whatever the clock does.
    #[must_use]
    pub fn touched(&self, now: Timestamp) -> Self {
        Self { version: self.version + 1, update_time: now.max(self.update_time), ..self.clone() }
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
