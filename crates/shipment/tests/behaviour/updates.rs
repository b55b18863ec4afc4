//! Changing shipments.

use devisa_proto::{
    common::v1::{Provenance, Tier},
    shipment::v1::{
        CancelShipmentRequest, Incoterm, OriginProof, Shipment, TransportUnit,
        UpdateShipmentRequest, milestone::Code, shipment::State,
    },
};
use devisa_testkit::{TestDatabase, on_both_databases};
use tonic::Code as Status;

use crate::{
    events,
    world::{
        World, absent, correcting, date, facts, forbidden, happened_at, invalid, line, money, peb,
        refused,
    },
};

on_both_databases!(
    a_draft_may_change_in_everything,
    without_a_mask_what_is_set_is_taken,
    an_equal_update_changes_nothing,
    an_update_is_refused_for_what_it_is,
    some_fields_are_fixed_from_ready_on,
    some_fields_stay_open,
    a_changed_line_needs_a_reason,
    why_it_changed_and_was_cancelled_can_be_read,
    the_declaration_decides_the_tier,
    nothing_changes_once_cancelled,
    a_shipment_moves_between_planned_releases,
    a_proof_of_origin_is_not_younger_than_the_arrival,
);

async fn a_draft_may_change_in_everything(database: TestDatabase) {
    let world = World::new(database).await;
    world.create("a", facts()).await.unwrap();
    let patch = Shipment {
        exporter: "organisations/b".to_owned(),
        consignee: "organisations/buyer".to_owned(),
        incoterm: Some(Incoterm { code: "FOB".to_owned(), place: "Perak".to_owned() }),
        destination_region_code: "NL".to_owned(),
        lines: vec![line(5), line(7)],
        state: State::Delivered.into(),
        ..Default::default()
    };
    let after = world.update("a", &["*"], patch).await.unwrap();
    assert_eq!((after.state(), after.etag.as_str()), (State::Draft, "\"2\""));
    assert_eq!((after.exporter.as_str(), after.lines.len()), ("organisations/b", 2));
    assert_eq!(after.values, [money("USD", 12).unwrap()]);
    assert!(after.units.is_empty(), "what is not set is cleared");
    assert_eq!(world.get("a").await, after);
}

async fn without_a_mask_what_is_set_is_taken(database: TestDatabase) {
    let world = World::new(database).await;
    world.create("a", facts()).await.unwrap();
    let patch = Shipment {
        name: "shipments/a".to_owned(),
        port_of_discharge: "KRPUS".to_owned(),
        ..Default::default()
    };
    let request = UpdateShipmentRequest { shipment: Some(patch), ..Default::default() };
    let after = world.shipments().update_shipment(request).await.unwrap().into_inner();
    assert_eq!((after.port_of_discharge.as_str(), after.lines.len()), ("KRPUS", 1));
}

async fn an_equal_update_changes_nothing(database: TestDatabase) {
    let world = World::new(database).await;
    let created = world.create("a", facts()).await.unwrap();
    let before = world.contents().await;
    assert_eq!(world.update("a", &["lines"], facts()).await.unwrap(), created);
    assert_eq!(world.contents().await, before);
}

async fn an_update_is_refused_for_what_it_is(database: TestDatabase) {
    let world = World::new(database).await;
    absent(world.update("a", &["lines"], facts()).await, "shipments/a");
    world.create("a", facts()).await.unwrap();
    let before = world.contents().await;
    let unknown = world.update("a", &["nope", "lines.nope"], facts()).await;
    let twice =
        [("update_mask", "FIELD_MASK_UNKNOWN_PATH"), ("update_mask", "FIELD_MASK_UNKNOWN_PATH")];
    invalid(unknown, &twice);
    let cleared = world.update("a", &["exporter", "lines"], Shipment::default()).await;
    invalid(
        cleared,
        &[("shipment.exporter", "FIELD_MISSING"), ("shipment.lines", "FIELD_MISSING")],
    );
    let stale = Shipment { etag: "\"3\"".to_owned(), ..facts() };
    let stale = world.update("a", &["destination_region_code"], stale).await;
    refused(stale, Status::Aborted, "ETAG_MISMATCH");
    let stranger = Shipment { consignee: "organisations/no".to_owned(), ..facts() };
    let stranger = world.update("a", &["consignee"], stranger).await;
    invalid(stranger, &[("shipment.consignee", "REFERENCE_EXISTS")]);
    let wordy = world.update_because("a", &["lines"], facts(), &"x".repeat(501)).await;
    invalid(wordy, &[("reason", "TEXT_LENGTH")]);
    let nothing = world.shipments().update_shipment(UpdateShipmentRequest::default()).await;
    invalid(nothing, &[("shipment", "FIELD_MISSING")]);
    let nameless = UpdateShipmentRequest { shipment: Some(facts()), ..Default::default() };
    let nameless = world.shipments().update_shipment(nameless).await;
    invalid(nameless, &[("shipment.name", "FIELD_MISSING")]);
    assert_eq!(world.contents().await, before);
}

