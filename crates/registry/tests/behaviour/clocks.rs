//! Midnight, a year's end, leap days, weekends, and a clock that jumps back.

use devisa_domain::time::Timestamp;
use devisa_proto::{
    event::v1::{ListEventsRequest, WatchRequest, watch_response::Update},
    google_type::{Date, Decimal},
    registry::v1::{
        CountEnrolmentsRequest, CreateOrganisationRequest, ExchangeRate, ListOrganisationsRequest,
        Organisation, RateKind, ResolveExchangeRateRequest, UpdateOrganisationRequest,
        enrolment::State,
    },
};
use devisa_testkit::{TestDatabase, on_both_databases};
use tonic::Code;

use crate::{
    exchange_rates,
    world::{World, date, invalid, proposal, refused, step},
};

on_both_databases!(
    today_begins_at_midnight_in_jakarta,
    a_count_is_of_the_day_it_is_in_jakarta,
    a_count_knows_what_was_recorded_up_to_the_microsecond,
    a_clock_that_jumps_back_takes_no_time_of_a_resource_with_it,
    lists_and_logs_stay_in_order_when_the_clock_jumps_back,
    history_stays_in_order_when_the_clock_jumps_back,
    a_leap_day_is_a_day_in_leap_years_only,
    a_rate_holds_over_the_weekend_and_no_longer,
);

const PACITAN: &str = "35.01.06.2013";
const GRESIK: &str = "35.25.11.2009";

fn timestamp(instant: &str) -> Option<prost_types::Timestamp> {
    let (seconds, nanos) = Timestamp::parse(instant).unwrap().parts();
    Some(prost_types::Timestamp { seconds, nanos })
}

/// An instant as a number, to be compared.
fn micros(time: Option<&prost_types::Timestamp>) -> i64 {
    time.map(|time| time.seconds * 1_000_000 + i64::from(time.nanos) / 1_000).unwrap()
}

async fn today_begins_at_midnight_in_jakarta(database: TestDatabase) {
    let world = World::new(database).await;
    world.programme().await;
    let new_year = date(2026, 1, 1);
    // Still 2025 there; so it is in UTC for seven hours more.
    world.clock.set("2025-12-31T23:59:59.999000+07:00");
    let tomorrow = world.enrolments().create_enrolment(proposal(PACITAN, new_year)).await;
    invalid(tomorrow, &[("enrolment.effective_date", "DATE_FUTURE")]);
    world.clock.set("2026-01-01T00:00:00+07:00");
    world.enrolments().create_enrolment(proposal(PACITAN, new_year)).await.unwrap();
}

async fn count(world: &World, request: CountEnrolmentsRequest) -> i32 {
    let counted = world.enrolments().count_enrolments(request).await.unwrap();
    counted.into_inner().listed_count
}

fn all() -> CountEnrolmentsRequest {
    let states = vec![State::Proposed.into(), State::Designated.into()];
    CountEnrolmentsRequest { parent: "programmes/lpei".to_owned(), states, ..Default::default() }
}

async fn a_count_is_of_the_day_it_is_in_jakarta(database: TestDatabase) {
    let world = World::new(database).await;
    world.programme().await;
    world.propose(GRESIK, date(2024, 12, 31)).await;
    world.clock.set("2026-01-01T00:00:00+07:00");
    world.propose(PACITAN, date(2026, 1, 1)).await;
    let on = |day: Date| CountEnrolmentsRequest { as_of: Some(day), ..all() };
    assert_eq!(count(&world, on(date(2024, 12, 30))).await, 0);
    assert_eq!(count(&world, on(date(2024, 12, 31))).await, 1);
    assert_eq!(count(&world, on(date(2025, 12, 31))).await, 1);
    assert_eq!(count(&world, all()).await, 2, "today is the first of January");
    world.clock.set("2025-12-31T23:59:59.999000+07:00");
    assert_eq!(count(&world, all()).await, 1, "and the last of December before");
}

async fn a_count_knows_what_was_recorded_up_to_the_microsecond(database: TestDatabase) {
    let world = World::new(database).await;
    world.programme().await;
    world.clock.set("2025-12-31T23:59:59.999999+07:00");
    let proposed = world.propose(PACITAN, date(2025, 12, 1)).await;
    let recorded = micros(proposed.history[0].record_time.as_ref());
    let known = |micros: i64| {
        let (seconds, nanos) = Timestamp::from_micros(micros).parts();
        CountEnrolmentsRequest {
            known_at: Some(prost_types::Timestamp { seconds, nanos }),
            as_of: Some(date(2025, 12, 31)),
            ..all()
        }
    };
    world.clock.set("2026-01-02T00:00:00+07:00");
    assert_eq!(count(&world, known(recorded - 1)).await, 0);
    assert_eq!(count(&world, known(recorded)).await, 1);
}

