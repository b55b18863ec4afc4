//! Published figures: a number as the press printed it, and the amounts that print so.
//!
//! Purpose: to read Indonesian (and mixed) figures such as `351,6 ribu dolar AS` or `enam truk`
//! into intervals, to check them against records, and to ask whether one exchange rate explains
//! all amounts stated in two currencies.
//! Invariant: the text is kept verbatim; a text with two readings is never resolved by guessing, a
//! text without a number never gets one, and no amount is ever converted.
//! It must never know where a figure was published or what it is checked against.

mod bound;
mod counted;
mod currency;
mod interval;
mod number;
mod pairs;
mod parse;
mod plain;
mod ratio;
mod reading;
mod scale;
mod token;
mod unit;
mod verdict;
mod words;

#[cfg(test)]
mod tests;

pub use counted::Counted;
pub use interval::Interval;
pub use pairs::{Feasibility, Rates, feasibility};
pub use plain::plain;
pub use reading::{Figure, Measure, Reading, Value};
pub use verdict::{Outcome, Verdict};
