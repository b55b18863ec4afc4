//! Shipments.

mod audit;
mod decide;
mod import;
mod references;
mod rows;
mod rpc;

pub(crate) use audit::audit;
pub(crate) use rows::{ActiveModel, Column, Entity, Model, members};
