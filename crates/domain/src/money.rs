//! Money in integer minor units, sums per currency, and the named rates that convert it.
//!
//! Invariant: an amount is exact, has its currency's own number of decimals (ISO 4217) and is added
//! only to its own currency. No float is ever involved.

use std::{collections::BTreeMap, fmt};

use iso_currency::Currency as Iso;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::refusal::RuleBroken;

/// A currency of ISO 4217.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Currency(Iso);

impl Currency {
    /// Indonesian rupiah; two minor digits in ISO 4217, printed without sen when they are zero.
    pub const IDR: Self = Self(Iso::IDR);
    /// United States dollar.
    pub const USD: Self = Self(Iso::USD);

    /// Reads an alphabetic code in any case.
    ///
    /// # Errors
    /// `currency_code.unknown` when ISO 4217 does not list it, or lists it without minor units
    /// (metals, testing codes).
    pub fn parse(code: &str) -> Result<Self, RuleBroken> {
        let found = (code.len() == 3).then(|| Iso::from_code(&code.to_ascii_uppercase())).flatten();
        found.filter(|iso| iso.exponent().is_some()).map(Self).ok_or_else(|| {
            RuleBroken::expected(
                "currency_code.unknown",
                "an ISO 4217 code such as USD or IDR",
                format!("{code:?}"),
            )
        })
    }

    /// The three-letter code.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many decimals the currency has: 2 for USD and IDR, 0 for KRW, 3 for KWD.
    pub fn exponent(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }
}

impl PartialOrd for Currency {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Currency {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.code().cmp(other.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::parse(&code).map_err(serde::de::Error::custom)
    }
}

/// A sum does not fit where an amount has to: beyond 64 bits of minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sum in {0} exceeds 64 bits of minor units")]
pub struct Overflow(pub Currency);

/// An exact amount in one currency.
///
/// Amounts are not added to each other: [`Sums`] adds each to its own currency, so two currencies
/// cannot meet. It does not compile:
///
/// ```compile_fail
/// use devisa_domain::money::{Currency, Money};
/// let _ = Money::from_minor(1, Currency::USD) + Money::from_minor(1, Currency::IDR);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    /// An amount of minor units: cents, sen.
    pub fn from_minor(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// From whole units and nanos, as `google.type.Money` has them.
    ///
    /// # Errors
    /// `money.sign` when units and nanos have opposite signs, `money.nanos` when nanos exceed a
    /// unit, `money.decimals` when there are more decimals than the currency has, `money.range`
    /// beyond 64 bits of minor units.
    pub fn from_parts(units: i64, nanos: i32, currency: Currency) -> Result<Self, RuleBroken> {
        Self::in_range(Sum::from_parts(units, nanos, currency)?.minor, currency)
    }

    /// From a decimal number of the currency's units.
    ///
    /// # Errors
    /// `money.decimals` and `money.range` as in [`Money::from_parts`].
    pub fn from_decimal(amount: Decimal, currency: Currency) -> Result<Self, RuleBroken> {
        let scaled = amount.normalize();
        if scaled.scale() > currency.exponent() {
            return Err(too_many_decimals(currency, amount.to_string()));
        }
        let minor =
            scaled.mantissa().checked_mul(10_i128.pow(currency.exponent() - scaled.scale()));
        minor.map_or_else(
            || Err(Self::out_of_range(currency, amount)),
            |minor| Self::in_range(minor, currency),
        )
    }

    fn in_range(minor: i128, currency: Currency) -> Result<Self, RuleBroken> {
        i64::try_from(minor)
            .map(|minor| Self { minor, currency })
            .map_err(|_| Self::out_of_range(currency, minor))
    }

    fn out_of_range(currency: Currency, found: impl fmt::Display) -> RuleBroken {
        let expected = format!("{currency} minor units within 64 bits");
        RuleBroken::expected("money.range", expected, found)
    }

    /// Requires an amount above zero, or at least zero.
    ///
    /// # Errors
    /// `money.positive` when it is zero or less.
    pub fn positive(self) -> Result<Self, RuleBroken> {
        if self.minor > 0 {
            return Ok(self);
        }
        Err(RuleBroken::expected("money.positive", "an amount above zero", self))
    }

    /// The minor units.
    pub fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// Whole units and nanos of one sign, as `google.type.Money` has them.
    pub fn parts(self) -> (i64, i32) {
        let per_unit = 10_i64.pow(self.currency.exponent());
        let nanos_per_minor = 10_i64.pow(9 - self.currency.exponent());
        let nanos = i32::try_from(self.minor % per_unit * nanos_per_minor).unwrap_or(0);
        (self.minor / per_unit, nanos)
    }

    /// The amount as a decimal number of the currency's units, with the currency's decimals.
    pub fn decimal(self) -> Decimal {
        Decimal::from_i128_with_scale(i128::from(self.minor), self.currency.exponent())
    }
}

/// Writes `USD 351,607.40`, and rupiah without sen when they are zero: `IDR 5,801,522,100`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Sum::from(*self).fmt(f)
    }
}

