//! Products of organisations.

mod decide;
mod load;
mod rows;
mod rpc;

pub(crate) use rows::{ActiveModel, Entity};
