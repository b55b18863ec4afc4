//! What is known of shipments: a projection of their service's event log.
//!
//! `follow` hears of them, `decide` says what that does to realisations and deals, `ask` hears of
//! one at once where its events have not come yet.

mod ask;
mod decide;
mod follow;
mod load;
mod news;
mod rebuild;
mod rows;

pub(crate) use ask::Shipments;
pub(crate) use follow::Follower;
pub use rebuild::Rebuilt;
pub(crate) use rebuild::rebuild;
pub(crate) use rows::Entity;
