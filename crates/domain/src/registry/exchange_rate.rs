//! Exchange rates on record.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::record::Record;
use crate::{
    identifier::text::Text,
    money::{Currency, NamedRate},
    name::ExchangeRateName,
    refusal::{Checks, RuleBroken, Violation},
    time::Date,
};

/// An exchange rate with its source and the days on which it is in force.
pub type ExchangeRate = Record<ExchangeRateName, ExchangeRateFacts>;

/// Kinds of exchange rates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RateKind {
    /// Jakarta Interbank Spot Dollar Rate of Bank Indonesia: market value, contracts.
    Jisdor,
    /// *Kurs Pajak* by decree of the finance minister, weekly from Wednesday: customs values.
    KursPajak,
    /// A round rate that a press office or a budget used.
    House,
}

impl RateKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Jisdor, Self::KursPajak, Self::House];

    /// The kind's short name, as on the wire without its prefix.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jisdor => "JISDOR",
            Self::KursPajak => "KURS_PAJAK",
            Self::House => "HOUSE",
        }
    }
}

impl fmt::Display for RateKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// For how many units of the base currency a rate is: 1, or 100 (JPY by *Kurs Pajak*).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "i32", into = "i32")]
pub enum Units {
    /// For one unit.
    One,
    /// For a hundred units.
    Hundred,
}

impl Units {
    /// Reads a number of units.
    ///
    /// # Errors
    /// `field.missing` for 0, which is how an absent one arrives; `units.unknown` for other than
    /// 1 and 100.
    pub fn parse(units: i32) -> Result<Self, RuleBroken> {
        match units {
            0 => Err(RuleBroken::missing()),
            1 => Ok(Self::One),
            100 => Ok(Self::Hundred),
            _ => Err(RuleBroken::expected("units.unknown", "1 or 100", units)),
        }
    }

    /// The number of units.
    pub fn get(self) -> i32 {
        match self {
            Self::One => 1,
            Self::Hundred => 100,
        }
    }
}

impl TryFrom<i32> for Units {
    type Error = RuleBroken;
    fn try_from(units: i32) -> Result<Self, RuleBroken> {
        Self::parse(units)
    }
}

impl From<Units> for i32 {
    fn from(units: Units) -> Self {
        units.get()
    }
}

/// The pair and kind of a rate: of one pair and kind at most one rate is in force on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateSeries {
    /// The kind of rate.
    pub kind: RateKind,
    /// The currency converted from.
    pub base: Currency,
    /// The currency converted to, another one.
    pub quote: Currency,
}

impl RateSeries {
    /// A pair of two currencies.
    ///
    /// # Errors
    /// `quote_currency.same` at `quote_currency` when both are one.
    pub fn new(kind: RateKind, base: Currency, quote: Currency) -> Result<Self, Violation> {
        if base == quote {
            let expected = format!("another currency than {base}");
            let broken = RuleBroken::expected("quote_currency.same", expected, quote);
            return Err(broken.at("quote_currency"));
        }
        Ok(Self { kind, base, quote })
    }

    /// The pair as it is written: `USD/IDR`.
    pub fn pair(&self) -> String {
        format!("{}/{}", self.base, self.quote)
    }
}

/// The days on which a rate is in force, both inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validity {
    /// The first day.
    pub from: Date,
    /// The last day, not before the first.
    pub to: Date,
}

impl Validity {
    /// A period of at least one day.
    ///
    /// # Errors
    /// `date.order` at `valid_to` when it ends before it begins.
    pub fn new(from: Date, to: Date) -> Result<Self, Violation> {
        let mut checks = Checks::new();
        checks.ensure(from <= to, "valid_to", || {
            RuleBroken::expected("date.order", format!("{from} or later"), to)
        });
        checks.finish(Self { from, to }).map_err(|mut broken| broken.remove(0))
    }

    /// Whether both are in force on a common day.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.from <= other.to && other.from <= self.to
    }
}

/// What is stated about an exchange rate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeRateFacts {
    /// Its kind and pair.
    pub series: RateSeries,
    /// For how many units of the base currency `rate` is.
    pub units: Units,
    /// Units of the quote currency for `units` of the base currency, with the decimals as written.
    pub rate: Decimal,
    /// The days on which it is in force.
    pub validity: Validity,
    /// Its source.
    pub source: Option<Text<200>>,
}

impl ExchangeRate {
    /// The rate as conversions take it.
    pub fn named(&self) -> NamedRate {
        NamedRate {
            name: self.name.to_string(),
            base: self.facts.series.base,
            quote: self.facts.series.quote,
            units: if self.facts.units == Units::One { 1 } else { 100 },
            rate: self.facts.rate,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use proptest::prelude::*;

    use super::*;

    fn days(from: u32, to: u32) -> Result<Validity, Violation> {
        let day = |day| Date::from_ymd_opt(2025, 1, day).unwrap();
        Validity::new(day(from), day(to))
    }

    #[test]
    fn a_pair_has_two_currencies_and_a_period_its_order() {
        let same = RateSeries::new(RateKind::House, Currency::USD, Currency::USD).unwrap_err();
        let told = (same.field.as_str(), same.broken.rule());
        assert_eq!(told, ("quote_currency", "quote_currency.same"));
        let backwards = days(2, 1).unwrap_err();
        assert_eq!((backwards.field.as_str(), backwards.broken.rule()), ("valid_to", "date.order"));
        assert!(days(2, 2).is_ok());
    }

    #[test]
    fn a_rate_is_stored_with_its_zeros() {
        let facts = ExchangeRateFacts {
            series: RateSeries::new(RateKind::House, Currency::USD, Currency::IDR).unwrap(),
            units: Units::One,
            rate: "16500.00".parse().unwrap(),
            validity: days(1, 7).unwrap(),
            source: None,
        };
        let json = serde_json::to_string(&facts).unwrap();
        let stored: ExchangeRateFacts = serde_json::from_str(&json).unwrap();
        assert_eq!(stored.rate.to_string(), "16500.00");
        assert_eq!(stored, facts);
    }

    #[test]
    fn units_are_one_or_a_hundred() {
        assert_eq!(Units::parse(0).unwrap_err().rule(), "field.missing");
        assert_eq!(Units::parse(10).unwrap_err().rule(), "units.unknown");
        assert_eq!(Units::parse(100).unwrap().get(), 100);
    }

    #[test]
    fn weeks_that_touch_share_a_day() {
        assert!(days(1, 7).unwrap().overlaps(&days(7, 9).unwrap()));
        assert!(!days(1, 7).unwrap().overlaps(&days(8, 9).unwrap()));
    }

    proptest! {
        #[test]
        fn periods_overlap_when_a_day_is_in_both(a in 1_u32..29, b in 1_u32..29, c in 1_u32..29, d in 1_u32..29) {
            let (one, other) = (days(a.min(b), a.max(b)).unwrap(), days(c.min(d), c.max(d)).unwrap());
            let common = (a.min(b)..=a.max(b)).any(|day| (c.min(d)..=c.max(d)).contains(&day));
            prop_assert_eq!(one.overlaps(&other), common);
            prop_assert_eq!(other.overlaps(&one), common);
        }
    }
}
