//! Which rates a conversion lacks.

use std::fmt;

/// Days on which no rate of a currency pair is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingRate {
    /// The currency pair, `USD/IDR`.
    pub pair: String,
    /// The days, `YYYY-MM-DD`, at least one.
    pub dates: Vec<String>,
}

impl fmt::Display for MissingRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.pair, self.dates.join(", "))
    }
}

pub(super) fn missing_rates(missing: &[MissingRate]) -> String {
    let told = |MissingRate { pair, dates }: &MissingRate| (pair.clone(), dates.join(", "));
    let mut told = missing.iter().map(told);
    let first = told.next().map(|(pair, dates)| format!("of {pair} in force on {dates}"));
    let others = told.map(|(pair, dates)| format!("of {pair} on {dates}"));
    first.into_iter().chain(others).collect::<Vec<_>>().join("; ")
}
