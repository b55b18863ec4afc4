//! Recording what happened or should happen to shipments.

use devisa_domain::{
    meta::Meta,
    refusal::Refusal,
    shipment::{Milestone, Shipment},
};
use devisa_ledger::{Change, Decision, Moment};
use devisa_proto::{
    convert::shipment::{
        consignment::render_shipment,
        milestone::{Recording, render_milestone},
    },
    shipment::v1 as wire,
};

use super::{
    load::{Voyage, Voyages, shipment_of},
    rows::row,
};
use crate::{
    events::{MILESTONE_RECORDED, SHIPMENT_PROGRESSED, SHIPMENT_REVERTED},
    shipment,
};

/// Records one milestone.
pub(super) fn record(
    voyages: &Voyages,
    recording: &Recording,
    moment: &Moment,
) -> Result<Decision<wire::Milestone>, Refusal> {
    let mut after = voyages.clone();
    let milestone = take(&mut after, recording, "RecordMilestone", moment)?;
    let response = render_milestone(&milestone);
    let change = change(voyages, &after, &[milestone], moment);
    Ok(Decision { change, response })
}

/// Records several milestones, all or none. One that could not be read is told with those that may
/// not be recorded.
pub(super) fn record_all(
    voyages: &Voyages,
    recordings: &[Result<Recording, Refusal>],
    moment: &Moment,
) -> Result<Decision<wire::BatchRecordMilestonesResponse>, Refusal> {
    let mut after = voyages.clone();
    let mut milestones = Vec::new();
    let mut refused = Vec::new();
    for (index, recording) in recordings.iter().enumerate() {
        let taken = recording.as_ref().map_err(Clone::clone);
        let taken = taken.and_then(|it| take(&mut after, it, "BatchRecordMilestones", moment));
        match taken {
            Ok(milestone) => milestones.push(milestone),
            Err(refusal) => refused.push(refusal.under(&format!("requests[{index}]"))),
        }
    }
    if let Some(refusal) = Refusal::together(refused) {
        return Err(refusal);
    }
    let change = change(voyages, &after, &milestones, moment);
    let milestones = milestones.iter().map(render_milestone).collect();
    Ok(Decision { change, response: wire::BatchRecordMilestonesResponse { milestones } })
}

/// Adds a milestone to those of its shipment.
fn take(
    voyages: &mut Voyages,
    recording: &Recording,
    action: &str,
    moment: &Moment,
) -> Result<Milestone, Refusal> {
    let Recording { name, facts, provenance } = recording.clone();
    let of = shipment_of(&name);
    let Some(Voyage { shipment, timeline, .. }) = voyages.get_mut(&of) else {
        return Err(Refusal::NotFound { resource: of.to_string() });
    };
    if timeline.contains(&name) {
        return Err(Refusal::id_taken("milestone_id", &name));
    }
    shipment.check_milestone(facts.classifier, action)?;
    if let Some(corrects) = &facts.corrects {
        let checked = timeline.check_correction(corrects);
        checked.map_err(|broken| Refusal::field("milestone.corrects", broken))?;
    }
    let milestone = Milestone { name, meta: Meta::new(moment.now, provenance), facts };
    timeline.add(milestone.clone());
    Ok(milestone)
}

/// The milestones, then each shipment that they move.
fn change(before: &Voyages, after: &Voyages, milestones: &[Milestone], moment: &Moment) -> Change {
    let mut change = Change::new();
    for milestone in milestones {
        if let Some(voyage) = before.get(&shipment_of(&milestone.name)) {
            change = change.guard(&voyage.guard).insert(row(milestone, &voyage.shipment)).event(
                MILESTONE_RECORDED,
                &milestone.name,
                None,
                &render_milestone(milestone),
            );
        }
    }
    after.values().fold(change, |change, Voyage { shipment, timeline, .. }| {
        match shipment.following(timeline.progress(), moment.now) {
            Some(after) => moved(change, shipment, &after),
            // Whether it may be recorded rests on the shipment's state.
            None => change.rests_on::<shipment::Entity>(&shipment.name, shipment.meta.version),
        }
    })
}

fn moved(change: Change, before: &Shipment, after: &Shipment) -> Change {
    let event = if after.is_behind(before) { SHIPMENT_REVERTED } else { SHIPMENT_PROGRESSED };
    change.update(shipment::ActiveModel::from(after), before.meta.version).event(
        event,
        &after.name,
        Some(&render_shipment(before)),
        &render_shipment(after),
    )
}

#[cfg(test)]
mod tests;
