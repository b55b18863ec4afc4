//! Totals of one tier by groups.
//!
//! Invariant: groups and their total are made of the same cells, and add up to it, converted or
//! not; sums are exact; held deals are told apart.

use std::collections::BTreeMap;

use devisa_domain::{
    conversion::{Dated, Rates},
    money::{Sum, Sums},
};
use devisa_ledger::{Error, Filter, Window};
use devisa_proto::convert::deal::summary::{Group, SummarizeDeals, Summary, render_group};
use devisa_server::Caller;

use super::cells::{self, Cell, Counts};
use crate::Handlers;

impl Handlers {
    /// Sums the deals of a tier by groups.
    ///
    /// # Errors
    /// [`devisa_domain::refusal::Refusal::RateMissing`],
    /// [`devisa_domain::refusal::Refusal::UpstreamUnavailable`]; the database's.
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
                let needed = cells.iter().filter(|cell| cell.counts.is_in_force());
                let needed = conversion.needed(needed.map(|cell| cell.dated));
                Some(self.registry.rates().of(caller, conversion, needed).await?)
            }
        };
        let (groups, total) = collect(&cells, command.include_held, rates.as_ref());
        let page = window.page(groups, |group| group.keys.clone(), render_group);
        let (groups, next_page_token) = (page.items, page.next_page_token);
        Ok(Summary { tier: command.tier, groups, total, rates, next_page_token })
    }
}

/// Deals that count together.
#[derive(Clone, Debug, Default)]
struct Counted {
    deals: i64,
    dated: Vec<Dated>,
}

impl Counted {
    fn add(&mut self, cell: &Cell) {
        self.deals += cell.deals;
        self.dated.push(cell.dated);
    }

    fn values(&self) -> Sums {
        Sums::of(self.dated.iter().map(|dated| dated.money))
    }
}

/// The deals of a group that count, those that are held, which count only where that is asked for,
/// and those that are no longer in force.
#[derive(Clone, Debug, Default)]
struct Apart {
    counted: Counted,
    held: Counted,
    lapsed: Counted,
    withdrawn: Counted,
}

impl Apart {
    fn add(&mut self, cell: &Cell, include_held: bool) {
        match cell.counts {
            Counts::In => self.counted.add(cell),
            Counts::Held => {
                self.held.add(cell);
                if include_held {
                    self.counted.add(cell);
                }
            }
            Counts::Lapsed => self.lapsed.add(cell),
            Counts::Withdrawn => self.withdrawn.add(cell),
        }
    }
}

/// The groups in order of their keys, and their total.
fn collect(cells: &[Cell], include_held: bool, rates: Option<&Rates>) -> (Vec<Group>, Group) {
    let mut by_keys: BTreeMap<Vec<String>, Apart> = BTreeMap::new();
    for cell in cells {
        by_keys.entry(cell.keys.clone()).or_default().add(cell, include_held);
    }
    let counted = by_keys.values().map(|apart| &apart.counted);
    let (converted, whole) = convert(counted, rates);
    let held = by_keys.values().map(|apart| &apart.held);
    let (held_converted, held_whole) = convert(held, rates);
    let mut total = Group { converted: whole, held_converted: held_whole, ..Group::default() };
    let mut groups = Vec::with_capacity(by_keys.len());
    for (place, (keys, apart)) in by_keys.into_iter().enumerate() {
        let group = Group {
            converted: converted.get(place).copied(),
            held_converted: held_converted.get(place).copied(),
            ..group(keys, &apart)
        };
        include(&mut total, &group);
        groups.push(group);
    }
    (groups, total)
}

/// A group, not converted.
fn group(keys: Vec<String>, apart: &Apart) -> Group {
    let Apart { counted, held, lapsed, withdrawn } = apart;
    Group {
        keys,
        deal_count: counted.deals,
        values: counted.values(),
        held_count: held.deals,
        held_values: held.values(),
        lapsed_count: lapsed.deals,
        lapsed_values: lapsed.values(),
        withdrawn_count: withdrawn.deals,
        withdrawn_values: withdrawn.values(),
        converted: None,
        held_converted: None,
    }
}

fn include(total: &mut Group, group: &Group) {
    total.deal_count += group.deal_count;
    total.values.add_all(&group.values);
    total.held_count += group.held_count;
    total.held_values.add_all(&group.held_values);
    total.lapsed_count += group.lapsed_count;
    total.lapsed_values.add_all(&group.lapsed_values);
    total.withdrawn_count += group.withdrawn_count;
    total.withdrawn_values.add_all(&group.withdrawn_values);
}

/// What each comes to in the currency asked for, and all of them; nothing where none is asked for,
/// or where it cannot be told.
fn convert<'a>(
    counted: impl Iterator<Item = &'a Counted>,
    rates: Option<&Rates>,
) -> (Vec<Sum>, Option<Sum>) {
    let parts: Vec<_> = counted.map(|counted| counted.dated.clone()).collect();
    match rates.and_then(|rates| rates.convert(&parts)) {
        Some((parts, whole)) => (parts, Some(whole)),
        None => (Vec::new(), None),
    }
}
