//! What `devisa verify` compares of the shipment service.

use devisa_ledger::verify::Report;
use devisa_proto::shipment::v1::{
    Shipment,
    milestone::{Classifier, Code},
};
use devisa_testkit::{
    TestDatabase, assert_clean, assert_every_tampering_is_found, on_both_databases, run_sql,
};

use sea_orm::{ConnectionTrait, QueryResult, Statement};

use crate::{
    sponsorships,
    world::{World, correcting, happened_at, line, new_milestone},
};

on_both_databases!(
    every_tampering_is_found,
    what_a_release_comes_to_is_recomputed,
    milestones_move_with_their_shipment,
);

/// A release that left with two shipments of three, and one shipment that went and came back.
async fn filled(database: TestDatabase) -> World {
    let world = World::new(database).await;
    world.release("r").await;
    world.ready("one").await;
    world.draft("two").await;
    let two = Shipment { lines: vec![line(70), line(30)], ..Default::default() };
    world.update("two", &["lines"], two).await.unwrap();
    world.confirm("two").await.unwrap();
    world.draft("gone").await;
    world.cancel("gone").await.unwrap();
    world.dispatch("releases/r").await.unwrap();
    world.declared("sea").await;
    world.record(happened_at("sea", "in", Code::GatedIn, 1)).await.unwrap();
    world.record(happened_at("sea", "on", Code::Loaded, 2)).await.unwrap();
    let planned = new_milestone("sea", "plan", Code::Arrived, Classifier::Planned);
    world.record(planned).await.unwrap();
    let corrected = correcting(happened_at("sea", "off", Code::Rolled, 3), "sea", "in");
    world.record(corrected).await.unwrap();
    world.sponsorships().create_sponsorship(sponsorships::new("p")).await.unwrap();
    world
}

async fn verify(world: &World) -> Report {
    devisa_shipment::verify(world.ledger.database()).await.unwrap()
}

async fn every_tampering_is_found(database: TestDatabase) {
    let world = filled(database).await;
    let tried = assert_every_tampering_is_found(&world.database, &[], || verify(&world)).await;
    assert!(tried > 200, "only {tried} values and rows were tried");
}

async fn what_a_release_comes_to_is_recomputed(database: TestDatabase) {
    let world = filled(database).await;
    assert_clean(&verify(&world).await, "as it is");
    let sql =
        "UPDATE shipment_line SET value_minor = value_minor + 1 WHERE shipment = 'shipments/one'";
    run_sql(world.database.raw_url(), sql).await;
    let report = verify(&world).await;
    let told: Vec<_> = report
        .differences
        .iter()
        .map(|found| format!("{}: {}", found.resource, found.field))
        .collect();
    assert_eq!(told, ["shipments/one: lines[0] column value_minor", "releases/r: totals.values"]);
    assert_eq!(report.differences[1].expected, r#"{"USD": 20000}"#);
    assert_eq!(report.differences[1].found, r#"{"USD": 20001}"#);
}

/// The scope of every milestone's row, by name.
async fn scopes(world: &World) -> Vec<(String, String, String)> {
    let sql = "SELECT name, scope_region, scope_organisation FROM milestone ORDER BY name";
    let reader = world.ledger.reader();
    let sql = Statement::from_string(reader.get_database_backend(), sql);
    let rows = reader.query_all_raw(sql).await.unwrap();
    let text = |row: &QueryResult, column: &str| row.try_get::<String>("", column).unwrap();
    let scope = |row: &QueryResult| {
        (text(row, "name"), text(row, "scope_region"), text(row, "scope_organisation"))
    };
    rows.iter().map(scope).collect()
}

async fn milestones_move_with_their_shipment(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    for id in ["moves", "stays"] {
        world.draft(id).await;
        for (milestone, code) in [("in", Code::GatedIn), ("out", Code::Departed)] {
            let planned = new_milestone(id, milestone, code, Classifier::Planned);
            world.record(planned).await.unwrap();
        }
    }
    let before = scopes(&world).await;
    let here = before[0].2.clone();
    let events = || async {
        world.contents().await.lines().filter(|line| line.starts_with("event:")).count()
    };
    let count = events().await;
    let to = |exporter: &str| Shipment { exporter: exporter.to_owned(), ..Default::default() };
    world.update("moves", &["exporter"], to("organisations/b")).await.unwrap();
    let after = scopes(&world).await;
    let exporters: Vec<_> = after.iter().map(|(_, _, exporter)| exporter.as_str()).collect();
    assert_eq!(exporters, ["organisations/b", "organisations/b", here.as_str(), here.as_str()]);
    assert_clean(&verify(&world).await, "after the exporter changed");
    assert_eq!(events().await, count + 1, "the milestones are what they were");
    let back = to(&here);
    world.update("moves", &["exporter"], back).await.unwrap();
    assert_eq!(scopes(&world).await, before);
}