fn organisation(id: &str) -> CreateOrganisationRequest {
    let organisation = Organisation {
        display_name: id.to_owned(),
        region_code: "ID".to_owned(),
        ..Default::default()
    };
    let (organisation_id, organisation) = (id.to_owned(), Some(organisation));
    CreateOrganisationRequest { organisation_id, organisation, ..Default::default() }
}

async fn rename(world: &World, id: &str, display_name: &str) -> Organisation {
    let organisation = Organisation {
        name: format!("organisations/{id}"),
        display_name: display_name.to_owned(),
        ..Default::default()
    };
    let request =
        UpdateOrganisationRequest { organisation: Some(organisation), ..Default::default() };
    world.organisations().update_organisation(request).await.unwrap().into_inner()
}

async fn a_clock_that_jumps_back_takes_no_time_of_a_resource_with_it(database: TestDatabase) {
    let world = World::new(database).await;
    let made = world.organisations().create_organisation(organisation("a")).await.unwrap();
    let made = made.into_inner();
    world.clock.set("2025-11-27T08:00:00+07:00");
    let first = rename(&world, "a", "one").await;
    let second = rename(&world, "a", "two").await;
    world.clock.set("2025-11-27T10:00:00+07:00");
    let third = rename(&world, "a", "three").await;
    let times = [&made, &first, &second, &third].map(|o| micros(o.update_time.as_ref()));
    assert!(times.is_sorted(), "{times:?}");
    assert_eq!(times[1], times[0], "it stands still until the clock has caught up");
    assert_eq!(
        third.update_time.unwrap().seconds,
        timestamp("2025-11-27T10:00:00+07:00").unwrap().seconds
    );
    let etags = [&made, &first, &second, &third].map(|o| o.etag.clone());
    assert_eq!(etags, ["\"1\"", "\"2\"", "\"3\"", "\"4\""]);
    assert_eq!(third.create_time, made.create_time);
}

async fn lists_and_logs_stay_in_order_when_the_clock_jumps_back(database: TestDatabase) {
    let world = World::new(database).await;
    let create = async |id: &str| {
        world.organisations().create_organisation(organisation(id)).await.unwrap();
    };
    create("a").await;
    create("b").await;
    let page = async |page_token: String| {
        let request = ListOrganisationsRequest { page_size: 1, page_token, ..Default::default() };
        let page = world.organisations().list_organisations(request).await.unwrap().into_inner();
        (page.organisations[0].display_name.clone(), page.next_page_token)
    };
    let (newest, token) = page(String::new()).await;
    assert_eq!(newest, "b");
    // What is created an hour ago comes last; a page that was begun goes on where it was.
    world.clock.set("2025-11-27T08:00:00+07:00");
    create("c").await;
    create("d").await;
    let (mut names, mut token) = (vec![newest], token);
    while !token.is_empty() {
        let (name, next) = page(token).await;
        names.push(name);
        token = next;
    }
    assert_eq!(names, ["b", "a", "d", "c"]);
    rename(&world, "a", "again").await;

    let log = world.settled(5).await;
    let told: Vec<_> = log.iter().map(|event| event.subject.as_str()).collect();
    let subjects = ["a", "b", "c", "d", "a"].map(|id| format!("organisations/{id}"));
    assert_eq!(told, subjects, "the log is in the order of commits, not of clocks");
    let times: Vec<_> = log.iter().map(|event| micros(event.time.as_ref())).collect();
    assert_eq!(times[4], times[0], "what is told of one resource stands still with it");
    assert!(times[2] < times[0], "another has the time that the clock shows");
    let revisions: Vec<_> = log.iter().map(|event| &event.revision).collect();
    assert!(revisions.is_sorted_by(|one, next| one < next), "{revisions:?}");
    for (place, event) in log.iter().enumerate() {
        let after_revision = event.revision.clone();
        let request = ListEventsRequest { after_revision, ..Default::default() };
        let rest = world.events().list_events(request).await.unwrap().into_inner().events;
        assert_eq!(rest, log[place + 1..]);
    }
    let request = WatchRequest { after_revision: log[1].revision.clone(), ..Default::default() };
    let mut watch = world.events().watch(request).await.unwrap().into_inner();
    let mut watched = Vec::new();
    while watched.len() < 3 {
        if let Some(Update::Event(event)) = watch.message().await.unwrap().unwrap().update {
            watched.push(event);
        }
    }
    assert_eq!(watched, log[2..]);
}

