//! Letting releases go.

use devisa_proto::{
    common::v1::Tier,
    shipment::v1::{
        DispatchReleaseRequest, ListMilestonesRequest, Milestone,
        milestone::{Classifier, Code},
        release,
        shipment::State,
    },
};
use devisa_testkit::{TestDatabase, on_both_databases};
use prost_types::Timestamp;
use tonic::{Code as Status, Response};

use crate::world::{
    UUID, World, absent, facts, forbidden, invalid, new_milestone, new_shipment, refused,
};

on_both_databases!(
    every_member_leaves_or_none,
    a_draft_holds_the_release,
    a_release_without_members_does_not_leave,
    the_trucks_leave_on_the_day,
    dispatching_is_refused_for_what_it_is,
    checking_only_moves_nothing,
    a_repetition_answers_the_same,
    a_taken_milestone_id_is_in_nobodys_way,
    nobody_joins_a_release_that_left,
    joining_and_leaving_do_not_cross,
);

async fn milestones(world: &World, id: &str) -> Vec<Milestone> {
    let parent = format!("shipments/{id}");
    let request = ListMilestonesRequest { parent, ..Default::default() };
    world.milestones().list_milestones(request).await.unwrap().into_inner().milestones
}

async fn every_member_leaves_or_none(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    world.ready("a").await;
    world.ready("b").await;
    world.happened("b", Code::GatedIn).await.unwrap();
    world.draft("gone").await;
    world.cancel("gone").await.unwrap();
    let left = world.dispatch("releases/r").await.unwrap();
    assert_eq!((left.state(), left.etag.as_str()), (release::State::Released, "\"2\""));
    // Midnight in Jakarta, the default for a past day.
    assert_eq!(left.dispatch_time, Some(Timestamp { seconds: 1_764_090_000, nanos: 0 }));
    assert_eq!(left.totals.as_ref().unwrap().shipment_count, 2);
    assert_eq!(world.get_release("releases/r").await, left);
    let (a, b, gone) = (world.get("a").await, world.get("b").await, world.get("gone").await);
    assert_eq!((a.state(), a.tier()), (State::Released, Tier::Released));
    assert_eq!((b.state(), b.tier()), (State::GatedIn, Tier::Released));
    assert_eq!((gone.state(), gone.tier()), (State::Cancelled, Tier::Unspecified));
    let [released] = &milestones(&world, "a").await[..] else { panic!("one milestone") };
    assert_eq!(released.name, "shipments/a/milestones/released");
    assert_eq!((released.code(), released.classifier()), (Code::Released, Classifier::Actual));
    assert_eq!((released.event_time, released.dcsa_code.as_str()), (left.dispatch_time, "DEPA"));
    assert_eq!(
        (milestones(&world, "b").await.len(), milestones(&world, "gone").await.len()),
        (2, 0)
    );
}

async fn a_draft_holds_the_release(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    world.draft("z").await;
    world.ready("b").await;
    world.draft("a").await;
    let before = world.contents().await;
    let detail = forbidden(world.dispatch("releases/r").await, "releases/r", "PLANNED");
    let named = detail.message.contains("shipments/a, shipments/z");
    assert!(named && !detail.message.contains("shipments/b"), "{}", detail.message);
    assert_eq!(world.contents().await, before);
}

async fn a_release_without_members_does_not_leave(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    forbidden(world.dispatch("releases/r").await, "releases/r", "PLANNED");
    world.draft("a").await;
    world.cancel("a").await.unwrap();
    forbidden(world.dispatch("releases/r").await, "releases/r", "PLANNED");
}

fn at(seconds: i64) -> DispatchReleaseRequest {
    DispatchReleaseRequest {
        name: "releases/r".to_owned(),
        dispatch_time: Some(Timestamp { seconds, nanos: 0 }),
        ..Default::default()
    }
}

