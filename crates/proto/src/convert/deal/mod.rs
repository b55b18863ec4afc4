//! Conversions of `devisa.deal.v1`: sessions, deals, reviews, realisations and totals.

pub mod agreement;
pub mod figure;
pub mod plausibility;
pub mod realisation;
pub mod review;
pub mod session;
pub mod shipped;
pub mod summary;
pub mod transition;

#[cfg(test)]
mod tests;
