//! The truth of Devisa: values, lifecycles, policies and figures.
//!
//! Purpose: to parse what comes in into types that carry the proof, and to decide what may happen.
//! Invariant: pure; no value here can be built that breaks its own rule, money never touches a
//! float, and amounts of two currencies or two value tiers cannot be added.
//! It must never know of gRPC, protobuf, databases, async or I/O.

pub mod conversion;
pub mod deal;
pub mod figure;
pub mod identifier;
pub mod meta;
pub mod money;
pub mod name;
pub mod policy;
pub mod provenance;
pub mod refusal;
pub mod registry;
pub mod shipment;
pub mod tier;
pub mod time;
pub mod village;
