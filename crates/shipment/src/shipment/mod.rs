//! Shipments.

mod decide;
mod references;
mod rows;
mod rpc;

pub(crate) use rows::{ActiveModel, Entity, members};
