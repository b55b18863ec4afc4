use std::time::Duration;

use devisa_proto::{
    deal::v1::{Deal, review_decision::Decision},
    event::v1::{Event, ListEventsRequest, WatchRequest, watch_response::Update},
};
use devisa_testkit::{TestDatabase, committed_events, on_both_databases};

use prost_types::Timestamp;

use crate::world::{World, alone, invalid, loi, usd};

on_both_databases!(
    every_change_is_told_with_its_resource,
    an_evaluation_tells_of_others_and_makes_nobody_an_author,
    a_clock_that_jumps_back_takes_no_event_of_a_deal_with_it,
    events_are_watched,
    requests_are_refused,
);

/// The events of a subject, once there are as many and all that are committed by now are among
/// them: one that is committed is told only when no earlier transaction of the server can still get
/// in front of it.
pub(crate) async fn events(world: &World, subject: &str, least: usize) -> Vec<Event> {
    let least = least.max(committed_events(world.ledger.reader(), subject).await);
    let subject_prefix = subject.to_owned();
    let request = ListEventsRequest { subject_prefix, ..Default::default() };
    for _ in 0..500 {
        let listed = world.events().list_events(request.clone()).await.unwrap().into_inner();
        if listed.events.len() >= least {
            return listed.events;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("fewer than {least} events of {subject}")
}

fn kinds(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.r#type.rsplit_once('.').unwrap().1).collect()
}

fn deal_in(event: &Event) -> Deal {
    event.data.as_ref().unwrap().to_msg().unwrap()
}

async fn every_change_is_told_with_its_resource(database: TestDatabase) {
    let world = World::new(database).await;
    world.session("malaysia").await;
    world.signed("a", alone(loi("dona-doni", usd(5)))).await;
    let after = world.review("a", Decision::Correct, Some(usd(6))).await.unwrap();
    assert_eq!(kinds(&events(&world, "sessions/", 1).await), ["created"]);
    let told = events(&world, "deals/a", 3).await;
    assert_eq!(kinds(&told), ["created", "signed", "reviewed"]);
    let [created, signed, reviewed] = &told[..] else { panic!() };
    assert_eq!(deal_in(reviewed), after);
    assert_eq!((reviewed.actor.as_str(), reviewed.source.as_str()), ("reviewer", "devisa.deal"));
    let changed = |event: &Event| event.changed.clone().unwrap().paths;
    assert_eq!(changed(signed), ["state"]);
    assert_eq!(changed(reviewed), ["value", "review", "balance"]);
    assert!(changed(created).contains(&"seller".to_owned()));
    assert!(created.revision < signed.revision && signed.revision < reviewed.revision);
}

async fn an_evaluation_tells_of_others_and_makes_nobody_an_author(database: TestDatabase) {
    let world = World::new(database).await;
    world.session("malaysia").await;
    world.signed("large", loi("dona-doni", usd(1_000_000))).await;
    for id in ["a", "b"] {
        world.signed(id, loi("dona-doni", usd(5))).await;
    }
    world.draft("c", loi("dona-doni", usd(5))).await;
    let signature = crate::world::signature("c");
    world.deals().sign_deal(crate::world::by("reviewer", signature)).await.unwrap();
    let told = events(&world, "deals/large", 3).await;
    assert_eq!(kinds(&told), ["created", "signed", "evaluated"]);
    assert_eq!(told[2].actor, "reviewer");
    assert_eq!(told[2].changed.as_ref().unwrap().paths, ["review"]);
    assert_eq!(deal_in(&told[2]), world.deal("large").await);
    // Nothing new was found of the others.
    assert_eq!(kinds(&events(&world, "deals/a", 2).await), ["created", "signed"]);
    world.review("large", Decision::Confirm, None).await.unwrap();
}

async fn a_clock_that_jumps_back_takes_no_event_of_a_deal_with_it(database: TestDatabase) {
    let world = World::new(database).await;
    world.session("malaysia").await;
    world.signed("large", loi("dona-doni", usd(1_000_000))).await;
    for id in ["a", "b"] {
        world.signed(id, loi("dona-doni", usd(5))).await;
    }
    world.clock.set("2025-11-27T08:00:00+07:00");
    world.signed("c", loi("dona-doni", usd(5))).await;
    world.clock.set("2025-11-27T07:00:00+07:00");
    let reviewed = world.review("large", Decision::Confirm, None).await.unwrap();

    let told = events(&world, "deals/large", 4).await;
    assert_eq!(kinds(&told), ["created", "signed", "evaluated", "reviewed"]);
    let micros = |time: Option<&Timestamp>| {
        time.map(|time| time.seconds * 1_000_000 + i64::from(time.nanos) / 1_000).unwrap()
    };
    let times: Vec<_> = told.iter().map(|event| micros(event.time.as_ref())).collect();
    let versions = told.iter().map(|event| micros(deal_in(event).update_time.as_ref()));
    assert_eq!(times, versions.collect::<Vec<_>>());
    assert_eq!((times[2], times[3]), (times[1], times[1]), "it stands still until it is caught up");
    let decision = &reviewed.review.as_ref().unwrap().decisions[0];
    assert_eq!(decision.decide_time, reviewed.update_time);
}

async fn events_are_watched(database: TestDatabase) {
    let world = World::new(database).await;
    world.signed("a", alone(loi("dona-doni", usd(5)))).await;
    let types = vec!["devisa.deal.v1.deal.signed".to_owned()];
    let request = WatchRequest { types, ..Default::default() };
    let mut stream = world.events().watch(request).await.unwrap().into_inner();
    // Checkpoints may come first, until older transactions of the database server have ended.
    let event = loop {
        match stream.message().await.unwrap().unwrap().update.unwrap() {
            Update::Event(event) => break event,
            Update::Checkpoint(_) => {}
        }
    };
    assert_eq!(event.subject, "deals/a");
}

async fn requests_are_refused(database: TestDatabase) {
    let world = World::new(database).await;
    let types = vec!["devisa.registry.v1.programme.created".to_owned()];
    let unknown = ListEventsRequest { types, ..Default::default() };
    let unknown = world.events().list_events(unknown).await;
    invalid(unknown, &[("types[0]", "TYPES_UNKNOWN")]);
}
