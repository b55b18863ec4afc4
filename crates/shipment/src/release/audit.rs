//! What releases come to: by their shipments, and by the rows of the lines.

use std::collections::BTreeMap;

use devisa_domain::shipment::{Release, Shipment, Totals};
use devisa_ledger::{
    StorageError,
    verify::{Audit, Differing},
};
use devisa_proto::convert::shipment::release::render_release;
use sea_orm::EntityTrait;

use super::rows::{ActiveModel, Entity};
use crate::shipment;

/// What the rows of the lines say of a release: how many shipments and lines, and the value in each
/// currency in minor units.
#[derive(Debug, Default)]
struct Counted {
    shipments: i64,
    lines: i64,
    values: BTreeMap<String, i128>,
}

/// Compares releases, and what they come to.
pub(crate) async fn audit(audit: &mut Audit) -> Result<(), StorageError> {
    // What it comes to is no part of a release's row: an event tells what it came to then.
    let render = |release: &Release| render_release(release, &Totals::default());
    audit
        .resources::<Entity, _, ActiveModel>(&["totals"], render, |resource| resource.into())
        .await?;
    let counted = counted(audit).await?;
    let of = |row: &shipment::Model| row.release.clone();
    let what = "shipment: those of which the totals of releases were recomputed";
    let column = shipment::Column::Release;
    let check = |release: &Release, members: Vec<shipment::Model>| {
        let members: Vec<_> = members.into_iter().map(|row| row.data.0).collect();
        compare(&members, counted.get(&release.name.to_string()).unwrap_or(&Counted::default()))
    };
    audit.parts::<Entity, shipment::Entity>(what, shipment::Entity::find(), column, of, check).await
}

fn compare(members: &[Shipment], counted: &Counted) -> Vec<Differing> {
    let totals = Totals::of(members);
    let values: BTreeMap<_, _> = totals
        .values
        .iter()
        .map(|value| (value.currency().code().to_owned(), value.minor()))
        .collect();
    let expected = [
        ("totals.shipment_count", totals.shipments.to_string(), counted.shipments.to_string()),
        ("totals.line_count", totals.lines.to_string(), counted.lines.to_string()),
        ("totals.values", format!("{values:?}"), format!("{:?}", counted.values)),
    ];
    let differing = expected.into_iter().filter(|(_, expected, found)| expected != found);
    differing.map(|(field, expected, found)| (field.to_owned(), expected, found)).collect()
}

async fn counted(audit: &Audit) -> Result<BTreeMap<String, Counted>, StorageError> {
    let sql = "SELECT s.\"release\" AS name, l.currency, COUNT(*) AS lines, \
               CAST(SUM(l.value_minor) AS BIGINT) AS minor FROM shipment s \
               JOIN shipment_line l ON l.shipment = s.name \
               WHERE s.state <> 'CANCELLED' AND s.\"release\" <> '' \
               GROUP BY s.\"release\", l.currency";
    let mut releases = BTreeMap::<String, Counted>::new();
    for row in audit.ask(sql).await? {
        let counted = releases.entry(row.try_get("", "name")?).or_default();
        counted.lines += row.try_get::<i64>("", "lines")?;
        let minor: i64 = row.try_get("", "minor")?;
        counted.values.insert(row.try_get("", "currency")?, minor.into());
    }
    let sql = "SELECT \"release\" AS name, COUNT(*) AS n FROM shipment \
               WHERE state <> 'CANCELLED' AND \"release\" <> '' GROUP BY \"release\"";
    for row in audit.ask(sql).await? {
        releases.entry(row.try_get("", "name")?).or_default().shipments = row.try_get("", "n")?;
    }
    Ok(releases)
}
