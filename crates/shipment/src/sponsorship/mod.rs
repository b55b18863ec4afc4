//! Sponsorships.

mod decide;
mod rows;
mod rpc;

pub(crate) use rows::{ActiveModel, Entity};
