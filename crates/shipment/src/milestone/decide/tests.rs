//! Decisions on values, without a database.
#![allow(clippy::unwrap_used)]

use devisa_domain::{
    name::MilestoneName,
    provenance::Provenance,
    refusal::RuleBroken,
    shipment::{
        Classifier, Code, MilestoneFacts, Timeline,
        lifecycle::{Happened, Progress, State},
    },
};
use devisa_ledger::GuardSeen;
use devisa_proto::convert::shipment::Creation;

use super::*;
use crate::sample::{EventKinds as _, draft, moment, ready, rules, state};

fn name(id: &str) -> MilestoneName {
    MilestoneName::parse(&format!("shipments/{id}")).unwrap()
}

fn recording(id: &str, code: Code, classifier: Classifier, corrects: Option<&str>) -> Recording {
    let event_time = moment().now;
    let corrects = corrects.map(name);
    Creation {
        name: name(id),
        facts: MilestoneFacts { code, classifier, event_time, location: None, corrects },
        provenance: Provenance::default(),
    }
}

fn actual(id: &str, code: Code) -> Recording {
    recording(id, code, Classifier::Actual, None)
}

fn voyages(shipments: &[Shipment], recorded: &[Recording]) -> Voyages {
    let voyage = |shipment: &Shipment| {
        let own = recorded.iter().filter(|r| shipment_of(&r.name) == shipment.name).cloned();
        let timeline: Timeline = own
            .map(|Recording { name, facts, provenance }| Milestone {
                name,
                meta: Meta::new(moment().now, provenance),
                facts,
            })
            .collect();
        let shipment = match shipment.state() {
            State::Draft => shipment.clone(),
            _ => shipment.following(timeline.progress(), moment().now).unwrap_or(shipment.clone()),
        };
        (shipment.name.clone(), Voyage { shipment, timeline, guard: GuardSeen::new("g", 0) })
    };
    shipments.iter().map(voyage).collect()
}

#[test]
fn an_actual_one_moves_the_shipment() {
    let decision =
        record(&voyages(&[ready("a")], &[]), &actual("a/milestones/m", Code::Loaded), &moment());
    let decision = decision.unwrap();
    assert_eq!(decision.response.name, "shipments/a/milestones/m");
    assert_eq!(decision.change.event_kinds(), [MILESTONE_RECORDED, SHIPMENT_PROGRESSED]);
}

#[test]
fn what_changes_nothing_moves_nothing() {
    let loaded = actual("a/milestones/m", Code::Loaded);
    let voyages = voyages(&[ready("a")], &[loaded]);
    let kinds = |recording: &Recording| {
        record(&voyages, recording, &moment()).unwrap().change.event_kinds()
    };
    assert_eq!(kinds(&actual("a/milestones/late", Code::GatedIn)), [MILESTONE_RECORDED]);
    let plan = recording("a/milestones/plan", Code::Arrived, Classifier::Planned, None);
    assert_eq!(kinds(&plan), [MILESTONE_RECORDED]);
}

#[test]
fn a_taking_back_and_a_correction_revert() {
    let loaded = actual("a/milestones/m", Code::Loaded);
    let voyages = voyages(&[ready("a")], &[loaded]);
    let kinds = |recording: &Recording| {
        record(&voyages, recording, &moment()).unwrap().change.event_kinds()
    };
    let reverted = [MILESTONE_RECORDED, SHIPMENT_REVERTED];
    assert_eq!(kinds(&actual("a/milestones/roll", Code::Rolled)), reverted);
    let corrects = Some("a/milestones/m");
    let gated = recording("a/milestones/n", Code::GatedIn, Classifier::Actual, corrects);
    assert_eq!(kinds(&gated), reverted);
    let estimate = recording("a/milestones/n", Code::Loaded, Classifier::Estimated, corrects);
    assert_eq!(kinds(&estimate), reverted);
    let departed = recording("a/milestones/n", Code::Departed, Classifier::Actual, corrects);
    assert_eq!(kinds(&departed), [MILESTONE_RECORDED, SHIPMENT_PROGRESSED]);
}

