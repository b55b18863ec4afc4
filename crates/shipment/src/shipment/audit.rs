//! What follows from shipments: the rows of their lines, and of the parts of their lines.

use devisa_domain::shipment::Shipment;
use devisa_ledger::{
    StorageError,
    verify::{Audit, Differing, differing_columns},
};
use devisa_proto::convert::shipment::consignment::render_shipment;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, ModelTrait};

use super::rows::{ActiveModel, Entity, line, lines, part, parts};

/// Compares shipments, their lines and the parts of those.
pub(crate) async fn audit(audit: &mut Audit) -> Result<(), StorageError> {
    audit
        .resources::<Entity, _, ActiveModel>(&[], render_shipment, |resource| resource.into())
        .await?;
    let of = |row: &line::Model| row.shipment.clone();
    let (what, column) = ("shipment line: rows with their lines", line::Column::Shipment);
    let compare_lines = |shipment: &Shipment, mut rows: Vec<line::Model>| {
        rows.sort_by_key(|row| row.line_index);
        compare("shipment_line", "lines", lines(shipment).collect(), rows)
    };
    audit
        .parts::<Entity, line::Entity>(what, line::Entity::find(), column, of, compare_lines)
        .await?;

    let of = |row: &part::Model| row.shipment.clone();
    let (what, column) = ("shipment part: rows with their lines", part::Column::Shipment);
    let compare_parts = |shipment: &Shipment, mut rows: Vec<part::Model>| {
        rows.sort_by(|a, b| (a.line_index, &a.regency).cmp(&(b.line_index, &b.regency)));
        compare("shipment_part", "parts", parts(shipment).collect(), rows)
    };
    audit.parts::<Entity, part::Entity>(what, part::Entity::find(), column, of, compare_parts).await
}

/// Compares rows with what they should be, both in the same order.
fn compare<A, M>(table: &str, list: &str, expected: Vec<A>, rows: Vec<M>) -> Vec<Differing>
where
    A: ActiveModelTrait,
    M: ModelTrait<Entity = A::Entity> + IntoActiveModel<A>,
    A::Entity: EntityTrait<Model = M>,
{
    let mut differing = Vec::new();
    if expected.len() != rows.len() {
        let (expected, found) = (expected.len().to_string(), rows.len().to_string());
        differing.push((format!("{table} rows"), expected, found));
    }
    for (index, (expected, row)) in expected.iter().zip(rows).enumerate() {
        for (column, expected, found) in differing_columns(expected, &row.into_active_model()) {
            differing.push((format!("{list}[{index}] {column}"), expected, found));
        }
    }
    differing
}
