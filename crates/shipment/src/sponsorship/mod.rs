//! Sponsorships.

mod decide;
mod rows;
mod rpc;
