//! What `devisa verify` compares of the deal service.

use devisa_deal::ShipmentLog;
use devisa_ledger::verify::Report;
use devisa_proto::{
    deal::v1::{Deal, Realisation, deal::State as DealState, review_decision::Decision},
    shipment::v1::{milestone::Code as Passed, shipment::State},
};
use devisa_testkit::{
    Backend, TestDatabase, assert_clean, assert_every_tampering_is_found, on_both_databases,
    run_sql,
};
use prost::{Message, Name};
use sea_orm::{ConnectionTrait, Statement};

use crate::{
    shipments::{realised, shipment},
    world::{World, alone, drawn, loi, usd},
};

on_both_databases!(
    every_tampering_is_found,
    totals_are_recomputed_from_realisations,
    realisations_are_recomputed_from_shipments,
    what_no_event_holds_is_compared_with_the_log,
    what_deals_found_of_each_other_is_found_again,
    projected_shipments_are_compared_with_their_log,
    what_cannot_be_compared_is_said,
);

async fn verify(world: &World) -> Report {
    let log = ShipmentLog::Service(world.shipments.channel());
    devisa_deal::verify(world.ledger.database(), Some(&log)).await.unwrap()
}

/// Two deals drawn down by one shipment that is followed, one of them lapsed, beside those of the
/// seed.
async fn world(database: TestDatabase) -> World {
    let world = World::new(database).await;
    world.seed().await;
    world.review("sang-bamboo", Decision::Correct, Some(usd(239_500))).await.unwrap();
    world.signed("e", alone(loi("dona-doni", usd(9)))).await;
    let ready = || shipment("s", State::Ready, &[usd(12)]);
    world.shipments.tell(ready());
    world.realise("dona-doni", "r", "s", usd(5)).await.unwrap();
    world.realise("e", "r", "s", usd(4)).await.unwrap();
    world.lapse("e").await.unwrap();
    let follower = world.follow();
    world.shipments.pass("s", "loaded", Passed::Loaded, 1);
    world.shipments.tell(realised(ready()));
    world.deal_when("e", |deal| drawn(deal) == [4, 0, 5, 0]).await;
    follower.abort();
    assert_clean(&verify(&world).await, "before anything is altered");
    world
}

async fn every_tampering_is_found(database: TestDatabase) {
    let world = world(database).await;
    let tried = assert_every_tampering_is_found(&world.database, &[], || verify(&world)).await;
    assert!(tried > 100, "only {tried} values and rows were tried");
}

/// Alters what the newest event of a resource says, as if that had been told.
async fn retell<M: Message + Name + Default>(world: &World, name: &str, alter: impl Fn(&mut M)) {
    let raw = sea_orm::Database::connect(world.database.raw_url()).await.unwrap();
    let backend = raw.get_database_backend();
    let newest = format!("SELECT id, data FROM event WHERE subject = '{name}' ORDER BY id DESC");
    let row = raw.query_one_raw(Statement::from_string(backend, newest)).await.unwrap().unwrap();
    let mut message = M::decode(row.try_get::<Vec<u8>>("", "data").unwrap().as_slice()).unwrap();
    alter(&mut message);
    let sql = "UPDATE event SET data = $1 WHERE id = $2";
    let id: i64 = row.try_get("", "id").unwrap();
    let values = [message.encode_to_vec().into(), id.into()];
    raw.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await.unwrap();
    raw.close().await.unwrap();
}

/// Asserts that this differs and what is expected and found of it.
#[track_caller]
fn assert_told(report: &Report, told: [&str; 4]) {
    let is_told = report
        .differences
        .iter()
        .any(|one| [&*one.resource, &*one.field, &*one.expected, &*one.found] == told);
    assert!(is_told, "{told:?} is not in {:#?}", report.differences);
}

