//! Deals follow what becomes of shipments.

use devisa_deal::ShipmentLog;
use devisa_proto::{
    deal::v1::{Deal, deal::State as DealState, realisation::State as Standing},
    shipment::v1::{Shipment, milestone::Code as Passed, shipment::State},
};
use devisa_testkit::{TestDatabase, assert_clean, on_both_databases};
use sea_orm::{ConnectionTrait, Statement};

use crate::{
    events::events,
    shipments::{realised, shipment},
    world::{World, alone, drawn, loi, review_state, rules, usd},
};

on_both_databases!(
    a_realised_shipment_fulfils_and_a_returned_one_reopens,
    a_cancelled_shipment_frees_its_realisation,
    a_correction_lowers_the_newest_first,
    more_than_agreed_informs,
    many_followers_take_each_event_once,
    an_unavailable_shipment_service_is_waited_for,
    a_compacted_log_is_read_from_the_first,
    what_was_asked_for_is_not_undone_by_older_events,
    portions_make_no_difference,
    a_rebuild_gets_the_same_rows,
    a_rebuild_that_holds_few_at_once_gets_the_same_rows,
    a_rebuild_puts_realisations_and_deals_right,
    a_rebuild_takes_what_is_new_as_it_would_be_heard,
    a_rebuild_and_a_follower_are_not_in_each_others_way,
    what_the_log_does_not_know_is_freed_and_kept,
    a_log_that_ends_before_what_was_heard_is_begun_anew,
);

/// A deal of USD 100 drawn down by a shipment of USD 100 that is followed.
async fn drawn_down(database: TestDatabase) -> World {
    let world = World::new(database).await;
    world.signed("d", alone(loi("dona-doni", usd(100)))).await;
    world.shipments.tell(ready());
    world.realise("d", "r", "s", usd(100)).await.unwrap();
    world
}

fn ready() -> Shipment {
    shipment("s", State::Ready, &[usd(100)])
}

fn is_drawn(parts: [i64; 4]) -> impl Fn(&Deal) -> bool {
    move |deal| drawn(deal) == parts
}

