//! Rule (b): no deal is worth a hundred times what is usual at its session.

use super::{
    Known,
    amount::{Amount, times, written},
    finding::{Finding, Rule},
    no_rate,
};
use crate::deal::agreement::Deal;

/// From how many other deals on a median says anything.
pub(crate) const FEWEST_OTHERS: usize = 3;

/// How many times the median of the others a value may be.
pub(crate) const MOST_TIMES: i128 = 100;

/// What the rule finds of each deal of a session, in the order given. Where all are in one
/// currency they are compared in it, and no rate is needed; else in rupiah.
pub(super) fn find(deals: &[Deal], known: &Known) -> Vec<Option<Finding>> {
    if deals.len() <= FEWEST_OTHERS {
        return vec![None; deals.len()];
    }
    match comparable(deals, known) {
        Ok(amounts) => {
            let all = Sorted::of(&amounts);
            let each = deals.iter().zip(&amounts);
            each.map(|(deal, amount)| judge(deal, *amount, &all, known)).collect()
        }
        Err(why) => {
            let finding = Finding::not_evaluated(Rule::SessionOutlier, why);
            vec![Some(finding); deals.len()]
        }
    }
}

/// The values in one currency.
///
/// # Errors
/// Which rate is missing.
fn comparable(deals: &[Deal], known: &Known) -> Result<Vec<Amount>, String> {
    let value = |deal: &Deal| deal.facts().value;
    let first = deals.first().map(|deal| value(deal).currency());
    if deals.iter().all(|deal| Some(value(deal).currency()) == first) {
        return Ok(deals.iter().map(|deal| Amount::of(value(deal))).collect());
    }
    let in_rupiah = |deal: &Deal| {
        let rate = known.rate(value(deal).currency(), deal);
        let missing = || {
            let why = no_rate(value(deal).currency(), deal);
            format!("the deals are in several currencies and {why} ({})", deal.name())
        };
        Amount::in_rupiah(value(deal), None, rate).ok_or_else(missing)
    };
    deals.iter().map(in_rupiah).collect()
}

fn judge(deal: &Deal, amount: Amount, all: &Sorted, known: &Known) -> Option<Finding> {
    let doubled = all.doubled_median_without(amount.minor);
    // value > 100 × median, with both sides doubled so that the mean of two stays whole.
    if amount.minor.checked_mul(2)? <= doubled.checked_mul(MOST_TIMES)? {
        return None;
    }
    let currency = amount.currency;
    let median = Amount { minor: (doubled + 1) / 2, currency };
    let limit = Amount { minor: doubled * MOST_TIMES / 2, currency };
    let times = times(amount.minor * 2, doubled);
    let others = all.0.len() - 1;
    let place = deal.session().map(|name| format!(" of {name}")).unwrap_or_default();
    let converted = currency != deal.facts().value.currency();
    let rate = known.rate(deal.facts().value.currency(), deal).filter(|_| converted);
    let at = rate.map(|rate| format!(", at {}", written(rate))).unwrap_or_default();
    let explanation = format!(
        "{amount} is {times} times the median {median} of the other {others} signed deals{place}, \
         above {MOST_TIMES} times{at}"
    );
    let finding = Finding::broken(Rule::SessionOutlier, explanation);
    Some(Finding { measured: amount.money(), limit: limit.money(), ..finding })
}

/// All values of a session, ascending.
struct Sorted(Vec<i128>);

impl Sorted {
    fn of(amounts: &[Amount]) -> Self {
        let mut values: Vec<_> = amounts.iter().map(|amount| amount.minor).collect();
        values.sort_unstable();
        Self(values)
    }

    /// Twice the median of all values but one equal to `left_out`; there are others.
    fn doubled_median_without(&self, left_out: i128) -> i128 {
        let gap = self.0.partition_point(|value| *value < left_out);
        let others = self.0.len() - 1;
        let nth = |n: usize| {
            let index = if n < gap { n } else { n + 1 };
            self.0.get(index).copied().unwrap_or_default()
        };
        nth((others - 1) / 2) + nth(others / 2)
    }
}
