//! What is known of shipments: a projection of their service's event log.
//!
//! `follow` hears of them, `decide` says what that does to realisations and deals, `ask` hears of
//! one at once where its events have not come yet; `rebuild` makes all of it anew, and `audit` compares
//! it with the log.

mod ask;
mod audit;
mod decide;
mod follow;
mod load;
mod news;
mod pages;
mod rebuild;
mod rows;
mod told;

pub(crate) use ask::Shipments;
pub(crate) use audit::audit;
pub(crate) use follow::{Follower, NAME as PROJECTION};
pub use rebuild::Rebuilt;
pub(crate) use rebuild::rebuild;
pub(crate) use rows::Entity;
pub use told::{AT_ONCE, ShipmentLog};