#[test]
fn it_is_refused_for_what_stands_in_the_way() {
    let taken = actual("a/milestones/m", Code::GatedIn);
    let shipments = [ready("a"), draft("d"), draft("c").cancelled("", moment().now).unwrap()];
    let voyages = voyages(&shipments, std::slice::from_ref(&taken));
    let refused = |recording: &Recording| record(&voyages, recording, &moment()).unwrap_err();
    assert_eq!(rules(&refused(&taken)), [("milestone_id", "resource.exists")]);
    assert!(matches!(refused(&actual("no/milestones/m", Code::Loaded)), Refusal::NotFound { .. }));
    assert_eq!(state(&refused(&actual("d/milestones/m", Code::Loaded))), "DRAFT");
    let plan = recording("c/milestones/m", Code::Loaded, Classifier::Planned, None);
    assert_eq!(state(&refused(&plan)), "CANCELLED");
    let corrects = Some("a/milestones/none");
    let stray = recording("a/milestones/n", Code::Loaded, Classifier::Actual, corrects);
    assert_eq!(rules(&refused(&stray)), [("milestone.corrects", "reference.exists")]);
}

#[test]
fn a_batch_moves_each_shipment_once() {
    let recordings = [
        actual("b/milestones/1", Code::GatedIn),
        actual("a/milestones/1", Code::GatedIn),
        actual("a/milestones/2", Code::Loaded),
        recording("a/milestones/3", Code::Departed, Classifier::Actual, Some("a/milestones/2")),
    ]
    .map(Ok);
    let voyages = voyages(&[ready("a"), ready("b")], &[]);
    let decision = record_all(&voyages, &recordings, &moment()).unwrap();
    let names: Vec<_> = decision.response.milestones.iter().map(|m| m.name.as_str()).collect();
    let expected = ["b/milestones/1", "a/milestones/1", "a/milestones/2", "a/milestones/3"];
    assert_eq!(names, expected.map(|name| format!("shipments/{name}")));
    let (recorded, moved) = (MILESTONE_RECORDED, SHIPMENT_PROGRESSED);
    assert_eq!(
        decision.change.event_kinds(),
        [recorded, recorded, recorded, recorded, moved, moved]
    );
}

#[test]
fn a_batch_tells_what_is_wrong_with_each() {
    let recordings = [
        actual("d/milestones/1", Code::GatedIn),
        actual("a/milestones/1", Code::GatedIn),
        actual("a/milestones/1", Code::GatedIn),
        recording("a/milestones/2", Code::Loaded, Classifier::Actual, Some("a/milestones/9")),
    ];
    let unread = Refusal::field("milestone.event_time", RuleBroken::missing());
    let recordings: Vec<_> = recordings.map(Ok).into_iter().chain([Err(unread)]).collect();
    let voyages = voyages(&[ready("a"), draft("d")], &[]);
    let refusal = record_all(&voyages, &recordings, &moment()).unwrap_err();
    let expected = [
        ("requests[0]", "state.forbids"),
        ("requests[2].milestone_id", "resource.exists"),
        ("requests[3].milestone.corrects", "reference.exists"),
        ("requests[4].milestone.event_time", "field.missing"),
    ];
    assert_eq!(rules(&refusal), expected);
    assert_eq!(refusal.reason().as_str(), "STATE_FORBIDS");
    let only_fields = record_all(&voyages, &recordings[3..], &moment()).unwrap_err();
    assert_eq!(only_fields.reason().as_str(), "FIELD_INVALID");
}

#[test]
fn the_state_is_that_of_all_milestones() {
    // The set is what counts, not the summary that the shipment was read with.
    let mut voyages = voyages(&[ready("a")], &[actual("a/milestones/m", Code::Loaded)]);
    let stale = Progress::of(&[Happened { code: Code::Arrived, time: moment().now }]);
    let voyage = voyages.values_mut().next().unwrap();
    voyage.shipment = voyage.shipment.following(stale, moment().now).unwrap();
    let booked = actual("a/milestones/n", Code::Booked);
    let kinds = record(&voyages, &booked, &moment()).unwrap().change.event_kinds();
    assert_eq!(kinds, [MILESTONE_RECORDED, SHIPMENT_REVERTED]);
}
