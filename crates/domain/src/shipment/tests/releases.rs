//! Dispatching a release.

use super::*;
use crate::{
    shipment::{lifecycle::State, release::State as ReleaseState},
    tier::Tier,
};

fn named(id: &str) -> Shipment {
    draft_of(id, facts())
}

fn ready_one(id: &str) -> Shipment {
    named(id).confirmed(now()).unwrap()
}

#[test]
fn every_member_leaves_at_once() {
    let gated = reach(&ready_one("b"), Code::GatedIn);
    let called_off = named("c").cancelled("", now()).unwrap();
    let members = [ready_one("a"), gated, called_off];
    let departure = release().dispatched(&members, None, now()).unwrap();
    assert_eq!(departure.release.state, ReleaseState::Released { dispatch_time: now() });
    let states: Vec<_> = departure.shipments.iter().map(|(_, after)| after.state()).collect();
    assert_eq!(states, [State::Released, State::GatedIn]);
    assert!(departure.shipments.iter().all(|(_, after)| after.tier() == Some(Tier::Released)));
    assert!(departure.shipments.iter().all(|(before, after)| {
        after.meta.version == before.meta.version + 1 && after.lifecycle.is_released()
    }));
    assert_eq!(departure.milestone.event_time, now());
}

#[test]
fn drafts_hold_the_release_and_are_all_named() {
    let members = [named("z"), ready_one("b"), named("a")];
    let refusal = release().dispatched(&members, None, now()).unwrap_err();
    assert_eq!(forbidden(refusal).1, "still DRAFT: shipments/a, shipments/z");
}

#[test]
fn a_release_without_members_does_not_leave() {
    let none = release().dispatched(&[], None, now()).unwrap_err();
    assert_eq!(forbidden(none).0, "PLANNED");
    let called_off = [named("c").cancelled("", now()).unwrap()];
    assert!(release().dispatched(&called_off, None, now()).is_err());
}

#[test]
fn a_release_leaves_once() {
    let gone = release().dispatched(&[ready_one("a")], None, now()).unwrap().release;
    let again = gone.dispatched(&[ready_one("a")], None, now()).unwrap_err();
    assert_eq!(forbidden(again).0, "RELEASED");
}

fn departure(time: Option<i64>, now: i64) -> Result<i64, String> {
    let at = |micros: i64| {
        Timestamp::from_micros(start_of_jakarta_day(date("2025-11-26")).micros() + micros)
    };
    let left = release().departure(time.map(at), at(now));
    left.map(|left| left.micros() - at(0).micros())
        .map_err(|refusal| rules(&refusal)[0].1.to_owned())
}

#[test]
fn the_trucks_leave_on_the_day_and_not_in_the_future() {
    const DAY: i64 = 86_400_000_000;
    assert_eq!(departure(None, 5), Ok(5), "now, on the day");
    assert_eq!(departure(None, DAY - 1), Ok(DAY - 1));
    assert_eq!(departure(None, DAY), Ok(0), "midnight, for a past day");
    assert_eq!(departure(None, -1), Err("dispatch_time.future".to_owned()));
    assert_eq!(departure(Some(3), 3), Ok(3));
    assert_eq!(departure(Some(4), 3), Err("dispatch_time.future".to_owned()));
    assert_eq!(departure(Some(-1), DAY), Err("dispatch_time.event_date".to_owned()));
    assert_eq!(departure(Some(DAY), 2 * DAY), Err("dispatch_time.event_date".to_owned()));
}

#[test]
fn the_day_is_fixed_once_the_trucks_left() {
    let gone = release().dispatched(&[ready_one("a")], None, now()).unwrap().release;
    let mut facts = gone.facts.clone();
    facts.event_date = date("2025-11-27");
    let refusal = gone.updated(facts.clone(), Provenance::default(), now()).unwrap_err();
    assert_eq!(forbidden(refusal).0, "RELEASED");
    let planned = release().updated(facts.clone(), Provenance::default(), now()).unwrap().unwrap();
    assert_eq!(planned.meta.version, 2);
    facts.event_date = gone.facts.event_date;
    assert_eq!(gone.updated(facts.clone(), Provenance::default(), now()), Ok(None));
    facts.place = None;
    assert!(gone.updated(facts, Provenance::default(), now()).unwrap().is_some());
}

#[test]
fn a_planned_release_can_be_called_off() {
    let called_off = release().cancelled(now()).unwrap();
    assert_eq!((called_off.state, called_off.meta.version), (ReleaseState::Cancelled, 2));
    assert_eq!(called_off.dispatch_time(), None);
    assert_eq!(forbidden(called_off.cancelled(now()).unwrap_err()).0, "CANCELLED");
    let leaving = called_off.dispatched(&[ready_one("a")], None, now()).unwrap_err();
    assert_eq!(forbidden(leaving).0, "CANCELLED");
    let mut facts = called_off.facts.clone();
    assert_eq!(called_off.updated(facts.clone(), Provenance::default(), now()), Ok(None));
    facts.place = None;
    let changed = called_off.updated(facts, Provenance::default(), now()).unwrap_err();
    assert_eq!(forbidden(changed).0, "CANCELLED");
    let gone = release().dispatched(&[ready_one("a")], None, now()).unwrap().release;
    assert_eq!(forbidden(gone.cancelled(now()).unwrap_err()).0, "RELEASED");
}
