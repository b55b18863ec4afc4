//! Drafting and reading shipments.

use devisa_proto::{
    common::v1::Tier,
    shipment::v1::{
        BatchGetShipmentsRequest, CreateShipmentRequest, GetShipmentRequest, ListShipmentsRequest,
        ProducerShare, Shipment, milestone::Code as Milestone, shipment::State,
    },
};
use devisa_testkit::{Expected, TestDatabase, assert_refused, on_both_databases};
use tonic::Code;

use crate::world::{
    UUID, World, absent, decimal, facts, invalid, line, money, new_shipment, peb, refused, taken,
};

on_both_databases!(
    a_shipment_is_drafted_once,
    a_repeated_request_answers_the_same_without_the_registry,
    checking_only_writes_nothing,
    fields_are_refused_together,
    what_does_not_exist_is_told_at_every_field,
    the_exporter_must_export,
    a_registration_belongs_to_one_shipment,
    at_once_only_one_takes_a_registration,
    values_that_do_not_fit_are_refused,
    without_the_registry_nothing_is_written_and_all_is_read,
    known_organisations_are_not_asked_for_again,
    a_batch_is_all_or_none,
    absent_ones_are_told_with_all_that_is_wrong,
    lists_are_filtered,
    lists_refuse_what_they_do_not_know,
    pages_follow_each_other,
);

async fn a_shipment_is_drafted_once(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    let created = world.draft("a").await;
    assert_eq!((created.name.as_str(), created.etag.as_str()), ("shipments/a", "\"1\""));
    assert_eq!((created.state(), created.tier()), (State::Draft, Tier::Unspecified));
    assert_eq!(created.values, [money("USD", 100).unwrap()]);
    assert_eq!(world.get("a").await, created);
    taken(world.create("a", facts()).await, "shipments/a", &[("shipment_id", "RESOURCE_EXISTS")]);
    let get = |name: &str| GetShipmentRequest { name: name.to_owned() };
    absent(world.shipments().get_shipment(get("shipments/no")).await, "shipments/no");
    let malformed = world.shipments().get_shipment(get("shipments/")).await;
    invalid(malformed, &[("name", "RESOURCE_NAME_FORM")]);
}

async fn a_repeated_request_answers_the_same_without_the_registry(database: TestDatabase) {
    let world = World::new(database).await;
    let request =
        CreateShipmentRequest { request_id: UUID.to_owned(), ..new_shipment("a", facts()) };
    let first = world.shipments().create_shipment(request.clone()).await.unwrap().into_inner();
    world.registry.switch_off();
    let again = world.shipments().create_shipment(request.clone()).await.unwrap().into_inner();
    assert_eq!(again, first);
    let other = CreateShipmentRequest { shipment_id: "b".to_owned(), ..request };
    let reused = world.shipments().create_shipment(other).await;
    refused(reused, Code::InvalidArgument, "REQUEST_ID_REUSED");
}

async fn checking_only_writes_nothing(database: TestDatabase) {
    let world = World::new(database).await;
    let before = world.contents().await;
    let request = CreateShipmentRequest { validate_only: true, ..new_shipment("a", facts()) };
    let answer = world.shipments().create_shipment(request).await.unwrap().into_inner();
    assert_eq!(answer.name, "shipments/a");
    assert_eq!(world.contents().await, before);
}

async fn fields_are_refused_together(database: TestDatabase) {
    let world = World::new(database).await;
    let before = world.contents().await;
    let empty = world.shipments().create_shipment(CreateShipmentRequest::default()).await;
    invalid(empty, &[("shipment", "FIELD_MISSING")]);
    let mut shipment = facts();
    shipment.exporter.clear();
    shipment.destination_region_code = "ID".to_owned();
    shipment.port_of_loading = "KRPUS".to_owned();
    shipment.lines[0].value = None;
    shipment.lines[0].hs_code = "77010000".to_owned();
    shipment.units[0].container_number = "CSQU3054384".to_owned();
    let fields = [
        ("shipment.exporter", "FIELD_MISSING"),
        ("shipment.destination_region_code", "DESTINATION_COUNTRY"),
        ("shipment.port_of_loading", "PORT_OF_LOADING_COUNTRY"),
        ("shipment.lines[0].value", "FIELD_MISSING"),
        ("shipment.lines[0].hs_code", "HS_CODE_CHAPTER"),
        ("shipment.units[0].container_number", "CONTAINER_NUMBER_CHECK_DIGIT"),
    ];
    invalid(world.create("a", shipment).await, &fields);
    assert_eq!(world.contents().await, before);
}

