//! What `devisa verify` compares of the shipment service.

use devisa_ledger::verify::Report;
use devisa_proto::shipment::v1::{
    Shipment,
    milestone::{Classifier, Code},
};
use devisa_testkit::{
    TestDatabase, assert_clean, assert_every_tampering_is_found, on_both_databases, run_sql,
};

use crate::{
    sponsorships,
    world::{World, correcting, happened_at, line, new_milestone},
};

on_both_databases!(
    every_tampering_is_found,
    what_a_release_comes_to_is_recomputed,
    a_milestone_lies_where_its_shipment_lay,
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

async fn a_milestone_lies_where_its_shipment_lay(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    world.draft("s").await;
    let planned = new_milestone("s", "plan", Code::Arrived, Classifier::Planned);
    world.record(planned).await.unwrap();
    let other = "organisations/b";
    let moved = Shipment { exporter: other.to_owned(), ..Default::default() };
    let moved = world.update("s", &["exporter"], moved).await.unwrap();
    assert_eq!(moved.exporter, other);
    let report = verify(&world).await;
    assert_clean(&report, "a milestone of a former exporter");
    assert!(report.not_compared.iter().any(|what| what.contains("1 milestones")), "{report:?}");
    let sql = "UPDATE milestone SET scope_organisation = 'organisations/stranger'";
    run_sql(world.database.raw_url(), sql).await;
    let report = verify(&world).await;
    let [one] = &report.differences[..] else { panic!("{:#?}", report.differences) };
    assert_eq!(one.field, "column scope_organisation");
    let said = report.not_compared.iter().any(|what| what.contains("cancelled"));
    assert!(said, "{:?}", report.not_compared);
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
