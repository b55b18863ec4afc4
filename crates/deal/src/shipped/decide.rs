//! What hearing of shipments does to realisations and to the deals that these draw down.

use std::collections::{BTreeMap, BTreeSet};

use devisa_domain::{
    deal::{Deal, Realisation, Shipped, realisation::follow},
    name::{RealisationName, ShipmentName},
    refusal::Refusal,
    time::Timestamp,
};
use devisa_ledger::{Change, GuardSeen};

use super::{load::Known, news::News, rows::ActiveModel};
use crate::{
    deal,
    events::{REALISATION_LOWERED, REALISATION_SETTLED},
    realisation,
};

/// The change that follows from the news: empty when nothing of it is new.
pub(super) fn hear(known: &Known, news: &[News], now: Timestamp) -> Result<Change, Refusal> {
    let mut shipments = known.shipments.clone();
    let mut moved = BTreeSet::new();
    for news in news {
        if let Some((_, shipped)) = shipments.get_mut(&news.shipment)
            && news.tell(shipped)
        {
            moved.insert(news.shipment.clone());
        }
    }
    shipments.retain(|name, _| moved.contains(name));
    settle(known, &shipments, now)
}

/// The change from what is known of shipments to what the whole log tells of them, and how many of
/// them it writes. What was heard after the log was read stands.
pub(super) fn replace(
    known: &Known,
    told: &BTreeMap<ShipmentName, Shipped>,
    now: Timestamp,
) -> Result<(Change, u64), Refusal> {
    let mut shipments = known.shipments.clone();
    shipments.retain(|name, (_, shipped)| {
        let told = told.get(name).filter(|told| told.replaces(shipped));
        if let Some(told) = told {
            *shipped = told.clone().in_place_of(shipped);
        }
        told.is_some()
    });
    Ok((settle(known, &shipments, now)?, shipments.len() as u64))
}

/// Writes shipments, and all that follows from what is now known of them.
fn settle(
    known: &Known,
    shipments: &BTreeMap<ShipmentName, (GuardSeen, Shipped)>,
    now: Timestamp,
) -> Result<Change, Refusal> {
    let mut change = Change::new();
    for (guard, shipped) in shipments.values() {
        change = write(change.guard(guard), shipped);
    }
    let after: Vec<_> = shipments.values().map(|(_, shipped)| shipped).collect();
    let moved = follow_all(known, &after, now);
    for (deal, realisations) in &known.deals {
        change = draw(change, deal, realisations, &moved, now)?;
    }
    Ok(change)
}

/// A projected shipment in its next version.
fn write(change: Change, shipped: &Shipped) -> Change {
    let mut next = shipped.clone();
    let expected = next.meta.version;
    next.meta.version += 1;
    match expected {
        0 => change.insert(ActiveModel::from(&next)),
        _ => change.update(ActiveModel::from(&next), expected),
    }
}

/// The realisations that change, by name: a line is shared by deals, so all of a shipment's are
/// looked at together.
fn follow_all(
    known: &Known,
    shipments: &[&Shipped],
    now: Timestamp,
) -> BTreeMap<RealisationName, Realisation> {
    let all = || known.deals.iter().flat_map(|(_, realisations)| realisations);
    let moved = shipments.iter().flat_map(|shipped| {
        let its: Vec<_> = all().filter(|one| one.shipment == shipped.name).cloned().collect();
        follow(shipped, &its, now)
    });
    moved.map(|next| (next.name.clone(), next)).collect()
}

/// The realisations of a deal that moved, and the deal as all of its own then draw it down.
fn draw(
    mut change: Change,
    deal: &Deal,
    realisations: &[Realisation],
    moved: &BTreeMap<RealisationName, Realisation>,
    now: Timestamp,
) -> Result<Change, Refusal> {
    let mut after = Vec::with_capacity(realisations.len());
    for before in realisations {
        let Some(next) = moved.get(&before.name) else {
            after.push(before.clone());
            continue;
        };
        let lowered = next.amount != before.amount;
        let kind = if lowered { REALISATION_LOWERED } else { REALISATION_SETTLED };
        change = realisation::write(change, kind, before, next);
        after.push(next.clone());
    }
    deal::draw(change, deal, &after, now)
}
