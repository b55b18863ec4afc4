//! What follows from milestones: the state and tier of their shipments. And what of milestones follows
//! from their shipments: the scope in which they lie.

use devisa_domain::{
    shipment::{Milestone, Shipment, Timeline},
    time::Timestamp,
};
use devisa_ledger::{
    StorageError,
    verify::{Audit, Differing, differing_columns},
};
use devisa_proto::convert::shipment::milestone::render_milestone;
use sea_orm::{ActiveValue::NotSet, EntityTrait, IntoActiveModel};

use super::rows::{ActiveModel, Column, Entity, Model, scope};
use crate::shipment;

/// Compares milestones, and shipments with what their milestones make of them.
pub(crate) async fn audit(audit: &mut Audit) -> Result<(), StorageError> {
    audit.resources::<Entity, _, ActiveModel>(&[], render_milestone, unscoped).await?;
    let of = |row: &Model| row.shipment.clone();
    let what = "milestone: those from which states and tiers were recomputed";
    let column = Column::Shipment;
    audit.parts::<shipment::Entity, Entity>(what, Entity::find(), column, of, compare).await
}

/// A milestone lies in the scope of its shipment, which the milestone itself does not tell.
fn unscoped(milestone: &Milestone) -> ActiveModel {
    let row = ActiveModel::from(milestone);
    ActiveModel { scope_region: NotSet, scope_organisation: NotSet, ..row }
}

fn compare(shipment: &Shipment, rows: Vec<Model>) -> Vec<Differing> {
    let mut differing: Vec<_> = rows.iter().flat_map(|row| misplaced(shipment, row)).collect();
    let timeline: Timeline = rows.into_iter().map(|row| row.data.0).collect();
    if let Some(recomputed) = shipment.following(timeline.progress(), Timestamp::from_micros(0)) {
        let told = |shipment: &Shipment| format!("{:?}", shipment.lifecycle);
        differing.push(("state and tier".to_owned(), told(&recomputed), told(shipment)));
    }
    differing
}

/// Where the row of a milestone says that it lies in another scope than its shipment.
fn misplaced(shipment: &Shipment, found: &Model) -> Vec<Differing> {
    let name = &found.data.0.name;
    let differing = differing_columns(&scope(shipment), &found.clone().into_active_model());
    let named =
        |(column, expected, found): Differing| (format!("{name} {column}"), expected, found);
    differing.into_iter().map(named).collect()
}
