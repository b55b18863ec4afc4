//! Letting a release go: all of its shipments or none.

use std::collections::BTreeSet;

use devisa_domain::{
    meta::Meta,
    name::{Id, MilestoneName},
    provenance::Provenance,
    refusal::Refusal,
    shipment::{Milestone, MilestoneFacts, Release, Shipment, Totals, release::Departure},
    time::Timestamp,
};
use devisa_ledger::{Change, Decision, GuardSeen, Moment};
use devisa_proto::{
    convert::shipment::{
        consignment::render_shipment, milestone::render_milestone, release::render_release,
    },
    shipment::v1 as wire,
};

use super::rows::ActiveModel;
use crate::{
    events::{MILESTONE_RECORDED, RELEASE_DISPATCHED, SHIPMENT_RELEASED},
    milestone, shipment,
};

/// The id that the milestone of a departure gets, unless the shipment has another of this id.
const MILESTONE_ID: &str = "released";

/// A release, its members, and what the decision rests on.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    pub(super) release: Release,
    pub(super) members: Vec<Shipment>,
    pub(super) guards: Vec<GuardSeen>,
    pub(super) taken: BTreeSet<MilestoneName>,
}

/// The name that the milestone of a shipment's departure gets.
pub(super) fn milestone_name(shipment: &Shipment) -> MilestoneName {
    let id = Id::parse(MILESTONE_ID).unwrap_or_else(|_| unreachable!("the id is well formed"));
    MilestoneName::new(shipment.name.shipment.clone(), id)
}

/// Dispatches a release.
pub(super) fn dispatch(
    snapshot: &Snapshot,
    etag: &str,
    dispatch_time: Option<Timestamp>,
    moment: &Moment,
) -> Result<Decision<wire::Release>, Refusal> {
    let Snapshot { release, members, guards, taken } = snapshot;
    release.meta.check_etag(&release.name, etag)?;
    let Departure { release: after, shipments, milestone } =
        release.dispatched(members, dispatch_time, moment.now)?;
    let before = render_release(release, &Totals::of(members));
    let response = render_release(&after, &Totals::of(shipments.iter().map(|(_, after)| after)));
    let mut change = guards
        .iter()
        .fold(Change::new(), Change::guard)
        .update(ActiveModel::from(&after), release.meta.version)
        .event(RELEASE_DISPATCHED, &after.name, Some(&before), &response);
    for (_, shipment) in &shipments {
        change = record(change, shipment, &milestone, taken, moment);
    }
    for (before, after) in &shipments {
        change = change.update(shipment::ActiveModel::from(after), before.meta.version).event(
            SHIPMENT_RELEASED,
            &after.name,
            Some(&render_shipment(before)),
            &render_shipment(after),
        );
    }
    Ok(Decision { change, response })
}

fn record(
    change: Change,
    shipment: &Shipment,
    facts: &MilestoneFacts,
    taken: &BTreeSet<MilestoneName>,
    moment: &Moment,
) -> Change {
    let mut name = milestone_name(shipment);
    if taken.contains(&name) {
        name.milestone = Id::generate();
    }
    let meta = Meta::new(moment.now, Provenance::default());
    let milestone = Milestone { name, meta, facts: facts.clone() };
    change.insert(milestone::row(&milestone, shipment)).event(
        MILESTONE_RECORDED,
        &milestone.name,
        None,
        &render_milestone(&milestone),
    )
}
