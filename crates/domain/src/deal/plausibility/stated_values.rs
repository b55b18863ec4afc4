//! Rule (c): one likely exchange rate explains the value and what was stated of it.
//!
//! Press offices use a round rate of their own; five percent around the official one is room
//! enough for it, and too little for a slip of *ribu* and *juta*.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{
    Known, OfficialRate,
    amount::{Amount, grouped, written},
    finding::{Finding, Rule},
    no_rate,
};
use crate::{
    deal::{agreement::Deal, stated_value::StatedValue},
    figure::Interval,
    money::{Currency, Money},
};

/// How far from the rate in force a stated amount's rate may be, in hundredths.
pub(crate) const PERCENT: i64 = 5;

/// The texts of one currency, each with the amounts it may stand for.
type Texts<'a> = Vec<(&'a str, Vec<Interval>)>;

/// What the rule finds: the first currency whose texts no rate within 5 % of the one in force
/// explains; else the first that could not be looked at for want of a rate.
pub(super) fn find(deal: &Deal, known: &Known) -> Option<Finding> {
    let value = deal.facts().value;
    let mut unknown = None;
    for (currency, texts) in by_currency(&deal.facts().stated_values) {
        let (amounts, at) = match Amounts::of(deal, currency, known) {
            Ok(possible) => possible,
            Err(missing) => {
                unknown.get_or_insert(Finding::not_evaluated(Rule::StatedValues, missing));
                continue;
            }
        };
        if amounts.is_some_and(|amounts| amounts.explain(&texts)) {
            continue;
        }
        let explanation = explain(value, currency, &texts, amounts, &at);
        let finding = Finding::broken(Rule::StatedValues, explanation);
        let limit = amounts.and_then(|amounts| amounts.passed_by(&texts, currency));
        return Some(Finding { measured: Some(value), limit, ..finding });
    }
    unknown
}

fn by_currency(stated: &[StatedValue]) -> BTreeMap<Currency, Texts<'_>> {
    let mut texts: BTreeMap<_, Texts<'_>> = BTreeMap::new();
    for stated in stated {
        if let Some((currency, intervals)) = stated.reading() {
            texts.entry(currency).or_default().push((stated.text(), intervals));
        }
    }
    texts
}

/// What the value may come to in a currency: from `low` to `high`, both included, and less than
/// `below`.
#[derive(Clone, Copy)]
struct Amounts {
    low: Decimal,
    high: Decimal,
    below: Option<Decimal>,
}

impl Amounts {
    /// By a rate within 5 % of the one in force; in its own currency the value is what it is. None
    /// when the amounts are beyond all that a text can state. Also how the rate is written.
    ///
    /// # Errors
    /// Which rate is missing.
    fn of(
        deal: &Deal,
        currency: Currency,
        known: &Known,
    ) -> Result<(Option<Self>, String), String> {
        let value = deal.facts().value;
        if currency == value.currency() {
            let exact = value.decimal();
            return Ok((Some(Self { low: exact, high: exact, below: None }), String::new()));
        }
        let from = rate_of(value.currency(), deal, known)?;
        let to = rate_of(currency, deal, known)?;
        let written: Vec<_> = [from, to].into_iter().flatten().map(written).collect();
        let amounts = convert(value, from, to).and_then(Self::around);
        Ok((amounts, written.join(" and ")))
    }

    fn around(amount: Decimal) -> Option<Self> {
        let share = |percent: i64| amount.checked_mul(Decimal::new(percent, 2));
        Some(Self { low: share(100 - PERCENT)?, high: share(100 + PERCENT)?, below: None })
    }

    /// Whether one and the same of the amounts prints as every text, by one of its readings.
    fn explain(self, texts: &Texts<'_>) -> bool {
        let mut possible = vec![self];
        for (_, intervals) in texts {
            let cut = possible
                .iter()
                .flat_map(|amounts| intervals.iter().filter_map(|interval| amounts.cut(interval)));
            possible = cut.collect();
        }
        !possible.is_empty()
    }

    /// The end that a text lies beyond; none where each text has a rate of its own.
    fn passed_by(self, texts: &Texts<'_>, currency: Currency) -> Option<Money> {
        let misses =
            |(_, all): &&(&str, Vec<Interval>)| all.iter().all(|it| self.cut(it).is_none());
        let (_, intervals) = texts.iter().find(misses)?;
        let is_above = |interval: &Interval| match *interval {
            Interval::Within { low, .. } | Interval::AtLeast(low) => low > self.high,
            Interval::AtMost(_) => false,
        };
        let end = if intervals.iter().any(is_above) { self.high } else { self.low };
        Amount::rounded(Some(end), currency).money()
    }

    /// Those of the amounts that an interval holds.
    fn cut(self, interval: &Interval) -> Option<Self> {
        let mut cut = self;
        match *interval {
            Interval::Within { low, high } => {
                cut.low = cut.low.max(low);
                cut.below = Some(cut.below.map_or(high, |below| below.min(high)));
            }
            Interval::AtLeast(low) => cut.low = cut.low.max(low),
            Interval::AtMost(high) => cut.high = cut.high.min(high),
        }
        let holds_some = cut.low <= cut.high && cut.below.is_none_or(|below| cut.low < below);
        holds_some.then_some(cut)
    }
}

/// The rate into rupiah; none for the rupiah itself.
fn rate_of<'a>(
    currency: Currency,
    deal: &Deal,
    known: &'a Known,
) -> Result<Option<&'a OfficialRate>, String> {
    if currency == Currency::IDR {
        return Ok(None);
    }
    known.rate(currency, deal).map(Some).ok_or_else(|| no_rate(currency, deal))
}

/// The value by the rates in force, through rupiah; none beyond the range of a decimal.
fn convert(
    value: Money,
    from: Option<&OfficialRate>,
    to: Option<&OfficialRate>,
) -> Option<Decimal> {
    let units = |rate: Option<&OfficialRate>| rate.map_or(1, |rate| rate.rate.units);
    let rate = |rate: Option<&OfficialRate>| rate.map_or(Decimal::ONE, |rate| rate.rate.rate);
    let top = value.decimal().checked_mul(rate(from))?.checked_mul(Decimal::from(units(to)))?;
    let bottom = rate(to).checked_mul(Decimal::from(units(from)))?;
    top.checked_div(bottom)
}

fn explain(
    value: Money,
    currency: Currency,
    texts: &Texts<'_>,
    amounts: Option<Amounts>,
    at: &str,
) -> String {
    let intervals =
        |all: &[Interval]| all.iter().map(Interval::to_string).collect::<Vec<_>>().join(" or ");
    let stated = |(text, all): &(&str, Vec<Interval>)| {
        format!("{text:?} stands for {currency} {}", intervals(all))
    };
    let stated = texts.iter().map(stated).collect::<Vec<_>>().join(" and ");
    let Some(Amounts { low, high, .. }) = amounts.filter(|_| !at.is_empty()) else {
        return format!("{stated}, the value is {value}");
    };
    let (low, high) = (grouped(low.round_dp(2)), grouped(high.round_dp(2)));
    format!("{stated}; {value} at a rate within {PERCENT} % of {at} is {currency} {low} to {high}")
}
