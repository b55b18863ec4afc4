//! Midnight, a year's end, leap days, and a clock that jumps back.

use std::time::Duration;

use devisa_domain::time::Timestamp as Instant;
use devisa_proto::{
    common::v1::Tier,
    event::v1::ListEventsRequest,
    google_type::Date,
    shipment::v1::{
        DispatchReleaseRequest, Shipment, SummarizeShipmentsRequest,
        milestone::{Classifier, Code},
        summarize_shipments_request::Dimension,
    },
};
use devisa_testkit::{TestDatabase, on_both_databases};
use prost_types::Timestamp;

use crate::world::{World, date, facts, invalid, new_milestone, new_release};

on_both_databases!(
    the_trucks_leave_from_midnight_to_midnight,
    loadings_around_midnight_fall_into_their_year,
    nothing_happens_after_now_to_the_microsecond,
    a_clock_that_jumps_back_takes_no_time_of_a_shipment_with_it,
    a_ceremony_may_be_on_a_leap_day,
);

fn timestamp(instant: &str) -> Timestamp {
    let (seconds, nanos) = Instant::parse(instant).unwrap().parts();
    Timestamp { seconds, nanos }
}

fn micros(time: Option<&Timestamp>) -> i64 {
    time.map(|time| time.seconds * 1_000_000 + i64::from(time.nanos) / 1_000).unwrap()
}

/// A release of the day with one shipment that may leave.
async fn planned(world: &World, id: &str, day: Date) {
    let mut release = new_release(id);
    release.release.as_mut().unwrap().event_date = Some(day);
    world.releases().create_release(release).await.unwrap();
    let release = format!("releases/{id}");
    world.create(id, Shipment { release, ..facts() }).await.unwrap();
    world.confirm(id).await.unwrap();
}

/// The keys of the groups.
async fn keys(world: &World, tier: Tier, by: &[Dimension]) -> Vec<String> {
    let request = SummarizeShipmentsRequest {
        tier: tier.into(),
        group_by: by.iter().map(|dimension| (*dimension).into()).collect(),
        ..Default::default()
    };
    let answer = world.summaries().summarize_shipments(request).await.unwrap().into_inner();
    answer.groups.iter().map(|group| group.keys.join("|")).collect()
}

async fn the_trucks_leave_from_midnight_to_midnight(database: TestDatabase) {
    let world = World::new(database).await;
    world.clock.set("2026-01-02T09:00:00+07:00");
    planned(&world, "eve", date(2025, 12, 31)).await;
    planned(&world, "new", date(2026, 1, 1)).await;
    let dispatch = async |id: &str, instant: &str| {
        let request = DispatchReleaseRequest {
            name: format!("releases/{id}"),
            dispatch_time: Some(timestamp(instant)),
            ..Default::default()
        };
        world.releases().dispatch_release(request).await
    };
    for (id, instant) in [
        ("eve", "2025-12-30T23:59:59.999999+07:00"),
        ("eve", "2026-01-01T00:00:00+07:00"),
        ("new", "2025-12-31T23:59:59.999999+07:00"),
        ("new", "2026-01-02T00:00:00+07:00"),
    ] {
        let refused = dispatch(id, instant).await;
        invalid(refused, &[("dispatch_time", "DISPATCH_TIME_EVENT_DATE")]);
    }
    dispatch("eve", "2025-12-31T23:59:59.999999+07:00").await.unwrap();
    dispatch("new", "2026-01-01T00:00:00+07:00").await.unwrap();
    let by = [Dimension::Month, Dimension::Year];
    assert_eq!(keys(&world, Tier::Released, &by).await, ["2025-12|2025", "2026-01|2026"]);
}

