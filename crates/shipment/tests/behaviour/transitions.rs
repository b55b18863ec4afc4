//! Confirming and cancelling.

use devisa_proto::shipment::v1::{
    CancelShipmentRequest, ConfirmShipmentRequest, milestone::Code, shipment::State,
};
use devisa_testkit::{TestDatabase, on_both_databases};
use tonic::Code as Status;

use crate::world::{World, absent, decimal, facts, forbidden, invalid, line, refused};

on_both_databases!(
    a_complete_draft_becomes_ready,
    everything_missing_is_named_at_once,
    transitions_are_refused_for_what_they_are,
    checking_only_moves_nothing,
    a_shipment_can_be_called_off_until_it_leaves,
);

async fn a_complete_draft_becomes_ready(database: TestDatabase) {
    let world = World::new(database).await;
    let mut shipment = facts();
    shipment.lines[0].quantity = None;
    shipment.lines[0].net_kg = decimal("12.5");
    world.create("a", shipment).await.unwrap();
    let ready = world.confirm("a").await.unwrap();
    assert_eq!((ready.state(), ready.etag.as_str()), (State::Ready, "\"2\""));
    assert_eq!(world.get("a").await, ready);
    forbidden(world.confirm("a").await, "shipments/a", "READY");
}

async fn everything_missing_is_named_at_once(database: TestDatabase) {
    let world = World::new(database).await;
    let mut shipment = facts();
    shipment.units.clear();
    shipment.lines.push(line(1));
    shipment.lines[1].hs_code.clear();
    shipment.lines[1].quantity = None;
    world.create("a", shipment).await.unwrap();
    let before = world.contents().await;
    let missing = [
        ("shipment.lines[1].hs_code", "FIELD_MISSING"),
        ("shipment.lines[1].quantity", "FIELD_MISSING"),
        ("shipment.units", "FIELD_MISSING"),
    ];
    invalid(world.confirm("a").await, &missing);
    assert_eq!(world.contents().await, before);
}

async fn transitions_are_refused_for_what_they_are(database: TestDatabase) {
    let world = World::new(database).await;
    absent(world.confirm("no").await, "shipments/no");
    absent(world.cancel("no").await, "shipments/no");
    world.create("a", facts()).await.unwrap();
    let (name, etag) = ("shipments/a".to_owned(), "\"5\"".to_owned());
    let stale =
        ConfirmShipmentRequest { name: name.clone(), etag: etag.clone(), ..Default::default() };
    let stale = world.shipments().confirm_shipment(stale).await;
    refused(stale, Status::Aborted, "ETAG_MISMATCH");
    let stale = CancelShipmentRequest { name: name.clone(), etag, ..Default::default() };
    let stale = world.shipments().cancel_shipment(stale).await;
    refused(stale, Status::Aborted, "ETAG_MISMATCH");
    let wordy = CancelShipmentRequest { name, reason: "x".repeat(501), ..Default::default() };
    invalid(world.shipments().cancel_shipment(wordy).await, &[("reason", "TEXT_LENGTH")]);
    let nameless = world.shipments().confirm_shipment(ConfirmShipmentRequest::default()).await;
    invalid(nameless, &[("name", "FIELD_MISSING")]);
    let nameless = world.shipments().cancel_shipment(CancelShipmentRequest::default()).await;
    invalid(nameless, &[("name", "FIELD_MISSING")]);
}

async fn checking_only_moves_nothing(database: TestDatabase) {
    let world = World::new(database).await;
    world.create("a", facts()).await.unwrap();
    let before = world.contents().await;
    let (name, validate_only) = ("shipments/a".to_owned(), true);
    let confirm =
        ConfirmShipmentRequest { name: name.clone(), validate_only, ..Default::default() };
    let answer = world.shipments().confirm_shipment(confirm).await.unwrap().into_inner();
    assert_eq!(answer.state(), State::Ready);
    let cancel = CancelShipmentRequest { name, validate_only, ..Default::default() };
    let answer = world.shipments().cancel_shipment(cancel).await.unwrap().into_inner();
    assert_eq!(answer.state(), State::Cancelled);
    assert_eq!(world.contents().await, before);
}

async fn a_shipment_can_be_called_off_until_it_leaves(database: TestDatabase) {
    let world = World::new(database).await;
    world.create("draft", facts()).await.unwrap();
    world.create("ready", facts()).await.unwrap();
    world.confirm("ready").await.unwrap();
    world.happened("ready", Code::Stuffed).await.unwrap();
    for id in ["draft", "ready"] {
        let cancelled = world.cancel(id).await.unwrap();
        assert_eq!(cancelled.state(), State::Cancelled);
        let name = format!("shipments/{id}");
        forbidden(world.cancel(id).await, &name, "CANCELLED");
        forbidden(world.confirm(id).await, &name, "CANCELLED");
    }
    world.create("gone", facts()).await.unwrap();
    world.confirm("gone").await.unwrap();
    world.happened("gone", Code::GatedIn).await.unwrap();
    forbidden(world.cancel("gone").await, "shipments/gone", "GATED_IN");
}
