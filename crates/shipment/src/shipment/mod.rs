//! Shipments.

mod decide;
mod import;
mod references;
mod rows;
mod rpc;

pub(crate) use rows::{ActiveModel, Entity, members};
