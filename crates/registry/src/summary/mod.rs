//! Published figures checked against the registry's records.

mod check;
mod metric;
mod rpc;
