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
    totals::v1::Conversion,
};
use rust_decimal::Decimal;

use super::{Dimensions, Shipments};
use crate::{
    answer::Answer,
    conversion::{Dated, convert},
    list::Predicate,
    money::{apportion, cents, of_cents, sum},
    resource::date,
};

/// The groups in order of their keys, their total, and the rates that were used.
#[derive(Clone, Debug, PartialEq)]
pub struct Grouped {
    /// The groups.
    pub groups: Vec<ShipmentGroup>,
    /// What they come to together.
    pub total: ShipmentGroup,
    /// The names of the rates.
    pub rates: Vec<String>,
}

/// What totals are asked for.
#[derive(Debug)]
pub struct Asked<'a> {
    /// Of which tier.
    pub tier: Tier,
    /// By what.
    pub group_by: &'a [Dimension],
    /// From a day on, up to, not including, another.
    pub period: [Option<Date>; 2],
    /// Both of these hold.
    pub both: [Option<&'a Predicate<Dimensions>>; 2],
    /// Into which currency.
    pub conversion: Option<Conversion>,
}

impl Asked<'_> {
    fn is_by_regency(&self) -> bool {
        let named = self.both.iter().flatten().any(|p| p.text.starts_with("regency"));
        named || self.group_by.contains(&Regency)
    }
}

/// A part of a line: where it was made and what it is worth.
struct Part {
    keys: Vec<String>,
    shipment: String,
    line: (String, usize),
    value: Money,
    day: Date,
}

/// Sums the shipments of a tier.
///
/// # Errors
/// `RATE_MISSING`.
pub fn summarize(state: &Shipments, asked: &Asked<'_>) -> Answer<Grouped> {
    let [first, end] = asked.period;
    let mut parts = vec![];
    for shipment in state.shipments.values().filter(|s| s.state() != State::Cancelled) {
        let reached = match asked.tier {
            Tier::Realised => shipment.tier() == Tier::Realised,
            _ => state.is_released(&shipment.name),
        };
        let day = match asked.tier {
            Tier::Realised => state.loaded_on(&shipment.name),
            _ => state.releases.get(&shipment.release).and_then(|r| date(r.event_date.as_ref())),
        };
        let inside = first.is_none_or(|first| day >= Some(first))
            && end.is_none_or(|end| day.is_some() && day < Some(end));
        if reached && inside {
            parts.extend(parts_of(state, shipment, asked, day.unwrap_or_default()));
        }
    }
    let keys: BTreeSet<_> = parts.iter().map(|part| part.keys.clone()).collect();
    let own = |keys: &[String]| parts.iter().filter(|p| p.keys == keys).collect::<Vec<_>>();
    let mut groups: Vec<_> =
        keys.iter().map(|keys| ShipmentGroup { keys: keys.clone(), ..group(&own(keys)) }).collect();
    let mut total = group(&parts.iter().collect::<Vec<_>>());
    let mut rates = vec![];
    if let Some(conversion) = &asked.conversion {
        let dated = |keys: &Vec<String>| -> Dated {
            own(keys).iter().map(|part| (part.value.clone(), part.day)).collect()
        };
        let dated: Vec<_> = keys.iter().map(dated).collect();
        let (converted, whole, used) = convert(&state.rates, conversion, &dated)?;
        for (group, converted) in groups.iter_mut().zip(converted) {
            group.converted_value = Some(converted);
        }
        total.converted_value = Some(whole);
        rates = used;
    }
    rates.sort();
    Ok(Grouped { groups, total, rates })
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

fn parts_of(state: &Shipments, shipment: &Shipment, asked: &Asked<'_>, day: Date) -> Vec<Part> {
    let mut parts = vec![];
    for (index, line) in shipment.lines.iter().enumerate() {
        let made = match asked.is_by_regency() {
            true => by_regency(state, shipment, line),
            false => vec![(String::new(), line.value.clone().unwrap_or_default())],
        };
        for (regency, value) in made {
            let of = Dimensions {
                destination: shipment.destination_region_code.clone(),
                release: shipment.release.clone(),
                commodity: line.commodity.clone(),
                hs_chapter: line.hs_code.chars().take(2).collect(),
                regency,
                exporter: shipment.exporter.clone(),
                month: day.format("%Y-%m").to_string(),
                year: day.format("%Y").to_string(),
            };
            if !asked.both.iter().flatten().all(|predicate| (predicate.holds)(&of)) {
                continue;
            }
            let key = |dimension: &Dimension| match dimension {
                Destination => of.destination.clone(),
                Release => of.release.clone(),
                Commodity => of.commodity.clone(),
                HsChapter => of.hs_chapter.clone(),
                Regency => of.regency.clone(),
                Exporter => of.exporter.clone(),
                Month => of.month.clone(),
                Year => of.year.clone(),
                Unspecified => String::new(),
            };
            parts.push(Part {
                keys: asked.group_by.iter().map(key).collect(),
                shipment: shipment.name.clone(),
                line: (shipment.name.clone(), index),
                value,
                day,
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
        state.organisations.get(name).map(|party| party.village.clone()).unwrap_or_default()
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
