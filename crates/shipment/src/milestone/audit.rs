//! What follows from milestones: the state and tier of their shipments. And what of milestones follows
//! from their shipments: the scope in which they lie.

use std::collections::BTreeMap;

use devisa_domain::{
    shipment::{Milestone, Shipment, Timeline},
    time::Timestamp,
};
use devisa_ledger::{
    StorageError,
    verify::{Audit, Differing},
};
use devisa_proto::{convert::shipment::milestone::render_milestone, shipment::v1 as wire};
use prost::Message;
use sea_orm::{ActiveValue::NotSet, EntityTrait};

use super::rows::{ActiveModel, Column, Entity, Model};
use crate::shipment;

/// Compares milestones, and shipments with what their milestones make of them.
pub(crate) async fn audit(audit: &mut Audit) -> Result<(), StorageError> {
    audit.resources::<Entity, _, ActiveModel>(&[], render_milestone, unscoped).await?;
    let of = |row: &Model| row.shipment.clone();
    let what = "milestone: those from which states and tiers were recomputed";
    let column = Column::Shipment;
    audit.parts::<shipment::Entity, Entity>(what, Entity::find(), column, of, compare).await?;
    former_exporters(audit).await
}

/// A milestone lies in the scope of its shipment, which the milestone itself does not tell.
fn unscoped(milestone: &Milestone) -> ActiveModel {
    let row = ActiveModel::from(milestone);
    ActiveModel { scope_region: NotSet, scope_organisation: NotSet, ..row }
}

fn compare(shipment: &Shipment, rows: Vec<Model>) -> Vec<Differing> {
    let mut differing: Vec<_> = rows.iter().filter_map(|row| region(shipment, row)).collect();
    let timeline: Timeline = rows.into_iter().map(|row| row.data.0).collect();
    if let Some(next) = shipment.following(timeline.progress(), Timestamp::from_micros(0)) {
        let told = |shipment: &Shipment| format!("{:?}", shipment.lifecycle);
        differing.push(("state and tier".to_owned(), told(&next), told(shipment)));
    }
    differing
}

/// A milestone of the exporter that the shipment still has lies in its region.
fn region(shipment: &Shipment, row: &Model) -> Option<Differing> {
    let expected = shipment.region().map(ToString::to_string).unwrap_or_default();
    let is_its = row.scope_organisation == shipment.facts.exporter.to_string();
    (is_its && row.scope_region != expected)
        .then(|| (format!("{} scope_region", row.name), expected, row.scope_region.clone()))
}

/// Milestones of another exporter than the shipment has now: it must have had that one.
async fn former_exporters(audit: &mut Audit) -> Result<(), StorageError> {
    let sql = "SELECT m.name, m.scope_organisation AS found, s.exporter AS expected, e.data \
               FROM milestone m JOIN shipment s ON s.name = m.shipment \
               LEFT JOIN event e ON e.subject = s.name \
               WHERE m.scope_organisation <> s.exporter ORDER BY m.name";
    let mut odd = BTreeMap::<String, (String, String, bool)>::new();
    for row in audit.ask(sql).await? {
        let found: String = row.try_get("", "found")?;
        let data: Option<Vec<u8>> = row.try_get("", "data")?;
        let told = data.and_then(|data| wire::Shipment::decode(data.as_slice()).ok());
        let is_told = told.is_some_and(|told| told.exporter == found);
        let expected = row.try_get("", "expected")?;
        let one = odd.entry(row.try_get("", "name")?).or_insert((expected, found, false));
        one.2 |= is_told;
    }
    let regions = odd.values().filter(|(_, _, is_told)| *is_told).count();
    for (name, (expected, found, _)) in odd.iter().filter(|(_, (_, _, is_told))| !is_told) {
        let expected = format!("{expected}, or a former exporter of the shipment");
        audit.differ(name, "column scope_organisation", expected, found.clone());
    }
    if regions > 0 {
        audit.not_compared(format!(
            "the region of {regions} milestones recorded under a former exporter: no event tells \
             where that was"
        ));
    }
    Ok(())
}