async fn loadings_around_midnight_fall_into_their_year(database: TestDatabase) {
    let world = World::new(database).await;
    world.clock.set("2026-01-02T09:00:00+07:00");
    for (id, instant) in [
        ("last", "2025-12-31T23:59:59.999999+07:00"),
        ("first", "2026-01-01T00:00:00+07:00"),
        // Still the year before in UTC.
        ("dawn", "2026-01-01T06:59:59+07:00"),
    ] {
        world.declared(id).await;
        let mut loaded = new_milestone(id, "", Code::Loaded, Classifier::Actual);
        loaded.milestone.as_mut().unwrap().event_time = Some(timestamp(instant));
        let recorded = world.record(loaded).await.unwrap();
        assert_eq!(recorded.event_time, Some(timestamp(instant)), "to the microsecond");
        assert_eq!(world.get(id).await.tier(), Tier::Realised);
    }
    let by = [Dimension::Month, Dimension::Year];
    assert_eq!(keys(&world, Tier::Realised, &by).await, ["2025-12|2025", "2026-01|2026"]);
    let filtered = SummarizeShipmentsRequest {
        tier: Tier::Realised.into(),
        filter: "year = 2026".to_owned(),
        ..Default::default()
    };
    let total = world.summaries().summarize_shipments(filtered).await.unwrap().into_inner().total;
    assert_eq!(total.unwrap().shipment_count, 2);
}

async fn nothing_happens_after_now_to_the_microsecond(database: TestDatabase) {
    let world = World::new(database).await;
    world.declared("a").await;
    let at = |instant: &str| {
        let mut request = new_milestone("a", "", Code::GatedIn, Classifier::Actual);
        request.milestone.as_mut().unwrap().event_time = Some(timestamp(instant));
        request
    };
    world.clock.set("2025-12-31T23:59:59.999000+07:00");
    let midnight = "2026-01-01T00:00:00+07:00";
    let future = world.record(at(midnight)).await;
    invalid(future, &[("milestone.event_time", "TIMESTAMP_FUTURE")]);
    world.clock.set(midnight);
    world.record(at(midnight)).await.unwrap();
}

async fn a_clock_that_jumps_back_takes_no_time_of_a_shipment_with_it(database: TestDatabase) {
    let world = World::new(database).await;
    world.clock.set("2025-11-27T10:00:00+07:00");
    world.create("a", facts()).await.unwrap();
    let mut versions = vec![world.get("a").await];
    // Each hour is an hour before.
    for hour in ["09", "08", "07"] {
        world.clock.set(&format!("2025-11-27T{hour}:00:00+07:00"));
        match hour {
            "09" => drop(world.confirm("a").await.unwrap()),
            "08" => {
                let patch =
                    Shipment { port_of_discharge: "KRPUS".to_owned(), ..Default::default() };
                world.update("a", &["port_of_discharge"], patch).await.unwrap();
            }
            _ => drop(world.cancel("a").await.unwrap()),
        }
        versions.push(world.get("a").await);
    }
    let times: Vec<_> = versions.iter().map(|s| micros(s.update_time.as_ref())).collect();
    assert!(times.is_sorted(), "{times:?}");
    let etags: Vec<_> = versions.iter().map(|s| s.etag.as_str()).collect();
    assert_eq!(etags, ["\"1\"", "\"2\"", "\"3\"", "\"4\""]);
    let request =
        ListEventsRequest { subject_prefix: "shipments/a".to_owned(), ..Default::default() };
    // An event is told when no earlier transaction of the database server can get in front of it.
    let told = loop {
        let listed = world.events().list_events(request.clone()).await.unwrap().into_inner();
        let told: Vec<_> = listed.events.iter().map(|e| micros(e.time.as_ref())).collect();
        if told.len() >= 4 {
            break told;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert_eq!(told, times, "each event has the time of the version that it tells");
    let report = devisa_shipment::verify(world.ledger.database()).await.unwrap();
    assert!(report.is_clean(), "{report:?}");
}

async fn a_ceremony_may_be_on_a_leap_day(database: TestDatabase) {
    let world = World::new(database).await;
    world.clock.set("2028-03-01T09:00:00+07:00");
    for (year, day) in [(2027, 29), (2028, 30)] {
        let mut release = new_release("no");
        release.release.as_mut().unwrap().event_date = Some(date(year, 2, day));
        let refused = world.releases().create_release(release).await;
        invalid(refused, &[("release.event_date", "DATE_FORM")]);
    }
    planned(&world, "leap", date(2028, 2, 29)).await;
    let left = world.dispatch("releases/leap").await.unwrap();
    assert_eq!(left.dispatch_time, Some(timestamp("2028-02-29T00:00:00+07:00")));
    let by = [Dimension::Month];
    assert_eq!(keys(&world, Tier::Released, &by).await, ["2028-02"]);
}
