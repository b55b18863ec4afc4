//! Compares what is known of shipments with what their service's log tells.
//!
//! A row says what the log told up to the projection's place, or later: what was asked for, and what
//! a rebuild wrote, is ahead of it.

use devisa_domain::deal::Shipped;
use devisa_ledger::{
    Error, StorageError,
    verify::{Audit, differing_columns},
};
use devisa_proto::compare::differing_values;
use sea_orm::IntoActiveModel;

use super::{
    follow::NAME,
    news::News,
    rows::{ActiveModel, Entity},
    told::{ShipmentLog, Stretch, Telling, Told},
};

/// Compares every projected shipment with the log, both ways, and the projection's place; holds so
/// many shipments at once.
pub(crate) async fn audit(
    audit: &mut Audit,
    log: Option<&ShipmentLog>,
    at_once: usize,
) -> Result<(), StorageError> {
    columns(audit).await?;
    let unknown = || "neither its database nor where it answers is known".to_owned();
    let why = match log {
        None => unknown(),
        Some(log) => match with_log(audit, log, at_once).await {
            Ok(()) => return Ok(()),
            Err(Error::Refused(refusal)) => refusal.to_string(),
            Err(Error::Storage(error)) => return Err(error),
        },
    };
    audit.not_compared(format!("what is known of shipments with the log of their service: {why}"));
    Ok(())
}

/// Tells of rows that cannot be read, and of columns that are not as their row has it.
async fn columns(audit: &mut Audit) -> Result<(), StorageError> {
    let (mut after, mut compared) = (String::new(), 0);
    loop {
        let page = audit.rows_after::<Entity>(&after).await?;
        let Some((last, _)) = page.last() else { break };
        after.clone_from(last);
        compared += page.len() as u64;
        for (name, model) in page {
            let model = match model {
                Ok(model) => model,
                Err(error) => {
                    audit.differ(&name, "row", "one that can be read", error);
                    continue;
                }
            };
            let written = ActiveModel::from(&model.data.0);
            for (column, expected, found) in differing_columns(&written, &model.into_active_model())
            {
                audit.differ(&name, column, expected, found);
            }
        }
    }
    audit.compared("shipped: rows with their columns", compared);
    Ok(())
}

async fn with_log(audit: &mut Audit, log: &ShipmentLog, at_once: usize) -> Result<(), Error> {
    let place = place(audit).await?;
    let may_lag = matches!(log, ShipmentLog::Service(_));
    let mut telling = Telling::open(log, Some(place.clone()), at_once).await?;
    let (mut after, mut compared) = (Some(String::new()), 0);
    while let Some(behind) = after {
        let stretch = telling.stretch(behind, None).await?;
        compared += stretch.told.len() as u64;
        after = stretch.last.clone();
        stretch_with_rows(audit, stretch, may_lag).await?;
    }
    if !telling.reaches(&place).await? {
        let projection = format!("projection {NAME}");
        audit.differ(&projection, "revision", "one of the shipment service's log", place);
    }
    audit.compared("shipped: rows with the shipment service's log", compared);
    let events = telling.whole().events as u64;
    audit.compared("shipment service: events that tell of them", events);
    Ok(())
}

async fn place(audit: &Audit) -> Result<String, StorageError> {
    let rows = audit.ask(&format!("SELECT revision FROM projection WHERE name = '{NAME}'")).await?;
    Ok(rows.first().map(|row| row.try_get("", "revision")).transpose()?.unwrap_or_default())
}

/// Compares the rows of a stretch with what is told of it, both ways.
async fn stretch_with_rows(
    audit: &mut Audit,
    mut stretch: Stretch,
    may_lag: bool,
) -> Result<(), StorageError> {
    let mut after = stretch.after.clone();
    'rows: loop {
        let page = audit.rows_after::<Entity>(&after).await?;
        let Some((last, _)) = page.last() else { break };
        after.clone_from(last);
        for (name, model) in page {
            if !stretch.holds(&name) {
                break 'rows;
            }
            let row = model.ok().map(|model| model.data.0);
            let told = name.parse().ok().and_then(|name| stretch.told.remove(&name));
            match (told, row) {
                (Some(told), Some(row)) => compare(audit, &told, &row, may_lag),
                // What cannot be read has been told.
                (Some(_), None) => {}
                (None, Some(row)) if may_lag && row.asked().is_some() => {}
                (None, _) => audit.differ(&name, "row", "none, as no event tells of it", "one"),
            }
        }
    }
    for (name, told) in stretch.told {
        if told.base.is_heard_of() {
            audit.differ(&name, "row", "one", "none");
        }
    }
    Ok(())
}

fn compare(audit: &mut Audit, told: &Told, row: &Shipped, may_lag: bool) {
    let mut expected = told.base.clone();
    let is_rows = |news: &&News| match (news.facts(), row.asked()) {
        (Some(facts), Some(version)) => facts.version == version,
        (Some(_), None) => news.revision == row.revision,
        (None, _) => false,
    };
    if let Some(facts) = told.since.iter().rev().find(is_rows).and_then(News::facts) {
        expected.hear(facts.clone(), &row.revision);
    } else if row.asked().is_some_and(|version| {
        // Of a version whose event was superseded and removed, or is not told yet, the log says
        // nothing.
        let heard = told.base.meta.version;
        let since = told.since.iter().filter_map(News::facts).map(|facts| facts.version);
        let newest = since.max().unwrap_or_default().max(heard);
        version > heard && (version < newest || version > newest && may_lag)
    }) {
        expected = expected.joined(row);
    }
    for milestone in told.since.iter().filter_map(News::milestone) {
        if row.milestones().any(|passed| passed.name == milestone.name) {
            expected.pass(milestone.clone());
        }
    }
    for differing in differing_values(&expected, row) {
        audit.differ(&row.name, differing.path, differing.one, differing.other);
    }
}
