//! A clock that the test sets.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use devisa_domain::time::{Clock, Timestamp};

/// Tells the instant it was set to, and a microsecond more each time it is asked, so that order
/// is defined.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl TestClock {
    /// A clock at an instant, RFC 3339: `2025-11-27T09:00:00+07:00`.
    pub fn at(instant: &str) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(Timestamp::parse(instant).unwrap().micros())))
    }

    /// Sets the clock, forward or back.
    pub fn set(&self, instant: &str) {
        self.0.store(Timestamp::parse(instant).unwrap().micros(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.fetch_add(1, Ordering::SeqCst))
    }
}
