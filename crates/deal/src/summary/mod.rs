//! Totals of what was agreed, and published figures checked against them.

mod cells;
mod figures;
mod rpc;
mod totals;
