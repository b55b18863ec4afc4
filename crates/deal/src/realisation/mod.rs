//! Realisations.

mod decide;
mod load;
mod rows;
mod rpc;

pub(crate) use decide::write;
pub(crate) use rows::{of_deal, of_shipments};
