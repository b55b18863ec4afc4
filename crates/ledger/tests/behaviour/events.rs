//! The event log: in order, whole, resumable.

use std::time::{Duration, Instant};

use devisa_ledger::{EventQuery, Ledger, Revision, WatchEnd, WatchItem};
use devisa_proto::event::v1::{Event, ListEventsRequest};
use devisa_testkit::{Backend, TestClock, TestDatabase, on_both_databases};
use futures::{StreamExt, future::join_all};
use sea_orm::{ConnectionTrait, Database, TransactionTrait};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::toy::{self, call, create, mark};

on_both_databases!(
    an_event_tells_everything,
    a_watcher_resumes_after_any_revision,
    a_watcher_sees_every_event_of_many_writers_once_and_in_order,
    a_watch_is_filtered_by_subject_and_type,
    a_quiet_watch_gets_a_checkpoint_to_resume_from,
    checkpoints_come_in_time_whatever_the_clock_shows,
    a_drain_ends_a_watch_with_its_revision,
    the_pages_of_the_list_are_the_watch,
    a_late_commit_is_not_skipped,
    a_commit_wakes_the_watchers_of_every_replica,
    a_revision_that_was_never_reached_is_refused,
);

const TYPES: &[&str] = &[toy::CREATED, toy::UPDATED];

fn query(after: &str, prefix: &str, types: &[&str]) -> EventQuery {
    let types: Vec<_> = types.iter().map(ToString::to_string).collect();
    EventQuery::parse(after, prefix, &types, TYPES).unwrap()
}

/// The next `count` events of a watch.
async fn watch(ledger: &Ledger, query: EventQuery, count: usize) -> Vec<Event> {
    let items = ledger.watch(query, CancellationToken::new()).filter_map(|item| async {
        match item.unwrap() {
            WatchItem::Event(event) => Some(*event),
            WatchItem::Checkpoint(_) => None,
        }
    });
    let taken = items.take(count).collect();
    tokio::time::timeout(Duration::from_secs(30), taken).await.expect("the events arrive")
}

