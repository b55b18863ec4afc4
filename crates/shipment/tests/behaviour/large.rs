//! Whatever was accepted can be read, however large: pages are cut by bytes, batches are refused.

use devisa_proto::{
    event::v1::ListEventsRequest,
    shipment::v1::{BatchGetShipmentsRequest, ListShipmentsRequest, Shipment},
};
use devisa_testkit::{TestDatabase, on_both_databases};

use crate::world::{World, facts, invalid, line};

on_both_databases!(large_shipments_are_read_page_by_page);

/// Twelve of these are longer than a message may be.
fn large() -> Shipment {
    let mut line = line(1);
    // The longest description, in characters of the most bytes.
    line.description = "𠀀".repeat(500);
    Shipment { lines: vec![line; 200], ..facts() }
}

async fn large_shipments_are_read_page_by_page(database: TestDatabase) {
    const COUNT: usize = 12;
    let world = World::new(database).await;
    for number in 0..COUNT {
        world.create(&format!("s{number}"), large()).await.unwrap();
    }
    let mut request = ListShipmentsRequest::default();
    let mut sizes = Vec::new();
    let mut names = Vec::new();
    loop {
        let page = world.shipments().list_shipments(request.clone()).await.unwrap().into_inner();
        sizes.push(page.shipments.len());
        names.extend(page.shipments.into_iter().map(|shipment| shipment.name));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    let expected: Vec<_> = (0..COUNT).rev().map(|number| format!("shipments/s{number}")).collect();
    assert_eq!(names, expected, "each once, newest first");
    assert!(sizes.len() > 2 && sizes.iter().all(|size| (1..6).contains(size)), "{sizes:?}");

    let batch = |names: &[String]| BatchGetShipmentsRequest { names: names.to_vec() };
    let too_much = world.shipments().batch_get_shipments(batch(&names)).await;
    invalid(too_much, &[("names", "NAMES_BYTES")]);
    let fewer = world.shipments().batch_get_shipments(batch(&names[..5])).await.unwrap();
    assert_eq!(fewer.into_inner().shipments.len(), 5);

    let mut subjects = Vec::new();
    let mut request = ListEventsRequest::default();
    // On PostgreSQL an event is listed once no older transaction of the server is open.
    for _ in 0..1_000 {
        let page = world.events().list_events(request.clone()).await.unwrap().into_inner();
        assert!(page.events.len() < 6, "{}", page.events.len());
        subjects.extend(page.events.iter().map(|event| event.subject.clone()));
        if let Some(last) = page.events.last() {
            request.after_revision = last.revision.clone();
        }
        if subjects.len() == COUNT {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    subjects.reverse();
    assert_eq!(subjects, expected);
}