async fn totals_are_recomputed_from_realisations(database: TestDatabase) {
    let world = world(database).await;
    // Row and event agree, and both are wrong.
    world
        .damage(
            "UPDATE deal SET data = replace(data, '\"realised\":500', '\"realised\":9900') \
             WHERE name = 'deals/dona-doni'",
        )
        .await;
    retell(&world, "deals/dona-doni", |deal: &mut Deal| {
        deal.realised = Some(usd(99));
        deal.balance = Some(usd(2_591));
    })
    .await;
    let report = verify(&world).await;
    assert_told(&report, ["deals/dona-doni", "realised", "USD 5.00", "USD 99.00"]);
    assert_told(&report, ["deals/dona-doni", "balance", "USD 2,685.00", "USD 2,591.00"]);
    // A state that does not follow from what is realised.
    world
        .damage(
            "UPDATE deal SET state = 'FULFILLED', data = replace(data, '\"state\":\"SIGNED\"', \
             '\"state\":\"FULFILLED\"') WHERE name = 'deals/temon-agro'",
        )
        .await;
    retell(&world, "deals/temon-agro", |deal: &mut Deal| deal.set_state(DealState::Fulfilled))
        .await;
    assert_told(&verify(&world).await, ["deals/temon-agro", "state", "SIGNED", "FULFILLED"]);
}

async fn realisations_are_recomputed_from_shipments(database: TestDatabase) {
    let world = world(database).await;
    world
        .damage(
            "UPDATE realisation SET amount_minor = 1100, \
             data = replace(data, '\"minor\":400', '\"minor\":1100') WHERE deal = 'deals/e'",
        )
        .await;
    retell(&world, "deals/e/realisations/r", |one: &mut Realisation| {
        (one.amount, one.effective_amount) = (Some(usd(11)), Some(usd(11)));
    })
    .await;
    let report = verify(&world).await;
    let name = "deals/e/realisations/r";
    assert_told(&report, ["shipments/s", &format!("{name} amount"), "USD 7.00", "USD 11.00"]);
    assert_told(&report, ["deals/e", "realised", "USD 11.00", "USD 4.00"]);
    world
        .damage("UPDATE realisation SET state = 'FREED', data = replace(data, 'REALISED', 'FREED')")
        .await;
    let report = verify(&world).await;
    assert_told(&report, ["shipments/s", &format!("{name} state"), "REALISED", "FREED"]);
}

