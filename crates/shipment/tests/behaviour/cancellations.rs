//! Calling releases off.

use devisa_proto::{
    common::v1::Tier,
    shipment::v1::{
        CancelReleaseRequest, ListReleasesRequest, Release, Shipment, UpdateReleaseRequest,
        milestone::Code, release::State, shipment::State as ShipmentState,
    },
};
use devisa_testkit::{TestDatabase, on_both_databases};
use tonic::{Code as Status, Response, Status as Refused};

use crate::world::{UUID, World, absent, facts, forbidden, invalid, refused};

on_both_databases!(
    a_planned_release_is_called_off,
    its_shipments_go_their_way,
    nobody_joins_it_any_more,
    calling_off_is_refused_for_what_it_is,
    a_repetition_answers_the_same,
    calling_off_and_leaving_do_not_cross,
);

fn request() -> CancelReleaseRequest {
    CancelReleaseRequest { name: "releases/r".to_owned(), ..Default::default() }
}

async fn cancel(world: &World, request: CancelReleaseRequest) -> Result<Release, Refused> {
    world.releases().cancel_release(request).await.map(Response::into_inner)
}

async fn a_planned_release_is_called_off(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    world.release("other").await;
    world.ready("a").await;
    let before = world.contents().await;
    let checked = CancelReleaseRequest { validate_only: true, ..request() };
    assert_eq!(cancel(&world, checked).await.unwrap().state(), State::Cancelled);
    assert_eq!(world.contents().await, before);
    let cancelled = cancel(&world, request()).await.unwrap();
    assert_eq!((cancelled.state(), cancelled.etag.as_str()), (State::Cancelled, "\"2\""));
    assert_eq!(cancelled.dispatch_time, None);
    assert_eq!(cancelled.totals.as_ref().unwrap().shipment_count, 1, "it is still named");
    assert_eq!(world.get_release("releases/r").await, cancelled);
    let filter = "state = CANCELLED".to_owned();
    let list = ListReleasesRequest { filter, ..Default::default() };
    let listed = world.releases().list_releases(list).await.unwrap().into_inner().releases;
    assert_eq!(listed, [cancelled]);
}

async fn its_shipments_go_their_way(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    world.release("other").await;
    let (draft, ready) = (world.draft("draft").await, world.ready("ready").await);
    cancel(&world, request()).await.unwrap();
    assert_eq!((world.get("draft").await, world.get("ready").await), (draft, ready));
    let other = Shipment { release: "releases/other".to_owned(), ..Default::default() };
    let moved = world.update("draft", &["release"], other.clone()).await.unwrap();
    assert_eq!(moved.release, "releases/other");
    forbidden(world.update("ready", &["release"], other).await, "shipments/ready", "READY");
    world.happened("ready", Code::GatedIn).await.unwrap();
    let gated = world.get("ready").await;
    assert_eq!((gated.state(), gated.tier()), (ShipmentState::GatedIn, Tier::Unspecified));
}

async fn nobody_joins_it_any_more(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    cancel(&world, request()).await.unwrap();
    let joining = || Shipment { release: "releases/r".to_owned(), ..facts() };
    forbidden(world.create("a", joining()).await, "releases/r", "CANCELLED");
    world.create("a", facts()).await.unwrap();
    forbidden(world.update("a", &["release"], joining()).await, "releases/r", "CANCELLED");
    forbidden(world.dispatch("releases/r").await, "releases/r", "CANCELLED");
    let renamed = Release {
        name: "releases/r".to_owned(),
        officiant: "Gubernur".to_owned(),
        ..Default::default()
    };
    let update = UpdateReleaseRequest { release: Some(renamed), ..Default::default() };
    forbidden(world.releases().update_release(update).await, "releases/r", "CANCELLED");
}

async fn calling_off_is_refused_for_what_it_is(database: TestDatabase) {
    let world = World::new(database).await;
    absent(cancel(&world, request()).await, "releases/r");
    invalid(cancel(&world, CancelReleaseRequest::default()).await, &[("name", "FIELD_MISSING")]);
    world.release("r").await;
    world.ready("a").await;
    let before = world.contents().await;
    let stale = CancelReleaseRequest { etag: "\"9\"".to_owned(), ..request() };
    refused(cancel(&world, stale).await, Status::Aborted, "ETAG_MISMATCH");
    let malformed = CancelReleaseRequest { name: "shipments/a".to_owned(), ..request() };
    invalid(cancel(&world, malformed).await, &[("name", "RESOURCE_NAME_FORM")]);
    assert_eq!(world.contents().await, before);
    world.dispatch("releases/r").await.unwrap();
    forbidden(cancel(&world, request()).await, "releases/r", "RELEASED");
}

async fn a_repetition_answers_the_same(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    let once = CancelReleaseRequest { request_id: UUID.to_owned(), ..request() };
    let first = cancel(&world, once.clone()).await.unwrap();
    assert_eq!(cancel(&world, once.clone()).await.unwrap(), first);
    let other = CancelReleaseRequest { etag: "\"1\"".to_owned(), ..once };
    refused(cancel(&world, other).await, Status::InvalidArgument, "REQUEST_ID_REUSED");
    forbidden(cancel(&world, request()).await, "releases/r", "CANCELLED");
}

async fn calling_off_and_leaving_do_not_cross(database: TestDatabase) {
    let world = World::new(database).await;
    for round in 0..8 {
        let id = format!("r{round}");
        let name = format!("releases/{id}");
        world.release(&id).await;
        let shipment = Shipment { release: name.clone(), ..facts() };
        world.create(&id, shipment.clone()).await.unwrap();
        world.confirm(&id).await.unwrap();
        let joining = format!("late-{round}");
        let (cancelled, dispatched, joined) = tokio::join!(
            cancel(&world, CancelReleaseRequest { name: name.clone(), ..Default::default() }),
            world.dispatch(&name),
            world.create(&joining, shipment),
        );
        let state = world.get_release(&name).await.state();
        assert_eq!(cancelled.is_ok(), state == State::Cancelled);
        assert_eq!(dispatched.is_ok(), state == State::Released);
        assert!(cancelled.is_ok() != dispatched.is_ok());
        let left = world.get(&id).await.tier() == Tier::Released;
        assert_eq!(left, dispatched.is_ok());
        assert!(joined.is_err() || cancelled.is_ok(), "nobody joins a release that left");
    }
}
