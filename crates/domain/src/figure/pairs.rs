//! One amount stated in two currencies, several times: is there one rate that explains them all?
//!
//! Invariant: bounds are compared as exact fractions; only what is printed is rounded, and that
//! inward, so that every printed rate is feasible.

use rust_decimal::Decimal;

use super::{
    interval::Interval,
    ratio::Ratio,
    reading::{Figure, Measure, Reading},
};
use crate::{
    money::{Currency, NamedRate},
    refusal::{Checks, RuleBroken, Violation},
};

/// Whether one rate explains all pairs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Feasibility {
    /// Every rate within these bounds does.
    Feasible(Rates),
    /// None does.
    Infeasible {
        /// The positions, from 0, of the two pairs whose bounds cross, or of the one that no rate
        /// explains by itself.
        conflict: Vec<usize>,
    },
}

impl Feasibility {
    /// The feasible rates.
    pub fn rates(&self) -> Option<&Rates> {
        match self {
            Self::Feasible(rates) => Some(rates),
            Self::Infeasible { .. } => None,
        }
    }

    /// The positions of the pairs in conflict, empty when there is none.
    pub fn conflict(&self) -> &[usize] {
        match self {
            Self::Feasible(_) => &[],
            Self::Infeasible { conflict } => conflict,
        }
    }
}

/// The rates that explain all pairs, in units of the quote currency for one of the base currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rates {
    base: Currency,
    quote: Currency,
    range: Range,
}

/// An end of a range of rates; `closed` when it belongs to the range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Edge {
    at: Ratio,
    closed: bool,
}

/// Rates between two edges; an absent one does not bound (rates are above zero).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    low: Option<Edge>,
    high: Option<Edge>,
}

/// Asks whether one rate explains all pairs.
///
/// The first pair's first currency is the base; another pair may have the two in either order.
/// A pair `[a, b)`, `[c, d)` is explained by every rate above `c / b` and below `d / a`.
///
/// # Errors
/// All violations at once, at `pairs[i]` or at a side `pairs[i][0]`, `pairs[i][1]`:
/// `field.missing` (no pair), `pair.currency` (a side is not money, both sides have the same
/// currency, or the currencies are not those of the first pair), `pair.ambiguous` and
/// `pair.vague` (a side is not one number).
pub fn feasibility(pairs: &[(Figure, Figure)]) -> Result<Feasibility, Vec<Violation>> {
    let mut checks = Checks::new();
    let mut stated: Vec<Stated> = Vec::with_capacity(pairs.len());
    for (index, (first, second)) in pairs.iter().enumerate() {
        let place = format!("pairs[{index}]");
        let first = checks.keep(format!("{place}[0]"), side(first));
        let second = checks.keep(format!("{place}[1]"), side(second));
        if let (Some(first), Some(second)) = (first, second) {
            let oriented = oriented(first, second, stated.first());
            stated.extend(checks.keep(place, oriented));
        }
    }
    let stated = checks.finish(stated)?;
    let Some(first) = stated.first() else { return Err(vec![RuleBroken::missing().at("pairs")]) };
    Ok(match intersection(&stated) {
        Ok(range) => {
            Feasibility::Feasible(Rates { base: first.base.0, quote: first.quote.0, range })
        }
        Err(conflict) => Feasibility::Infeasible { conflict },
    })
}

/// One side of a pair: a currency and the amounts.
type Side = (Currency, Interval);

/// A pair in the direction of the first one.
struct Stated {
    base: Side,
    quote: Side,
}

fn side(figure: &Figure) -> Result<Side, RuleBroken> {
    let found = format!("{:?}", figure.text());
    match (figure.measure(), figure.reading()) {
        (Measure::Count(_), _) => {
            Err(RuleBroken::expected("pair.currency", "an amount with a currency", found))
        }
        (_, Reading::Ambiguous(_)) => {
            Err(RuleBroken::expected("pair.ambiguous", "a text with one reading", found))
        }
        (_, Reading::Vague) => {
            Err(RuleBroken::expected("pair.vague", "a text with a number", found))
        }
        (Measure::Money(currency), Reading::One(value)) => Ok((*currency, value.interval)),
    }
}

fn oriented(first: Side, second: Side, model: Option<&Stated>) -> Result<Stated, RuleBroken> {
    if first.0 == second.0 {
        return Err(RuleBroken::expected("pair.currency", "two currencies", first.0));
    }
    let (base, quote) = model.map_or((first.0, second.0), |model| (model.base.0, model.quote.0));
    if (first.0, second.0) == (base, quote) {
        return Ok(Stated { base: first, quote: second });
    }
    if (second.0, first.0) == (base, quote) {
        return Ok(Stated { base: second, quote: first });
    }
    let found = format!("{} and {}", first.0, second.0);
    Err(RuleBroken::expected("pair.currency", format!("{base} and {quote}"), found))
}

