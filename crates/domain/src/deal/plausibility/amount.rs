//! Amounts as rules compare them: wide enough that no conversion overflows.

use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};

use super::OfficialRate;
use crate::money::{Currency, Money};

/// An amount in minor units that may be beyond the 64 bits of [`Money`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Amount {
    pub(super) minor: i128,
    pub(super) currency: Currency,
}

impl Amount {
    pub(super) fn of(money: Money) -> Self {
        Self { minor: i128::from(money.minor()), currency: money.currency() }
    }

    /// The amount as money, unless it is beyond its range.
    pub(super) fn money(self) -> Option<Money> {
        i64::try_from(self.minor).ok().map(|minor| Money::from_minor(minor, self.currency))
    }

    /// The number of the currency's units, rounded once to its minor unit, half away from zero.
    /// What is beyond the range of a decimal is the greatest decimal: far above every limit.
    pub(super) fn rounded(units: Option<Decimal>, currency: Currency) -> Self {
        let places = currency.exponent();
        let minor = units
            .map(|n| n.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero))
            .and_then(|n| n.checked_mul(Decimal::from(10_i64.pow(places))))
            .unwrap_or(Decimal::MAX);
        Self { minor: minor.to_i128().unwrap_or(i128::MAX / 1_000), currency }
    }

    /// What a value comes to in rupiah in twelve months of a term of `term` months, or, without
    /// one, in all. `rate` is not asked for where the value is in rupiah.
    pub(super) fn in_rupiah(
        value: Money,
        term: Option<u16>,
        rate: Option<&OfficialRate>,
    ) -> Option<Self> {
        let mut exact = Some(value.decimal());
        if value.currency() != Currency::IDR {
            let rate = &rate?.rate;
            exact = exact.and_then(|n| n.checked_mul(rate.rate));
            exact = exact.and_then(|n| n.checked_div(Decimal::from(rate.units)));
        }
        if let Some(term) = term {
            exact = exact.and_then(|n| n.checked_mul(Decimal::from(12)));
            exact = exact.and_then(|n| n.checked_div(Decimal::from(term)));
        }
        Some(Self::rounded(exact, Currency::IDR))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.money() {
            Some(money) => money.fmt(f),
            None => write!(f, "more than {} {}", self.currency, i64::MAX),
        }
    }
}

/// Writes how many times `limit` the value is: `80.2`, and from a thousand on without decimals:
/// `50,957`. Rounded half up; `limit` is above zero.
pub(super) fn times(value: i128, limit: i128) -> String {
    let rounded = |scale: i128| {
        let doubled = value.checked_mul(2 * scale)?.checked_add(limit)?;
        doubled.checked_div(limit.checked_mul(2)?)
    };
    match (rounded(10), rounded(1)) {
        (Some(tenths), _) if tenths < 10_000 => format!("{}.{}", tenths / 10, tenths % 10),
        (_, whole) => whole
            .and_then(|whole| Decimal::try_from_i128_with_scale(whole, 0).ok())
            .map_or_else(|| "countless".to_owned(), grouped),
    }
}

/// Writes a number with its thousands grouped: `4,008,751,000,000`, `6,686.4`.
pub(super) fn grouped(number: Decimal) -> String {
    let text = number.normalize().to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut grouped = String::with_capacity(text.len() + text.len() / 3);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if fraction.is_empty() { grouped } else { format!("{grouped}.{fraction}") }
}

/// Writes `KURS_PAJAK 16738 (exchangeRates/kmk-26)`, and for how many units unless for one.
pub(super) fn written(rate: &OfficialRate) -> String {
    let units =
        if rate.rate.units == 1 { String::new() } else { format!(" for {}", rate.rate.units) };
    format!("{} {}{units} ({})", rate.kind.as_str(), rate.rate.rate.normalize(), rate.rate.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rounded_half_up() {
        assert_eq!(times(4_008_751_000_000, 50_000_000_000), "80.2");
        assert_eq!(times(239_500_000, 4_700), "50,957");
        assert_eq!(times(3, 2), "1.5");
        assert_eq!(times(99_996, 100), "1,000");
        assert_eq!(times(99_994, 100), "999.9");
    }
}
