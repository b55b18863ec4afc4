//! Is a deal's value plausible? Consistent is not plausible.
//!
//! Three rules, each of which may find something: `size_ceiling` (above what the seller may sell in
//! a year by law), `session_outlier` (far above what the others of the session agreed on) and
//! `stated_values` (no likely exchange rate explains what was stated). Magnitude alone proves
//! nothing: a finding holds a value from headline totals until somebody looks, and alters nothing.
//! Invariant: pure and total; the same deals and facts give the same findings, in the order of the
//! rules above.

mod amount;
mod finding;
pub(crate) mod session_outlier;
pub(crate) mod size_ceiling;
pub(crate) mod stated_values;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub use finding::{Finding, Outcome, Rule};

use super::agreement::Deal;
use crate::{
    money::{Currency, NamedRate},
    name::OrganisationName,
    registry::{exchange_rate::RateKind, organisation::Class},
};

/// The kinds of rate that an evaluation uses, in the order in which they are asked for: official
/// ones alone, and of these the first that is in force.
pub const OFFICIAL_KINDS: [RateKind; 2] = [RateKind::KursPajak, RateKind::Jisdor];

/// A rate into rupiah that was in force on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficialRate {
    /// Its kind.
    pub kind: RateKind,
    /// The rate, named; its quote currency is the rupiah.
    pub rate: NamedRate,
}

pub use crate::conversion::RateKey;

/// What is known about sellers and rates. What is absent is unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The size class of sellers under PP 7/2021.
    pub sizes: BTreeMap<OrganisationName, Class>,
    /// The official rates in force.
    pub rates: BTreeMap<RateKey, OfficialRate>,
}

impl Known {
    fn rate(&self, currency: Currency, deal: &Deal) -> Option<&OfficialRate> {
        self.rates.get(&(currency, deal.facts().sign_date?))
    }
}

/// The rates that an evaluation of the deals uses, where they exist.
pub fn needed_rates<'a>(deals: impl IntoIterator<Item = &'a Deal>) -> BTreeSet<RateKey> {
    let mut needed = BTreeSet::new();
    for deal in deals {
        let Some(date) = deal.facts().sign_date else { continue };
        let stated = deal.facts().stated_values.iter().filter_map(|stated| stated.reading());
        let currencies =
            stated.map(|(currency, _)| currency).chain([deal.facts().value.currency()]);
        needed.extend(currencies.filter(|c| *c != Currency::IDR).map(|currency| (currency, date)));
    }
    needed
}

/// Evaluates the signed deals of one session: what is found of each, in the order given.
pub fn evaluate_session(deals: &[Deal], known: &Known) -> Vec<Vec<Finding>> {
    let outliers = session_outlier::find(deals, known);
    let alone = deals.iter().map(|deal| (deal, known));
    alone
        .zip(outliers)
        .map(|((deal, known), outlier)| {
            let size = size_ceiling::find(deal, known);
            let stated = stated_values::find(deal, known);
            size.into_iter().chain(outlier).chain(stated).collect()
        })
        .collect()
}

/// What `session_outlier` finds of each of the signed deals of one session, in the order given,
/// where that follows from the deals alone: none where they are in several currencies, and rates
/// decide.
pub fn outliers(deals: &[Deal]) -> Option<Vec<Option<Finding>>> {
    let found = session_outlier::find(deals, &Known::default());
    let needs_rates = |finding: &Finding| finding.outcome == Outcome::NotEvaluated;
    (!found.iter().flatten().any(needs_rates)).then_some(found)
}

/// Evaluates a signed deal that was made at no session.
pub fn evaluate_alone(deal: &Deal, known: &Known) -> Vec<Finding> {
    size_ceiling::find(deal, known).into_iter().chain(stated_values::find(deal, known)).collect()
}

/// Why a rule could not be evaluated.
fn no_rate(currency: Currency, deal: &Deal) -> String {
    let on = deal.facts().sign_date.map(|date| format!(" on {date}")).unwrap_or_default();
    format!("no KURS_PAJAK or JISDOR rate of {currency}/IDR is in force{on}")
}