async fn what_does_not_exist_is_told_at_every_field(database: TestDatabase) {
    let world = World::new(database).await;
    let before = world.contents().await;
    let mut shipment = facts();
    shipment.release = "releases/no".to_owned();
    shipment.exporter = "organisations/no".to_owned();
    shipment.exporter_of_record = "organisations/b".to_owned();
    shipment.consignee = "organisations/nor".to_owned();
    let share = |producer: &str| ProducerShare {
        producer: producer.to_owned(),
        village: "villages/35.25.11.2009".to_owned(),
        share: decimal("0.5"),
    };
    shipment.lines[0].shares = vec![share("organisations/maker"), share("organisations/no")];
    let fields = [
        ("shipment.release", "REFERENCE_EXISTS"),
        ("shipment.exporter", "REFERENCE_EXISTS"),
        ("shipment.consignee", "REFERENCE_EXISTS"),
        ("shipment.lines[0].shares[1].producer", "REFERENCE_EXISTS"),
    ];
    invalid(world.create("a", shipment).await, &fields);
    assert_eq!(world.contents().await, before);
}

async fn the_exporter_must_export(database: TestDatabase) {
    let world = World::new(database).await;
    let by = |exporter: &str| Shipment { exporter: exporter.to_owned(), ..facts() };
    for (id, exporter) in [("x", "organisations/c"), ("y", "organisations/maker")] {
        world.create(id, by(exporter)).await.unwrap();
    }
    let buyer = world.create("z", by("organisations/buyer")).await;
    invalid(buyer, &[("shipment.exporter", "EXPORTER_ROLE")]);
    let mut of_record = facts();
    of_record.exporter_of_record = "organisations/buyer".to_owned();
    of_record.consignee = "organisations/buyer".to_owned();
    world.create("z", of_record).await.unwrap();
}

async fn a_registration_belongs_to_one_shipment(database: TestDatabase) {
    let world = World::new(database).await;
    let with = |number: &str| Shipment { declaration: peb(number), ..facts() };
    world.create("a", with("000001")).await.unwrap();
    taken(
        world.create("b", with("000001")).await,
        "shipments/a",
        &[("shipment.declaration.peb_number", "PEB_NUMBER_TAKEN")],
    );
    world.create("b", with("000002")).await.unwrap();
    let moved = world.update("b", &["declaration"], with("000001")).await;
    taken(moved, "shipments/a", &[("shipment.declaration.peb_number", "PEB_NUMBER_TAKEN")]);
    world.update("a", &["declaration.aju"], with("000001")).await.unwrap();
    world.cancel("a").await.unwrap();
    let moved = world.update("b", &["declaration"], with("000001")).await.unwrap();
    assert_eq!(moved.declaration.unwrap().peb_number, "000001");
    world.create("c", with("000002")).await.unwrap();
}

async fn at_once_only_one_takes_a_registration(database: TestDatabase) {
    let world = World::new(database).await;
    let tries: Vec<_> = (0..8)
        .map(|index| {
            let mut client = world.shipments();
            let shipment = Shipment { declaration: peb("000001"), ..facts() };
            let request = new_shipment(&format!("s{index}"), shipment);
            tokio::spawn(async move { client.create_shipment(request).await })
        })
        .collect();
    let mut won = 0;
    for attempt in tries {
        match attempt.await.unwrap() {
            Ok(_) => won += 1,
            Err(status) => {
                assert!(matches!(status.code(), Code::AlreadyExists | Code::Aborted), "{status}");
            }
        }
    }
    assert_eq!(won, 1);
}

