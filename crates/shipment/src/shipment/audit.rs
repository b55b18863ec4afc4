//! What follows from shipments: the rows of their lines.

use devisa_domain::shipment::Shipment;
use devisa_ledger::{
    StorageError,
    verify::{Audit, Differing, differing_columns},
};
use devisa_proto::convert::shipment::consignment::render_shipment;
use sea_orm::IntoActiveModel;

use super::rows::{ActiveModel, Entity, line, lines};

/// Compares shipments and their lines.
pub(crate) async fn audit(audit: &mut Audit) -> Result<(), StorageError> {
    audit
        .resources::<Entity, _, ActiveModel>(&[], render_shipment, |resource| resource.into())
        .await?;
    let of = |row: &line::Model| row.shipment.clone();
    let (what, column) = ("shipment line: rows with their lines", line::Column::Shipment);
    audit.parts::<Entity, line::Entity>(what, column, of, compare).await
}

fn compare(shipment: &Shipment, mut rows: Vec<line::Model>) -> Vec<Differing> {
    rows.sort_by_key(|row| row.line_index);
    let mut differing = Vec::new();
    let (expected, found) = (shipment.facts.lines.len(), rows.len());
    if expected != found {
        let (expected, found) = (expected.to_string(), found.to_string());
        differing.push(("shipment_line rows".to_owned(), expected, found));
    }
    for (index, (expected, row)) in lines(shipment).zip(rows).enumerate() {
        for (column, expected, found) in differing_columns(&expected, &row.into_active_model()) {
            differing.push((format!("lines[{index}] {column}"), expected, found));
        }
    }
    differing
}
