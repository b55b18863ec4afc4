//! Random sequences of operations, played against the services and against the model: every
//! response, list, page, count and event must be the model's.
//!
//! `DEVISA_MODEL_OPERATIONS` says about how many operations there are on each database, of all
//! services together (default 12,000), `DEVISA_MODEL_SEED` repeats a run; a sequence that fails is
//! shrunk and printed.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod deal;
mod lists;
mod play;
mod registry;
mod run;
mod shipment;
