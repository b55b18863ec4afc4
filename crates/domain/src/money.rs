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

/// A sum does not fit: beyond 64 bits of minor units.
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
            return Err(Self::too_many_decimals(currency, format!("nanos {nanos}")));
        }
        let minor = i128::from(units) * 10_i128.pow(digits) + i128::from(nanos / nanos_per_minor);
        Self::in_range(minor, currency)
    }

    /// From a decimal number of the currency's units.
    ///
    /// # Errors
    /// `money.decimals` and `money.range` as in [`Money::from_parts`].
    pub fn from_decimal(amount: Decimal, currency: Currency) -> Result<Self, RuleBroken> {
        let scaled = amount.normalize();
        if scaled.scale() > currency.exponent() {
            return Err(Self::too_many_decimals(currency, amount.to_string()));
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

    fn too_many_decimals(currency: Currency, found: String) -> RuleBroken {
        let expected = format!("at most {} decimals for {currency}", currency.exponent());
        RuleBroken::expected("money.decimals", expected, found)
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
        write!(f, "{} {}", self.currency, grouped(*self, ',', '.'))
    }
}

impl Money {
    /// The amount as Indonesian text: `USD 351.607,40`, `Rp5.801.522.100`.
    pub fn to_indonesian(self) -> String {
        let digits = grouped(self, '.', ',');
        match (self.currency == Currency::IDR, digits.strip_prefix('-')) {
            (true, None) => format!("Rp{digits}"),
            (true, Some(absolute)) => format!("-Rp{absolute}"),
            (false, _) => format!("{} {digits}", self.currency),
        }
    }
}

fn grouped(money: Money, group: char, point: char) -> String {
    let exponent = money.currency.exponent();
    let per_unit = 10_u64.pow(exponent);
    let absolute = money.minor.unsigned_abs();
    let whole = (absolute / per_unit).to_string();
    let mut text = String::new();
    if money.minor < 0 {
        text.push('-');
    }
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(group);
        }
        text.push(digit);
    }
    let minor = absolute % per_unit;
    if exponent > 0 && !(money.currency == Currency::IDR && minor == 0) {
        let width = exponent as usize;
        text.push_str(&format!("{point}{minor:0width$}"));
    }
    text
}

/// Sums, each in its own currency, ordered by currency code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums(BTreeMap<Currency, i64>);

impl Sums {
    /// Adds an amount to its currency's sum.
    ///
    /// # Errors
    /// [`Overflow`] when the sum no longer fits; it is then left as it was.
    pub fn add(&mut self, money: Money) -> Result<(), Overflow> {
        let sum = self.0.entry(money.currency).or_default();
        *sum = sum.checked_add(money.minor).ok_or(Overflow(money.currency))?;
        Ok(())
    }

    /// Adds every sum of `other` to the sum of the same currency.
    ///
    /// # Errors
    /// [`Overflow`] when a sum no longer fits.
    pub fn add_all(&mut self, other: &Self) -> Result<(), Overflow> {
        other.iter().try_for_each(|money| self.add(money))
    }

    /// The sums, ordered by currency code.
    pub fn iter(&self) -> impl Iterator<Item = Money> + '_ {
        self.0.iter().map(|(&currency, &minor)| Money { minor, currency })
    }

    /// The sum in one currency, when there is any amount in it.
    pub fn get(&self, currency: Currency) -> Option<Money> {
        self.0.get(&currency).map(|&minor| Money { minor, currency })
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Sums the amounts, each in its own currency.
    ///
    /// # Errors
    /// [`Overflow`] when a sum does not fit.
    pub fn of(amounts: impl IntoIterator<Item = Money>) -> Result<Self, Overflow> {
        let mut sums = Self::default();
        amounts.into_iter().try_for_each(|money| sums.add(money))?;
        Ok(sums)
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
