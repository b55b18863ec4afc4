//! Conversion of totals into one currency, each amount by the rate in force on its own date.
//!
//! Invariant: exact until the end. Amounts of one rate are summed, multiplied in integers, and the
//! whole is rounded once, half away from zero, to the quote currency's minor unit; the parts of a
//! total are rounded so that they add up to it. No rate is ever made up.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    money::{Currency, NamedRate, Sum},
    refusal::{MissingRate, Refusal},
    registry::exchange_rate::RateKind,
    time::Date,
};

/// Into which currency, and by what kind of rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conversion {
    /// The kind of rate.
    pub kind: RateKind,
    /// The currency converted into.
    pub quote: Currency,
}

/// A rate that a conversion needs: of this currency, on this day.
pub type RateKey = (Currency, Date);

/// What amounts of one day come to, and the day whose rate converts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dated {
    /// The sum.
    pub money: Sum,
    /// The day.
    pub date: Date,
}

impl Conversion {
    /// The rates that amounts need; one in the quote currency needs none.
    pub fn needed(&self, amounts: impl IntoIterator<Item = Dated>) -> BTreeSet<RateKey> {
        let keys = amounts.into_iter().map(|Dated { money, date }| (money.currency(), date));
        keys.filter(|(currency, _)| *currency != self.quote).collect()
    }

    /// The rates that were found, if all that are needed were.
    ///
    /// # Errors
    /// [`Refusal::RateMissing`] naming every pair and date without one.
    pub fn with_rates(
        self,
        needed: &BTreeSet<RateKey>,
        found: BTreeMap<RateKey, NamedRate>,
    ) -> Result<Rates, Refusal> {
        let absent = needed.iter().filter(|key| !found.contains_key(key));
        let mut missing: BTreeMap<Currency, Vec<Date>> = BTreeMap::new();
        absent.for_each(|(base, date)| missing.entry(*base).or_default().push(*date));
        if missing.is_empty() {
            return Ok(Rates { conversion: self, found });
        }
        let named = |(base, dates): (Currency, Vec<Date>)| MissingRate {
            pair: format!("{base}/{}", self.quote),
            dates: dates.iter().map(ToString::to_string).collect(),
        };
        let missing = missing.into_iter().map(named).collect();
        Err(Refusal::RateMissing { kind: self.kind.to_string(), missing })
    }
}

/// A conversion with every rate that it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rates {
    conversion: Conversion,
    found: BTreeMap<RateKey, NamedRate>,
}

impl Rates {
    /// What was asked for.
    pub fn conversion(&self) -> Conversion {
        self.conversion
    }

    /// The rates, each once, ordered by base currency and name.
    pub fn applied(&self) -> Vec<&NamedRate> {
        let by_name: BTreeMap<_, _> =
            self.found.values().map(|rate| ((rate.base, &rate.name), rate)).collect();
        by_name.into_values().collect()
    }

    /// Converts the parts of a total: each part, and the total to which they add up. None when a
    /// product, before it is rounded, exceeds 128 bits.
    pub fn convert(&self, parts: &[Vec<Dated>]) -> Option<(Vec<Sum>, Sum)> {
        let scale = self.scale();
        let exact = parts.iter().map(|part| self.exact(part, scale));
        let exact = exact.collect::<Option<Vec<_>>>()?;
        let (parts, total) = apportion(&exact, power(scale)?)?;
        let sum = |minor: i128| Sum::from_minor(minor, self.conversion.quote);
        Some((parts.into_iter().map(sum).collect(), sum(total)))
    }

    /// The value of a part in minor units of the quote currency, times a power of ten.
    fn exact(&self, part: &[Dated], scale: u32) -> Option<i128> {
        let mut by_rate: BTreeMap<Factor, i128> = BTreeMap::new();
        for Dated { money, date } in part {
            let factor = self.factor((money.currency(), *date));
            let sum = by_rate.entry(factor).or_default();
            *sum = sum.checked_add(money.minor())?;
        }
        by_rate.into_iter().try_fold(0_i128, |exact, (factor, sum)| {
            let raised = factor.mantissa.checked_mul(power(scale - factor.scale)?)?;
            exact.checked_add(sum.checked_mul(raised)?)
        })
    }

    /// The finest scale of any factor: in it all of them are whole.
    fn scale(&self) -> u32 {
        self.found.keys().map(|key| self.factor(*key).scale).max().unwrap_or_default()
    }

    fn factor(&self, key: RateKey) -> Factor {
        match self.found.get(&key) {
            Some(rate) => Factor::of(rate),
            None if key.0 == self.conversion.quote => Factor { mantissa: 1, scale: 0 },
            None => unreachable!("a conversion has the rates of everything it was asked for"),
        }
    }
}

/// By what minor units of one currency become minor units of another: `mantissa` / 10^`scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Factor {
    mantissa: i128,
    scale: u32,
}

impl Factor {
    fn of(rate: &NamedRate) -> Self {
        let mantissa = rate.rate.mantissa() * 10_i128.pow(rate.quote.exponent());
        // Rates are for 1 or for 100 units.
        let for_units = if rate.units == 100 { 2 } else { 0 };
        Self { mantissa, scale: rate.rate.scale() + rate.base.exponent() + for_units }
    }
}

fn power(exponent: u32) -> Option<i128> {
    10_i128.checked_pow(exponent)
}

/// Rounds `parts`, each over `denominator`, so that they add up to their sum, which is rounded half
/// away from zero. What is left after rounding down goes to the largest remainders, of equal ones
/// to the first. None when it does not fit.
///
/// `parts` are zero or more: values are.
pub fn apportion(parts: &[i128], denominator: i128) -> Option<(Vec<i128>, i128)> {
    let sum = parts.iter().try_fold(0_i128, |sum, part| sum.checked_add(*part))?;
    let total = sum.checked_add(denominator / 2)?.div_euclid(denominator);
    let mut rounded: Vec<i128> = parts.iter().map(|part| part.div_euclid(denominator)).collect();
    let left = usize::try_from(total - rounded.iter().sum::<i128>()).ok()?;
    let mut order: Vec<usize> = (0..parts.len()).collect();
    // A stable sort: of equal remainders the first stays first.
    order.sort_by_key(|&place| std::cmp::Reverse(parts[place].rem_euclid(denominator)));
    order.into_iter().take(left).for_each(|place| rounded[place] += 1);
    Some((rounded, total))
}

#[cfg(test)]
mod tests;
