//! What an operator reads off a ledger is so.

use std::time::Duration;

use devisa_ledger::{Connections, Ledger};
use devisa_testkit::{Backend, TestDatabase, on_both_databases};
use sea_orm::ConnectionTrait;

use crate::toy;

on_both_databases!(
    a_connection_counts_as_long_as_it_is_held,
    a_transaction_that_writes_holds_the_horizon,
    a_pool_whose_connection_stays_taken_is_left_behind,
);

/// The connections that are held, of the pool that reads go to.
fn held(ledger: &Ledger) -> u32 {
    let pools = ledger.database().connections();
    let reads = |pool: &&Connections| pool.pool != "writer";
    let found = pools.iter().find(reads).expect("a pool that reads");
    assert!(found.in_use + found.idle <= found.limit, "{found:?}");
    found.in_use
}

async fn until(holds: impl Fn() -> bool) {
    let waited = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waited).await.expect("it comes to hold");
}

async fn a_connection_counts_as_long_as_it_is_held(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    until(|| held(&ledger) == 0).await;
    let first = ledger.reader().begin().await.unwrap();
    let second = ledger.reader().begin().await.unwrap();
    assert_eq!(held(&ledger), 2);
    drop(first);
    until(|| held(&ledger) == 1).await;
    second.commit().await.unwrap();
    until(|| held(&ledger) == 0).await;
}

async fn a_transaction_that_writes_holds_the_horizon(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    let age = async || ledger.database().horizon_age().await.unwrap();
    if database.backend == Backend::Sqlite {
        assert_eq!(age().await, None);
        return;
    }
    let writing = ledger.reader().begin().await.unwrap();
    writing.execute_unprepared("SELECT pg_current_xact_id()").await.unwrap();
    // Briefly: it holds back the events of every other test on the server.
    tokio::time::sleep(Duration::from_millis(5)).await;
    let held = age().await.expect("PostgreSQL has a horizon");
    // Other tests write on the same server: the oldest may be older than ours.
    assert!(held >= Duration::from_millis(5), "{held:?}");
    writing.rollback().await.unwrap();
}

async fn a_pool_whose_connection_stays_taken_is_left_behind(database: TestDatabase) {
    if database.backend == Backend::Sqlite {
        return; // No network is in between.
    }
    let ledger = toy::open(&database).await;
    let other = ledger.clone();
    let long = tokio::spawn(async move {
        other.reader().execute_unprepared("SELECT pg_sleep(18)").await.map(drop)
    });
    until(|| held(&ledger) == 1).await;
    until(|| held(&ledger) == 0).await;
    assert!(!long.is_finished(), "it was left behind, not waited for");
    toy::create(&ledger, &toy::call(None, "x"), "a").await.unwrap();
    long.await.unwrap().expect("what was under way goes on");
}
