//! What every service process shares: configuration, identity, deadlines, limits, health, drain,
//! telemetry and the rendering of errors.
//!
//! Purpose: to stand between the network and the handlers, so that a handler is a few lines.
//! Invariant: every call, from a socket or from inside the process, passes the same [`Stack`]; so
//! that what holds in `devisa up` holds in `devisa serve`. It must never know of villages,
//! shipments or deals, nor of tables.
//!
//! A service crate composes itself like this:
//!
//! ```text
//! pub fn stack(app: App, limits: &Limits) -> Stack {
//!     Stack::builder(limits)
//!         .add_service(bounded!(ProgrammeServiceServer::new(app.clone())))
//!         .add_service(bounded!(EventServiceServer::new(app)))
//!         .build()
//! }
//! ```

mod admin;
mod body;
pub mod call;
pub mod channel;
pub mod clock;
pub mod config;
mod door;
pub mod events;
mod foreign;
pub mod health;
mod metrics;
mod origins;
pub mod outgoing;
pub mod run;
pub mod stack;
pub mod status;
pub mod telemetry;

pub use call::{Caller, Mutation, call_of, caller, open, open_telling, telling};
pub use channel::ServiceChannel;
pub use clock::SystemClock;
pub use health::{Check, Part};
pub use origins::Origins;
pub use outgoing::Outgoing;
pub use run::{Drain, Ending, Server};
pub use stack::{Limits, Stack};
pub use status::{Detail, refuse};

/// The largest message taken or given, in bytes: the default of gRPC, both ways.
pub const MAX_MESSAGE_BYTES: usize = 4 * 1024 * 1024;

/// Bounds the messages of a generated server or client both ways.
///
/// tonic bounds what comes in, but lets anything out; both sides of every service go through this.
#[macro_export]
macro_rules! bounded {
    ($service:expr) => {
        $service
            .max_decoding_message_size($crate::MAX_MESSAGE_BYTES)
            .max_encoding_message_size($crate::MAX_MESSAGE_BYTES)
    };
}
