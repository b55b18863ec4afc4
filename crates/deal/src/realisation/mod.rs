//! Realisations.

mod audit;
mod decide;
mod load;
mod rows;
mod rpc;

pub(crate) use audit::audit;
pub(crate) use decide::rewrite;
pub(crate) use rows::{Column, Entity, Model, of_deal, of_shipments};