async fn what_no_event_holds_is_compared_with_the_log(database: TestDatabase) {
    let world = world(database).await;
    for (name, from, to, told) in [
        ("temon-agro", r#"["attache"]"#, r#"["nobody"]"#, ["authors", "attache", "nobody"]),
        (
            "e",
            r#"["attache"]"#,
            r#"["attache","nobody"]"#,
            ["authors", "attache", "attache, nobody"],
        ),
        ("e", r#""was_signed":true"#, r#""was_signed":false"#, ["was_signed", "true", "false"]),
        ("e", r#""closed":500"#, r#""closed":400"#, ["closed", "USD 5.00", "USD 4.00"]),
    ] {
        let set = |from: &str, to: &str| {
            format!(
                "UPDATE deal SET data = replace(data, '{from}', '{to}') WHERE name = 'deals/{name}'"
            )
        };
        world.damage(&set(from, to)).await;
        let resource = format!("deals/{name}");
        assert_told(&verify(&world).await, [&resource, told[0], told[1], told[2]]);
        world.damage(&set(to, from)).await;
    }
    assert_clean(&verify(&world).await, "when all is as it was");
    // Of what a compaction removed the log says nothing: a principal that is still told is missed.
    world.damage("DELETE FROM event WHERE subject = 'deals/e' AND kind LIKE '%created'").await;
    world.damage("INSERT INTO compaction (id, revision) VALUES (1, '000000010000000000000000000000000000ffff')").await;
    assert_clean(&verify(&world).await, "after a compaction");
}

async fn what_deals_found_of_each_other_is_found_again(database: TestDatabase) {
    let world = World::new(database).await;
    world.seed().await;
    let name = "deals/sang-bamboo";
    assert_clean(&verify(&world).await, "before anything is altered");
    let altered = "times a median";
    world
        .damage(&format!(
            "UPDATE deal SET data = replace(data, 'times the median', '{altered}') \
             WHERE name = '{name}'"
        ))
        .await;
    retell(&world, name, |deal: &mut Deal| {
        for finding in &mut deal.review.as_mut().unwrap().findings {
            finding.explanation = finding.explanation.replace("times the median", altered);
        }
    })
    .await;
    let report = verify(&world).await;
    let [one] = &report.differences[..] else { panic!("{:#?}", report.differences) };
    assert_eq!((one.resource.as_str(), one.field.as_str()), (name, "session_outlier"));
    assert!(one.expected.contains("times the median") && one.found.contains(altered));
}

async fn projected_shipments_are_compared_with_their_log(database: TestDatabase) {
    let backend = database.backend;
    let world = world(database).await;
    // The same log in a database.
    let beside = TestDatabase::fresh(backend).await;
    let shipments = beside.open::<devisa_shipment::Migrator>().await;
    for event in world.shipments.log() {
        let data = event.data.unwrap();
        let hex: String = data.value.iter().map(|byte| format!("{byte:02x}")).collect();
        let (overriding, data_as) = match backend {
            Backend::Sqlite => ("", format!("x'{hex}'")),
            Backend::Postgres => ("OVERRIDING SYSTEM VALUE", format!("'\\x{hex}'::bytea")),
        };
        let id = i64::from_str_radix(&event.revision, 16).unwrap();
        run_sql(
            beside.raw_url(),
            &format!(
                "INSERT INTO event (id, epoch, xid, event_id, kind, subject, time, actor, \
                 request_id, traceparent, type_url, data, changed) {overriding} VALUES ({id}, 0, \
                 '0', '{id}', '{}', '{}', 0, '', '', '', '{}', {data_as}, '')",
                event.r#type, event.subject, data.type_url,
            ),
        )
        .await;
    }
    let logs =
        [ShipmentLog::Service(world.shipments.channel()), ShipmentLog::Database(shipments.clone())];
    let place = world.cursor().await;
    let holding = async |log: &ShipmentLog, at_once: usize| {
        devisa_deal::verify_holding(world.ledger.database(), Some(log), at_once).await.unwrap()
    };
    for (log, at_once) in logs.iter().flat_map(|log| [(log, 1), (log, devisa_deal::AT_ONCE)]) {
        let verify = || holding(log, at_once);
        let clean = verify().await;
        assert_clean(&clean, "before anything is altered");
        let compared = |what: &str| {
            clean.compared.iter().any(|(compared, count)| compared.contains(what) && *count > 0)
        };
        assert!(compared("rows with the shipment service's log"), "{:?}", clean.compared);
        for (from, to, path) in [
            (r#""minor":1200"#, r#""minor":1201"#, "facts.lines[0].value.minor"),
            (r#""tier":"REALISED""#, r#""tier":"RELEASED""#, "facts.tier"),
            (r#""code":"LOADED""#, r#""code":"DEPARTED""#, "milestones"),
            (r#""note":"""#, r#""note":"x""#, "meta.provenance.note"),
            (&place, "0000000000000000000000000000000000000001", "revision"),
        ] {
            let set = |from: &str, to: &str| {
                format!("UPDATE shipped SET data = replace(data, '{from}', '{to}')")
            };
            world.damage(&set(from, to)).await;
            let report = verify().await;
            let is_told = report.differences.iter().any(|one| one.field.starts_with(path));
            assert!(is_told, "{path} is not in {:#?}", report.differences);
            world.damage(&set(to, from)).await;
        }
        for beyond in ["00000001000000000000000000000000000009ff", "no revision"] {
            world.damage(&format!("UPDATE projection SET revision = '{beyond}'")).await;
            let told =
                ["projection shipments", "revision", "one of the shipment service's log", beyond];
            assert_told(&verify().await, told);
        }
        world.damage(&format!("UPDATE projection SET revision = '{place}'")).await;
        assert_clean(&verify().await, "when all is as it was");
    }
    world.damage("UPDATE shipped SET name = 'shipments/ghost'").await;
    for (log, at_once) in logs.iter().flat_map(|log| [(log, 1), (log, devisa_deal::AT_ONCE)]) {
        let report = holding(log, at_once).await;
        assert_told(&report, ["shipments/s", "row", "one", "none"]);
        assert_told(&report, ["shipments/ghost", "row", "none, as no event tells of it", "one"]);
    }
    shipments.close().await;
}

async fn what_cannot_be_compared_is_said(database: TestDatabase) {
    let world = world(database).await;
    let known = "what is known of shipments";
    let said =
        |report: &Report, what: &str| report.not_compared.iter().any(|one| one.contains(what));
    assert!(!said(&verify(&world).await, known));
    assert!(said(&verify(&world).await, "size_ceiling"));
    let alone = devisa_deal::verify(world.ledger.database(), None).await.unwrap();
    assert!(said(&alone, known), "{:?}", alone.not_compared);
    assert_clean(&alone, "without the log");
    world.shipments.down(true);
    let unanswered = verify(&world).await;
    assert!(said(&unanswered, known), "{:?}", unanswered.not_compared);
    assert_clean(&unanswered, "while nobody answers");
}
