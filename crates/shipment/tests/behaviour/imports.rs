//! Many shipments in one stream.

use std::time::Duration;

use devisa_proto::shipment::v1::{ImportShipmentsRequest, ImportShipmentsResponse, Shipment};
use devisa_server::Detail;
use devisa_testkit::{TestDatabase, on_both_databases};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status, Streaming};

use crate::world::{UUID, World, facts, line, new_shipment, peb, refused};

on_both_databases!(
    rows_are_answered_in_order_and_bad_ones_hinder_no_other,
    a_row_again_changes_nothing,
    a_row_is_refused_for_what_a_creation_is,
    checking_only_writes_nothing,
    row_numbers_rise,
    what_is_no_fault_of_a_row_ends_the_stream,
    a_drain_tells_the_last_row,
    a_reader_who_stops_stops_the_writing,
);

fn row(row_number: i64, id: &str, shipment: Shipment) -> ImportShipmentsRequest {
    let shipment = Some(shipment);
    let shipment_id = id.to_owned();
    ImportShipmentsRequest { row_number, shipment_id, shipment, ..Default::default() }
}

/// A stream that its test sends rows to.
struct Import {
    sender: mpsc::Sender<ImportShipmentsRequest>,
    results: Streaming<ImportShipmentsResponse>,
}

impl Import {
    async fn begin(world: &World) -> Self {
        let (sender, receiver) = mpsc::channel(1_000);
        let results = world.shipments().import_shipments(ReceiverStream::new(receiver)).await;
        Self { sender, results: results.unwrap().into_inner() }
    }

    async fn send(&mut self, row: ImportShipmentsRequest) {
        self.sender.send(row).await.unwrap();
    }

    async fn result(&mut self) -> Result<ImportShipmentsResponse, Status> {
        let result = tokio::time::timeout(Duration::from_secs(20), self.results.message());
        result.await.unwrap().map(|result| result.expect("a result"))
    }

    async fn answer(
        &mut self,
        row: ImportShipmentsRequest,
    ) -> Result<ImportShipmentsResponse, Status> {
        self.send(row).await;
        self.result().await
    }
}

/// Imports rows to the end of the stream.
async fn import(world: &World, rows: Vec<ImportShipmentsRequest>) -> Vec<ImportShipmentsResponse> {
    let mut import = Import::begin(world).await;
    let mut results = Vec::new();
    for row in rows {
        results.push(import.answer(row).await.unwrap());
    }
    drop(import.sender);
    assert_eq!(import.results.message().await.unwrap(), None);
    results
}

/// The reason and the fields of a row's error.
fn told(result: &ImportShipmentsResponse) -> (String, Vec<(String, String)>) {
    let error = result.error.as_ref().expect("the row should be refused");
    assert_eq!(result.shipment, "");
    let details = prost::Message::encode_to_vec(error).into();
    let code = Code::from_i32(error.code);
    let detail = Detail::of(&Status::with_details(code, error.message.clone(), details));
    let fields = detail.violations.into_iter().map(|fault| (fault.field, fault.reason));
    (detail.reason, fields.collect())
}

async fn created_events(world: &World) -> usize {
    world.contents().await.matches("shipment.v1.shipment.created").count()
}

async fn rows_are_answered_in_order_and_bad_ones_hinder_no_other(database: TestDatabase) {
    let world = World::new(database).await;
    let bad = Shipment { destination_region_code: "ID".to_owned(), lines: vec![], ..facts() };
    let rows = vec![row(2, "a", facts()), row(3, "b", bad), row(7, "c", facts())];
    let results = import(&world, rows).await;
    let numbers: Vec<_> = results.iter().map(|r| (r.row_number, r.committed_row_number)).collect();
    assert_eq!(numbers, [(2, 2), (3, 3), (7, 7)]);
    let names: Vec<_> = results.iter().map(|result| result.shipment.as_str()).collect();
    assert_eq!(names, ["shipments/a", "", "shipments/c"]);
    let (reason, fields) = told(&results[1]);
    assert_eq!(reason, "FIELD_INVALID");
    let fields: Vec<_> = fields.iter().map(|(f, r)| (f.as_str(), r.as_str())).collect();
    assert_eq!(
        fields,
        [
            ("shipment.destination_region_code", "DESTINATION_COUNTRY"),
            ("shipment.lines", "FIELD_MISSING"),
        ]
    );
    assert_eq!(world.get("a").await.lines, world.get("c").await.lines);
    assert_eq!(created_events(&world).await, 2);
}

async fn a_row_again_changes_nothing(database: TestDatabase) {
    let world = World::new(database).await;
    let by_request = |row_number| ImportShipmentsRequest {
        request_id: UUID.to_owned(),
        ..row(row_number, "", facts())
    };
    let first = import(&world, vec![row(1, "a", facts()), by_request(2)]).await;
    let before = world.contents().await;
    let again = import(&world, vec![row(1, "a", facts()), by_request(2)]).await;
    assert_eq!(again, first);
    let moved = import(&world, vec![by_request(5)]).await;
    assert_eq!(moved[0].shipment, first[1].shipment, "wherever the row stands");
    assert_eq!(world.contents().await, before);
    assert_eq!(created_events(&world).await, 2);
}