/// The common range, or the positions of the pairs in conflict.
fn intersection(stated: &[Stated]) -> Result<Range, Vec<usize>> {
    let mut low: Option<(usize, Edge)> = None;
    let mut high: Option<(usize, Edge)> = None;
    for (index, pair) in stated.iter().enumerate() {
        let range = range(&pair.base.1, &pair.quote.1).ok_or_else(|| vec![index])?;
        if let Some(edge) = range.low.filter(|edge| low.is_none_or(|(_, l)| edge.is_above(l))) {
            low = Some((index, edge));
        }
        if let Some(edge) = range.high.filter(|edge| high.is_none_or(|(_, h)| edge.is_below(h))) {
            high = Some((index, edge));
        }
    }
    if let (Some((i, low)), Some((j, high))) = (low, high)
        && is_empty(low, high)
    {
        return Err(vec![i.min(j), i.max(j)]);
    }
    Ok(Range { low: low.map(|(_, edge)| edge), high: high.map(|(_, edge)| edge) })
}

/// The rates that explain one pair; none when a side holds no amount above zero.
fn range(base: &Interval, quote: &Interval) -> Option<Range> {
    let holds_some = |side: &Interval| side.high().is_none_or(|high| high > Decimal::ZERO);
    (holds_some(base) && holds_some(quote)).then(|| Range {
        low: edge(quote.low(), base.high(), base),
        high: edge(quote.high(), base.low(), quote),
    })
}

/// A missing or zero bound leaves the rate unbounded. Low bounds belong to their interval, so that
/// the edge belongs to the range when the high bound involved does.
fn edge(top: Option<Decimal>, bottom: Option<Decimal>, of_high: &Interval) -> Option<Edge> {
    let closed = matches!(of_high, Interval::AtMost(_));
    Some(Edge { at: Ratio::of(top?, bottom?)?, closed })
}

fn is_empty(low: Edge, high: Edge) -> bool {
    low.at > high.at || (low.at == high.at && !(low.closed && high.closed))
}

impl Edge {
    /// As a low edge, whether it leaves less room than the other.
    fn is_above(self, other: Self) -> bool {
        self.at > other.at || (self.at == other.at && other.closed && !self.closed)
    }

    /// As a high edge, whether it leaves less room than the other.
    fn is_below(self, other: Self) -> bool {
        self.at < other.at || (self.at == other.at && other.closed && !self.closed)
    }
}

impl Range {
    fn contains(self, rate: Ratio) -> bool {
        let above = self.low.is_none_or(|e| rate > e.at || (e.closed && rate == e.at));
        let below = self.high.is_none_or(|e| rate < e.at || (e.closed && rate == e.at));
        above && below
    }

    /// Both bounds rounded inward, as `[low, high)`; none when they do not fit.
    fn rounded(self, places: u32) -> Option<(Option<Decimal>, Option<Decimal>)> {
        let low = self.low.map(|edge| edge.rounded_up(places)).map_or(Some(None), |l| l.map(Some));
        let high = self.high.map(|e| e.at.floor(places)).map_or(Some(None), |h| h.map(Some));
        Some((low?, high?.map(|(floor, _)| floor)))
    }
}

impl Edge {
    /// The least number with so many decimals that belongs to what is above the edge.
    fn rounded_up(self, places: u32) -> Option<Decimal> {
        let (floor, is_exact) = self.at.floor(places)?;
        let stays = is_exact && self.closed;
        if stays { Some(floor) } else { floor.checked_add(Decimal::new(1, places)) }
    }
}

impl Rates {
    /// The currency of one unit.
    pub fn base(&self) -> Currency {
        self.base
    }

    /// The currency the rate is in.
    pub fn quote(&self) -> Currency {
        self.quote
    }

    /// The bounds, rounded inward to four decimals, as `[low, high)`; an absent one does not
    /// bound. Where four decimals leave no rate between them (rupiah as the base currency), as
    /// many more are given as it takes, up to twelve.
    pub fn bounds(&self) -> (Option<Decimal>, Option<Decimal>) {
        const PLACES: u32 = 4;
        const MOST_PLACES: u32 = 12;
        let mut bounds = (None, None);
        for places in PLACES..=MOST_PLACES {
            let Some(rounded) = self.range.rounded(places) else { break };
            bounds = rounded;
            let leaves_some = bounds.0.zip(bounds.1).is_none_or(|(low, high)| low < high);
            if leaves_some {
                break;
            }
        }
        (bounds.0.map(|low| low.normalize()), bounds.1.map(|high| high.normalize()))
    }

    /// Whether the rate, in quote currency for one of the base currency, explains all pairs.
    ///
    /// Compared exactly, not by the rounded bounds.
    pub fn contains(&self, rate: Decimal) -> bool {
        Ratio::of(rate, Decimal::ONE).is_some_and(|rate| self.range.contains(rate))
    }

    /// Whether a rate on record explains all pairs, whichever way round it is quoted and for
    /// however many units; none when it is of other currencies.
    pub fn contains_named(&self, rate: &NamedRate) -> Option<bool> {
        let units = Decimal::from(rate.units);
        let ratio = if (rate.base, rate.quote) == (self.base, self.quote) {
            Ratio::of(rate.rate, units)
        } else if (rate.base, rate.quote) == (self.quote, self.base) {
            Ratio::of(units, rate.rate)
        } else {
            return None;
        };
        Some(ratio.is_some_and(|ratio| self.range.contains(ratio)))
    }
}
