//! What services ask of the registry: which organisations and products exist, and which
//! rates were in force.
//!
//! Purpose: one client for every service that asks, on behalf of its caller and within the caller's
//! deadline. Invariant: only answers that cannot soon become wrong are kept, as many as fit and for
//! one second; "there is none" never is. A registry that does not answer is one refusal,
//! `UPSTREAM_UNAVAILABLE`. It must never know what is done with the answers: no shipment, no deal.

mod batches;
mod cache;
mod rates;

pub use batches::{Batched, Known, Organisations, Products};
pub use rates::{RateOf, Rates, each};

/// The registry's short name, as refusals tell it.
const REGISTRY: &str = "registry";
