//! Organisations.

mod decide;
mod filter;
mod load;
mod rows;
mod rpc;

pub(crate) use rows::{ActiveModel, Entity};
