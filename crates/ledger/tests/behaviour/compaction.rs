//! What a compaction takes away, and what its readers are told.

use std::time::Duration;

use devisa_domain::{refusal::Refusal, time::Timestamp};
use devisa_ledger::{Compacted, Error, EventQuery, Ledger, Revision, WatchEnd, WatchItem};
use devisa_proto::event::v1::{Event, ListEventsRequest};
use devisa_testkit::{TestClock, TestDatabase, contents, on_both_databases};
use futures::StreamExt;
use tokio_util::sync::CancellationToken;

use crate::toy::{self, call, create, mark};

on_both_databases!(
    superseded_events_go_and_the_newest_of_each_stay,
    what_happened_since_stays,
    a_step_is_bounded_and_goes_on_where_it_was,
    a_reader_from_before_is_told_and_one_from_after_goes_on,
    a_reader_from_the_beginning_gets_what_is_left,
    a_page_token_from_before_is_told,
    a_watch_under_way_is_told,
    what_a_projection_has_not_heard_stays,
);

const TYPES: &[&str] = &[toy::CREATED, toy::UPDATED];

fn later(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

async fn compact(ledger: &Ledger) -> Compacted {
    ledger.compact(later("2026-01-01T00:00:00Z"), None, Revision::default()).await.unwrap()
}

fn query(after: &str) -> EventQuery {
    EventQuery::parse(after, "", &[], TYPES).unwrap()
}

async fn all(ledger: &Ledger) -> Vec<Event> {
    // What was just committed may wait for another test's transaction on the same server.
    for _ in 0..500 {
        let stored = contents(ledger.reader()).await;
        let stored = stored.lines().filter(|line| line.starts_with("event:")).count();
        let events = ledger.events(&query(""), 10_000).await.unwrap();
        if events.len() == stored {
            return events;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the events settle");
}

/// `toys/a` with two marks, then `toys/b`.
async fn three_and_one(database: &TestDatabase) -> (Ledger, Vec<Event>) {
    let ledger = toy::open(database).await;
    create(&ledger, &call(None, "a"), "a").await.unwrap();
    mark(&ledger, "a", "1").await.unwrap();
    mark(&ledger, "a", "2").await.unwrap();
    create(&ledger, &call(None, "b"), "b").await.unwrap();
    let events = all(&ledger).await;
    (ledger, events)
}

async fn superseded_events_go_and_the_newest_of_each_stay(database: TestDatabase) {
    let (ledger, events) = three_and_one(&database).await;
    assert_eq!(ledger.compacted().await.unwrap(), Revision::default());
    assert_eq!(compact(&ledger).await, Compacted { seen: 4, removed: 2, next: None });
    assert_eq!(all(&ledger).await, events[2..]);
    assert_eq!(ledger.compacted().await.unwrap().to_string(), events[1].revision);
    // Again, there is nothing left to do.
    let before = contents(ledger.reader()).await;
    assert_eq!(compact(&ledger).await, Compacted { seen: 2, removed: 0, next: None });
    assert_eq!(contents(ledger.reader()).await, before);
}

async fn what_happened_since_stays(database: TestDatabase) {
    let clock = TestClock::at("2025-11-27T09:00:00+07:00");
    let ledger = toy::open_at(&database, clock.clone()).await;
    create(&ledger, &call(None, "a"), "a").await.unwrap();
    clock.set("2025-11-28T00:00:00+07:00");
    mark(&ledger, "a", "1").await.unwrap();
    mark(&ledger, "a", "2").await.unwrap();
    let events = all(&ledger).await;
    let before = later("2025-11-28T00:00:00+07:00");
    ledger.compact(before, None, Revision::default()).await.unwrap();
    assert_eq!(all(&ledger).await, events[1..]);
}

async fn a_step_is_bounded_and_goes_on_where_it_was(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    create(&ledger, &call(None, "a"), "a").await.unwrap();
    for number in 0..1_100 {
        mark(&ledger, "a", &format!("{}", number % 10)).await.unwrap();
    }
    let last = all(&ledger).await.pop().unwrap();
    let before = later("2026-01-01T00:00:00Z");
    let first = ledger.compact(before, None, Revision::default()).await.unwrap();
    assert_eq!((first.seen, first.removed), (1_000, 1_000));
    let second = ledger.compact(before, None, first.next.unwrap()).await.unwrap();
    assert_eq!(second, Compacted { seen: 101, removed: 100, next: None });
    assert_eq!(all(&ledger).await, [last]);
}

async fn list(ledger: &Ledger, after: &str, token: &str) -> Result<(Vec<Event>, String), Error> {
    let request = ListEventsRequest {
        page_size: 1,
        after_revision: after.to_owned(),
        page_token: token.to_owned(),
        ..Default::default()
    };
    let page = ledger.list_events(&request, "m", TYPES).await?;
    Ok((page.events, page.next_page_token))
}

fn compacted(error: Error) -> (String, String) {
    match error {
        Error::Refused(Refusal::RevisionCompacted { revision, oldest }) => (revision, oldest),
        other => panic!("{other}"),
    }
}

async fn a_reader_from_before_is_told_and_one_from_after_goes_on(database: TestDatabase) {
    let (ledger, events) = three_and_one(&database).await;
    compact(&ledger).await;
    let told = compacted(list(&ledger, &events[0].revision, "").await.unwrap_err());
    assert_eq!(told, (events[0].revision.clone(), events[1].revision.clone()));
    let end = ledger.watch(query(&events[0].revision), CancellationToken::new()).next().await;
    match end {
        Some(Err(WatchEnd::Compacted(revision, oldest))) => {
            assert_eq!((revision.to_string(), oldest.to_string()), told);
        }
        other => panic!("{other:?}"),
    }
    // After the oldest it says, nothing is missing.
    let (page, _) = list(&ledger, &told.1, "").await.unwrap();
    assert_eq!(page, events[2..3]);
}

async fn a_reader_from_the_beginning_gets_what_is_left(database: TestDatabase) {
    let (ledger, events) = three_and_one(&database).await;
    compact(&ledger).await;
    let items = ledger.watch(query(""), CancellationToken::new()).take(2);
    let items: Vec<_> = items
        .map(|item| match item.unwrap() {
            WatchItem::Event(event) => *event,
            WatchItem::Checkpoint(revision) => panic!("{revision}"),
        })
        .collect()
        .await;
    assert_eq!(items, events[2..]);
    let (first, token) = list(&ledger, "", "").await.unwrap();
    let (second, token) = list(&ledger, "", &token).await.unwrap();
    assert_eq!((first, second, token.as_str()), (events[2..3].to_vec(), events[3..].to_vec(), ""));
}

async fn a_page_token_from_before_is_told(database: TestDatabase) {
    let (ledger, events) = three_and_one(&database).await;
    let (_, token) = list(&ledger, "", "").await.unwrap();
    compact(&ledger).await;
    let told = compacted(list(&ledger, "", &token).await.unwrap_err());
    assert_eq!(told, (events[0].revision.clone(), events[1].revision.clone()));
}

async fn a_watch_under_way_is_told(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    create(&ledger, &call(None, "a"), "a").await.unwrap();
    let only = all(&ledger).await.pop().unwrap();
    // A watcher at the first event; what follows is removed before it looks again.
    let mut items = ledger.watch(query(&only.revision), CancellationToken::new());
    assert!(matches!(items.next().await, Some(Ok(WatchItem::Checkpoint(_)))));
    let replica = toy::open(&database).await;
    let mut missed = false;
    for round in 0..200 {
        mark(&replica, "a", &format!("{}", round % 10)).await.unwrap();
        mark(&replica, "a", "x").await.unwrap();
        compact(&replica).await;
        // Either it read them in time, or it is told that it did not.
        while let Ok(Some(item)) =
            tokio::time::timeout(Duration::from_millis(1), items.next()).await
        {
            match item {
                Ok(_) => {}
                Err(WatchEnd::Compacted(revision, oldest)) => {
                    assert!(revision < oldest);
                    missed = true;
                }
                Err(other) => panic!("{other:?}"),
            }
        }
        if missed {
            return;
        }
    }
    panic!("it never fell behind");
}

async fn what_a_projection_has_not_heard_stays(database: TestDatabase) {
    let (ledger, events) = three_and_one(&database).await;
    let compact = async |upto: Revision| {
        let before = later("2026-01-01T00:00:00Z");
        ledger.compact(before, Some(upto), Revision::default()).await.unwrap()
    };
    let nothing = Compacted { seen: 0, removed: 0, next: None };
    assert_eq!(compact(Revision::default()).await, nothing);
    let heard = Revision::parse(&events[0].revision).unwrap();
    assert_eq!(compact(heard).await, Compacted { seen: 1, removed: 1, next: None });
    assert_eq!(all(&ledger).await, events[1..]);
    // Who stands there misses nothing.
    let page = ListEventsRequest { after_revision: heard.to_string(), ..Default::default() };
    let listed = ledger.list_events(&page, "m", TYPES).await.unwrap();
    assert_eq!(listed.events, events[1..]);
}
