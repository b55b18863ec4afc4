//! Totals of one tier, made anew from every line.

use std::collections::{BTreeMap, BTreeSet};

use devisa_domain::time::Date;
use devisa_proto::{
    common::v1::Tier,
    google_type::Money,
    shipment::v1::{
        Shipment, ShipmentGroup, ShipmentLine,
        shipment::State,
        summarize_shipments_request::Dimension::{self, *},
    },
};
use rust_decimal::Decimal;

use super::Shipments;
use crate::{
    money::{apportion, cents, of_cents, sum},
    resource::date,
};

/// The groups in order of their keys, and their total.
#[derive(Clone, Debug, PartialEq)]
pub struct Grouped {
    /// The groups.
    pub groups: Vec<ShipmentGroup>,
    /// What they come to together.
    pub total: ShipmentGroup,
}

/// A part of a line: where it was made and what it is worth.
struct Part {
    keys: Vec<String>,
    shipment: String,
    line: (String, usize),
    value: Money,
}

/// Sums the shipments of a tier whose date lies from `first` up to, not including, `end`.
pub fn summarize(
    state: &Shipments,
    tier: Tier,
    group_by: &[Dimension],
    first: Option<Date>,
    end: Option<Date>,
) -> Grouped {
    let mut parts = vec![];
    for shipment in state.shipments.values().filter(|s| s.state() != State::Cancelled) {
        let reached = match tier {
            Tier::Realised => shipment.tier() == Tier::Realised,
            _ => state.is_released(&shipment.name),
        };
        let day = match tier {
            Tier::Realised => state.loaded_on(&shipment.name),
            _ => state.releases.get(&shipment.release).and_then(|r| date(r.event_date.as_ref())),
        };
        let inside = first.is_none_or(|first| day >= Some(first))
            && end.is_none_or(|end| day.is_some() && day < Some(end));
        if reached && inside {
            parts.extend(parts_of(state, shipment, group_by, day));
        }
    }
    let keys: BTreeSet<_> = parts.iter().map(|part| part.keys.clone()).collect();
    let groups = keys.into_iter().map(|keys| {
        let own: Vec<_> = parts.iter().filter(|part| part.keys == keys).collect();
        ShipmentGroup { keys, ..group(&own) }
    });
    let groups = groups.collect();
    Grouped { groups, total: group(&parts.iter().collect::<Vec<_>>()) }
}

fn group(parts: &[&Part]) -> ShipmentGroup {
    let shipments: BTreeSet<_> = parts.iter().map(|part| &part.shipment).collect();
    let lines: BTreeSet<_> = parts.iter().map(|part| &part.line).collect();
    ShipmentGroup {
        keys: vec![],
        shipment_count: i32::try_from(shipments.len()).unwrap_or_default(),
        line_count: i32::try_from(lines.len()).unwrap_or_default(),
        values: sum(parts.iter().map(|part| &part.value)),
        converted_value: None,
    }
}

fn parts_of(
    state: &Shipments,
    shipment: &Shipment,
    group_by: &[Dimension],
    day: Option<Date>,
) -> Vec<Part> {
    let mut parts = vec![];
    for (index, line) in shipment.lines.iter().enumerate() {
        let made = match group_by.contains(&Regency) {
            true => by_regency(state, shipment, line),
            false => vec![(String::new(), line.value.clone().unwrap_or_default())],
        };
        for (regency, value) in made {
            let key = |dimension: &Dimension| match dimension {
                Destination => shipment.destination_region_code.clone(),
                Release => shipment.release.clone(),
                Commodity => line.commodity.clone(),
                HsChapter => line.hs_code.chars().take(2).collect(),
                Regency => regency.clone(),
                Exporter => shipment.exporter.clone(),
                Month => day.map(|day| day.format("%Y-%m").to_string()).unwrap_or_default(),
                Year => day.map(|day| day.format("%Y").to_string()).unwrap_or_default(),
                Unspecified => String::new(),
            };
            parts.push(Part {
                keys: group_by.iter().map(key).collect(),
                shipment: shipment.name.clone(),
                line: (shipment.name.clone(), index),
                value,
            });
        }
    }
    parts
}

/// Splits a line by where it was made: each share rounded down, what is left to the largest
/// remainders, of equal ones to the first.
fn by_regency(state: &Shipments, shipment: &Shipment, line: &ShipmentLine) -> Vec<(String, Money)> {
    let value = line.value.clone().unwrap_or_default();
    let village_of = |name: &str| {
        state.organisations.get(name).map(|(village, _)| village.clone()).unwrap_or_default()
    };
    let regency = |village: &str| match village.trim_start_matches("villages/") {
        "" => "UNKNOWN".to_owned(),
        code => code[..5].to_owned(),
    };
    if line.shares.is_empty() {
        return vec![(regency(&village_of(&shipment.exporter)), value)];
    }
    let whole = Decimal::from(cents(Some(&value)));
    let exact: Vec<Decimal> = line
        .shares
        .iter()
        .map(|s| s.share.as_ref().and_then(|d| d.value.parse().ok()).unwrap_or(Decimal::ZERO))
        .map(|part: Decimal| part * whole)
        .collect();
    let (split, _) = apportion(&exact);
    let mut made = BTreeMap::<String, i64>::new();
    for (share, cents) in line.shares.iter().zip(split) {
        let village = match share.village.is_empty() {
            true => village_of(&share.producer),
            false => share.village.clone(),
        };
        *made.entry(regency(&village)).or_default() += cents;
    }
    let money = |cents: i64| of_cents(cents, &value.currency_code);
    made.into_iter().map(|(regency, cents)| (regency, money(cents))).collect()
}
