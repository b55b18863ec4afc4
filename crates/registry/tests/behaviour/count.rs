use devisa_domain::{
    registry::enrolment::{Enrolment as Known, State as Domain},
    time::{Date, Timestamp},
    village,
};
use devisa_proto::registry::v1::{
    CountEnrolmentsRequest, CountEnrolmentsResponse, enrolment::State,
};
use devisa_testkit::{TestDatabase, on_both_databases};
use sea_orm::{ConnectionTrait, Statement};

use crate::world::{World, absent, date, invalid};

on_both_databases!(
    declared_and_listed_stand_side_by_side,
    a_count_is_of_a_day_and_of_what_was_known,
    random_histories_are_counted_like_a_naive_reading,
    the_digest_is_of_sorted_names,
    a_count_asks_for_what_there_is,
);

fn of(region: &str) -> CountEnrolmentsRequest {
    let (parent, region) = ("programmes/lpei".to_owned(), region.to_owned());
    CountEnrolmentsRequest { parent, region, ..Default::default() }
}

async fn count(world: &World, request: CountEnrolmentsRequest) -> CountEnrolmentsResponse {
    world.enrolments().count_enrolments(request).await.unwrap().into_inner()
}

const GRESIK: [&str; 2] = ["35.25.11.2009", "35.25.11.2010"];
const PACITAN: &str = "35.01.06.2013";

async fn declared_and_listed_stand_side_by_side(database: TestDatabase) {
    let world = World::new(database).await;
    world.programme().await;
    world.decree("d", date(2023, 1, 1), 149, "35").await;
    world.decree("e", date(2024, 1, 1), 72, "35").await;
    for code in [GRESIK[0], GRESIK[1], PACITAN] {
        world.propose(code, date(2022, 1, 1)).await;
        world.step(code, State::Designated, date(2023, 2, 1)).await.unwrap();
    }
    let all = count(&world, of("35")).await;
    assert_eq!((all.listed_count, all.declared_count), (3, Some(221)));
    let regencies: Vec<_> = all
        .regencies
        .iter()
        .map(|r| (r.region.as_str(), r.display_name.as_str(), r.listed_count))
        .collect();
    let expected = [("35.01", "Kabupaten Pacitan", 1), ("35.25", "Kabupaten Gresik", 2)];
    assert_eq!(regencies, expected);

    let before = CountEnrolmentsRequest { as_of: Some(date(2023, 12, 31)), ..of("35") };
    assert_eq!(count(&world, before).await.declared_count, Some(149));
    let gresik = count(&world, of("35.25")).await;
    assert_eq!((gresik.listed_count, gresik.declared_count), (2, None), "no decree of its own");
    assert_eq!(count(&world, of("")).await.declared_count, None, "no national decree");
    let revoked = CountEnrolmentsRequest { states: vec![State::Revoked.into()], ..of("35") };
    assert_eq!(count(&world, revoked).await.declared_count, None, "not of the designated");

    world.step(PACITAN, State::Revoked, date(2025, 1, 1)).await.unwrap();
    let after = count(&world, of("35")).await;
    assert_eq!((after.listed_count, after.declared_count), (2, Some(220)));
    let then = CountEnrolmentsRequest { as_of: Some(date(2024, 12, 31)), ..of("35") };
    let then = count(&world, then).await;
    assert_eq!((then.listed_count, then.declared_count), (3, Some(221)));
}

async fn a_count_is_of_a_day_and_of_what_was_known(database: TestDatabase) {
    let world = World::new(database).await;
    world.programme().await;
    world.decree("d", date(2023, 1, 1), 1, "35").await;
    world.propose(PACITAN, date(2023, 1, 1)).await;
    world.clock.set("2025-11-27T10:00:00+07:00");
    world.step(PACITAN, State::Designated, date(2023, 2, 1)).await.unwrap();
    let at = |instant: &str| {
        let (seconds, nanos) = Timestamp::parse(instant).unwrap().parts();
        let known_at = Some(prost_types::Timestamp { seconds, nanos });
        CountEnrolmentsRequest { known_at, ..of("35") }
    };
    let early = count(&world, at("2025-11-27T09:30:00+07:00")).await;
    assert_eq!((early.listed_count, early.declared_count), (0, Some(1)));
    assert_eq!(count(&world, at("2025-11-27T10:30:00+07:00")).await.listed_count, 1);
    let before_all = count(&world, at("2025-11-27T08:00:00+07:00")).await;
    assert_eq!((before_all.listed_count, before_all.declared_count), (0, None));
    let that_day = CountEnrolmentsRequest { as_of: Some(date(2023, 1, 31)), ..of("35") };
    assert_eq!(count(&world, that_day).await.listed_count, 0);
}

