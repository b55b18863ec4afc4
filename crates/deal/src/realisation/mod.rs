//! Realisations.

mod decide;
mod load;
mod rows;
mod rpc;

pub(crate) use decide::rewrite;
pub(crate) use rows::{ActiveModel, Entity, of_deal, of_shipments};
