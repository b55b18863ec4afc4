//! Where a fact comes from.

use serde::{Deserialize, Serialize};

/// The origin of a record, and which of its fields were made up because no source tells them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// Where the fact was published, an absolute URI; empty when unknown.
    pub source_uri: String,
    /// What a reader should know about the origin.
    pub note: String,
    /// Paths of the resource's fields that are synthetic, snake_case, in the order given.
    pub synthetic_fields: Vec<String>,
}
