//! The clock of a running process.
//!
//! Invariant: the only place that reads the time of day; everything else has a clock given to it.

use std::sync::Arc;

use devisa_domain::time::{Clock, SharedClock, Timestamp};

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl SystemClock {
    /// The machine's clock, to be shared.
    pub fn shared() -> SharedClock {
        Arc::new(Self)
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_utc(chrono::Utc::now())
    }
}
