//! A published figure and what it may mean.

use rust_decimal::Decimal;

use super::{interval::Interval, parse};
use crate::{money::Currency, refusal::RuleBroken};

/// A published figure: its text, verbatim, and its reading.
///
/// ```
/// use devisa_domain::figure::{Figure, plain};
/// let figure = Figure::parse("351,6 ribu dolar AS")?;
/// assert_eq!(figure.value().map(plain).as_deref(), Some("351600"));
/// assert_eq!(figure.low().map(plain).as_deref(), Some("351550"));
/// assert_eq!(figure.high().map(plain).as_deref(), Some("351700"));
/// # Ok::<(), devisa_domain::refusal::RuleBroken>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    pub(super) text: String,
    pub(super) measure: Measure,
    pub(super) power: u32,
    pub(super) reading: Reading,
}

/// What a figure measures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measure {
    /// An amount of money.
    Money(Currency),
    /// A count or quantity, with its noun in lower case where the text has one.
    Count(Option<String>),
}

/// What a figure's number may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// One number.
    One(Value),
    /// Two numbers, between which nothing in the text decides: `1.998 ton`.
    Ambiguous([Value; 2]),
    /// No number: *puluhan*, *ratusan*.
    Vague,
}

/// A number read from a text, and the amounts it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value {
    /// The number as printed, its scale word applied.
    pub value: Decimal,
    /// How many decimals are printed, before the scale word is applied.
    pub decimals: u32,
    /// The amounts it stands for.
    pub interval: Interval,
}

impl Figure {
    /// Reads a figure.
    ///
    /// # Errors
    /// `field.missing` for a blank text, `figure.length` above 200 characters,
    /// `figure.unreadable` without exactly one number, with words around it that are not
    /// understood or with misplaced separators, and `figure.range` when the number has more than
    /// 17 digits or 6 decimals of its unit, or is 10^17 or more.
    pub fn parse(text: &str) -> Result<Self, RuleBroken> {
        parse::figure(text)
    }

    /// The text, verbatim.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is measured.
    pub fn measure(&self) -> &Measure {
        &self.measure
    }

    /// What the number may be.
    pub fn reading(&self) -> &Reading {
        &self.reading
    }

    /// The currency of an amount of money.
    pub fn currency(&self) -> Option<Currency> {
        match self.measure {
            Measure::Money(currency) => Some(currency),
            Measure::Count(_) => None,
        }
    }

    /// The noun of a count, in lower case: `truk`, `peti kemas`.
    pub fn unit(&self) -> Option<&str> {
        match &self.measure {
            Measure::Money(_) => None,
            Measure::Count(unit) => unit.as_deref(),
        }
    }

    /// The number, none when the text is ambiguous or vague.
    pub fn value(&self) -> Option<Decimal> {
        self.one().map(|one| one.value)
    }

    /// How many decimals are printed; 0 when the text is ambiguous or vague.
    pub fn decimals(&self) -> u32 {
        self.one().map_or(0, |one| one.decimals)
    }

    /// What the scale words multiply by: 1,000 for *ribu*, 1 without any.
    pub fn scale(&self) -> u64 {
        10_u64.pow(self.power)
    }

    /// The least amount the figure stands for; none when there is no such bound, or no one number.
    pub fn low(&self) -> Option<Decimal> {
        self.one().and_then(|one| one.interval.low())
    }

    /// The bound above, as in [`Interval::high`]; none when there is no such bound, or no one
    /// number.
    pub fn high(&self) -> Option<Decimal> {
        self.one().and_then(|one| one.interval.high())
    }

    /// Whether the text has two readings.
    pub fn is_ambiguous(&self) -> bool {
        matches!(self.reading, Reading::Ambiguous(_))
    }

    /// The one number that the text states.
    pub fn one(&self) -> Option<&Value> {
        match &self.reading {
            Reading::One(value) => Some(value),
            Reading::Ambiguous(_) | Reading::Vague => None,
        }
    }
}
