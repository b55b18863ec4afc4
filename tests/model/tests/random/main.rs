//! Random sequences of operations, played against the services and against the model: every
//! response, list, page, count and event must be the model's.
//!
//! `DEVISA_MODEL_OPERATIONS` says how many operations there are for each service and database
//! (default 4,000), `DEVISA_MODEL_SEED` repeats a run; a sequence that fails is shrunk and printed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::field_reassign_with_default)]

mod lists;
mod play;
mod registry;
mod run;
mod shipment;
