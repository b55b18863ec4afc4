//! What hearing of shipments depends on.

use std::collections::{BTreeMap, BTreeSet};

use devisa_domain::{
    deal::{Deal, Realisation, Shipped},
    name::{DealName, ShipmentName},
};
use devisa_ledger::{Error, GuardSeen, Ledger};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::rows::{Column, Entity};
use crate::{
    deal, realisation,
    store::{self, Table},
};

/// The shipments heard of as they are known, and all that depends on them.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// Each with the guard of its realisations.
    pub(super) shipments: BTreeMap<ShipmentName, (GuardSeen, Shipped)>,
    /// The deals that they draw down, each with all its realisations that are not hidden.
    pub(super) deals: Vec<(Deal, Vec<Realisation>)>,
}

/// Reads what is known of shipments and depends on them.
pub(super) async fn known(ledger: &Ledger, names: &BTreeSet<ShipmentName>) -> Result<Known, Error> {
    // The guards first, and a deal before its realisations: what changes between two reads then
    // makes the one read first move.
    let mut guards = Vec::with_capacity(names.len());
    for name in names {
        guards.push((name.clone(), ledger.guard(name.to_string()).await?));
    }
    let mut found = shipped(ledger, names).await?;
    let with_guard = |(name, guard): (ShipmentName, GuardSeen)| {
        let shipped = found.remove(&name).unwrap_or_else(|| Shipped::unheard(name.clone()));
        (name, (guard, shipped))
    };
    let shipments = guards.into_iter().map(with_guard).collect();
    let mut deals = Vec::new();
    for name in deals_of(ledger, names).await? {
        let deal = store::get::<deal::Entity>(ledger, &name).await?;
        deals.push((deal, realisation::of_deal(ledger, &name).await?));
    }
    Ok(Known { shipments, deals })
}

async fn shipped(
    ledger: &Ledger,
    names: &BTreeSet<ShipmentName>,
) -> Result<BTreeMap<ShipmentName, Shipped>, Error> {
    let names = names.iter().map(ToString::to_string);
    let rows = Entity::find().filter(Column::Name.is_in(names)).all(ledger.reader()).await?;
    let shipped = rows.into_iter().map(Entity::resource);
    Ok(shipped.map(|shipped| (shipped.name.clone(), shipped)).collect())
}

async fn deals_of(
    ledger: &Ledger,
    names: &BTreeSet<ShipmentName>,
) -> Result<BTreeSet<DealName>, Error> {
    let realisations = realisation::of_shipments(ledger, names).await?;
    Ok(realisations.iter().map(Realisation::deal).collect())
}
