//! Totals by value tier, and published figures checked against what left.

mod figures;
mod filter;
mod groups;
mod parts;
mod rpc;