impl Money {
    /// The amount as Indonesian text: `USD 351.607,40`, `Rp5.801.522.100`.
    pub fn to_indonesian(self) -> String {
        let digits = grouped(self.into(), '.', ',');
        match (self.currency == Currency::IDR, digits.strip_prefix('-')) {
            (true, None) => format!("Rp{digits}"),
            (true, Some(absolute)) => format!("-Rp{absolute}"),
            (false, _) => format!("{} {digits}", self.currency),
        }
    }
}

fn too_many_decimals(currency: Currency, found: String) -> RuleBroken {
    let expected = format!("at most {} decimals for {currency}", currency.exponent());
    RuleBroken::expected("money.decimals", expected, found)
}

fn grouped(sum: Sum, group: char, point: char) -> String {
    let exponent = sum.currency.exponent();
    let per_unit = 10_u128.pow(exponent);
    let absolute = sum.minor.unsigned_abs();
    let whole = (absolute / per_unit).to_string();
    let mut text = String::new();
    if sum.minor < 0 {
        text.push('-');
    }
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(group);
        }
        text.push(digit);
    }
    let minor = absolute % per_unit;
    if exponent > 0 && !(sum.currency == Currency::IDR && minor == 0) {
        let width = exponent as usize;
        text.push_str(&format!("{point}{minor:0width$}"));
    }
    text
}

/// What amounts of one currency come to: exact, however many and however large they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sum {
    minor: i128,
    currency: Currency,
}

impl Sum {
    /// A sum of minor units: cents, sen.
    pub fn from_minor(minor: i128, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// From whole units and nanos, as `google.type.Money` has them.
    ///
    /// # Errors
    /// As [`Money::from_parts`], but for `money.range`.
    pub fn from_parts(units: i64, nanos: i32, currency: Currency) -> Result<Self, RuleBroken> {
        const NANOS: i32 = 1_000_000_000;
        if nanos <= -NANOS || nanos >= NANOS {
            return Err(RuleBroken::expected("money.nanos", "-999999999 to 999999999", nanos));
        }
        if (units > 0 && nanos < 0) || (units < 0 && nanos > 0) {
            let found = format!("units {units}, nanos {nanos}");
            return Err(RuleBroken::expected("money.sign", "units and nanos of one sign", found));
        }
        let digits = currency.exponent();
        let nanos_per_minor = 10_i32.pow(9 - digits);
        if nanos % nanos_per_minor != 0 {
            return Err(too_many_decimals(currency, format!("nanos {nanos}")));
        }
        let minor = i128::from(units) * 10_i128.pow(digits) + i128::from(nanos / nanos_per_minor);
        Ok(Self { minor, currency })
    }

    /// The minor units.
    pub fn minor(self) -> i128 {
        self.minor
    }

    /// The currency.
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// The sum as a decimal number of the currency's units, with the currency's decimals.
    pub fn decimal(self) -> Decimal {
        let exact = Decimal::try_from_i128_with_scale(self.minor, self.currency.exponent());
        // A decimal has 96 bits: billions of the largest amounts fit.
        exact.unwrap_or(Decimal::MAX)
    }

    /// Whole units and nanos of one sign, as `google.type.Money` has them: one amount, or several
    /// that add up to it where one cannot hold it.
    pub fn parts(self) -> Vec<(i64, i32)> {
        let exponent = self.currency.exponent();
        let per_unit = 10_i128.pow(exponent);
        let nanos = self.minor % per_unit * 10_i128.pow(9 - exponent);
        let mut units = self.minor / per_unit;
        let mut parts = Vec::new();
        loop {
            let held = units.clamp(i64::MIN.into(), i64::MAX.into());
            units -= held;
            let is_last = units == 0;
            // Both were brought within the bounds of what they become.
            let held = i64::try_from(held).unwrap_or_default();
            let nanos = if is_last { i32::try_from(nanos).unwrap_or_default() } else { 0 };
            parts.push((held, nanos));
            if is_last {
                return parts;
            }
        }
    }
}

impl From<Money> for Sum {
    fn from(Money { minor, currency }: Money) -> Self {
        Self { minor: minor.into(), currency }
    }
}

/// As an amount is written.
impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency, grouped(*self, ',', '.'))
    }
}