async fn values_that_do_not_fit_are_refused(database: TestDatabase) {
    let world = World::new(database).await;
    let mut shipment = facts();
    shipment.lines = vec![line(90_000_000_000_000_000), line(90_000_000_000_000_000)];
    invalid(world.create("a", shipment).await, &[("shipment.lines", "SUM_OVERFLOW")]);
}

async fn without_the_registry_nothing_is_written_and_all_is_read(database: TestDatabase) {
    let world = World::new(database).await;
    world.create("a", facts()).await.unwrap();
    world.registry.switch_off();
    let before = world.contents().await;
    let other = || Shipment { exporter: "organisations/b".to_owned(), ..facts() };
    let created = world.create("b", other()).await;
    let detail = refused(created, Code::Unavailable, "UPSTREAM_UNAVAILABLE");
    assert_eq!(detail.metadata.get("service").map(String::as_str), Some("registry"));
    let updated = world.update("a", &["exporter"], other()).await;
    refused(updated, Code::Unavailable, "UPSTREAM_UNAVAILABLE");
    assert_eq!(world.contents().await, before);
    assert_eq!(world.get("a").await.exporter, "organisations/a");
    let declared = Shipment { declaration: peb("000001"), ..Default::default() };
    world.update("a", &["declaration"], declared).await.unwrap();
    world.confirm("a").await.unwrap();
}

async fn known_organisations_are_not_asked_for_again(database: TestDatabase) {
    let world = World::new(database).await;
    world.create("a", facts()).await.unwrap();
    world.create("b", facts()).await.unwrap();
    assert_eq!(world.registry.calls(), 1);
    let absent = Shipment { consignee: "organisations/no".to_owned(), ..facts() };
    for _ in 0..2 {
        let refused = world.create("c", absent.clone()).await;
        invalid(refused, &[("shipment.consignee", "REFERENCE_EXISTS")]);
    }
    assert_eq!(world.registry.calls(), 3, "that there is none is asked each time");
}

async fn absent_ones_are_told_with_all_that_is_wrong(database: TestDatabase) {
    let world = World::new(database).await;
    let mut wrong = Shipment {
        release: "releases/no".to_owned(),
        consignee: "organisations/no".to_owned(),
        port_of_loading: "SUB".to_owned(),
        ..facts()
    };
    wrong.lines[0].product = "organisations/a/products/no".to_owned();
    let expected = [
        ("shipment.port_of_loading", "PORT_CODE_FORM"),
        ("shipment.release", "REFERENCE_EXISTS"),
        ("shipment.consignee", "REFERENCE_EXISTS"),
        ("shipment.lines[0].product", "REFERENCE_EXISTS"),
    ];
    invalid(world.create("a", wrong.clone()).await, &expected);
    world.create("a", facts()).await.unwrap();
    let paths = ["release", "consignee", "port_of_loading", "lines"];
    invalid(world.update("a", &paths, wrong.clone()).await, &expected);
    // Where the registry does not answer, what is known to be wrong is told.
    world.registry.switch_off();
    invalid(world.create("b", wrong).await, &expected[..1]);
}

async fn a_batch_is_all_or_none(database: TestDatabase) {
    let world = World::new(database).await;
    world.create("a", facts()).await.unwrap();
    world.create("b", facts()).await.unwrap();
    let batch = async |names: &[&str]| {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        let mut client = world.shipments();
        let answer = client.batch_get_shipments(BatchGetShipmentsRequest { names }).await;
        answer.map(|answer| answer.into_inner().shipments)
    };
    let both = batch(&["shipments/b", "shipments/a"]).await.unwrap();
    assert_eq!(both, [world.get("b").await, world.get("a").await]);
    let none = batch(&["shipments/no", "shipments/a", "shipments/nor"]).await;
    let fields = &[("names[0]", "RESOURCE_NOT_FOUND"), ("names[2]", "RESOURCE_NOT_FOUND")];
    let expected = Expected { code: Code::NotFound, reason: "RESOURCE_NOT_FOUND", fields };
    assert_eq!(assert_refused(none, expected).resource.as_deref(), Some("shipments/no"));
    invalid(batch(&[]).await, &[("names", "FIELD_MISSING")]);
    let twice = [("names", "NAMES_DUPLICATE"), ("names[2]", "RESOURCE_NAME_FORM")];
    invalid(batch(&["shipments/a", "shipments/a", "x"]).await, &twice);
}

