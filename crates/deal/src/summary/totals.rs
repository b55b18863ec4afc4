//! Totals of one tier by groups.
//!
//! Invariant: groups and their total are made of the same cells, and add up to it, converted or
//! not; sums are exact or refused; held deals are told apart.

use std::collections::BTreeMap;

use devisa_domain::{
    conversion::{Dated, Rates},
    money::{Money, Overflow, Sums},
};
use devisa_ledger::{Error, Filter, Window, sum::overflowed};
use devisa_proto::convert::deal::summary::{Group, SummarizeDeals, Summary};
use devisa_server::Caller;

use super::cells::{self, Cell};
use crate::Handlers;

impl Handlers {
    /// Sums the deals of a tier by groups.
    ///
    /// # Errors
    /// [`devisa_domain::refusal::Refusal::RateMissing`],
    /// [`devisa_domain::refusal::Refusal::UpstreamUnavailable`]; `sum.overflow` at `values`; the
    /// database's.
    pub(super) async fn summarize(
        &self,
        caller: &Caller,
        command: &SummarizeDeals,
        filter: &Filter,
        window: &Window<'_>,
    ) -> Result<Summary, Error> {
        let cells = cells::read(&self.ledger, command, filter).await?;
        let rates = match command.conversion {
            None => None,
            Some(conversion) => {
                let needed = conversion.needed(cells.iter().map(|cell| cell.dated));
                Some(self.registry.rates().of(caller, conversion, needed).await?)
            }
        };
        let totals = collect(cells, command.include_held, rates.as_ref());
        let (groups, total) = totals.map_err(overflowed)?;
        let page = window.page(groups, |group| group.keys.clone());
        let (groups, next_page_token) = (page.items, page.next_page_token);
        Ok(Summary { tier: command.tier, groups, total, rates, next_page_token })
    }
}

/// Deals that count together.
#[derive(Clone, Debug, Default)]
struct Sum {
    deals: i64,
    dated: Vec<Dated>,
}

impl Sum {
    fn add(&mut self, cell: &Cell) {
        self.deals += cell.deals;
        self.dated.push(cell.dated);
    }

    fn values(&self) -> Result<Sums, Overflow> {
        Sums::of(self.dated.iter().map(|dated| dated.money))
    }
}

/// The deals of a group that count, and those that are held, which count only where that is asked
/// for.
#[derive(Clone, Debug, Default)]
struct Apart {
    counted: Sum,
    held: Sum,
}

/// The groups in order of their keys, and their total.
fn collect(
    cells: Vec<Cell>,
    include_held: bool,
    rates: Option<&Rates>,
) -> Result<(Vec<Group>, Group), Overflow> {
    let mut by_keys: BTreeMap<Vec<String>, Apart> = BTreeMap::new();
    for cell in &cells {
        let Apart { counted, held } = by_keys.entry(cell.keys.clone()).or_default();
        if cell.is_held {
            held.add(cell);
        }
        if include_held || !cell.is_held {
            counted.add(cell);
        }
    }
    let counted = by_keys.values().map(|apart| &apart.counted);
    let (converted, whole) = convert(counted, rates)?;
    let held = by_keys.values().map(|apart| &apart.held);
    let (held_converted, held_whole) = convert(held, rates)?;
    let mut total = Group { converted: whole, held_converted: held_whole, ..Group::default() };
    let mut groups = Vec::with_capacity(by_keys.len());
    for (place, (keys, Apart { counted, held })) in by_keys.into_iter().enumerate() {
        let group = Group {
            keys,
            deal_count: counted.deals,
            values: counted.values()?,
            held_count: held.deals,
            held_values: held.values()?,
            converted: converted.get(place).copied(),
            held_converted: held_converted.get(place).copied(),
        };
        total.deal_count += group.deal_count;
        total.values.add_all(&group.values)?;
        total.held_count += group.held_count;
        total.held_values.add_all(&group.held_values)?;
        groups.push(group);
    }
    Ok((groups, total))
}

/// Each sum in the currency asked for, and all of them; nothing where none is asked for.
fn convert<'a>(
    sums: impl Iterator<Item = &'a Sum>,
    rates: Option<&Rates>,
) -> Result<(Vec<Money>, Option<Money>), Overflow> {
    let Some(rates) = rates else { return Ok((Vec::new(), None)) };
    let parts: Vec<_> = sums.map(|sum| sum.dated.clone()).collect();
    let (parts, whole) = rates.convert(&parts)?;
    Ok((parts, Some(whole)))
}
