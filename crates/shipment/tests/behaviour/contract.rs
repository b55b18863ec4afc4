//! What the service promises of its contract and of its tables, whatever is added to them.

use devisa_proto::shipment::v1::{
    CancelReleaseRequest, CreateSponsorshipRequest, DeleteSponsorshipRequest, Release, Shipment,
    Sponsorship, UpdateReleaseRequest, milestone::Code, sponsorship::Kind,
};
use devisa_shipment::TYPES;
use devisa_testkit::{
    TestDatabase, assert_event_types_emitted, assert_event_types_listed, forbidden_columns,
    on_both_databases,
};
use prost_types::FieldMask;

use crate::world::{World, peb};

on_both_databases!(columns_are_exact, every_event_type_is_emitted);

#[test]
fn the_event_types_are_those_that_the_contract_lists() {
    let source = include_str!("../../src/events.rs");
    assert_event_types_listed("devisa.shipment.v1", source, TYPES);
}

async fn columns_are_exact(database: TestDatabase) {
    let world = World::new(database).await;
    assert_eq!(forbidden_columns(world.ledger.reader()).await, Vec::<String>::new());
}

/// One of every transition that there is.
async fn every_event_type_is_emitted(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    let moved =
        Release { name: "releases/r".to_owned(), place: "Gresik".to_owned(), ..Default::default() };
    let request = UpdateReleaseRequest {
        release: Some(moved),
        update_mask: Some(FieldMask { paths: vec!["place".to_owned()] }),
        ..Default::default()
    };
    world.releases().update_release(request).await.unwrap();
    let sponsorship = Sponsorship {
        sponsor: "organisations/pelindo".to_owned(),
        kind: Kind::Container.into(),
        release: "releases/r".to_owned(),
        ..Default::default()
    };
    let sponsorship = Some(sponsorship);
    let request = CreateSponsorshipRequest { sponsorship, ..Default::default() };
    let created = world.sponsorships().create_sponsorship(request).await.unwrap().into_inner();
    let request = DeleteSponsorshipRequest { name: created.name, ..Default::default() };
    world.sponsorships().delete_sponsorship(request).await.unwrap();
    world.release("gone").await;
    let request = CancelReleaseRequest { name: "releases/gone".to_owned(), ..Default::default() };
    world.releases().cancel_release(request).await.unwrap();

    world.ready("a").await;
    let declared = Shipment { declaration: peb("000001"), ..Default::default() };
    world.update("a", &["declaration"], declared).await.unwrap();
    world.draft("b").await;
    world.cancel("b").await.unwrap();
    world.dispatch("releases/r").await.unwrap();
    world.happened("a", Code::Loaded).await.unwrap();
    world.happened("a", Code::ShortShipped).await.unwrap();

    assert_event_types_emitted(&world.ledger, TYPES).await;
}
