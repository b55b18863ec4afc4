//! What may happen to a shipment by itself.

use devisa_domain::{
    name::ShipmentName,
    refusal::{Refusal, Violation, both},
    shipment::{Shipment, ShipmentFacts, update::Update},
    time::Date,
};
use devisa_ledger::{Change, Decision, Moment};
use devisa_proto::{
    convert::shipment::{
        Creation, Stated,
        consignment::{UpdateShipment, parse_shipment, render_shipment},
    },
    shipment::v1 as wire,
};

use super::{
    references::References,
    rows::{ActiveModel, insert_lines, replace_lines},
};
use crate::{
    events::{SHIPMENT_CANCELLED, SHIPMENT_CONFIRMED, SHIPMENT_CREATED, SHIPMENT_UPDATED},
    milestone,
};

/// What a new shipment refers to, and the one that has its name already.
#[derive(Clone, Debug)]
pub(super) struct NewSnapshot {
    pub(super) existing: Option<Shipment>,
    pub(super) references: References,
}

/// Drafts a shipment, unless its name is taken.
pub(super) fn create(
    snapshot: &NewSnapshot,
    creation: &Creation<ShipmentName, ShipmentFacts>,
    moment: &Moment,
) -> Result<Decision<wire::Shipment>, Refusal> {
    let NewSnapshot { existing, references } = snapshot;
    let Creation { name, facts, provenance } = creation.clone();
    if existing.is_some() {
        return Err(Refusal::id_taken("shipment_id", &name));
    }
    let parties = references.check(&facts, None, "CreateShipment");
    let kept = parties.as_ref().ok().cloned().unwrap_or_default();
    let drafted = Shipment::draft(name, facts, provenance, kept, moment.now);
    let (shipment, _) = both(drafted.map_err(under_shipment), parties)?;
    let response = render_shipment(&shipment);
    let change = references.guard(Change::new()).insert(ActiveModel::from(&shipment));
    let change =
        insert_lines(change, &shipment).event(SHIPMENT_CREATED, &shipment.name, None, &response);
    Ok(Decision { change, response })
}

/// Drafts a shipment of an import, unless it is on record with the very same facts: then the row has
/// come before.
pub(super) fn import(
    snapshot: &NewSnapshot,
    creation: &Creation<ShipmentName, ShipmentFacts>,
    moment: &Moment,
) -> Result<Decision<wire::Shipment>, Refusal> {
    let same = |existing: &&Shipment| {
        existing.facts == creation.facts && existing.meta.provenance == creation.provenance
    };
    match snapshot.existing.as_ref().filter(same) {
        Some(existing) => {
            Ok(Decision { change: Change::new(), response: render_shipment(existing) })
        }
        None => create(snapshot, creation, moment),
    }
}

/// A shipment, what it would be, and what it would newly refer to.
#[derive(Clone, Debug)]
pub(super) struct UpdateSnapshot {
    pub(super) current: Shipment,
    pub(super) stated: Result<Stated<ShipmentFacts>, Refusal>,
    pub(super) references: References,
}

/// What a shipment is to be.
pub(super) fn merged(current: &Shipment, command: &UpdateShipment) -> wire::Shipment {
    command.mask.lay(&render_shipment(current), &command.patch)
}

/// Reads what a shipment is to be.
pub(super) fn stated(
    merged: &wire::Shipment,
    today: Date,
) -> Result<Stated<ShipmentFacts>, Refusal> {
    parse_shipment(merged, today).map_err(under_shipment)
}

/// Changes a shipment's facts.
pub(super) fn update(
    snapshot: &UpdateSnapshot,
    command: &UpdateShipment,
    moment: &Moment,
) -> Result<Decision<wire::Shipment>, Refusal> {
    let UpdateSnapshot { current, stated, references } = snapshot;
    current.meta.check_etag(&current.name, &command.patch.etag)?;
    let Stated { facts, provenance } = stated.clone()?;
    let parties = references.check(&facts, Some(current), "UpdateShipment");
    // What the state forbids is told before what does not exist.
    let kept = parties.as_ref().ok().cloned().unwrap_or_default();
    let update = Update { facts, provenance, reason: command.reason.clone() };
    let after = current.updated(update, kept, &moment.actor, moment.now)?;
    parties?;
    let Some(after) = after else {
        return Ok(Decision { change: Change::new(), response: render_shipment(current) });
    };
    let change = references.guard(Change::new());
    let change =
        if changes_lines(current, &after) { replace_lines(change, &after) } else { change };
    let Decision { change, response } = moved(change, current, &after, SHIPMENT_UPDATED);
    Ok(Decision { change: milestone::follow(change, current, &after), response })
}

/// Whether the rows of lines and of their parts are others: where goods were made depends on the
/// exporter and on the producers, too.
fn changes_lines(before: &Shipment, after: &Shipment) -> bool {
    before.facts.lines != after.facts.lines
        || before.facts.exporter != after.facts.exporter
        || before.parties != after.parties
}

/// DRAFT becomes READY.
pub(super) fn confirm(
    current: &Shipment,
    etag: &str,
    moment: &Moment,
) -> Result<Decision<wire::Shipment>, Refusal> {
    current.meta.check_etag(&current.name, etag)?;
    let after = current.confirmed(moment.now)?;
    Ok(moved(Change::new(), current, &after, SHIPMENT_CONFIRMED))
}

/// DRAFT or READY becomes CANCELLED.
pub(super) fn cancel(
    current: &Shipment,
    etag: &str,
    reason: &str,
    moment: &Moment,
) -> Result<Decision<wire::Shipment>, Refusal> {
    current.meta.check_etag(&current.name, etag)?;
    let after = current.cancelled(reason, moment.now)?;
    Ok(moved(Change::new(), current, &after, SHIPMENT_CANCELLED))
}

fn moved(
    change: Change,
    before: &Shipment,
    after: &Shipment,
    event: &'static str,
) -> Decision<wire::Shipment> {
    let response = render_shipment(after);
    let change = change.update(ActiveModel::from(after), before.meta.version).event(
        event,
        &after.name,
        Some(&render_shipment(before)),
        &response,
    );
    Decision { change, response }
}

fn under_shipment(violations: Vec<Violation>) -> Refusal {
    Refusal::Invalid(violations.into_iter().map(|violation| violation.under("shipment")).collect())
}

#[cfg(test)]
mod tests;
