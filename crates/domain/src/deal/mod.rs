//! What was agreed: matching sessions, deals, and whether a deal's value is plausible.
//!
//! Invariant: a signed deal's value is changed by a review alone, and the old one is kept; a value
//! found implausible is held from totals, never altered, and freed only by somebody who had no part
//! in writing the deal. Nothing here asks anybody for rates or sizes: they come in as facts.

pub mod agreement;
pub mod drawing;
pub mod facts;
pub mod goods;
pub mod instrument;
pub mod plausibility;
pub mod realisation;
pub mod review;
pub mod session;
pub mod shipped;
pub mod stated_value;

#[cfg(test)]
mod tests;

pub use agreement::{Deal, Deed, State};
pub use drawing::Drawing;
pub use facts::{DealDraft, DealFacts, DealInput, TermMonths};
pub use goods::Goods;
pub use instrument::Instrument;
pub use realisation::{Realisation, RealisationDraft, Standing};
pub use review::{DecisionRecord, Judgement, Review, ReviewCommand, ReviewState, Verdict};
pub use session::{Session, SessionDraft, SessionFacts};
pub use shipped::Shipped;
pub use stated_value::{StatedFault, StatedValue};
