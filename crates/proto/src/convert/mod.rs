//! Conversions between wire and domain, one module per package.
//!
//! Invariant: parsing destructures the wire message whole, so that a new field does not compile
//! until somebody decides what it means.

pub mod common;
pub mod deal;
pub mod figure;
pub mod registry;
pub mod shipment;
pub mod totals;
