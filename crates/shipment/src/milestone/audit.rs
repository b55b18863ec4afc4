//! What follows from milestones: the state and tier of their shipments.

use devisa_domain::{
    shipment::{Milestone, Shipment, Timeline},
    time::Timestamp,
};
use devisa_ledger::{
    StorageError,
    verify::{Audit, Differing},
};
use devisa_proto::convert::shipment::milestone::render_milestone;
use sea_orm::ActiveValue::NotSet;

use super::rows::{ActiveModel, Column, Entity, Model};
use crate::shipment;

/// Compares milestones, and shipments with what their milestones make of them.
pub(crate) async fn audit(audit: &mut Audit) -> Result<(), StorageError> {
    audit.resources::<Entity, _, ActiveModel>(&[], render_milestone, unscoped).await?;
    let of = |row: &Model| row.shipment.clone();
    let what = "milestone: those from which states and tiers were recomputed";
    audit.parts::<shipment::Entity, Entity>(what, Entity::find(), Column::Shipment, of, compare).await
}

/// A milestone lies in the scope of its shipment, which the milestone itself does not tell.
fn unscoped(milestone: &Milestone) -> ActiveModel {
    let row = ActiveModel::from(milestone);
    ActiveModel { scope_region: NotSet, scope_organisation: NotSet, ..row }
}

fn compare(shipment: &Shipment, rows: Vec<Model>) -> Vec<Differing> {
    let timeline: Timeline = rows.into_iter().map(|row| row.data.0).collect();
    let Some(recomputed) = shipment.following(timeline.progress(), Timestamp::from_micros(0))
    else {
        return Vec::new();
    };
    let told = |shipment: &Shipment| format!("{:?}", shipment.lifecycle);
    vec![("state and tier".to_owned(), told(&recomputed), told(shipment))]
}
