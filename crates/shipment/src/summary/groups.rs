//! Totals of one tier by groups.
//!
//! Invariant: groups and their total are made of the same parts, and add up to it, converted or
//! not; sums are exact.

use std::collections::BTreeMap;

use devisa_domain::{
    conversion::{Dated, Rates},
    money::Sums,
};
use devisa_ledger::{Error, Window};
use devisa_proto::convert::shipment::summary::{Group, Summary, SummaryQuery, render_group};
use devisa_server::Caller;

use super::parts::{self, Cell, Found};
use crate::Handlers;

impl Handlers {
    /// Sums the shipments of a tier by groups.
    ///
    /// # Errors
    /// [`devisa_domain::refusal::Refusal::RateMissing`],
    /// [`devisa_domain::refusal::Refusal::UpstreamUnavailable`]; the database's.
    pub(super) async fn summarize(
        &self,
        caller: &Caller,
        query: &SummaryQuery,
        filter: &devisa_ledger::Filter,
        window: &Window<'_>,
    ) -> Result<Summary, Error> {
        let found = parts::read(&self.ledger, query, filter).await?;
        let rates = match query.conversion {
            None => None,
            Some(conversion) => {
                let needed = conversion.needed(found.cells.iter().map(|cell| cell.dated));
                Some(self.registry.rates().of(caller, conversion, needed).await?)
            }
        };
        let (groups, total) = collect(found, rates.as_ref());
        let page =
            window.page(groups, |group| group.keys.clone(), |group| render_group(group.clone()));
        let (groups, next_page_token) = (page.items, page.next_page_token);
        Ok(Summary { tier: query.tier, groups, total, rates, next_page_token })
    }
}

/// The groups in order of their keys, and their total.
fn collect(found: Found, rates: Option<&Rates>) -> (Vec<Group>, Group) {
    let Found { cells, counts, total } = found;
    let mut by_keys: BTreeMap<Vec<String>, Vec<Dated>> = BTreeMap::new();
    for Cell { keys, dated } in cells {
        by_keys.entry(keys).or_default().push(dated);
    }
    let mut counts: BTreeMap<_, _> =
        counts.into_iter().map(|count| (count.keys, (count.shipments, count.lines))).collect();
    let mut groups = Vec::with_capacity(by_keys.len());
    let mut values = Sums::default();
    for (keys, dated) in &by_keys {
        let (shipments, lines) = counts.remove(keys).unwrap_or_default();
        let sums = Sums::of(dated.iter().map(|dated| dated.money));
        values.add_all(&sums);
        groups.push(Group { keys: keys.clone(), shipments, lines, values: sums, converted: None });
    }
    let (shipments, lines) = (total.shipments, total.lines);
    let mut total = Group { keys: Vec::new(), shipments, lines, values, converted: None };
    let parts: Vec<_> = by_keys.into_values().collect();
    if let Some((converted, whole)) = rates.and_then(|rates| rates.convert(&parts)) {
        for (group, converted) in groups.iter_mut().zip(converted) {
            group.converted = Some(converted);
        }
        total.converted = Some(whole);
    }
    (groups, total)
}