async fn list(world: &World, filter: &str) -> Result<Vec<String>, tonic::Status> {
    let request = ListShipmentsRequest { filter: filter.to_owned(), ..Default::default() };
    let page = world.shipments().list_shipments(request).await?.into_inner();
    let id = |shipment: &Shipment| shipment.name.trim_start_matches("shipments/").to_owned();
    Ok(page.shipments.iter().map(id).collect())
}

async fn lists_are_filtered(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    world.ready("a").await;
    let mut ginger = facts();
    ginger.exporter = "organisations/b".to_owned();
    ginger.destination_region_code = "BD".to_owned();
    ginger.lines.push(line(1));
    ginger.lines[1].hs_code = "09101100".to_owned();
    ginger.declaration = peb("000001");
    world.create("b", ginger).await.unwrap();
    world.confirm("b").await.unwrap();
    world.happened("b", Milestone::Loaded).await.unwrap();
    let cases: [(&str, &[&str]); 20] = [
        ("", &["b", "a"]),
        ("release = \"releases/r\"", &["a"]),
        ("release = \"\"", &["b"]),
        ("release != \"\"", &["a"]),
        ("exporter = \"\"", &[]),
        ("exporter = \"organisations/b\"", &["b"]),
        ("state = READY", &["a"]),
        ("state = STATE_LOADED", &["b"]),
        ("tier = REALISED", &["b"]),
        ("tier = TIER_RELEASED", &[]),
        ("destination_region_code = \"kr\"", &["a"]),
        ("hs_chapter:09", &["b"]),
        ("hs_chapter = \"19\"", &["b", "a"]),
        ("hs_chapter:90", &[]),
        ("hs_chapter:19 AND state = READY", &["a"]),
        ("hs_chapter != 09", &["a"]),
        ("state != READY", &["b"]),
        ("state = READY OR state = LOADED", &["b", "a"]),
        ("(tier = REALISED OR tier = RELEASED) AND hs_chapter:09", &["b"]),
        ("create_time < \"2025-11-27T00:00:00Z\"", &[]),
    ];
    for (filter, expected) in cases {
        assert_eq!(list(&world, filter).await.unwrap(), expected, "{filter}");
    }
}

async fn lists_refuse_what_they_do_not_know(database: TestDatabase) {
    let world = World::new(database).await;
    let filters = [
        "consignee = \"organisations/a\"",
        "state = GONE",
        "hs_chapter = 9",
        "destination_region_code = \"XX\"",
        "release = \"r\"",
        "state > READY",
        "state = READY OR tier = REALISED",
        "(",
    ];
    for filter in filters {
        refused(list(&world, filter).await, Code::InvalidArgument, "FILTER_INVALID");
    }
}

async fn pages_follow_each_other(database: TestDatabase) {
    let world = World::new(database).await;
    for id in ["a", "b", "c", "d", "e"] {
        world.create(id, facts()).await.unwrap();
    }
    let mut names = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListShipmentsRequest { page_size: 2, page_token, ..Default::default() };
        let page = world.shipments().list_shipments(request).await.unwrap().into_inner();
        names.extend(page.shipments.into_iter().map(|shipment| shipment.name));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let expected = ["e", "d", "c", "b", "a"].map(|id| format!("shipments/{id}"));
    assert_eq!(names, expected);
}
