//! The registry: who may export, what and from where.
//!
//! Purpose: programmes, decrees, enrolments with their history, organisations with their products,
//! exchange rates, and
//! how enrolments are counted. Invariant: an enrolment's history is legal from its first entry to
//! its last at every moment; what a record says never depends on when it is asked.
//! It must never know of shipments or deals.

pub mod count;
pub mod decree;
pub mod enrolment;
pub mod exchange_rate;
pub mod organisation;
pub mod product;
pub mod programme;
pub mod record;
