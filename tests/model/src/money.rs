//! Amounts, added and divided to the last cent. Every currency that the model is played with has
//! two decimals.

use devisa_proto::google_type::Money;
use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};

/// An amount in hundredths.
pub fn cents(money: Option<&Money>) -> i64 {
    money.map_or(0, |money| money.units * 100 + i64::from(money.nanos / 10_000_000))
}

/// So many hundredths of a currency.
pub fn of_cents(cents: i64, currency: &str) -> Money {
    Money {
        currency_code: currency.to_owned(),
        units: cents / 100,
        nanos: i32::try_from(cents % 100).unwrap_or_default() * 10_000_000,
    }
}

/// Adds amounts per currency, ordered by code.
pub fn sum<'m>(values: impl Iterator<Item = &'m Money>) -> Vec<Money> {
    let mut sums: Vec<Money> = vec![];
    for value in values {
        match sums.iter_mut().find(|sum| sum.currency_code == value.currency_code) {
            Some(sum) => {
                *sum = of_cents(cents(Some(sum)) + cents(Some(value)), &value.currency_code);
            }
            None => sums.push(value.clone()),
        }
    }
    sums.sort_by(|a, b| a.currency_code.cmp(&b.currency_code));
    sums
}

/// Rounded to a whole number, half away from zero.
pub fn whole(exact: Decimal) -> i64 {
    let rounded = exact.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    rounded.to_i64().unwrap_or(i64::MAX)
}

/// Rounds parts so that they come to their sum, which is rounded half away from zero: each is
/// rounded down, and what is left goes to those that lack most, of equal ones to the first.
pub fn apportion(exact: &[Decimal]) -> (Vec<i64>, i64) {
    let total = whole(exact.iter().sum());
    let mut split: Vec<i64> =
        exact.iter().map(|part| part.floor().to_i64().unwrap_or(i64::MAX)).collect();
    while split.iter().sum::<i64>() < total {
        let lacks: Vec<_> = exact.iter().zip(&split).map(|(e, s)| *e - Decimal::from(*s)).collect();
        let most = lacks.iter().max().copied().unwrap_or_default();
        let first = lacks.iter().position(|lack| *lack == most).unwrap_or_default();
        split[first] += 1;
    }
    (split, total)
}
