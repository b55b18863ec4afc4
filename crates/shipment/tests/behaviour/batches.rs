//! Milestones of several shipments at once.

use devisa_proto::shipment::v1::{
    BatchRecordMilestonesRequest, ListMilestonesRequest, Milestone, RecordMilestoneRequest,
    milestone::{Classifier, Code},
    shipment::State,
};
use devisa_testkit::{TestDatabase, on_both_databases};
use tonic::{Code as Status, Response, Status as Refused};

use crate::world::{UUID, World, correcting, facts, happened_at, invalid, new_milestone, refused};

on_both_databases!(
    a_gate_takes_many_at_once,
    a_voyage_is_recorded_at_once,
    nothing_is_recorded_unless_all_is,
    what_is_wrong_with_each_is_told_at_once,
    batches_are_refused_for_what_they_are,
    a_repetition_answers_the_same,
);

fn batch(parent: &str, requests: Vec<RecordMilestoneRequest>) -> BatchRecordMilestonesRequest {
    BatchRecordMilestonesRequest { parent: parent.to_owned(), requests, ..Default::default() }
}

async fn record(
    world: &World,
    request: BatchRecordMilestonesRequest,
) -> Result<Vec<Milestone>, Refused> {
    let answer = world.milestones().batch_record_milestones(request).await;
    answer.map(Response::into_inner).map(|answer| answer.milestones)
}

async fn a_gate_takes_many_at_once(database: TestDatabase) {
    let world = World::new(database).await;
    let ids: Vec<_> = (0..5).map(|index| format!("s{index}")).collect();
    for id in &ids {
        world.declared(id).await;
    }
    let requests: Vec<_> = ids.iter().map(|id| happened_at(id, "gate", Code::GatedIn, 0)).collect();
    let request = batch("shipments/-", requests);
    let before = world.contents().await;
    let checked = BatchRecordMilestonesRequest { validate_only: true, ..request.clone() };
    assert_eq!(record(&world, checked).await.unwrap().len(), 5);
    assert_eq!(world.contents().await, before);
    let recorded = record(&world, request).await.unwrap();
    for (id, milestone) in ids.iter().zip(recorded) {
        assert_eq!(milestone.name, format!("shipments/{id}/milestones/gate"));
        let shipment = world.get(id).await;
        assert_eq!((shipment.state(), shipment.etag.as_str()), (State::GatedIn, "\"3\""));
    }
}

async fn a_voyage_is_recorded_at_once(database: TestDatabase) {
    let world = World::new(database).await;
    world.declared("a").await;
    let mut requests = vec![
        happened_at("a", "m1", Code::Departed, 3),
        happened_at("a", "m2", Code::GatedIn, 1),
        correcting(happened_at("a", "m3", Code::Loaded, 2), "a", "m1"),
        new_milestone("a", "m4", Code::Arrived, Classifier::Estimated),
    ];
    requests[1].parent.clear();
    record(&world, batch("shipments/a", requests)).await.unwrap();
    let shipment = world.get("a").await;
    assert_eq!((shipment.state(), shipment.etag.as_str()), (State::Loaded, "\"3\""));
    let list = ListMilestonesRequest { parent: "shipments/a".to_owned(), ..Default::default() };
    let listed = world.milestones().list_milestones(list).await.unwrap().into_inner();
    assert_eq!(listed.milestones.len(), 4);
}

async fn nothing_is_recorded_unless_all_is(database: TestDatabase) {
    let world = World::new(database).await;
    world.declared("a").await;
    world.create("draft", facts()).await.unwrap();
    let before = world.contents().await;
    let requests =
        vec![happened_at("a", "", Code::Loaded, 0), happened_at("draft", "", Code::Loaded, 0)];
    let answer = record(&world, batch("shipments/-", requests)).await;
    let detail = refused(answer, Status::FailedPrecondition, "STATE_FORBIDS");
    assert_eq!(detail.metadata.get("resource").map(String::as_str), Some("shipments/draft"));
    assert_eq!(detail.metadata.get("state").map(String::as_str), Some("DRAFT"));
    let [violation] = &detail.violations[..] else { panic!("one violation: {detail:?}") };
    let found = (violation.field.as_str(), violation.reason.as_str());
    assert_eq!(found, ("requests[1]", "STATE_FORBIDS"));
    assert_eq!(world.contents().await, before);
}

