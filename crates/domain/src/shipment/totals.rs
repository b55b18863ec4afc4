//! What a release comes to: five different counts, which newspapers mix, and the value.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::{consignment::Shipment, lifecycle::State, line::Line, transport::TransportUnit};
use crate::{
    identifier::country::RegionCode,
    money::{Money, Sum, Sums},
    refusal::RuleBroken,
};

/// The most that the shipments of one release are worth together in one currency, in minor units:
/// 576,460,752,303,423,487.
///
/// A release must be readable whatever it holds, so a shipment that would make its total larger is
/// refused. The limit leaves room for [`JOINING_AT_ONCE`] shipments that do not see each other.
pub const LARGEST_VALUE: i64 = i64::MAX / JOINING_AT_ONCE;

/// How many shipments may join one release, or change their lines, without seeing each other.
pub const JOINING_AT_ONCE: i64 = 16;

/// Checks what a shipment is worth beside the others of its release.
///
/// # Errors
/// `release_value.maximum` for the first currency in which they exceed [`LARGEST_VALUE`] together.
pub fn check_value(others: &Sums, shipment: &Sums) -> Result<(), RuleBroken> {
    for value in shipment.iter() {
        let beside = others.get(value.currency()).map_or(0, Sum::minor);
        if beside + value.minor() > i128::from(LARGEST_VALUE) {
            let limit = Money::from_minor(LARGEST_VALUE, value.currency());
            let expected = format!("at most {limit} in the whole release");
            let beside = Sum::from_minor(beside, value.currency());
            let found = format!("{value} beside {beside}");
            return Err(RuleBroken::expected("release_value.maximum", expected, found));
        }
    }
    Ok(())
}

/// Counts and values of the shipments that are not CANCELLED.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Lines of goods.
    pub lines: usize,
    /// Shipments.
    pub shipments: usize,
    /// Truck loads, once per plate where plates are known.
    pub trucks: usize,
    /// Units with a container, its number known or not.
    pub containers: usize,
    /// Distinct exporters.
    pub exporters: usize,
    /// Distinct destination countries.
    pub destinations: BTreeSet<RegionCode>,
    /// The value per currency.
    pub values: Sums,
    /// The net weight.
    pub weight: NetWeight,
}

/// The net weight of lines, as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NetWeight {
    known_kg: Decimal,
    unknown: usize,
}

impl NetWeight {
    fn add(&mut self, line: &Line) {
        match line.weights.net_kg() {
            Some(net_kg) => self.known_kg += net_kg,
            None => self.unknown += 1,
        }
    }

    /// What the lines that have a net weight come to, in kilograms.
    pub fn known_kg(&self) -> Decimal {
        self.known_kg
    }

    /// The weight in kilograms, or how many lines have none.
    ///
    /// # Errors
    /// The number of lines without a net weight.
    pub fn kilograms(&self) -> Result<Decimal, usize> {
        if self.unknown == 0 { Ok(self.known_kg) } else { Err(self.unknown) }
    }
}

impl Totals {
    /// Of the members of a release, in any order; those that are CANCELLED do not count.
    pub fn of<'a>(members: impl IntoIterator<Item = &'a Shipment>) -> Self {
        let mut totals = Self::default();
        let mut exporters = BTreeSet::new();
        let mut plates = BTreeSet::new();
        for member in members.into_iter().filter(|member| member.state() != State::Cancelled) {
            totals.shipments += 1;
            totals.lines += member.facts.lines.len();
            totals.destinations.insert(member.facts.destination);
            totals.values.add_all(&member.values);
            exporters.insert(&member.facts.exporter);
            member.facts.lines.iter().for_each(|line| totals.weight.add(line));
            for unit in &member.facts.units {
                let is_new = unit.truck_plate.as_ref().is_none_or(|plate| plates.insert(plate));
                totals.trucks += usize::from(is_new);
                totals.containers += usize::from(has_container(unit));
            }
        }
        totals.exporters = exporters.len();
        totals
    }

    /// The codes of the destination countries, sorted.
    pub fn destination_codes(&self) -> Vec<String> {
        let mut codes: Vec<_> = self.destinations.iter().map(ToString::to_string).collect();
        codes.sort();
        codes
    }
}

fn has_container(unit: &TransportUnit) -> bool {
    unit.container_number.is_some() || unit.container_provisional
}
