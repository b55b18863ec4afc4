//! The limit on calls in flight.
//!
//! Invariant: nobody waits at the door; a call beyond the limit is refused at once, while it is
//! still cheap. tonic's own limit is per connection, which limits nothing.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Counts the calls in flight. Clones count together.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    places: Arc<Semaphore>,
    limit: usize,
}

/// A place inside, given back when dropped.
pub(crate) type Place = OwnedSemaphorePermit;

impl Door {
    pub(crate) fn new(limit: usize) -> Self {
        let limit = limit.min(Semaphore::MAX_PERMITS);
        Self { places: Arc::new(Semaphore::new(limit)), limit }
    }

    /// A place, if one is free.
    pub(crate) fn enter(&self) -> Result<Place, Full> {
        Arc::clone(&self.places).try_acquire_owned().map_err(|_| Full { limit: self.limit })
    }

    /// How many may be inside.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// How many are inside.
    pub(crate) fn inside(&self) -> usize {
        self.limit.saturating_sub(self.places.available_permits())
    }
}

/// Every place is taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Full {
    pub(crate) limit: usize,
}
