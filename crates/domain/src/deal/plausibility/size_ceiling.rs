//! Rule (a): no firm sells more in one deal a year than it may sell in all.

use super::{
    Known,
    amount::{Amount, times, written},
    finding::{Finding, Rule},
    no_rate,
};
use crate::{deal::agreement::Deal, registry::organisation::Class};

/// A value agreed for more months than these is measured by the year.
pub(crate) const MONTHS_IN_ONE_PIECE: u16 = 12;

/// An unknown class is measured as the largest that has a ceiling.
pub(crate) const UNKNOWN: Class = Class::Menengah;

/// What the rule finds: the value in rupiah, of one year where the term is longer, against the
/// ceiling of the seller's class. An unknown class is measured as the largest that has a ceiling.
pub(super) fn find(deal: &Deal, known: &Known) -> Option<Finding> {
    let facts = deal.facts();
    let class = known.sizes.get(&facts.seller).copied();
    let ceiling = class.unwrap_or(UNKNOWN).sales_ceiling()?;
    let rate = known.rate(facts.value.currency(), deal);
    let years =
        facts.term_months.map(|term| term.get()).filter(|months| *months > MONTHS_IN_ONE_PIECE);
    let Some(measured) = Amount::in_rupiah(facts.value, years, rate) else {
        let why = no_rate(facts.value.currency(), deal);
        return Some(Finding::not_evaluated(Rule::SizeCeiling, why));
    };
    let limit = Amount::of(ceiling);
    if measured.minor <= limit.minor {
        return None;
    }
    let yearly = years.map(|months| format!(" a year over {months} months")).unwrap_or_default();
    let class = class.map_or_else(
        || format!("class unknown, measured as {}", UNKNOWN.as_str()),
        |class| format!("class {}", class.as_str()),
    );
    let at = rate.map(|rate| format!(", at {}", written(rate))).unwrap_or_default();
    let times = times(measured.minor, limit.minor);
    let explanation = format!(
        "{measured}{yearly} is {times} times the sales ceiling of {ceiling} ({class}; PP 7/2021){at}"
    );
    let finding = Finding::broken(Rule::SizeCeiling, explanation);
    Some(Finding { measured: measured.money(), limit: Some(ceiling), ..finding })
}
