//! What is read of milestones.

use std::collections::{BTreeMap, BTreeSet};

use devisa_domain::{
    name::{MilestoneName, ShipmentName},
    shipment::{Shipment, Timeline},
};
use devisa_ledger::{Error, GuardSeen, Ledger};
use devisa_proto::convert::shipment::milestone::Recording;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::rows::{Column, Entity};
use crate::{Handlers, shipment, store};

/// A shipment and all of its milestones. Whoever records one bumps the guard: the state follows
/// from all of them, also from one that by itself changes nothing.
#[derive(Clone, Debug)]
pub(super) struct Voyage {
    pub(super) shipment: Shipment,
    pub(super) timeline: Timeline,
    pub(super) guard: GuardSeen,
}

/// The shipments that milestones are recorded of, as far as they exist.
pub(super) type Voyages = BTreeMap<ShipmentName, Voyage>;

/// The shipment that a milestone is of.
pub(super) fn shipment_of(milestone: &MilestoneName) -> ShipmentName {
    ShipmentName::new(milestone.shipment.clone())
}

impl Handlers {
    pub(super) async fn voyages(
        &self,
        recordings: impl IntoIterator<Item = &Recording>,
    ) -> Result<Voyages, Error> {
        let names: BTreeSet<_> = recordings.into_iter().map(|r| shipment_of(&r.name)).collect();
        let mut voyages = Voyages::new();
        for name in names {
            let guard = self.ledger.guard(guard_of(&name)).await?;
            if let Some(shipment) = store::find::<shipment::Entity>(&self.ledger, &name).await? {
                let timeline = timeline(&self.ledger, &name).await?;
                voyages.insert(name, Voyage { shipment, timeline, guard });
            }
        }
        Ok(voyages)
    }
}

/// The guard that whoever records a milestone of a shipment bumps.
pub(crate) fn guard_of(shipment: &impl ToString) -> String {
    format!("{}/milestones", shipment.to_string())
}

/// The milestones of a shipment.
pub(crate) async fn timeline(ledger: &Ledger, shipment: &impl ToString) -> Result<Timeline, Error> {
    let of_shipment = Entity::find().filter(Column::Shipment.eq(shipment.to_string()));
    let rows = of_shipment.all(ledger.reader()).await?;
    Ok(rows.into_iter().map(|row| row.data.0).collect())
}