async fn what_is_wrong_with_each_is_told_at_once(database: TestDatabase) {
    let world = World::new(database).await;
    world.declared("a").await;
    world.create("draft", facts()).await.unwrap();
    world.record(happened_at("a", "m1", Code::Loaded, 0)).await.unwrap();
    let before = world.contents().await;
    let requests = vec![
        happened_at("a", "m1", Code::Loaded, 0),
        happened_at("no", "", Code::Loaded, 0),
        happened_at("a", "m2", Code::GatedIn, 0),
        happened_at("draft", "", Code::Loaded, 0),
        correcting(happened_at("a", "", Code::Loaded, 0), "a", "none"),
        happened_at("a", "m2", Code::GatedIn, 0),
        happened_at("a", "", Code::Departed, 100_000),
    ];
    let answer = record(&world, batch("shipments/-", requests)).await;
    let detail = refused(answer, Status::AlreadyExists, "RESOURCE_EXISTS");
    assert_eq!(detail.resource.as_deref(), Some("shipments/a/milestones/m1"));
    let found: Vec<_> =
        detail.violations.iter().map(|v| (v.field.as_str(), v.reason.as_str())).collect();
    let expected = [
        ("requests[0].milestone_id", "RESOURCE_EXISTS"),
        ("requests[1]", "RESOURCE_NOT_FOUND"),
        ("requests[3]", "STATE_FORBIDS"),
        ("requests[4].milestone.corrects", "REFERENCE_EXISTS"),
        ("requests[5].milestone_id", "RESOURCE_EXISTS"),
        ("requests[6].milestone.event_time", "TIMESTAMP_FUTURE"),
    ];
    assert_eq!(found, expected);
    assert_eq!(world.contents().await, before);
}

async fn batches_are_refused_for_what_they_are(database: TestDatabase) {
    let world = World::new(database).await;
    world.declared("a").await;
    let before = world.contents().await;
    let missing = [("parent", "FIELD_MISSING"), ("requests", "FIELD_MISSING")];
    invalid(record(&world, BatchRecordMilestonesRequest::default()).await, &missing);
    let one = || happened_at("a", "", Code::Loaded, 0);
    let many = record(&world, batch("shipments/a", vec![one(); 101])).await;
    invalid(many, &[("requests", "REQUESTS_COUNT")]);
    let mut stray = one();
    stray.parent = "shipments/b".to_owned();
    stray.request_id = UUID.to_owned();
    stray.validate_only = true;
    let mut released = one();
    released.milestone.as_mut().unwrap().code = Code::Released.into();
    released.milestone_id = "X".to_owned();
    let fields = [
        ("requests[0].parent", "PARENT_DIFFERS"),
        ("requests[0].request_id", "BATCH_REQUEST_ID"),
        ("requests[0].validate_only", "BATCH_VALIDATE_ONLY"),
        ("requests[1].milestone_id", "RESOURCE_ID_FORM"),
        ("requests[1].milestone.code", "MILESTONE_CODE_RELEASED"),
        ("requests[2].milestone", "FIELD_MISSING"),
    ];
    let requests = vec![stray, released, RecordMilestoneRequest::default()];
    invalid(record(&world, batch("shipments/a", requests)).await, &fields);
    let homeless = record(&world, batch("shipments/-", vec![RecordMilestoneRequest::default()]));
    let fields =
        [("requests[0].parent", "FIELD_MISSING"), ("requests[0].milestone", "FIELD_MISSING")];
    invalid(homeless.await, &fields);
    let again = correcting(one(), "a", "none");
    let fields = [("requests[0].milestone.corrects", "REFERENCE_EXISTS")];
    invalid(record(&world, batch("shipments/a", vec![again])).await, &fields);
    assert_eq!(world.contents().await, before);
    record(&world, batch("shipments/a", vec![one(); 100])).await.unwrap();
}

async fn a_repetition_answers_the_same(database: TestDatabase) {
    let world = World::new(database).await;
    world.declared("a").await;
    let request = BatchRecordMilestonesRequest {
        request_id: UUID.to_owned(),
        ..batch("shipments/a", vec![happened_at("a", "", Code::Loaded, 0)])
    };
    let first = record(&world, request.clone()).await.unwrap();
    assert_eq!(record(&world, request.clone()).await.unwrap(), first);
    let other = BatchRecordMilestonesRequest { parent: "shipments/-".to_owned(), ..request };
    refused(record(&world, other).await, Status::InvalidArgument, "REQUEST_ID_REUSED");
}
