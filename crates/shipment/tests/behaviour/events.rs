//! What the log tells.

use std::time::Duration;

use devisa_proto::{
    event::v1::{Event, ListEventsRequest, WatchRequest, watch_response::Update},
    shipment::v1::{CancelReleaseRequest, Shipment, milestone::Code},
};
use devisa_testkit::{TestDatabase, on_both_databases};
use tokio_stream::StreamExt;

use crate::world::{World, facts, invalid, peb};

on_both_databases!(
    changes_are_logged,
    members_leave_in_the_order_of_their_names,
    changes_are_followed
);

/// The log once it has so many events. On PostgreSQL one is listed when no older transaction of the
/// whole server is still open, so that none is ever skipped.
pub(crate) async fn settled(world: &World, count: usize) -> Vec<Event> {
    for _ in 0..500 {
        let listed = world.events().list_events(ListEventsRequest::default()).await.unwrap();
        let events = listed.into_inner().events;
        if events.len() >= count {
            return events;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{count} events did not settle within ten seconds");
}

async fn changes_are_logged(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    world.ready("a").await;
    let declared = Shipment { declaration: peb("000001"), ..Default::default() };
    world.update("a", &["declaration"], declared).await.unwrap();
    world.happened("a", Code::Booked).await.unwrap();
    world.dispatch("releases/r").await.unwrap();
    world.happened("a", Code::Loaded).await.unwrap();
    world.create("b", facts()).await.unwrap();
    world.cancel("b").await.unwrap();
    world.happened("a", Code::Rolled).await.unwrap();
    world.release("off").await;
    let off = CancelReleaseRequest { name: "releases/off".to_owned(), ..Default::default() };
    world.releases().cancel_release(off).await.unwrap();
    let expected = [
        ("release.created", "releases/r"),
        ("shipment.created", "shipments/a"),
        ("shipment.confirmed", "shipments/a"),
        ("shipment.updated", "shipments/a"),
        ("milestone.recorded", ""),
        ("release.dispatched", "releases/r"),
        ("milestone.recorded", "shipments/a/milestones/released"),
        ("shipment.released", "shipments/a"),
        ("milestone.recorded", ""),
        ("shipment.progressed", "shipments/a"),
        ("shipment.created", "shipments/b"),
        ("shipment.cancelled", "shipments/b"),
        ("milestone.recorded", ""),
        ("shipment.reverted", "shipments/a"),
        ("release.created", "releases/off"),
        ("release.cancelled", "releases/off"),
    ];
    let events = settled(&world, expected.len()).await;
    assert_eq!(events.len(), expected.len());
    for (event, (kind, subject)) in events.iter().zip(expected) {
        assert_eq!(event.r#type, format!("devisa.shipment.v1.{kind}"));
        assert!(subject.is_empty() || event.subject == subject, "{kind}: {}", event.subject);
        assert_eq!(event.source, "devisa.shipment");
    }
    let changed = |index: usize| {
        let mut paths = events[index].changed.clone().unwrap().paths;
        paths.sort_unstable();
        paths
    };
    assert_eq!(changed(2), ["state"]);
    assert_eq!(changed(3), ["declaration"]);
    assert_eq!(changed(5), ["dispatch_time", "state"]);
    assert_eq!(changed(7), ["state", "tier"]);
    assert_eq!(changed(9), ["state", "tier"]);
    assert_eq!(changed(13), ["state", "tier"]);
    assert_eq!(changed(15), ["state"]);
    let data: Shipment = prost::Message::decode(&*events[13].data.clone().unwrap().value).unwrap();
    assert_eq!(data, world.get("a").await);
    let unknown = ListEventsRequest { types: vec!["x".to_owned()], ..Default::default() };
    invalid(world.events().list_events(unknown).await, &[("types[0]", "TYPES_UNKNOWN")]);
}

async fn members_leave_in_the_order_of_their_names(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    for id in ["b", "c", "a"] {
        world.ready(id).await;
    }
    world.dispatch("releases/r").await.unwrap();
    let events = settled(&world, 14).await;
    let released = events.iter().filter(|event| event.r#type.ends_with(".shipment.released"));
    let subjects: Vec<_> = released.map(|event| event.subject.as_str()).collect();
    assert_eq!(subjects, ["shipments/a", "shipments/b", "shipments/c"]);
}

async fn changes_are_followed(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    let request = WatchRequest { subject_prefix: "shipments/".to_owned(), ..Default::default() };
    let mut stream = world.events().watch(request).await.unwrap().into_inner();
    world.draft("a").await;
    let wait = tokio::time::timeout(Duration::from_secs(10), async {
        loop {
            let update = stream.next().await.unwrap().unwrap().update;
            if let Some(Update::Event(event)) = update {
                return event;
            }
        }
    });
    assert_eq!(wait.await.unwrap().subject, "shipments/a");
}