async fn history_stays_in_order_when_the_clock_jumps_back(database: TestDatabase) {
    let world = World::new(database).await;
    world.programme().await;
    world.decree("d", date(2023, 1, 1), 1, "35").await;
    world.propose(PACITAN, date(2023, 1, 1)).await;
    world.clock.set("2025-11-27T08:00:00+07:00");
    let later = world.step(PACITAN, State::Candidate, date(2023, 2, 1)).await.unwrap();
    let last = world.step(PACITAN, State::Designated, date(2023, 3, 1)).await.unwrap();
    let recorded: Vec<_> =
        last.history.iter().map(|entry| micros(entry.record_time.as_ref())).collect();
    assert!(recorded.is_sorted(), "{recorded:?}");
    assert_eq!(recorded[2], micros(last.update_time.as_ref()));
    assert!(micros(later.update_time.as_ref()) <= recorded[2]);
    // Nobody knew of it before it was proposed, whatever the clock said when it was advanced.
    let known = |instant: &str| CountEnrolmentsRequest { known_at: timestamp(instant), ..all() };
    assert_eq!(count(&world, known("2025-11-27T08:30:00+07:00")).await, 0);
    assert_eq!(count(&world, known("2025-11-27T09:30:00+07:00")).await, 1);
}

async fn a_leap_day_is_a_day_in_leap_years_only(database: TestDatabase) {
    let world = World::new(database).await;
    world.programme().await;
    world.clock.set("2028-03-01T09:00:00+07:00");
    world.decree("d", date(2028, 2, 29), 1, "35").await;
    world.propose(PACITAN, date(2028, 2, 29)).await;
    let advance = async |day| {
        let request = step(PACITAN, State::Candidate, day);
        world.enrolments().advance_enrolment(request).await
    };
    for day in [date(2027, 2, 29), date(2100, 2, 29), date(2028, 2, 30)] {
        invalid(advance(day).await, &[("effective_date", "DATE_FORM")]);
    }
    advance(date(2028, 2, 29)).await.unwrap();
    let on = |day: Date| CountEnrolmentsRequest {
        as_of: Some(day),
        states: vec![State::Candidate.into()],
        ..all()
    };
    assert_eq!(count(&world, on(date(2028, 2, 28))).await, 0);
    assert_eq!(count(&world, on(date(2028, 2, 29))).await, 1);
}

/// JISDOR is published on working days: who records it lets it hold up to the next one.
async fn a_rate_holds_over_the_weekend_and_no_longer(database: TestDatabase) {
    let world = World::new(database).await;
    let record = async |id: &str, rate: &str, from: Date, to: Date| {
        let jisdor = ExchangeRate {
            kind: RateKind::Jisdor.into(),
            rate: Some(Decimal { value: rate.to_owned() }),
            valid_from: Some(from),
            valid_to: Some(to),
            ..exchange_rates::week()
        };
        world.rates().create_exchange_rate(exchange_rates::create(id, jisdor)).await.unwrap();
    };
    // Friday to Sunday; Monday; then Christmas, which nobody has recorded a rate for; New Year's Eve
    // into the new year.
    record("friday", "16640.00", date(2025, 11, 28), date(2025, 11, 30)).await;
    record("monday", "16650.00", date(2025, 12, 1), date(2025, 12, 1)).await;
    record("eve", "16700.00", date(2025, 12, 31), date(2026, 1, 1)).await;
    let resolve = async |day: Date| {
        let request = ResolveExchangeRateRequest {
            kind: RateKind::Jisdor.into(),
            base_currency: "USD".to_owned(),
            quote_currency: "IDR".to_owned(),
            date: Some(day),
        };
        world.rates().resolve_exchange_rate(request).await
    };
    for (day, rate) in [
        (date(2025, 11, 28), "friday"),
        (date(2025, 11, 29), "friday"),
        (date(2025, 11, 30), "friday"),
        (date(2025, 12, 1), "monday"),
        (date(2025, 12, 31), "eve"),
        (date(2026, 1, 1), "eve"),
    ] {
        let found = resolve(day).await.unwrap().into_inner();
        assert_eq!(found.name, format!("exchangeRates/{rate}"), "{day:?}");
    }
    let gaps = [date(2025, 11, 27), date(2025, 12, 2), date(2025, 12, 25), date(2026, 1, 2)];
    for day in gaps {
        refused(resolve(day).await, Code::NotFound, "RATE_MISSING");
    }
}
