//! Recording what happened or should happen to a shipment.

use devisa_domain::{
    meta::Meta,
    name::MilestoneName,
    refusal::Refusal,
    shipment::{Classifier, Milestone, MilestoneFacts, Shipment},
};
use devisa_ledger::{Change, Decision, Moment};
use devisa_proto::{
    convert::shipment::{Creation, consignment::render_shipment, milestone::render_milestone},
    shipment::v1 as wire,
};

use super::rows::row;
use crate::{
    events::{MILESTONE_RECORDED, SHIPMENT_PROGRESSED},
    shipment,
};

const ACTION: &str = "RecordMilestone";

/// The shipment, and the milestone that has the name already.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    pub(super) shipment: Shipment,
    pub(super) existing: Option<Milestone>,
}

/// Records a milestone; an actual one may move the shipment on.
pub(super) fn record(
    snapshot: &Snapshot,
    creation: &Creation<MilestoneName, MilestoneFacts>,
    moment: &Moment,
) -> Result<Decision<wire::Milestone>, Refusal> {
    let Snapshot { shipment, existing } = snapshot;
    if existing.is_some() {
        return Err(Refusal::Exists { resource: creation.name.to_string() });
    }
    let Creation { name, facts, provenance } = creation.clone();
    let after = progress(shipment, &facts, moment)?;
    let milestone = Milestone { name, meta: Meta::new(moment.now, provenance), facts };
    let response = render_milestone(&milestone);
    let change = Change::new().insert(row(&milestone, shipment)).event(
        MILESTONE_RECORDED,
        &milestone.name,
        None,
        &response,
    );
    let change = match after {
        // Whether it may be recorded rests on the shipment's state.
        None => change.rests_on::<shipment::Entity>(&shipment.name, shipment.meta.version),
        Some(after) => {
            change.update(shipment::ActiveModel::from(&after), shipment.meta.version).event(
                SHIPMENT_PROGRESSED,
                &after.name,
                Some(&render_shipment(shipment)),
                &render_shipment(&after),
            )
        }
    };
    Ok(Decision { change, response })
}

fn progress(
    shipment: &Shipment,
    facts: &MilestoneFacts,
    moment: &Moment,
) -> Result<Option<Shipment>, Refusal> {
    if facts.classifier == Classifier::Actual {
        return shipment.reached(facts.code, facts.event_time, ACTION, moment.now);
    }
    let expected = shipment.lifecycle.expect();
    expected.map_err(|no| no.refuse(&shipment.name, ACTION))?;
    Ok(None)
}
