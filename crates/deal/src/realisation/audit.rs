//! What of realisations follows from their shipments.

use std::collections::BTreeMap;

use devisa_domain::{
    deal::{Shipped, realisation::follow},
    time::Timestamp,
};
use devisa_ledger::{
    StorageError,
    verify::{Audit, Differing},
};
use devisa_proto::convert::deal::realisation::render_realisation;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::rows::{ActiveModel, Column, Entity, Model};
use crate::shipped;

/// Compares realisations with the log, and with their shipments as these are known.
pub(crate) async fn audit(audit: &mut Audit) -> Result<(), StorageError> {
    audit
        .resources::<Entity, _, ActiveModel>(&[], render_realisation, |resource| resource.into())
        .await?;
    let what = "realisation: those of which state and amount were recomputed from shipments";
    let shown = Entity::find().filter(Column::DeleteTime.eq(0));
    let of = |row: &Model| row.shipment.clone();
    audit.parts::<shipped::Entity, Entity>(what, shown, Column::Shipment, of, compare).await
}

/// Nothing moves where all is as it follows; what would be lowered exceeds its line.
fn compare(shipped: &Shipped, rows: Vec<Model>) -> Vec<Differing> {
    let realisations: Vec<_> = rows.into_iter().map(|row| row.data.0).collect();
    let stored: BTreeMap<_, _> = realisations.iter().map(|one| (&one.name, one)).collect();
    let mut differing = Vec::new();
    for next in follow(shipped, &realisations, Timestamp::from_micros(0)) {
        let Some(found) = stored.get(&next.name) else { continue };
        let pairs = [
            ("amount", next.amount.to_string(), found.amount.to_string()),
            (
                "effective_amount",
                next.effective_amount().to_string(),
                found.effective_amount().to_string(),
            ),
            ("state", next.standing.as_str().to_owned(), found.standing.as_str().to_owned()),
        ];
        for (field, expected, found) in pairs.into_iter().filter(|(_, one, other)| one != other) {
            differing.push((format!("{} {field}", next.name), expected, found));
        }
    }
    differing
}