/// Numbers that look random and are the same each time (Knuth's multiplier).
fn numbers() -> impl FnMut(u64) -> u64 {
    let mut state = 2_025_u64;
    move |below| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        (state >> 33) % below
    }
}

async fn random_histories_are_counted_like_a_naive_reading(database: TestDatabase) {
    let world = World::new(database).await;
    world.programme().await;
    world.decree("d", date(2024, 1, 1), 1, "").await;
    let mut number = numbers();
    let codes: Vec<_> =
        village::after(None, Some("35.25.11")).take(6).map(|v| v.code.to_string()).collect();
    for code in &codes {
        world.propose(code, date(2025, 1, 1)).await;
        for _ in 0..25 {
            let state = State::try_from(i32::try_from(1 + number(8)).unwrap()).unwrap();
            let day = i32::try_from(1 + number(28)).unwrap();
            // Most are refused; what is accepted makes the history.
            let _ = world.step(code, state, date(2025, 1, day)).await;
        }
    }
    let known = stored(&world).await;
    assert!(known.iter().map(|e| e.history.entries().len()).sum::<usize>() > 20, "a poor sample");
    let instants: Vec<_> = known
        .iter()
        .flat_map(|e| e.history.entries().iter().map(|entry| entry.record_time))
        .collect();
    for day in [1_u32, 7, 14, 28] {
        for known_at in instants.iter().step_by(7) {
            for states in [&Domain::STANDING[..], &[Domain::Candidate], &[Domain::Rejected]] {
                let on = Date::from_ymd_opt(2025, 1, day).unwrap();
                let stood = |e: &&Known| {
                    e.history.state_on(on, *known_at).is_some_and(|s| states.contains(&s))
                };
                let naive = known.iter().filter(stood).count();
                let (seconds, nanos) = known_at.parts();
                let numbers = states.iter().map(|state| 1 + *state as i32).collect();
                let request = CountEnrolmentsRequest {
                    states: numbers,
                    as_of: Some(date(2025, 1, i32::try_from(day).unwrap())),
                    known_at: Some(prost_types::Timestamp { seconds, nanos }),
                    ..of("")
                };
                let counted = count(&world, request).await.listed_count;
                assert_eq!(usize::try_from(counted).unwrap(), naive, "{on} {known_at} {states:?}");
            }
        }
    }
}

/// The enrolments as they are stored.
async fn stored(world: &World) -> Vec<Known> {
    let reader = world.ledger.reader();
    let sql = "SELECT data FROM enrolment ORDER BY name";
    let statement = Statement::from_string(reader.get_database_backend(), sql);
    let rows = reader.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get::<devisa_ledger::Doc<Known>>("", "data").unwrap().0).collect()
}

async fn the_digest_is_of_sorted_names(database: TestDatabase) {
    let world = World::new(database).await;
    world.programme().await;
    let proposed = || CountEnrolmentsRequest { states: vec![State::Proposed.into()], ..of("") };
    // SHA-256 of nothing.
    let none = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(count(&world, proposed()).await.digest, none);
    world.propose(GRESIK[0], date(2025, 1, 1)).await;
    world.propose(PACITAN, date(2025, 1, 1)).await;
    let names =
        "programmes/lpei/enrolments/35.01.06.2013\nprogrammes/lpei/enrolments/35.25.11.2009";
    let expected: [u8; 32] = devisa_ledger::Call::hash(names.as_bytes());
    let expected: String = expected.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(count(&world, proposed()).await.digest, expected);
}

async fn a_count_asks_for_what_there_is(database: TestDatabase) {
    let world = World::new(database).await;
    absent(world.enrolments().count_enrolments(of("")).await, "programmes/lpei");
    let wrong = CountEnrolmentsRequest { states: vec![99], parent: String::new(), ..of("99") };
    let fields =
        [("parent", "FIELD_MISSING"), ("states[0]", "ENUM_UNKNOWN"), ("region", "REGION_UNKNOWN")];
    invalid(world.enrolments().count_enrolments(wrong).await, &fields);
}