async fn a_realised_shipment_fulfils_and_a_returned_one_reopens(database: TestDatabase) {
    let world = drawn_down(database).await;
    world.follow();
    world.shipments.tell(realised(ready()));
    let deal = world.deal_when("d", is_drawn([100, 0, 0, 0])).await;
    assert_eq!(deal.state(), DealState::Fulfilled);
    assert_eq!(world.realisation("d", "r").await.state(), Standing::Realised);
    world.shipments.pass("s", "back", Passed::Returned, 9);
    world.shipments.tell(shipment("s", State::Released, &[usd(100)]));
    let deal = world.deal_when("d", is_drawn([0, 0, 0, 100])).await;
    assert_eq!(deal.state(), DealState::Signed);
    assert_eq!(world.realisation("d", "r").await.state(), Standing::Freed);
    // Loaded again, it is under way again.
    world.shipments.pass("s", "again", Passed::Loaded, 10);
    world.deal_when("d", is_drawn([0, 100, 0, 0])).await;

    let told = events(&world, "deals/d", 8).await;
    let told: Vec<_> = told
        .iter()
        .filter(|event| !event.subject.contains("realisations") && event.actor == "deal")
        .map(|event| event.r#type.rsplit_once('.').unwrap().1)
        .collect();
    // The milestone and the state may be heard of together or one after the other.
    assert_eq!(told, ["fulfilled", "reopened", "drawn"]);
}

async fn a_cancelled_shipment_frees_its_realisation(database: TestDatabase) {
    let world = drawn_down(database).await;
    world.follow();
    world.shipments.tell(shipment("s", State::Cancelled, &[usd(100)]));
    world.deal_when("d", is_drawn([0, 0, 0, 100])).await;
    // What lapsed keeps what it closed; what was freed of it since is open.
    let lapsed = world.lapse("d").await.unwrap();
    assert_eq!(drawn(&lapsed), [0, 0, 100, 0]);
}

async fn a_correction_lowers_the_newest_first(database: TestDatabase) {
    let world = World::new(database).await;
    world.signed("d", alone(loi("dona-doni", usd(100)))).await;
    world.shipments.tell(ready());
    for (id, minute, dollars) in [("b", 1, 60), ("a", 2, 40)] {
        world.clock.set(&format!("2025-11-27T10:0{minute}:00+07:00"));
        world.realise("d", id, "s", usd(dollars)).await.unwrap();
    }
    world.follow();
    world.shipments.tell(shipment("s", State::Ready, &[usd(70)]));
    world.deal_when("d", is_drawn([0, 70, 0, 30])).await;
    assert_eq!(world.realisation("d", "b").await.amount, Some(usd(60)));
    assert_eq!(world.realisation("d", "a").await.amount, Some(usd(10)));
    let told = events(&world, "deals/d/realisations/a", 2).await;
    assert_eq!(told[1].r#type, "devisa.deal.v1.realisation.lowered");
    // A line that rises again does not raise what was lowered.
    world.shipments.tell(ready());
    world.shipments.tell(realised(ready()));
    world.deal_when("d", is_drawn([70, 0, 0, 30])).await;
}

async fn more_than_agreed_informs(database: TestDatabase) {
    let world = World::new(database).await;
    world.signed("d", alone(loi("dona-doni", usd(10)))).await;
    world.shipments.tell(ready());
    world.realise("d", "r", "s", usd(12)).await.unwrap();
    world.follow();
    world.shipments.tell(realised(ready()));
    let deal = world.deal_when("d", is_drawn([12, 0, 0, -2])).await;
    assert_eq!(rules(&deal), ["over_realised"]);
    assert_eq!(review_state(&deal), devisa_proto::deal::v1::deal_review::State::None);
}

async fn many_followers_take_each_event_once(database: TestDatabase) {
    let world = drawn_down(database).await;
    let followers: Vec<_> = (0..3).map(|_| world.follow()).collect();
    for _ in 0..40 {
        world.shipments.tell(realised(ready()));
        world.shipments.tell(ready());
    }
    world.shipments.tell(realised(ready()));
    world.deal_when("d", |deal| deal.state() == DealState::Fulfilled).await;
    // One that starts anew goes on from where the others are.
    followers.iter().for_each(devisa_testkit::tokio::task::JoinHandle::abort);
    world.shipments.tell(ready());
    world.follow();
    let deal = world.deal_when("d", is_drawn([0, 100, 0, 0])).await;
    // Realisation and deal changed equally often, whoever wrote it.
    let version = |etag: &str| etag.trim_matches('"').parse::<i64>().unwrap();
    let realisation = world.realisation("d", "r").await;
    assert_eq!(version(&deal.etag) - 3, version(&realisation.etag) - 1);
}

async fn an_unavailable_shipment_service_is_waited_for(database: TestDatabase) {
    let world = drawn_down(database).await;
    world.shipments.down(true);
    world.follow();
    world.shipments.tell(realised(ready()));
    assert_eq!(drawn(&world.deal("d").await), [0, 100, 0, 0]);
    world.signed("e", alone(loi("dona-doni", usd(5)))).await;
    world.shipments.down(false);
    world.deal_when("d", is_drawn([100, 0, 0, 0])).await;
    world.shipments.down(true);
    world.shipments.down(false);
    world.shipments.tell(ready());
    world.deal_when("d", is_drawn([0, 100, 0, 0])).await;
}

async fn a_compacted_log_is_read_from_the_first(database: TestDatabase) {
    let world = drawn_down(database).await;
    let follower = world.follow();
    world.shipments.tell(realised(ready()));
    world.deal_when("d", is_drawn([100, 0, 0, 0])).await;
    follower.abort();
    world.shipments.pass("s", "back", Passed::Returned, 9);
    world.shipments.tell(ready());
    world.shipments.tell(shipment("s", State::Released, &[usd(100)]));
    world.shipments.tell(shipment("t", State::Ready, &[usd(5)]));
    world.shipments.compact();
    let before = world.shipments.watches();
    world.follow();
    world.deal_when("d", is_drawn([0, 0, 0, 100])).await;
    assert!(world.shipments.watches() >= before + 2);
    let counted = "SELECT COUNT(*) AS n FROM shipped";
    let backend = world.ledger.reader().get_database_backend();
    let statement = Statement::from_string(backend, counted);
    let row = world.ledger.reader().query_one_raw(statement).await.unwrap().unwrap();
    assert_eq!(row.try_get::<i64>("", "n").unwrap(), 2);
}

async fn what_was_asked_for_is_not_undone_by_older_events(database: TestDatabase) {
    let world = World::new(database).await;
    world.signed("d", alone(loi("dona-doni", usd(100)))).await;
    world.shipments.tell(shipment("s", State::Draft, &[usd(10)]));
    world.shipments.tell(ready());
    // Asked for: no event has been heard.
    world.realise("d", "r", "s", usd(100)).await.unwrap();
    world.shipments.tell(shipment("last", State::Ready, &[usd(1)]));
    world.follow();
    world.shipments.tell(realised(ready()));
    world.deal_when("d", is_drawn([100, 0, 0, 0])).await;
    let told = events(&world, "deals/d/realisations/r", 2).await;
    let told: Vec<_> = told.iter().map(|event| event.r#type.as_str()).collect();
    let expected = ["devisa.deal.v1.realisation.created", "devisa.deal.v1.realisation.settled"];
    assert_eq!(told, expected);
}

/// Everything known of shipments.
async fn shipped(world: &World) -> Vec<(String, [i64; 3], String)> {
    let rows = "SELECT name, version, create_time, update_time, data FROM shipped ORDER BY name";
    let row = |row: &sea_orm::QueryResult| {
        let get = |column| row.try_get::<String>("", column).unwrap();
        let numbers = ["version", "create_time", "update_time"];
        (get("name"), numbers.map(|column| row.try_get("", column).unwrap()), get("data"))
    };
    ask(world, rows).await.iter().map(row).collect()
}

async fn ask(world: &World, sql: &str) -> Vec<sea_orm::QueryResult> {
    let backend = world.ledger.reader().get_database_backend();
    world.ledger.reader().query_all_raw(Statement::from_string(backend, sql)).await.unwrap()
}

/// A deal of which all is realised, by a shipment that is followed no longer, beside another one.
async fn realised_and_unfollowed(database: TestDatabase) -> (World, Deal) {
    let world = drawn_down(database).await;
    let follower = world.follow();
    world.shipments.pass("s", "loaded", Passed::Loaded, 1);
    world.shipments.tell(shipment("t", State::Ready, &[usd(7)]));
    world.shipments.tell(realised(ready()));
    let deal = world.deal_when("d", is_drawn([100, 0, 0, 0])).await;
    follower.abort();
    (world, deal)
}

async fn a_rebuild_gets_the_same_rows(database: TestDatabase) {
    let (world, before) = realised_and_unfollowed(database).await;
    let (rows, place) = (shipped(&world).await, world.cursor().await);
    let again = world.service.rebuild().await.unwrap();
    assert_eq!((again.events, again.shipments, again.written), (4, 2, 0));
    // Later than the log ends.
    let later = format!("\"revision\":\"{:040x}\"", 99);
    let revision = format!("\"revision\":\"{place}\"");
    let falsified = [
        ("DELETE FROM shipped".to_owned(), 2),
        ("DELETE FROM shipped WHERE name = 'shipments/t'".to_owned(), 1),
        ("UPDATE shipped SET data = replace(data, 'REALISED', 'RELEASED')".to_owned(), 1),
        (
            format!(
                "UPDATE shipped SET data = replace(replace(data, 'REALISED', 'RELEASED'), \
                 '{revision}', '{later}')"
            ),
            1,
        ),
        ("UPDATE shipped SET data = replace(data, '\"LOADED\"', '\"RETURNED\"')".to_owned(), 1),
        (
            "UPDATE shipped SET update_time = 5, version = 70 WHERE name = 'shipments/s'"
                .to_owned(),
            1,
        ),
        ("UPDATE shipped SET data = 'x' WHERE name = 'shipments/s'".to_owned(), 1),
        (
            "INSERT INTO shipped SELECT 'shipments/ghost', version, create_time, update_time, \
             scope_region, scope_organisation, scope_session, \
             replace(data, 'shipments/s', 'shipments/ghost') \
             FROM shipped WHERE name = 'shipments/s'"
                .to_owned(),
            1,
        ),
    ];
    for (damage, written) in falsified {
        world.damage(&damage).await;
        assert_ne!(shipped(&world).await, rows, "{damage}");
        assert_eq!(world.service.rebuild().await.unwrap().written, written, "{damage}");
        assert_eq!(shipped(&world).await, rows, "{damage}");
        assert_eq!(world.deal("d").await, before, "{damage}");
        assert_eq!(world.cursor().await, place, "{damage}");
    }
    world.shipments.down(true);
    assert!(world.service.rebuild().await.unwrap_err().to_string().contains("unavailable"));
}

/// However many shipments are held at once, and whatever is on record beside what the log tells.
async fn a_rebuild_that_holds_few_at_once_gets_the_same_rows(database: TestDatabase) {
    let (world, _) = realised_and_unfollowed(database).await;
    for id in ["s-a", "sa", "s-a-b", "a", "t-1"] {
        world.shipments.tell(shipment(id, State::Ready, &[usd(7)]));
    }
    let last = realised(shipment("sa", State::Ready, &[usd(7)]));
    world.shipments.tell(last);
    world.service.rebuild().await.unwrap();
    let (rows, place, deal) = (shipped(&world).await, world.cursor().await, world.deal("d").await);
    assert_eq!(rows.len(), 7);
    let ghosts = ["shipments/0", "shipments/s-b", "shipments/z"].map(|name| {
        format!(
            "INSERT INTO shipped SELECT '{name}', version, create_time, update_time, \
             scope_region, scope_organisation, scope_session, replace(data, 'shipments/s', '{name}') \
             FROM shipped WHERE name = 'shipments/s'"
        )
    });
    let log = ShipmentLog::Service(world.shipments.channel());
    for at_once in [1, 2, 3, 6, 7, 8] {
        for (damage, written) in [
            (vec!["DELETE FROM shipped"], 7),
            (vec!["DELETE FROM shipped WHERE name < 'shipments/s-a-b'"], 3),
            (vec!["DELETE FROM guard WHERE name < 'shipments/s-a-b'"], 0),
            (ghosts.iter().map(String::as_str).collect(), 3),
        ] {
            for damage in &damage {
                world.damage(damage).await;
            }
            let rebuilt = world.service.rebuild_holding(at_once).await.unwrap();
            let told = (rebuilt.events, rebuilt.shipments, rebuilt.written);
            assert_eq!(told, (10, 7, written), "{at_once} at once, {damage:?}");
            assert_eq!(shipped(&world).await, rows, "{at_once} at once, {damage:?}");
        }
        assert_eq!((world.cursor().await, world.deal("d").await), (place.clone(), deal.clone()));
        let database = world.ledger.database();
        let report = devisa_deal::verify_holding(database, Some(&log), at_once).await.unwrap();
        assert_clean(&report, "after rebuilds");
    }
}

async fn a_rebuild_puts_realisations_and_deals_right(database: TestDatabase) {
    let (world, before) = realised_and_unfollowed(database).await;
    let realisation = world.realisation("d", "r").await;
    let log = events(&world, "deals/d", 0).await;
    // A row that says something else than was told is put right, and nothing is told again.
    for damage in [
        "UPDATE realisation SET state = 'PENDING', data = replace(data, 'REALISED', 'PENDING')",
        "UPDATE deal SET data = replace(data, '\"realised\":10000', '\"realised\":99900')",
        "UPDATE deal SET state = 'SIGNED', data = replace(data, 'FULFILLED', 'SIGNED')",
    ] {
        world.damage(damage).await;
        assert_ne!(world.service.rebuild().await.unwrap().written, 0, "{damage}");
        assert_eq!(world.realisation("d", "r").await, realisation, "{damage}");
        assert_eq!(world.deal("d").await, before, "{damage}");
        assert_eq!(events(&world, "deals/d", 0).await, log, "{damage}");
    }
    assert_clean(&verify(&world).await, "after rebuilds");
}

async fn what_the_log_does_not_know_is_freed_and_kept(database: TestDatabase) {
    let (world, before) = realised_and_unfollowed(database).await;
    world.shipments.forget_all();
    let rebuilt = world.service.rebuild().await.unwrap();
    assert_eq!((rebuilt.events, rebuilt.written), (0, 4), "two shipments, a realisation, a deal");
    assert_eq!(drawn(&world.deal("d").await), [0, 0, 0, 100]);
    let freed = world.realisation("d", "r").await;
    assert_eq!((freed.state(), freed.amount), (Standing::Freed, Some(usd(100))));
    assert_eq!(world.cursor().await, "");
    // Its log comes back.
    world.shipments.tell(realised(ready()));
    world.service.rebuild().await.unwrap();
    let deal = world.deal("d").await;
    assert_eq!((drawn(&deal), deal.state()), (drawn(&before), before.state()));
}

async fn a_rebuild_takes_what_is_new_as_it_would_be_heard(database: TestDatabase) {
    let world = drawn_down(database).await;
    let follower = world.follow();
    world.shipments.tell(shipment("t", State::Ready, &[usd(7)]));
    world.shipments.tell(realised(ready()));
    world.deal_when("d", is_drawn([100, 0, 0, 0])).await;
    follower.abort();
    // Of what is heard already nothing takes effect again.
    world.shipments.tell(shipment("s", State::Ready, &[usd(70)]));
    world.shipments.tell(ready());
    world.shipments.tell(shipment("u", State::Ready, &[usd(50)]));
    world.shipments.tell(shipment("u", State::Ready, &[usd(100)]));
    world.signed("e", alone(loi("dona-doni", usd(100)))).await;
    world.realise("e", "asked", "u", usd(90)).await.unwrap();
    world.service.rebuild().await.unwrap();
    assert_eq!(drawn(&world.deal("d").await), [0, 70, 0, 30]);
    assert_eq!(drawn(&world.deal("e").await), [0, 90, 0, 10]);
    let rows = shipped(&world).await;
    assert_eq!(world.service.rebuild().await.unwrap().written, 0);
    assert_eq!(shipped(&world).await, rows);
    // Who follows goes on from there.
    world.follow();
    world.shipments.tell(realised(ready()));
    world.deal_when("d", is_drawn([70, 0, 0, 30])).await;
}

async fn a_rebuild_and_a_follower_are_not_in_each_others_way(database: TestDatabase) {
    let world = drawn_down(database).await;
    world.follow();
    for round in 0..20 {
        world.shipments.tell(realised(ready()));
        world.shipments.tell(shipment(&format!("x{round}"), State::Ready, &[usd(7)]));
        if let Err(error) = world.service.rebuild().await {
            assert!(error.to_string().contains("concurrent"), "{error}");
        }
        world.shipments.tell(ready());
    }
    world.deal_when("d", is_drawn([0, 100, 0, 0])).await;
    world.shipments.tell(realised(ready()));
    world.deal_when("d", is_drawn([100, 0, 0, 0])).await;
    assert_eq!(world.service.rebuild().await.unwrap().written, 0);
}

async fn a_log_that_ends_before_what_was_heard_is_begun_anew(database: TestDatabase) {
    let (world, _) = realised_and_unfollowed(database).await;
    // The shipment service is brought back to when only the first event was written.
    world.shipments.truncate(1);
    world.follow();
    world.deal_when("d", is_drawn([0, 100, 0, 0])).await;
    world.shipments.tell(realised(ready()));
    world.deal_when("d", is_drawn([100, 0, 0, 0])).await;
    assert_eq!(shipped(&world).await.len(), 1, "the other shipment never was");
}

/// A line falls and rises again between two looks at the log.
async fn portions_make_no_difference(database: TestDatabase) {
    let world = drawn_down(database).await;
    let tell = |dollars| world.shipments.tell(shipment("s", State::Ready, &[usd(dollars)]));
    let follower = world.follow();
    tell(50);
    world.deal_when("d", is_drawn([0, 50, 0, 50])).await;
    tell(100);
    follower.abort();
    tell(20);
    tell(100);
    world.shipments.tell(realised(ready()));
    world.follow();
    world.deal_when("d", is_drawn([20, 0, 0, 80])).await;
    // What comes in one go is told in one go, once.
    let told = events(&world, "deals/d/realisations/r", 3).await;
    let told: Vec<_> = told.iter().map(|event| event.r#type.rsplit_once('.').unwrap().1).collect();
    assert_eq!(told, ["created", "lowered", "lowered"]);
}

async fn verify(world: &World) -> devisa_ledger::verify::Report {
    devisa_deal::verify(world.ledger.database(), None).await.unwrap()
}
