//! The wire: generated code, the descriptor set, and conversions between wire and domain.
//!
//! Purpose: to turn messages into domain values and back. Invariant: a conversion error is a field
//! violation with its path; nothing that breaks a domain rule gets through. It must never know of
//! databases or of how a call arrived.

#[allow(clippy::all, clippy::pedantic, missing_docs, unreachable_pub)]
mod generated {
    include!("generated/mod.rs");
}

pub mod compare;
pub mod convert;
pub mod google_type;
pub mod mask;
pub mod recorded;

pub use generated::devisa::{common, deal, error, event, figure, registry, shipment, totals};

/// The compiled protos with their imports, comments and annotations.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!("generated/devisa.fds.bin");
