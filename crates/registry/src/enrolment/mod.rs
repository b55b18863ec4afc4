//! Enrolments and their history.

mod count;
mod decide;
mod designate;
mod history;
mod rows;
mod rpc;

pub(crate) use count::{count, listed_of_decree};
pub(crate) use designate::{Designations, of_villages};
