//! What hearing of shipments depends on.

use std::collections::{BTreeMap, BTreeSet};

use devisa_domain::{
    deal::{Deal, Realisation, Shipped},
    name::{DealName, ShipmentName},
};
use devisa_ledger::{Error, GuardSeen, Ledger, verify::differing_columns};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, IntoActiveModel,
    QueryFilter, QueryResult, QueryTrait,
};

use super::rows::{ActiveModel, Column, Entity, Model};
use crate::{
    deal, realisation,
    store::{self, Table},
};

/// The shipments heard of as they are known, and all that depends on them.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// Each as it was seen.
    pub(super) shipments: BTreeMap<ShipmentName, Seen>,
    /// The deals that they draw down, each with all its realisations that are not hidden.
    pub(super) deals: Vec<(Deal, Vec<Realisation>)>,
}

/// A shipment as its row was seen.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// Moves with its row and with its realisations.
    pub(super) guard: GuardSeen,
    /// What its row holds; none where nothing was heard of it, or its row cannot be read.
    pub(super) row: Option<Shipped>,
    /// It has a row that cannot be read, or whose columns say something else than it holds.
    pub(super) is_broken: bool,
}

impl Known {
    /// Deals alone, with their realisations.
    pub(super) fn of_deals(deals: Vec<(Deal, Vec<Realisation>)>) -> Self {
        Self { shipments: BTreeMap::new(), deals }
    }
}

/// Reads what is known of shipments and depends on them.
pub(super) async fn known(ledger: &Ledger, names: &BTreeSet<ShipmentName>) -> Result<Known, Error> {
    // The guards first, and a deal before its realisations: what changes between two reads then
    // makes the one read first move.
    let mut guards = Vec::with_capacity(names.len());
    for name in names {
        guards.push((name.clone(), ledger.guard(name.to_string()).await?));
    }
    let mut found = rows(ledger, names).await?;
    let seen = |(name, guard): (ShipmentName, GuardSeen)| {
        let (row, is_broken) = found.remove(&name.to_string()).unwrap_or_default();
        (name, Seen { guard, row, is_broken })
    };
    let shipments = guards.into_iter().map(seen).collect();
    let deals = with_realisations(ledger, deals_of(ledger, names).await?).await?;
    Ok(Known { shipments, deals })
}

/// Deals, each read before its realisations.
pub(super) async fn with_realisations(
    ledger: &Ledger,
    names: impl IntoIterator<Item = DealName>,
) -> Result<Vec<(Deal, Vec<Realisation>)>, Error> {
    let mut deals = Vec::new();
    for name in names {
        let deal = store::get::<deal::Entity>(ledger, &name).await?;
        deals.push((deal, realisation::of_deal(ledger, &name).await?));
    }
    Ok(deals)
}

/// What rows hold, by name, and whether they are broken.
async fn rows(
    ledger: &Ledger,
    names: &BTreeSet<ShipmentName>,
) -> Result<BTreeMap<String, (Option<Shipped>, bool)>, Error> {
    let names = names.iter().map(ToString::to_string);
    let select = Entity::find().filter(Column::Name.is_in(names));
    let statement = select.build(ledger.reader().get_database_backend());
    let rows = ledger.reader().query_all_raw(statement).await?;
    let row = |row: &QueryResult| {
        let model = Model::from_query_result(row, "").ok();
        Ok((row.try_get("", "name")?, model.map_or((None, true), read)))
    };
    Ok(rows.iter().map(row).collect::<Result<_, DbErr>>()?)
}

fn read(model: Model) -> (Option<Shipped>, bool) {
    let written = ActiveModel::from(&model.data.0);
    let is_broken = !differing_columns(&written, &model.clone().into_active_model()).is_empty();
    (Some(Entity::resource(model)), is_broken)
}

async fn deals_of(
    ledger: &Ledger,
    names: &BTreeSet<ShipmentName>,
) -> Result<BTreeSet<DealName>, Error> {
    let realisations = realisation::of_shipments(ledger, names).await?;
    Ok(realisations.iter().map(Realisation::deal).collect())
}
