//! The check of columns refuses what it must.

#![allow(clippy::unwrap_used, missing_docs)]

use devisa_testkit::{Backend, TestDatabase, forbidden_columns, on_both_databases};
use sea_orm::{ConnectionTrait, Database};

on_both_databases!(bad_columns_are_named_and_good_ones_are_not);

async fn bad_columns_are_named_and_good_ones_are_not(database: TestDatabase) {
    let url = match database.backend {
        Backend::Sqlite => format!("{}?mode=rwc", database.raw_url()),
        Backend::Postgres => database.raw_url().to_owned(),
    };
    let connection = Database::connect(url).await.unwrap();
    let text = match database.backend {
        Backend::Sqlite => "TEXT",
        Backend::Postgres => "TEXT COLLATE \"C\"",
    };
    let good = format!("CREATE TABLE good (name {text} PRIMARY KEY, version BIGINT NOT NULL)");
    connection.execute_unprepared(&good).await.unwrap();
    assert_eq!(forbidden_columns(&connection).await, Vec::<String>::new());

    let bad = "CREATE TABLE bad (price DECIMAL(10, 2), weight REAL, seen TIMESTAMP, flag BOOLEAN)";
    connection.execute_unprepared(bad).await.unwrap();
    let (sorted, by) = match database.backend {
        Backend::Sqlite => ("CREATE TABLE sorted (name TEXT COLLATE NOCASE)", "other"),
        Backend::Postgres => ("CREATE TABLE sorted (name TEXT)", ""),
    };
    connection.execute_unprepared(sorted).await.unwrap();
    let found = forbidden_columns(&connection).await;
    let columns: Vec<_> = found.iter().map(|fault| fault.split_once(" is ").unwrap().0).collect();
    let expected = ["bad.price", "bad.weight", "bad.seen", "bad.flag", "sorted.name"];
    assert_eq!(columns, expected, "{found:?}");
    assert_eq!(found[4], format!("sorted.name is text sorted by {by:?}"));
}
