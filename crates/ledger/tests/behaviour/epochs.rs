//! A new epoch: what comes after a restore is greater than all before it.

use std::time::Duration;

use devisa_ledger::{EventQuery, Ledger, epoch};
use devisa_proto::event::v1::Event;
use devisa_testkit::{Backend, TestDatabase, on_both_databases};
use sea_orm::{ConnectionTrait, Database, TransactionTrait};

use crate::toy::{self, call, create};

on_both_databases!(
    an_old_revision_stays_valid_and_later_ones_are_greater,
    numbers_that_began_again_lower_hide_events_until_the_epoch_is_raised,
    an_epoch_waits_for_the_writers_of_the_one_before,
    every_epoch_is_the_next,
);

const TYPES: &[&str] = &[toy::CREATED, toy::UPDATED];

async fn after(ledger: &Ledger, revision: &str) -> Vec<Event> {
    let query = EventQuery::parse(revision, "", &[], TYPES).unwrap();
    ledger.events(&query, 100).await.unwrap()
}

/// What stands after a revision once it is as many as that.
async fn settled(ledger: &Ledger, revision: &str, count: usize) -> Vec<String> {
    for _ in 0..500 {
        let events = after(ledger, revision).await;
        if events.len() >= count {
            return events.into_iter().map(|event| event.subject).collect();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{count} events settle");
}

async fn add(ledger: &Ledger, id: &str) {
    create(ledger, &call(None, id), id).await.unwrap();
}

async fn run(database: &TestDatabase, sql: &str) {
    let own = Database::connect(database.raw_url()).await.unwrap();
    own.execute_unprepared(sql).await.unwrap();
    own.close().await.unwrap();
}

async fn an_old_revision_stays_valid_and_later_ones_are_greater(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    add(&ledger, "a").await;
    add(&ledger, "b").await;
    settled(&ledger, "", 2).await;
    let old = after(&ledger, "").await;
    epoch::raise(ledger.database()).await.unwrap();
    add(&ledger, "c").await;
    assert_eq!(settled(&ledger, &old[1].revision, 1).await, ["toys/c"]);
    assert_eq!(settled(&ledger, &old[0].revision, 2).await, ["toys/b", "toys/c"]);
    assert_eq!(after(&ledger, "").await[..2], old);
    let head = ledger.head().await.unwrap().to_string();
    assert!(head > old[1].revision, "{head}");
    assert!(after(&ledger, &head).await.is_empty());
}

/// The log of a busier server, brought to one that has counted less. On SQLite what is brought has
/// the greater number too, since there a file's own numbers go on where they were.
async fn bring_from_a_busier_server(database: &TestDatabase) {
    let sql = match database.backend {
        Backend::Postgres => {
            "UPDATE event SET xid = (xid::text::bigint + 1000000000000)::text::xid8"
        }
        Backend::Sqlite => "UPDATE event SET xid = 1000000000000",
    };
    run(database, sql).await;
}

async fn numbers_that_began_again_lower_hide_events_until_the_epoch_is_raised(
    database: TestDatabase,
) {
    let ledger = toy::open(&database).await;
    add(&ledger, "a").await;
    add(&ledger, "b").await;
    settled(&ledger, "", 2).await;
    bring_from_a_busier_server(&database).await;
    // The revision of a watcher of the busier server.
    let own = Database::connect(database.raw_url()).await.unwrap();
    let text = match database.backend {
        Backend::Postgres => "SELECT max(xid::text::bigint) AS xid, max(id) AS id FROM event",
        Backend::Sqlite => "SELECT max(xid) AS xid, max(id) AS id FROM event",
    };
    let statement = sea_orm::Statement::from_string(own.get_database_backend(), text);
    let row = own.query_one_raw(statement).await.unwrap().unwrap();
    let number = |column| row.try_get::<i64>("", column).unwrap();
    let seen = format!("{:08x}{:016x}{:016x}", 1, number("xid"), number("id"));

    add(&ledger, "hidden").await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(after(&ledger, &seen).await.is_empty(), "it stands before what the watcher has seen");

    epoch::raise(ledger.database()).await.unwrap();
    add(&ledger, "told").await;
    assert_eq!(settled(&ledger, &seen, 1).await, ["toys/told"]);
    // All that was brought is readable again, in its order, and so is what came before the epoch.
    let all = settled(&ledger, "", 4).await;
    assert_eq!(all, ["toys/hidden", "toys/a", "toys/b", "toys/told"]);
    assert!(ledger.head().await.unwrap().to_string() > seen);
}

async fn an_epoch_waits_for_the_writers_of_the_one_before(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    let other = Database::connect(database.raw_url()).await.unwrap();
    let late = other.begin().await.unwrap();
    late.execute_unprepared(
        "INSERT INTO event (epoch, event_id, kind, subject, time, actor, request_id, traceparent,
         type_url, data, changed) VALUES (1, 'late', 'toy.created', 'toys/late', 0, '', '', '', '',
         '', '')",
    )
    .await
    .unwrap();
    let raising = ledger.clone();
    let raising = tokio::spawn(async move { epoch::raise(raising.database()).await.unwrap() });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!raising.is_finished(), "it does not overtake a writer");
    // Who comes meanwhile waits too, and writes in the new epoch.
    let writer = ledger.clone();
    let writing = tokio::spawn(async move { add(&writer, "next").await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    late.commit().await.unwrap();
    assert_eq!(raising.await.unwrap(), 2);
    writing.await.unwrap();
    assert_eq!(settled(&ledger, "", 2).await, ["toys/late", "toys/next"]);
    if database.backend == Backend::Postgres {
        let epochs: Vec<_> = after(&ledger, "").await;
        let epochs: Vec<_> = epochs.iter().map(|event| &event.revision[..8]).collect();
        assert_eq!(epochs, ["00000001", "00000002"]);
    }
}

async fn every_epoch_is_the_next(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    for expected in 2..5 {
        assert_eq!(epoch::raise(ledger.database()).await.unwrap(), expected);
    }
    add(&ledger, "a").await;
    settled(&ledger, "", 1).await;
    assert!(after(&ledger, "").await[0].revision.starts_with("00000004"));
}
