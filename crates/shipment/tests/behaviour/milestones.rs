//! What happens to shipments.

use devisa_proto::{
    common::v1::Tier,
    shipment::v1::{
        GetMilestoneRequest, ListMilestonesRequest, RecordMilestoneRequest,
        milestone::{Classifier, Code},
        shipment::State,
    },
};
use devisa_testkit::{TestDatabase, on_both_databases};
use tonic::{Code as Status, Response};

use crate::world::{
    UUID, World, absent, facts, forbidden, invalid, new_milestone, peb, refused, taken,
};

on_both_databases!(
    the_state_follows_the_furthest,
    late_facts_count,
    plans_change_no_state,
    milestones_are_refused_for_what_they_are,
    milestones_wait_for_ready,
    a_milestone_is_recorded_once,
    milestones_are_listed,
);

const ORDER: [(Code, State); 6] = [
    (Code::Booked, State::Ready),
    (Code::GatedIn, State::GatedIn),
    (Code::Loaded, State::Loaded),
    (Code::Departed, State::Departed),
    (Code::Arrived, State::Arrived),
    (Code::Delivered, State::Delivered),
];

async fn confirmed(world: &World, id: &str) {
    let mut shipment = facts();
    shipment.declaration = peb(&format!("00000{}", world.registry.calls()));
    world.create(id, shipment).await.unwrap();
    world.confirm(id).await.unwrap();
}

async fn the_state_follows_the_furthest(database: TestDatabase) {
    let world = World::new(database).await;
    confirmed(&world, "a").await;
    let mut etag = world.get("a").await.etag;
    for (code, state) in ORDER {
        let recorded = world.happened("a", code).await.unwrap();
        assert_eq!((recorded.code(), recorded.record_time), (code, recorded.create_time));
        let shipment = world.get("a").await;
        assert_eq!(shipment.state(), state, "{code:?}");
        assert_eq!(shipment.etag == etag, code == Code::Booked);
        let realised = state >= State::Loaded;
        assert_eq!(shipment.tier() == Tier::Realised, realised, "{code:?}");
        etag = shipment.etag;
    }
}

async fn late_facts_count(database: TestDatabase) {
    let world = World::new(database).await;
    confirmed(&world, "a").await;
    world.happened("a", Code::Arrived).await.unwrap();
    let arrived = world.get("a").await;
    assert_eq!((arrived.state(), arrived.tier()), (State::Arrived, Tier::Unspecified));
    world.happened("a", Code::GatedIn).await.unwrap();
    assert_eq!(world.get("a").await, arrived, "an earlier fact moves nothing");
    world.happened("a", Code::Loaded).await.unwrap();
    let loaded = world.get("a").await;
    assert_eq!((loaded.state(), loaded.tier()), (State::Arrived, Tier::Realised));
}

async fn plans_change_no_state(database: TestDatabase) {
    let world = World::new(database).await;
    let draft = world.create("a", facts()).await.unwrap();
    for (id, classifier) in [("p", Classifier::Planned), ("e", Classifier::Estimated)] {
        let mut request = new_milestone("a", id, Code::Departed, classifier);
        request.milestone.as_mut().unwrap().event_time.as_mut().unwrap().seconds += 100_000_000;
        world.milestones().record_milestone(request).await.unwrap();
    }
    assert_eq!(world.get("a").await, draft);
    world.cancel("a").await.unwrap();
    let planned = new_milestone("a", "", Code::Departed, Classifier::Planned);
    let planned = world.milestones().record_milestone(planned).await;
    forbidden(planned, "shipments/a", "CANCELLED");
}

async fn milestones_are_refused_for_what_they_are(database: TestDatabase) {
    let world = World::new(database).await;
    confirmed(&world, "a").await;
    let before = world.contents().await;
    let record = async |request| world.milestones().record_milestone(request).await;
    for classifier in [Classifier::Planned, Classifier::Estimated, Classifier::Actual] {
        let released = record(new_milestone("a", "", Code::Released, classifier)).await;
        invalid(released, &[("milestone.code", "MILESTONE_CODE_RELEASED")]);
    }
    let mut future = new_milestone("a", "", Code::Loaded, Classifier::Actual);
    future.milestone.as_mut().unwrap().event_time.as_mut().unwrap().seconds += 2 * 3_600;
    invalid(record(future).await, &[("milestone.event_time", "TIMESTAMP_FUTURE")]);
    let missing = [("parent", "FIELD_MISSING"), ("milestone", "FIELD_MISSING")];
    invalid(record(RecordMilestoneRequest::default()).await, &missing);
    let mut bare = new_milestone("a", "X", Code::Unspecified, Classifier::Unspecified);
    bare.milestone.as_mut().unwrap().event_time = None;
    let fields = [
        ("milestone_id", "RESOURCE_ID_FORM"),
        ("milestone.code", "FIELD_MISSING"),
        ("milestone.classifier", "FIELD_MISSING"),
        ("milestone.event_time", "FIELD_MISSING"),
    ];
    invalid(record(bare).await, &fields);
    let stray = record(new_milestone("no", "", Code::Loaded, Classifier::Actual)).await;
    absent(stray, "shipments/no");
    assert_eq!(world.contents().await, before);
}