/// Sums, each in its own currency, ordered by currency code.
///
/// They are wider than what they are made of, so that whatever amounts were accepted, their sum can
/// be told: nothing on record makes a total fail.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums(BTreeMap<Currency, i128>);

impl Sums {
    /// Adds an amount, or what amounts come to, to its currency's sum.
    pub fn add(&mut self, amount: impl Into<Sum>) {
        let Sum { minor, currency } = amount.into();
        *self.0.entry(currency).or_default() += minor;
    }

    /// Adds every sum of `other` to the sum of the same currency.
    pub fn add_all(&mut self, other: &Self) {
        other.iter().for_each(|sum| self.add(sum));
    }

    /// The sums, ordered by currency code.
    pub fn iter(&self) -> impl Iterator<Item = Sum> + '_ {
        self.0.iter().map(|(&currency, &minor)| Sum { minor, currency })
    }

    /// The sum in one currency, when there is any amount in it.
    pub fn get(&self, currency: Currency) -> Option<Sum> {
        self.0.get(&currency).map(|&minor| Sum { minor, currency })
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Requires that each sum could be an amount.
    ///
    /// # Errors
    /// [`Overflow`] for the first that could not.
    pub fn check_range(&self) -> Result<(), Overflow> {
        let beyond = self.0.iter().find(|(_, minor)| i64::try_from(**minor).is_err());
        beyond.map_or(Ok(()), |(&currency, _)| Err(Overflow(currency)))
    }

    /// Sums the amounts, each in its own currency.
    pub fn of(amounts: impl IntoIterator<Item = impl Into<Sum>>) -> Self {
        let mut sums = Self::default();
        amounts.into_iter().for_each(|amount| sums.add(amount));
        sums
    }
}

/// An exchange rate on record, by which an amount may be converted.
///
/// There is no other way to turn one currency into another; see [`crate::conversion`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedRate {
    /// The rate's resource name, kept with every conversion.
    pub name: String,
    /// The currency converted from.
    pub base: Currency,
    /// The currency converted to.
    pub quote: Currency,
    /// How many units of the base currency `rate` is for: 1, or 100 (JPY by Kurs Pajak).
    pub units: u32,
    /// Units of the quote currency for `units` of the base currency.
    pub rate: Decimal,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn sum(minor: i128, code: &str) -> Sum {
        Sum::from_minor(minor, Currency::parse(code).unwrap())
    }

    #[test]
    fn a_sum_has_one_part_until_it_needs_more() {
        let most = i128::from(i64::MAX);
        assert_eq!(sum(0, "USD").parts(), [(0, 0)]);
        assert_eq!(sum(-1_050, "USD").parts(), [(-10, -500_000_000)]);
        assert_eq!(sum(most, "JPY").parts(), [(i64::MAX, 0)]);
        assert_eq!(sum(most * 2, "JPY").parts(), [(i64::MAX, 0); 2]);
        assert_eq!(sum(most + 1, "JPY").parts(), [(i64::MAX, 0), (1, 0)]);
        assert_eq!(sum(most * 100 + 99, "USD").parts(), [(i64::MAX, 990_000_000)]);
        let beyond = sum(most * 100 + 101, "USD");
        assert_eq!(beyond.parts(), [(i64::MAX, 0), (1, 10_000_000)]);
    }

    #[test]
    fn sums_are_wider_than_amounts() {
        let most = Money::from_minor(i64::MAX, Currency::USD);
        let mut sums = Sums::of([most]);
        assert_eq!(sums.check_range(), Ok(()));
        sums.add(most);
        assert_eq!(sums.check_range(), Err(Overflow(Currency::USD)));
        let both = sums.get(Currency::USD).unwrap();
        assert_eq!(both.to_string(), "USD 184,467,440,737,095,516.14");
        assert_eq!(both.decimal().to_string(), "184467440737095516.14");
    }
}
