//! Deals.
//!
//! `load` reads what a decision depends on, `decide` takes it, `rows` holds what came of it.

mod audit;
mod decide;
mod load;
mod rows;
mod rpc;

pub(crate) use audit::audit;
pub(crate) use decide::{draw, redraw};
pub(crate) use rows::{Entity, signed_of};
