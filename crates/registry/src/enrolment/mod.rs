//! Enrolments and their history.

mod audit;
mod count;
mod decide;
mod designate;
mod history;
mod rows;
mod rpc;

pub(crate) use audit::audit;
pub(crate) use count::{count, listed_of_decree};
pub(crate) use designate::{Designations, of_villages};
