//! The one write path, pages, the event log and what two databases do differently.
//!
//! Purpose: services load, decide and hand over a [`Change`]; the ledger commits it with its events
//! and its idempotency record in one transaction. Invariant: an acknowledged write is never lost, a
//! repeated request never happens twice, a reader of events never skips one.
//! It must never know of villages, shipments or deals, nor of how a call arrived.

mod call;
mod change;
mod commit;
mod compaction;
mod connection;
mod copy;
mod database;
pub mod days;
mod doc;
pub mod epoch;
mod error;
mod event_log;
pub mod filter;
mod gauges;
mod hold;
mod idempotency;
mod ledger;
mod page;
pub mod probe;
mod projection;
mod revision;
pub mod schema;
mod series;
pub mod store;
pub mod sum;
mod turns;
pub mod verify;
mod wake;
mod watch;

pub use call::{Call, Moment};
pub use change::{Change, Decision, GuardSeen};
pub use compaction::Compacted;
pub use connection::Connection;
pub use copy::copy;
pub use database::{Database, DatabaseUrl, Pool};
pub use doc::Doc;
pub use error::{Error, StorageError};
pub use event_log::EventQuery;
pub use filter::{Field, Filter, FilterSchema};
pub use gauges::Connections;
pub use hold::{Hold, NotHeld};
pub use ledger::Ledger;
pub use page::{MOST_BYTES, Order, Page, PageArgs, Row, Tokens, Window};
pub use projection::{Place, place};
pub use revision::Revision;
pub use series::Work;
pub use watch::{WatchEnd, WatchItem};
