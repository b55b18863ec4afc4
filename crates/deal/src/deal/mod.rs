//! Deals.
//!
//! `load` reads what a decision depends on, `decide` takes it, `rows` holds what came of it.

mod decide;
mod load;
mod rows;
mod rpc;

pub(crate) use decide::{draw, redraw};
pub(crate) use rows::{ActiveModel, Entity, signed_of};