async fn a_row_is_refused_for_what_a_creation_is(database: TestDatabase) {
    let world = World::new(database).await;
    let declared =
        |cents| Shipment { declaration: peb("000001"), lines: vec![line(cents)], ..facts() };
    let reused = ImportShipmentsRequest { request_id: UUID.to_owned(), ..row(5, "x", facts()) };
    let other = ImportShipmentsRequest { request_id: UUID.to_owned(), ..row(6, "y", declared(1)) };
    let unknown = Shipment { exporter: "organisations/no".to_owned(), ..facts() };
    let rows = vec![
        row(1, "a", declared(1)),
        row(2, "a", declared(2)),
        row(3, "b", declared(3)),
        row(4, "", facts()),
        reused,
        other,
        row(7, "z", unknown),
    ];
    let results = import(&world, rows).await;
    let reasons: Vec<_> = results
        .iter()
        .map(|result| result.error.as_ref().map(|_| told(result)).unwrap_or_default())
        .collect();
    let at = |field: &str, rule: &str| vec![(field.to_owned(), rule.to_owned())];
    let expected = [
        ("", vec![]),
        ("RESOURCE_EXISTS", at("shipment_id", "RESOURCE_EXISTS")),
        ("RESOURCE_EXISTS", at("shipment.declaration.peb_number", "PEB_NUMBER_TAKEN")),
        ("FIELD_MISSING", at("shipment_id", "FIELD_MISSING")),
        ("", vec![]),
        ("REQUEST_ID_REUSED", at("request_id", "REQUEST_ID_REUSED")),
        ("FIELD_INVALID", at("shipment.exporter", "REFERENCE_EXISTS")),
    ];
    let expected = expected.map(|(reason, fields)| (reason.to_owned(), fields));
    assert_eq!(reasons, expected);
}

async fn checking_only_writes_nothing(database: TestDatabase) {
    let world = World::new(database).await;
    let before = world.contents().await;
    let check = |row| ImportShipmentsRequest { validate_only: true, ..row };
    let bad = Shipment { exporter: String::new(), ..facts() };
    let rows = vec![check(row(1, "a", facts())), check(row(2, "b", bad))];
    let results = import(&world, rows).await;
    assert_eq!(results[0].shipment, "shipments/a");
    assert_eq!(told(&results[1]).0, "FIELD_MISSING");
    assert_eq!(world.contents().await, before);
}

async fn row_numbers_rise(database: TestDatabase) {
    let world = World::new(database).await;
    let mut import = Import::begin(&world).await;
    import.answer(row(3, "a", facts())).await.unwrap();
    let detail =
        refused(import.answer(row(3, "b", facts())).await, Code::InvalidArgument, "FIELD_INVALID");
    let fault = &detail.violations[0];
    assert_eq!((fault.field.as_str(), fault.reason.as_str()), ("row_number", "ROW_NUMBER_ORDER"));
    let mut import = Import::begin(&world).await;
    let zero = import.answer(row(0, "b", facts())).await;
    refused(zero, Code::InvalidArgument, "FIELD_INVALID");
    assert_eq!(created_events(&world).await, 1);
}

async fn what_is_no_fault_of_a_row_ends_the_stream(database: TestDatabase) {
    let world = World::new(database).await;
    let mut import = Import::begin(&world).await;
    import.answer(row(4, "a", facts())).await.unwrap();
    world.registry.switch_off();
    let other = Shipment { consignee: "organisations/buyer".to_owned(), ..facts() };
    let answer = import.answer(row(9, "b", other)).await;
    let detail = refused(answer, Code::Unavailable, "UPSTREAM_UNAVAILABLE");
    assert_eq!(detail.metadata["row_number"], "4");
    assert_eq!(created_events(&world).await, 1);
}

async fn a_drain_tells_the_last_row(database: TestDatabase) {
    let world = World::new(database).await;
    let mut import = Import::begin(&world).await;
    import.answer(row(1, "a", facts())).await.unwrap();
    import.answer(row(2, "b", facts())).await.unwrap();
    world.drain.begin();
    let detail = refused(import.result().await, Code::Unavailable, "SERVER_DRAINING");
    assert_eq!(detail.metadata["row_number"], "2");
}

async fn a_reader_who_stops_stops_the_writing(database: TestDatabase) {
    let world = World::new(database).await;
    let mut import = Import::begin(&world).await;
    for number in 1..=500 {
        import.send(row(number, &format!("s{number}"), facts())).await;
    }
    import.result().await.unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(created_events(&world).await < 500, "what nobody reads is not written");
    for number in 2..=500 {
        assert_eq!(import.result().await.unwrap().row_number, number);
    }
    assert_eq!(created_events(&world).await, 500);
    // The one that was created otherwise is met as it would be in any call.
    let refused_again = world.create("s7", new_shipment("s7", facts()).shipment.unwrap()).await;
    refused(refused_again, Code::AlreadyExists, "RESOURCE_EXISTS");
}