async fn the_trucks_leave_on_the_day(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    world.ready("a").await;
    let dispatch = async |request| world.releases().dispatch_release(request).await;
    let midnight = 1_764_090_000; // 2025-11-26T00:00:00+07:00
    for other_day in [midnight - 1, midnight + 86_400] {
        let refused = dispatch(at(other_day)).await;
        invalid(refused, &[("dispatch_time", "DISPATCH_TIME_EVENT_DATE")]);
    }
    world.clock.set("2025-11-26T09:00:00+07:00");
    let later = dispatch(at(midnight + 10 * 3_600)).await;
    invalid(later, &[("dispatch_time", "DISPATCH_TIME_FUTURE")]);
    world.clock.set("2025-11-25T09:00:00+07:00");
    let early = dispatch(DispatchReleaseRequest { dispatch_time: None, ..at(0) }).await;
    invalid(early, &[("dispatch_time", "DISPATCH_TIME_FUTURE")]);
    let malformed = DispatchReleaseRequest {
        dispatch_time: Some(Timestamp { seconds: 0, nanos: -1 }),
        ..at(0)
    };
    invalid(dispatch(malformed).await, &[("dispatch_time", "TIMESTAMP_RANGE")]);
    world.clock.set("2025-11-26T11:00:00+07:00");
    let left = dispatch(at(midnight + 10 * 3_600)).await.unwrap().into_inner();
    assert_eq!(left.dispatch_time.unwrap().seconds, midnight + 10 * 3_600);
}

async fn dispatching_is_refused_for_what_it_is(database: TestDatabase) {
    let world = World::new(database).await;
    absent(world.dispatch("releases/r").await, "releases/r");
    invalid(world.dispatch("r").await, &[("name", "RESOURCE_NAME_FORM")]);
    world.release("r").await;
    world.ready("a").await;
    let stale = DispatchReleaseRequest {
        name: "releases/r".to_owned(),
        etag: "\"9\"".to_owned(),
        ..Default::default()
    };
    let stale = world.releases().dispatch_release(stale).await;
    refused(stale, Status::Aborted, "ETAG_MISMATCH");
    world.dispatch("releases/r").await.unwrap();
    forbidden(world.dispatch("releases/r").await, "releases/r", "RELEASED");
}

async fn checking_only_moves_nothing(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    world.ready("a").await;
    let before = world.contents().await;
    let request = DispatchReleaseRequest {
        name: "releases/r".to_owned(),
        validate_only: true,
        ..Default::default()
    };
    let answer = world.releases().dispatch_release(request).await.unwrap().into_inner();
    assert_eq!(answer.state(), release::State::Released);
    assert_eq!(world.contents().await, before);
}

async fn a_repetition_answers_the_same(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    world.ready("a").await;
    let request = DispatchReleaseRequest {
        name: "releases/r".to_owned(),
        request_id: UUID.to_owned(),
        ..Default::default()
    };
    let first = world.releases().dispatch_release(request.clone()).await.unwrap().into_inner();
    let again = world.releases().dispatch_release(request).await.unwrap().into_inner();
    assert_eq!(again, first);
}

async fn a_taken_milestone_id_is_in_nobodys_way(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    world.ready("a").await;
    let planned = new_milestone("a", "released", Code::Booked, Classifier::Planned);
    world.milestones().record_milestone(planned).await.unwrap();
    world.dispatch("releases/r").await.unwrap();
    let codes: Vec<_> = milestones(&world, "a").await.iter().map(Milestone::code).collect();
    assert_eq!(codes, [Code::Released, Code::Booked]);
}

async fn nobody_joins_a_release_that_left(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    world.ready("a").await;
    world.dispatch("releases/r").await.unwrap();
    let joining = || {
        let mut shipment = facts();
        shipment.release = "releases/r".to_owned();
        shipment
    };
    forbidden(world.create("b", joining()).await, "releases/r", "RELEASED");
    world.create("b", facts()).await.unwrap();
    forbidden(world.update("b", &["release"], joining()).await, "releases/r", "RELEASED");
}

/// Whatever the order in which they commit, a release that left has no member that did not.
async fn joining_and_leaving_do_not_cross(database: TestDatabase) {
    let world = World::new(database).await;
    for round in 0..8 {
        let release = format!("releases/r{round}");
        world.release(&format!("r{round}")).await;
        let member = |id: &str| {
            let mut shipment = facts();
            shipment.release.clone_from(&release);
            new_shipment(id, shipment)
        };
        let (first, late) = (format!("first{round}"), format!("late{round}"));
        world.shipments().create_shipment(member(&first)).await.unwrap();
        world.confirm(&first).await.unwrap();
        let (mut joins, mut leaves) = (world.shipments(), world.releases());
        let (joined, left) = tokio::join!(
            joins.create_shipment(member(&late)),
            leaves.dispatch_release(DispatchReleaseRequest { name: release, ..Default::default() }),
        );
        let (joined, left) = (joined.map(Response::into_inner), left.map(Response::into_inner));
        assert!(joined.is_ok() != left.is_ok(), "{joined:?} {left:?}");
    }
}
