//! A naive model of what Devisa promises, to compare the services with.
//!
//! Purpose: written from DESIGN.md alone, to be obviously right and not fast: every resource is its
//! message in a map, every list a loop, every count made anew from the whole history. Invariant: it
//! takes plain values from the domain (dates, money, identifiers and their parsers), and none of its
//! lifecycles, totals or filters, so that no mistake is made twice.
//! It must never know of databases, and never of the services' code.

pub mod answer;
pub mod conversion;
pub mod deal;
pub mod keeper;
pub mod list;
pub mod money;
pub mod registry;
pub mod resource;
pub mod shipment;