async fn an_event_tells_everything(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    let mut call = call(Some(Uuid::new_v4()), "a");
    call.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned();
    create(&ledger, &call, "a").await.unwrap();
    mark(&ledger, "a", "!").await.unwrap();

    let [created, updated] = watch(&ledger, query("", "", &[]), 2).await.try_into().unwrap();
    assert_eq!((created.r#type.as_str(), created.subject.as_str()), (toy::CREATED, "toys/a"));
    assert_eq!((created.source.as_str(), created.actor.as_str()), ("devisa.toy", "tester"));
    assert_eq!(created.request_id, call.request_id.unwrap().to_string());
    assert_eq!(created.traceparent, call.traceparent);
    assert_eq!(created.changed.unwrap().paths, ["name", "display_name"]);
    let data = created.data.unwrap();
    assert_eq!(data.type_url, "type.googleapis.com/devisa.registry.v1.Programme");
    assert!(created.time.is_some() && created.revision < updated.revision);
    assert_eq!(updated.changed.unwrap().paths, ["owner"]);
    assert_eq!(updated.request_id, "");
}

async fn a_watcher_resumes_after_any_revision(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    for number in 0..5 {
        create(&ledger, &call(None, "x"), &format!("t{number}")).await.unwrap();
    }
    let whole = watch(&ledger, query("", "", &[]), 5).await;
    for from in 0..4 {
        let rest = watch(&ledger, query(&whole[from].revision, "", &[]), 4 - from).await;
        assert_eq!(rest, whole[from + 1..]);
    }
}

async fn a_watcher_sees_every_event_of_many_writers_once_and_in_order(database: TestDatabase) {
    let replicas = [toy::open(&database).await, toy::open(&database).await];
    let watching = {
        let ledger = replicas[1].clone();
        tokio::spawn(async move { watch(&ledger, query("", "", &[]), 60).await })
    };
    join_all((0..60).map(|number| {
        let ledger = &replicas[number % 2];
        async move { create(ledger, &call(None, "x"), &format!("t{number:02}")).await.unwrap() }
    }))
    .await;
    let events = watching.await.unwrap();
    assert!(events.windows(2).all(|pair| pair[0].revision < pair[1].revision));
    let mut subjects: Vec<_> = events.into_iter().map(|event| event.subject).collect();
    subjects.sort();
    let expected: Vec<_> = (0..60).map(|number| format!("toys/t{number:02}")).collect();
    assert_eq!(subjects, expected);
}

async fn a_watch_is_filtered_by_subject_and_type(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    for id in ["a", "ab", "b_", "bx"] {
        create(&ledger, &call(None, "x"), id).await.unwrap();
    }
    mark(&ledger, "a", "!").await.unwrap();
    let by_subject = watch(&ledger, query("", "toys/a", &[toy::CREATED]), 2).await;
    let subjects: Vec<_> = by_subject.iter().map(|event| event.subject.as_str()).collect();
    assert_eq!(subjects, ["toys/a", "toys/ab"]);
    let updates = watch(&ledger, query("", "", &[toy::UPDATED]), 1).await;
    assert_eq!(updates[0].subject, "toys/a");
    // No character of a prefix is a wildcard. All events are settled by now.
    let literal = ledger.events(&query("", "toys/b_", &[]), 9).await.unwrap();
    assert_eq!(literal.len(), 1);
}

async fn a_quiet_watch_gets_a_checkpoint_to_resume_from(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    create(&ledger, &call(None, "x"), "a").await.unwrap();
    // The event does not match; the checkpoint is past it all the same.
    let mut items = ledger.watch(query("", "other/", &[]), CancellationToken::new());
    match items.next().await.unwrap().unwrap() {
        WatchItem::Checkpoint(revision) => assert_eq!(revision, ledger.head().await.unwrap()),
        WatchItem::Event(event) => unreachable!("{event:?}"),
    }
}

async fn checkpoints_come_in_time_whatever_the_clock_shows(database: TestDatabase) {
    let clock = TestClock::at("2025-11-27T09:00:00+07:00");
    let ledger = toy::open_at(&database, clock.clone()).await;
    let mut items = ledger.watch(query("", "", &[]), CancellationToken::new());
    let mut checkpoint = async || {
        let item = tokio::time::timeout(Duration::from_secs(30), items.next()).await;
        assert!(matches!(item, Ok(Some(Ok(WatchItem::Checkpoint(_))))), "{item:?}");
    };
    checkpoint().await;
    let start = Instant::now();
    clock.set("2025-11-27T10:00:00+07:00");
    let back = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        clock.set("2025-11-27T08:00:00+07:00");
    };
    tokio::join!(checkpoint(), back);
    let waited = start.elapsed();
    assert!(waited > Duration::from_secs(9), "after {waited:?}, as if an hour had passed");
}

async fn a_drain_ends_a_watch_with_its_revision(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    create(&ledger, &call(None, "x"), "a").await.unwrap();
    let drain = CancellationToken::new();
    let mut items = ledger.watch(query("", "", &[]), drain.clone());
    // Another transaction of the server may still hold the event back: checkpoints pass by.
    let first = loop {
        match items.next().await.unwrap().unwrap() {
            WatchItem::Event(event) => break event,
            WatchItem::Checkpoint(_) => {}
        }
    };
    drain.cancel();
    let mut last = None;
    while let Some(item) = items.next().await {
        last = Some(item);
    }
    match last {
        Some(Err(WatchEnd::Draining(revision))) => assert_eq!(revision.to_string(), first.revision),
        other => unreachable!("{other:?}"),
    }
}

async fn the_pages_of_the_list_are_the_watch(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    for number in 0..5 {
        create(&ledger, &call(None, "x"), &format!("t{number}")).await.unwrap();
    }
    let whole = watch(&ledger, query("", "", &[]), 5).await;
    let mut request = ListEventsRequest { page_size: 2, ..Default::default() };
    let mut listed = Vec::new();
    loop {
        let page = ledger.list_events(&request, "m", TYPES).await.unwrap();
        listed.extend(page.events);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(listed, whole);
}

/// Identities are drawn before commits: an event may become visible behind a later one. A reader
/// that remembers the last id skips it; a reader below the horizon does not.
async fn a_late_commit_is_not_skipped(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    if database.backend == Backend::Sqlite {
        // One writer at a time: ids are drawn in the order of commits, by construction.
        return assert_eq!(ledger.head().await.unwrap(), Revision::default());
    }
    let other = Database::connect(database.raw_url()).await.unwrap();
    let late = other.begin().await.unwrap();
    late.execute_unprepared(
        "INSERT INTO event (epoch, event_id, kind, subject, time, actor, request_id, traceparent,
         type_url, data, changed) VALUES (1, 'late', 'toy.created', 'toys/late', 0, '', '', '', '',
         '', '')",
    )
    .await
    .unwrap();
    create(&ledger, &call(None, "x"), "early").await.unwrap();

    // The naive reader already sees the later event, and would never go back.
    let naive = "SELECT max(id) AS id FROM event";
    let naive = sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, naive);
    let row = ledger.reader().query_one_raw(naive).await.unwrap().unwrap();
    assert_eq!(row.try_get::<i64>("", "id").unwrap(), 2);
    assert_eq!(ledger.events(&query("", "", &[]), 9).await.unwrap().len(), 0);

    late.commit().await.unwrap();
    let events = watch(&ledger, query("", "", &[]), 2).await;
    let subjects: Vec<_> = events.iter().map(|event| event.subject.as_str()).collect();
    assert_eq!(subjects, ["toys/late", "toys/early"]);
}

/// Without a wake a watcher asks once a second; of twenty commits one after the other, each of which
/// waits for its event, that would take twenty seconds.
async fn a_commit_wakes_the_watchers_of_every_replica(database: TestDatabase) {
    let writer = toy::open(&database).await;
    let reader = match database.backend {
        Backend::Postgres => toy::open(&database).await,
        // Replicas of a file are replicas by polling.
        Backend::Sqlite => writer.clone(),
    };
    let mut items = reader.watch(query("", "", &[]), CancellationToken::new());
    assert!(matches!(items.next().await, Some(Ok(WatchItem::Checkpoint(_)))));
    // Past the time in which it asks often by itself.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let start = Instant::now();
    for number in 0..20 {
        create(&writer, &call(None, "x"), &format!("t{number}")).await.unwrap();
        while !matches!(items.next().await, Some(Ok(WatchItem::Event(_)))) {}
    }
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
}

async fn a_revision_that_was_never_reached_is_refused(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    create(&ledger, &call(None, "x"), "a").await.unwrap();
    let [event] = watch(&ledger, query("", "", &[]), 1).await.try_into().unwrap();
    ledger.check_reached(&query(&event.revision, "", &[])).await.unwrap();
    ledger.check_reached(&query("", "", &[])).await.unwrap();

    let beyond = format!("{}{:016x}", &event.revision[..24], i64::MAX);
    let request = ListEventsRequest { after_revision: beyond, ..Default::default() };
    let refused = ledger.list_events(&request, "m", TYPES).await.unwrap_err().to_string();
    assert!(refused.starts_with("after_revision: revision.beyond: expected a revision up to "));
}
