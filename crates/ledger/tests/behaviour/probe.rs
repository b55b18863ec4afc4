//! What can be learnt of a database from outside.

use std::time::{Duration, SystemTime};

use devisa_ledger::{Database, Pool, probe};
use devisa_testkit::{Backend, TestDatabase, on_both_databases};

use crate::toy::{self, call, create};

on_both_databases!(an_empty_log_has_no_newest_event, the_clocks_are_told);

async fn clocks(database: &TestDatabase) -> probe::Clocks {
    let opened = Database::open(&database.url, &Pool::default()).await.unwrap();
    probe::clocks(&opened).await.unwrap()
}

async fn an_empty_log_has_no_newest_event(database: TestDatabase) {
    toy::open(&database).await;
    assert_eq!(clocks(&database).await.newest_event, None);
}

async fn the_clocks_are_told(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    for name in ["a", "b"] {
        create(&ledger, &call(None, name), name).await.unwrap();
    }
    let found = clocks(&database).await;
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap();
    let newest = found.newest_event.unwrap();
    assert_eq!(newest.as_micros(), u128::from(newest_recorded(&ledger).await));
    let has_a_clock = database.backend == Backend::Postgres;
    let off = found.server.map(|server| server.abs_diff(now));
    assert_eq!(off.is_some(), has_a_clock);
    assert!(off.unwrap_or_default() < Duration::from_secs(60), "{off:?}");
}

/// When the last event of the log was recorded, in microseconds.
async fn newest_recorded(ledger: &devisa_ledger::Ledger) -> u64 {
    let request = devisa_proto::event::v1::ListEventsRequest::default();
    let listed = ledger.list_events(&request, "toys", &[toy::CREATED]).await.unwrap();
    let time = listed.events.last().unwrap().time.unwrap();
    u64::try_from(time.seconds * 1_000_000 + i64::from(time.nanos / 1_000)).unwrap()
}
