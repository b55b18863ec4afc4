//! A release is readable whatever it holds: what its total could not hold does not join it.

use devisa_proto::{
    google_type::Money,
    shipment::v1::{ListReleasesRequest, Shipment, ShipmentLine},
};
use devisa_testkit::{TestDatabase, on_both_databases};

use crate::world::{World, facts, invalid, line};

on_both_databases!(
    a_shipment_too_large_for_its_release_does_not_join,
    a_line_does_not_grow_beyond_what_its_release_holds,
    shipments_that_join_at_once_leave_a_release_that_can_be_read,
);

/// The most that a release may be worth, in cents of a dollar.
const LARGEST: i64 = i64::MAX / 16;

const TOO_LARGE: &[(&str, &str)] = &[("shipment.lines", "RELEASE_VALUE_MAXIMUM")];

fn worth(release: &str, cents: i64) -> Shipment {
    let value = Money {
        currency_code: "USD".to_owned(),
        units: cents / 100,
        nanos: i32::try_from(cents % 100).unwrap() * 10_000_000,
    };
    let lines = vec![ShipmentLine { value: Some(value), ..line(0) }];
    Shipment { release: release.to_owned(), lines, ..facts() }
}

async fn total(world: &World) -> i64 {
    let listed = world.releases().list_releases(ListReleasesRequest::default()).await.unwrap();
    let [release] = &listed.into_inner().releases[..] else { panic!("one release") };
    let value = &release.totals.as_ref().unwrap().values[0];
    value.units * 100 + i64::from(value.nanos / 10_000_000)
}

async fn a_shipment_too_large_for_its_release_does_not_join(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    world.create("alone", worth("", i64::MAX)).await.unwrap();
    world.create("first", worth("releases/r", LARGEST - 1)).await.unwrap();
    let before = world.contents().await;
    invalid(world.create("second", worth("releases/r", 2)).await, TOO_LARGE);
    invalid(world.create("second", worth("releases/r", i64::MAX)).await, TOO_LARGE);
    let joining = worth("releases/r", 0);
    invalid(world.update("alone", &["release"], joining).await, TOO_LARGE);
    assert_eq!(world.contents().await, before);

    world.create("second", worth("releases/r", 1)).await.unwrap();
    assert_eq!(total(&world).await, LARGEST);
    world.cancel("first").await.unwrap();
    world.create("third", worth("releases/r", LARGEST - 1)).await.unwrap();
    assert_eq!(total(&world).await, LARGEST, "a cancelled shipment makes room");
}

async fn a_line_does_not_grow_beyond_what_its_release_holds(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    world.create("a", worth("releases/r", LARGEST - 5)).await.unwrap();
    world.create("b", worth("releases/r", 5)).await.unwrap();
    let before = world.contents().await;
    invalid(world.update("b", &["lines"], worth("", 6)).await, TOO_LARGE);
    assert_eq!(world.contents().await, before);
    world.update("b", &["lines"], worth("", 4)).await.unwrap();
    world.update("a", &["lines"], worth("", LARGEST - 4)).await.unwrap();
    assert_eq!(total(&world).await, LARGEST);
}

async fn shipments_that_join_at_once_leave_a_release_that_can_be_read(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    let ids: Vec<String> = (0..24).map(|number| format!("s{number}")).collect();
    let joining = ids.iter().map(|id| world.create(id, worth("releases/r", LARGEST)));
    let joined = futures::future::join_all(joining).await;
    let joined = joined.iter().filter(|answer| answer.is_ok()).count();
    assert!((1..=16).contains(&joined), "{joined} joined");
    assert_eq!(total(&world).await / LARGEST, i64::try_from(joined).unwrap());
}