async fn some_fields_are_fixed_from_ready_on(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    world.release("s").await;
    world.ready("a").await;
    let before = world.contents().await;
    let patch = || Shipment {
        release: "releases/s".to_owned(),
        exporter: "organisations/b".to_owned(),
        exporter_of_record: "organisations/b".to_owned(),
        incoterm: Some(Incoterm { code: "FOB".to_owned(), place: "Perak".to_owned() }),
        destination_region_code: "AU".to_owned(),
        lines: vec![line(100), line(100)],
        ..Default::default()
    };
    let fields = [
        "release",
        "exporter",
        "exporter_of_record",
        "incoterm",
        "destination_region_code",
        "lines",
    ];
    for field in fields {
        let refused = world.update_because("a", &[field], patch(), "why").await;
        let detail = forbidden(refused, "shipments/a", "READY");
        assert!(detail.message.contains(field), "{}", detail.message);
    }
    assert_eq!(world.contents().await, before);
}

async fn some_fields_stay_open(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    world.ready("a").await;
    world.happened("a", Code::Delivered).await.unwrap();
    let patch = Shipment {
        declaration: peb("000001"),
        port_of_loading: "IDSUB".to_owned(),
        port_of_discharge: "KRPUS".to_owned(),
        consignee: "organisations/buyer".to_owned(),
        units: vec![TransportUnit::default(), TransportUnit::default()],
        provenance: Some(Provenance { note: "press".to_owned(), ..Default::default() }),
        ..Default::default()
    };
    let paths =
        ["declaration", "port_of_loading", "port_of_discharge", "consignee", "units", "provenance"];
    let after = world.update("a", &paths, patch).await.unwrap();
    assert_eq!((after.state(), after.units.len()), (State::Delivered, 2));
    let cleared = world.update("a", &["units"], Shipment::default()).await;
    invalid(cleared, &[("shipment.units", "FIELD_MISSING")]);
}

async fn a_changed_line_needs_a_reason(database: TestDatabase) {
    let world = World::new(database).await;
    let mut two = facts();
    two.lines = vec![line(1), line(2)];
    world.create("a", two).await.unwrap();
    world.confirm("a").await.unwrap();
    let lines =
        |dollars: [i64; 2]| Shipment { lines: dollars.map(line).into(), ..Default::default() };
    invalid(world.update("a", &["lines"], lines([1, 3])).await, &[("reason", "FIELD_MISSING")]);
    let swapped = world.update_because("a", &["lines"], lines([2, 1]), "why").await;
    forbidden(swapped, "shipments/a", "READY");
    let mut bare = lines([1, 3]);
    bare.lines[1].hs_code.clear();
    let bare = world.update_because("a", &["lines"], bare, "why").await;
    invalid(bare, &[("shipment.lines[1].hs_code", "FIELD_MISSING")]);
    let after =
        world.update_because("a", &["lines"], lines([1, 3]), "weighed again").await.unwrap();
    assert_eq!(after.values, [money("USD", 4).unwrap()]);
}

async fn the_declaration_decides_the_tier(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    world.ready("a").await;
    world.dispatch("releases/r").await.unwrap();
    world.happened("a", Code::Loaded).await.unwrap();
    assert_eq!(world.get("a").await.tier(), Tier::Released);
    let declared = Shipment { declaration: peb("000001"), ..Default::default() };
    let paths = ["declaration.peb_number", "declaration.peb_date", "declaration.customs_office"];
    let after = world.update("a", &paths, declared).await.unwrap();
    assert_eq!(after.tier(), Tier::Realised);
    let taken_back = world.update("a", &["declaration"], Shipment::default()).await.unwrap();
    assert_eq!(taken_back.tier(), Tier::Released);
    let half = Shipment { declaration: peb("000001"), ..Default::default() };
    let half = world.update("a", &["declaration.peb_number"], half).await;
    let missing = [
        ("shipment.declaration.peb_date", "FIELD_MISSING"),
        ("shipment.declaration.customs_office", "FIELD_MISSING"),
    ];
    invalid(half, &missing);
}

async fn nothing_changes_once_cancelled(database: TestDatabase) {
    let world = World::new(database).await;
    world.create("a", facts()).await.unwrap();
    world.cancel("a").await.unwrap();
    let declared = Shipment { declaration: peb("000001"), ..Default::default() };
    forbidden(world.update("a", &["declaration"], declared).await, "shipments/a", "CANCELLED");
}

