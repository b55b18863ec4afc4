//! Releases.

mod audit;
mod decide;
mod dispatch;
mod load;
mod rows;
mod rpc;

pub(crate) use audit::audit;
pub(crate) use load::{WithTotals, members_guard};
pub(crate) use rows::Entity;