async fn milestones_wait_for_ready(database: TestDatabase) {
    let world = World::new(database).await;
    world.create("a", facts()).await.unwrap();
    forbidden(world.happened("a", Code::Booked).await, "shipments/a", "DRAFT");
    world.confirm("a").await.unwrap();
    world.happened("a", Code::Booked).await.unwrap();
    world.cancel("a").await.unwrap();
    forbidden(world.happened("a", Code::Booked).await, "shipments/a", "CANCELLED");
}

async fn a_milestone_is_recorded_once(database: TestDatabase) {
    let world = World::new(database).await;
    confirmed(&world, "a").await;
    let request = RecordMilestoneRequest {
        request_id: UUID.to_owned(),
        ..new_milestone("a", "gate-in", Code::GatedIn, Classifier::Actual)
    };
    let record = async |request: &RecordMilestoneRequest| {
        world.milestones().record_milestone(request.clone()).await.map(Response::into_inner)
    };
    let checked = RecordMilestoneRequest {
        request_id: String::new(),
        validate_only: true,
        ..request.clone()
    };
    let before = world.contents().await;
    assert_eq!(record(&checked).await.unwrap().dcsa_code, "GTIN");
    assert_eq!(world.contents().await, before);
    let first = record(&request).await.unwrap();
    assert_eq!(first.name, "shipments/a/milestones/gate-in");
    assert_eq!(record(&request).await.unwrap(), first);
    let other = RecordMilestoneRequest { milestone_id: "b".to_owned(), ..request.clone() };
    refused(record(&other).await, Status::InvalidArgument, "REQUEST_ID_REUSED");
    let again = RecordMilestoneRequest { request_id: String::new(), ..request };
    taken(record(&again).await, &first.name, &[("milestone_id", "RESOURCE_EXISTS")]);
    let get = |name: &str| GetMilestoneRequest { name: name.to_owned() };
    let found = world.milestones().get_milestone(get(&first.name)).await.unwrap().into_inner();
    assert_eq!(found, first);
    let none = "shipments/a/milestones/no";
    absent(world.milestones().get_milestone(get(none)).await, none);
    let malformed = world.milestones().get_milestone(get("shipments/a")).await;
    invalid(malformed, &[("name", "RESOURCE_NAME_FORM")]);
}

async fn milestones_are_listed(database: TestDatabase) {
    let world = World::new(database).await;
    confirmed(&world, "a").await;
    confirmed(&world, "b").await;
    let planned = new_milestone("a", "plan", Code::Loaded, Classifier::Planned);
    world.milestones().record_milestone(planned).await.unwrap();
    world.happened("a", Code::Loaded).await.unwrap();
    world.happened("b", Code::Loaded).await.unwrap();
    let list = async |parent: &str, filter: &str| {
        let (parent, filter) = (parent.to_owned(), filter.to_owned());
        let request = ListMilestonesRequest { parent, filter, ..Default::default() };
        let page = world.milestones().list_milestones(request).await?;
        Ok(page.into_inner().milestones.iter().map(|m| m.classifier()).collect::<Vec<_>>())
    };
    let (actual, plan) = (Classifier::Actual, Classifier::Planned);
    assert_eq!(list("shipments/a", "").await.unwrap(), [actual, plan]);
    assert_eq!(list("shipments/a", "classifier = PLANNED").await.unwrap(), [plan]);
    assert_eq!(list("shipments/a", "code = CODE_LOADED").await.unwrap().len(), 2);
    assert_eq!(list("shipments/a", "code = BOOKED").await.unwrap(), []);
    absent(list("shipments/no", "").await, "shipments/no");
    invalid(list("", "").await, &[("parent", "FIELD_MISSING")]);
    refused(list("shipments/a", "location = x").await, Status::InvalidArgument, "FILTER_INVALID");
}