async fn a_shipment_moves_between_planned_releases(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    world.release("s").await;
    world.draft("a").await;
    let to = |release: &str| Shipment { release: release.to_owned(), ..Default::default() };
    world.update("a", &["release"], to("releases/s")).await.unwrap();
    let count =
        |release: devisa_proto::shipment::v1::Release| release.totals.unwrap().shipment_count;
    assert_eq!(count(world.get_release("releases/r").await), 0);
    assert_eq!(count(world.get_release("releases/s").await), 1);
    let nowhere = world.update("a", &["release"], to("releases/no")).await;
    invalid(nowhere, &[("shipment.release", "REFERENCE_EXISTS")]);
    world.update("a", &["release"], to("")).await.unwrap();
    assert_eq!(count(world.get_release("releases/s").await), 0);
}

async fn a_proof_of_origin_is_not_younger_than_the_arrival(database: TestDatabase) {
    const DAY: i64 = 24 * 60;
    let world = World::new(database).await;
    world.declared("a").await;
    let proof = |number: &str, day| Shipment {
        origin_proof: Some(OriginProof {
            form: "AK".to_owned(),
            number: number.to_owned(),
            issue_date: Some(date(2025, 11, day)),
        }),
        ..Default::default()
    };
    let update = |patch| world.update("a", &["origin_proof"], patch);
    // Before it has arrived there is nothing to compare with.
    update(proof("0012345/SBY/2025", 27)).await.unwrap();
    world.record(happened_at("a", "m1", Code::Arrived, -2 * DAY)).await.unwrap();
    // What was stated before stays as it is, whatever else changes.
    let other = Shipment { port_of_loading: "IDSUB".to_owned(), ..Default::default() };
    world.update("a", &["port_of_loading"], other).await.unwrap();

    let late = [("shipment.origin_proof.issue_date", "ISSUE_DATE_AFTER_ARRIVAL")];
    invalid(update(proof("0012346/SBY/2025", 26)).await, &late);
    update(proof("0012346/SBY/2025", 25)).await.unwrap();
    update(proof("0012346/SBY/2025 Issued Retroactively", 26)).await.unwrap();
    // The arrival was a day later.
    let corrected = happened_at("a", "m2", Code::Arrived, -DAY);
    world.record(correcting(corrected, "a", "m1")).await.unwrap();
    update(proof("0012347/SBY/2025", 26)).await.unwrap();
    invalid(update(proof("0012348/SBY/2025", 27)).await, &late);
}

async fn why_it_changed_and_was_cancelled_can_be_read(database: TestDatabase) {
    let world = World::new(database).await;
    world.create("a", facts()).await.unwrap();
    let port = |code: &str| Shipment { port_of_loading: code.to_owned(), ..Default::default() };
    let moved = world.update_because("a", &["port_of_loading"], port("IDSUB"), "the berth is full");
    let moved = moved.await.unwrap();
    let told = |shipment: &Shipment| {
        let told =
            shipment.change_reasons.iter().map(|told| (told.reason.clone(), told.actor.clone()));
        told.collect::<Vec<_>>()
    };
    let first = ("the berth is full".to_owned(), "local".to_owned());
    assert_eq!(told(&moved), std::slice::from_ref(&first));
    assert_eq!(moved.change_reasons[0].change_time, moved.update_time);
    // No reason leaves those that there are, and one for nothing is none.
    let quiet = world.update("a", &["port_of_loading"], port("IDJKT")).await.unwrap();
    let same =
        world.update_because("a", &["port_of_loading"], port("IDJKT"), "again").await.unwrap();
    assert_eq!((told(&quiet), told(&same)), (vec![first.clone()], vec![first.clone()]));
    world.confirm("a").await.unwrap();
    let lines = Shipment { lines: vec![line(300)], ..Default::default() };
    world.update_because("a", &["lines"], lines, "weighed again").await.unwrap();
    let request = CancelShipmentRequest {
        name: "shipments/a".to_owned(),
        reason: "the buyer withdrew".to_owned(),
        ..Default::default()
    };
    let cancelled = world.shipments().cancel_shipment(request).await.unwrap().into_inner();
    assert_eq!(cancelled.cancel_reason, "the buyer withdrew");
    let second = ("weighed again".to_owned(), "local".to_owned());
    assert_eq!(told(&cancelled), [first, second]);
    assert_eq!(world.get("a").await, cancelled);
    // The audit trail says it, too.
    let events = events::settled(&world, 6).await;
    let last = events.last().unwrap();
    assert_eq!(last.r#type, "devisa.shipment.v1.shipment.cancelled");
    let changed = &last.changed.as_ref().unwrap().paths;
    assert!(changed.contains(&"cancel_reason".to_owned()), "{changed:?}");
    let data = last.data.as_ref().unwrap();
    let after = <Shipment as prost::Message>::decode(data.value.as_slice()).unwrap();
    assert_eq!(after, cancelled);
}
