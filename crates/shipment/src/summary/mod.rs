//! Totals by value tier, and published figures checked against what left.

mod figures;
mod groups;
mod rpc;
