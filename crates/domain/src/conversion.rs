//! Conversion of totals into one currency, each amount by the rate in force on its own date.
//!
//! Invariant: exact until the end. Amounts of one rate are summed, multiplied in integers, and the
//! whole is rounded once, half away from zero, to the quote currency's minor unit; the parts of a
//! total are rounded so that they add up to it. No rate is ever made up.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    money::{Currency, Money, NamedRate, Overflow},
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

/// An amount and the day whose rate converts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dated {
    /// The amount.
    pub money: Money,
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

    /// Converts the parts of a total: each part, and the total to which they add up.
    ///
    /// # Errors
    /// [`Overflow`] when a sum, or a product before it is rounded, does not fit.
    pub fn convert(&self, parts: &[Vec<Dated>]) -> Result<(Vec<Money>, Money), Overflow> {
        let quote = self.conversion.quote;
        let overflow = Overflow(quote);
        let scale = self.scale();
        let exact = parts.iter().map(|part| self.exact(part, scale));
        let exact = exact.collect::<Option<Vec<_>>>().ok_or(overflow)?;
        let (parts, total) = apportion(&exact, power(scale).ok_or(overflow)?).ok_or(overflow)?;
        let money = |minor: i64| Money::from_minor(minor, quote);
        Ok((parts.into_iter().map(money).collect(), money(total)))
    }

    /// The value of a part in minor units of the quote currency, times a power of ten.
    fn exact(&self, part: &[Dated], scale: u32) -> Option<i128> {
        let mut by_rate: BTreeMap<Factor, i128> = BTreeMap::new();
        for Dated { money, date } in part {
            let factor = self.factor((money.currency(), *date));
            let sum = by_rate.entry(factor).or_default();
            *sum = sum.checked_add(money.minor().into())?;
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
pub fn apportion(parts: &[i128], denominator: i128) -> Option<(Vec<i64>, i64)> {
    let sum = parts.iter().try_fold(0_i128, |sum, part| sum.checked_add(*part))?;
    let total = sum.checked_add(denominator / 2)?.div_euclid(denominator);
    let mut rounded: Vec<i128> = parts.iter().map(|part| part.div_euclid(denominator)).collect();
    let left = usize::try_from(total - rounded.iter().sum::<i128>()).ok()?;
    let mut order: Vec<usize> = (0..parts.len()).collect();
    // A stable sort: of equal remainders the first stays first.
    order.sort_by_key(|&place| std::cmp::Reverse(parts[place].rem_euclid(denominator)));
    order.into_iter().take(left).for_each(|place| rounded[place] += 1);
    let rounded =
        rounded.into_iter().map(|part| i64::try_from(part).ok()).collect::<Option<_>>()?;
    Some((rounded, i64::try_from(total).ok()?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;
    use rust_decimal::Decimal;

    use super::*;

    const DAY: &str = "2025-11-26";

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    fn dated(minor: i64, code: &str, date: &str) -> Dated {
        Dated { money: Money::from_minor(minor, currency(code)), date: day(date) }
    }

    fn rates(quote: &str, known: &[(&str, &str, u32, &str)]) -> Rates {
        let quote = currency(quote);
        let conversion = Conversion { kind: RateKind::House, quote };
        let found: BTreeMap<_, _> = known
            .iter()
            .map(|(base, date, units, rate)| {
                let name = format!("exchangeRates/{}-{rate}", base.to_lowercase());
                let (base, rate) = (currency(base), rate.parse().unwrap());
                ((base, day(date)), NamedRate { name, base, quote, units: *units, rate })
            })
            .collect();
        conversion.with_rates(&found.keys().copied().collect(), found).unwrap()
    }

    fn total(rates: &Rates, parts: &[Vec<Dated>]) -> String {
        rates.convert(parts).unwrap().1.to_string()
    }

    #[test]
    fn the_release_of_november_2025_is_converted() {
        let rates = rates("IDR", &[("USD", DAY, 1, "16500")]);
        let parts = [vec![dated(35_160_740, "USD", DAY)]];
        assert_eq!(total(&rates, &parts), "IDR 5,801,522,100");
    }

    #[test]
    fn amounts_are_rounded_once_half_away_from_zero() {
        // 0.05 USD at 0.1 is half a cent of a dollar; ten of them are five cents exactly.
        let rates = rates("EUR", &[("USD", DAY, 1, "0.1")]);
        assert_eq!(total(&rates, &[vec![dated(5, "USD", DAY)]]), "EUR 0.01");
        assert_eq!(total(&rates, &[vec![dated(4, "USD", DAY)]]), "EUR 0.00");
        assert_eq!(total(&rates, &[vec![dated(5, "USD", DAY); 10]]), "EUR 0.05");
        // Two rates are summed before rounding, too.
        let two =
            super::tests::rates("EUR", &[("USD", DAY, 1, "0.1"), ("USD", "2025-11-27", 1, "0.2")]);
        let both = [vec![dated(2, "USD", DAY), dated(2, "USD", "2025-11-27")]];
        assert_eq!(total(&two, &both), "EUR 0.01");
    }

    #[test]
    fn units_and_exponents_count() {
        let rates = rates("IDR", &[("JPY", DAY, 100, "10738.50"), ("KWD", DAY, 1, "54505.97")]);
        assert_eq!(total(&rates, &[vec![dated(100, "JPY", DAY)]]), "IDR 10,738.50");
        assert_eq!(total(&rates, &[vec![dated(1_000, "KWD", DAY)]]), "IDR 54,505.97");
        assert_eq!(total(&rates, &[vec![dated(1_050, "IDR", DAY)]]), "IDR 10.50");
        let into_yen = super::tests::rates("JPY", &[("USD", DAY, 1, "155.5")]);
        assert_eq!(total(&into_yen, &[vec![dated(100, "USD", DAY)]]), "JPY 156");
        assert_eq!(total(&into_yen, &[]), "JPY 0");
    }

    #[test]
    fn groups_add_up_to_the_total() {
        let rates = rates("EUR", &[("USD", DAY, 1, "0.1")]);
        let (parts, sum) = rates.convert(&vec![vec![dated(5, "USD", DAY)]; 3]).unwrap();
        let minor: Vec<_> = parts.iter().map(|part| part.minor()).collect();
        assert_eq!((minor, sum.minor()), (vec![1, 1, 0], 2));
    }

    #[test]
    fn missing_rates_are_named_all_at_once() {
        let conversion = Conversion { kind: RateKind::Jisdor, quote: Currency::IDR };
        let amounts = [
            dated(1, "USD", "2025-11-27"),
            dated(1, "USD", DAY),
            dated(1, "EUR", DAY),
            dated(1, "IDR", DAY),
        ];
        let needed = conversion.needed(amounts);
        assert_eq!(needed.len(), 3);
        let refused = conversion.with_rates(&needed, BTreeMap::new()).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "no JISDOR rate of EUR/IDR in force on 2025-11-26; of USD/IDR on 2025-11-26, 2025-11-27"
        );
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let rates = rates("IDR", &[("USD", DAY, 1, "16500")]);
        let parts = [vec![dated(i64::MAX, "USD", DAY)]];
        assert_eq!(rates.convert(&parts), Err(Overflow(Currency::IDR)));
    }

    #[test]
    fn a_rate_is_named_once() {
        let rates = rates("IDR", &[("USD", DAY, 1, "16500"), ("USD", "2025-11-27", 1, "16500")]);
        let names: Vec<_> = rates.applied().into_iter().map(|rate| rate.name.as_str()).collect();
        assert_eq!(names, ["exchangeRates/usd-16500"]);
        assert_eq!(rates.conversion().quote, Currency::IDR);
    }

    proptest! {
        #[test]
        fn parts_are_rounded_by_less_than_one_and_add_up(
            parts in prop::collection::vec(0_i128..1_000_000, 0..12), denominator in 1_i128..1_000,
        ) {
            let (rounded, total) = apportion(&parts, denominator).unwrap();
            prop_assert_eq!(rounded.iter().sum::<i64>(), total);
            for (part, rounded) in parts.iter().zip(&rounded) {
                let off = i128::from(*rounded) * denominator - part;
                prop_assert!(off > -denominator && off < denominator);
            }
            let sum: i128 = parts.iter().sum();
            let exact = Decimal::from_i128_with_scale(sum, 0) / Decimal::from_i128_with_scale(denominator, 0);
            let expected = exact.round_dp_with_strategy(0, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
            prop_assert_eq!(Decimal::from(total), expected);
        }

        #[test]
        fn the_total_does_not_depend_on_the_grouping(
            cents in prop::collection::vec(1_i64..100_000_000, 1..12), cut in 0_usize..12, rate in 1_i64..99_999_999,
        ) {
            let rate = Decimal::new(rate, 4).to_string();
            let rates = rates("IDR", &[("USD", DAY, 1, &rate)]);
            let amounts: Vec<_> = cents.iter().map(|cents| dated(*cents, "USD", DAY)).collect();
            let (left, right) = amounts.split_at(cut.min(amounts.len()));
            let whole = rates.convert(std::slice::from_ref(&amounts)).unwrap().1;
            let (parts, split) = rates.convert(&[left.to_vec(), right.to_vec()]).unwrap();
            prop_assert_eq!(whole, split);
            prop_assert_eq!(parts[0].minor() + parts[1].minor(), whole.minor());
        }
    }
}
