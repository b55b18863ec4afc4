use devisa_proto::{
    event::v1::{ListEventsRequest, WatchRequest, watch_response::Update},
    registry::v1::{Enrolment, enrolment::State},
};
use devisa_testkit::{TestDatabase, on_both_databases};
use tokio_stream::StreamExt;

use crate::world::{World, date, invalid};

on_both_databases!(changes_are_logged, changes_are_followed);

async fn changes_are_logged(database: TestDatabase) {
    let world = World::new(database).await;
    world.programme().await;
    world.decree("d", date(2024, 1, 1), 1, "").await;
    world.propose("35.25.11.2009", date(2024, 1, 1)).await;
    let after = world.step("35.25.11.2009", State::Designated, date(2024, 2, 1)).await.unwrap();
    let list = async |request| world.events().list_events(request).await;
    let events = world.settled(4).await;
    let types: Vec<_> =
        events.iter().map(|e| e.r#type.trim_start_matches("devisa.registry.v1.")).collect();
    let expected =
        ["programme.created", "decree.created", "enrolment.created", "enrolment.advanced"];
    assert_eq!(types, expected);
    assert!(events.windows(2).all(|pair| pair[0].revision < pair[1].revision));

    let advanced = &events[3];
    assert_eq!(advanced.source, "devisa.registry");
    assert_eq!(advanced.subject, "programmes/lpei/enrolments/35.25.11.2009");
    let data: Enrolment = prost::Message::decode(&*advanced.data.clone().unwrap().value).unwrap();
    assert_eq!(data, after);
    let mut changed = advanced.changed.clone().unwrap().paths;
    changed.sort_unstable();
    assert_eq!(changed, ["decree", "history", "state"]);
    let unknown = ListEventsRequest { types: vec!["x".to_owned()], ..Default::default() };
    assert!(list(unknown).await.is_err());
    let malformed = ListEventsRequest { page_size: -1, ..Default::default() };
    invalid(list(malformed).await, &[("page_size", "PAGE_SIZE_NEGATIVE")]);
}

async fn changes_are_followed(database: TestDatabase) {
    let world = World::new(database).await;
    world.programme().await;
    let request = WatchRequest { subject_prefix: "programmes/".to_owned(), ..Default::default() };
    let mut stream = world.events().watch(request).await.unwrap().into_inner();
    world.decree("d", date(2024, 1, 1), 1, "").await;
    let mut seen = Vec::new();
    while seen.len() < 2 {
        if let Some(Update::Event(event)) = stream.next().await.unwrap().unwrap().update {
            seen.push(event.subject);
        }
    }
    assert_eq!(seen, ["programmes/lpei", "programmes/lpei/decrees/d"]);
}
