//! What `devisa verify` compares of the registry.

use std::sync::atomic::{AtomicBool, Ordering};

use devisa_domain::time::{Clock, Timestamp};
use devisa_ledger::{Revision, verify::Report};
use devisa_proto::registry::v1::{Product, enrolment::State};
use devisa_testkit::{
    TestDatabase, assert_clean, assert_every_tampering_is_found, on_both_databases, run_sql,
};

use crate::{
    exchange_rates, imports, products,
    world::{World, date},
};

on_both_databases!(
    every_tampering_is_found,
    a_compacted_log_agrees,
    writers_do_not_mislead_it,
    what_was_compared_is_told,
);

const WEDANI: &str = "35.25.11.2009";
const KUPANG: &str = "35.15.05.2006";
const TEMON: &str = "35.01.06.2013";

/// Something of everything, with a late fact and a deletion that was taken back.
async fn filled(database: TestDatabase) -> World {
    let world = World::new(database).await;
    world.programme().await;
    world.decree("d", date(2024, 8, 7), 72, "35").await;
    world.propose(WEDANI, date(2024, 1, 1)).await;
    world.step(WEDANI, State::Designated, date(2024, 8, 7)).await.unwrap();
    // Recorded later, in effect before.
    world.step(WEDANI, State::Candidate, date(2024, 2, 1)).await.unwrap();
    world.propose(KUPANG, date(2024, 1, 1)).await;
    imports::send(&world, imports::import(&[KUPANG, TEMON])).await.unwrap();
    products::organisation(&world, "temon").await;
    products::create(&world, "temon", "gula-aren", products::sugar()).await.unwrap();
    let name = "organisations/temon/products/gula-aren";
    let other = Product { commodity: "sugar".to_owned(), ..Default::default() };
    products::update(&world, other, &["commodity"]).await.unwrap();
    products::delete(&world, name, "").await.unwrap();
    products::undelete(&world, name, "").await.unwrap();
    let rate = exchange_rates::create("kmk-26", exchange_rates::week());
    world.rates().create_exchange_rate(rate).await.unwrap();
    world
}

async fn verify(world: &World) -> Report {
    devisa_registry::verify(world.ledger.database(), world.clock.now()).await.unwrap()
}

async fn every_tampering_is_found(database: TestDatabase) {
    let world = filled(database).await;
    let tried = assert_every_tampering_is_found(&world.database, &[], || verify(&world)).await;
    assert!(tried > 150, "only {tried} values and rows were tried");
}

async fn a_compacted_log_agrees(database: TestDatabase) {
    let world = filled(database).await;
    world.settled(15).await;
    let later = Timestamp::parse("2026-01-01T00:00:00Z").unwrap();
    let compacted = world.ledger.compact(later, None, Revision::default()).await.unwrap();
    assert_eq!(compacted.removed, 6);
    assert_clean(&verify(&world).await, "after a compaction");
    // What comes then must follow again.
    world.step(TEMON, State::Inaugurated, date(2024, 9, 1)).await.unwrap();
    world.step(TEMON, State::Suspended, date(2024, 10, 1)).await.unwrap();
    world.step(TEMON, State::Inaugurated, date(2024, 11, 1)).await.unwrap();
    assert_clean(&verify(&world).await, "after more");
    let sql = "DELETE FROM event WHERE id = (SELECT max(id) - 1 FROM event)";
    run(&world, sql).await;
    let report = verify(&world).await;
    let told: Vec<_> = report.differences.iter().map(|found| found.field.as_str()).collect();
    assert_eq!(told, ["next event"]);
}

async fn run(world: &World, sql: &str) {
    run_sql(world.database.raw_url(), sql).await;
}

async fn writers_do_not_mislead_it(database: TestDatabase) {
    let world = filled(database).await;
    let done = AtomicBool::new(false);
    let write = async {
        let steps = [State::Inaugurated, State::Suspended, State::Inaugurated, State::Suspended];
        for (day, step) in (1..28).zip(steps.into_iter().cycle()) {
            world.step(WEDANI, step, date(2024, 9, day)).await.unwrap();
        }
        done.store(true, Ordering::SeqCst);
    };
    let look = async {
        let mut looked = 0;
        // A slow machine may be done with the writing first.
        while looked < 2 || !done.load(Ordering::SeqCst) {
            assert_clean(&verify(&world).await, "while others write");
            looked += 1;
        }
        looked
    };
    let ((), looked) = tokio::join!(write, look);
    assert!(looked > 1, "it looked {looked} times");
    assert_clean(&verify(&world).await, "afterwards");
}

async fn what_was_compared_is_told(database: TestDatabase) {
    let world = filled(database).await;
    let report = verify(&world).await;
    let count = |what: &str| report.compared.iter().find(|(told, _)| told == what).unwrap().1;
    assert_eq!(count("enrolment: rows with their newest events"), 3);
    assert_eq!(count("product: events with those before them"), 4);
    run(&world, "UPDATE enrolment SET state = 'REVOKED' WHERE village = '35.25.11.2009'").await;
    let report = verify(&world).await;
    let [found] = report.differences.as_slice() else { panic!("{:?}", report.differences) };
    assert_eq!(found.resource, "programmes/lpei/enrolments/35.25.11.2009");
    let told = (found.field.as_str(), found.expected.as_str(), found.found.as_str());
    assert_eq!(told, ("column state", "\"DESIGNATED\"", "\"REVOKED\""));
}
