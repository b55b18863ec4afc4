//! Decisions on values, without a database.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use devisa_domain::{provenance::Provenance, shipment::Shipment, time::Timestamp};
use devisa_ledger::GuardSeen;
use devisa_proto::mask::UpdateMask;
use prost_types::FieldMask;

use super::*;
use crate::{
    events::{MILESTONE_RECORDED, RELEASE_DISPATCHED, SHIPMENT_RELEASED},
    release::dispatch::{self, Snapshot, milestone_name},
    sample::{EventKinds as _, draft, moment, ready, release, release_facts, rules, state},
};

fn current(release: Release) -> WithTotals {
    WithTotals { release, totals: Totals::default() }
}

fn later() -> Moment {
    Moment { now: Timestamp::from_micros(moment().now.micros() + 1), ..moment() }
}

#[test]
fn a_name_is_taken_once() {
    let Release { name, .. } = release();
    let creation = Creation { name, facts: release_facts(), provenance: Provenance::default() };
    let created = create(None, &creation, &moment()).unwrap();
    assert_eq!(created.response.name, "releases/r");
    assert_eq!(created.change.event_kinds(), [RELEASE_CREATED]);
    let again = create(Some(&release()), &creation, &moment()).unwrap_err();
    assert_eq!(again, Refusal::id_taken("release_id", &"releases/r"));
}

#[test]
fn an_update_changes_what_the_mask_names() {
    let patch = wire::Release { place: "Gresik".to_owned(), ..Default::default() };
    let current = current(release());
    let change = |patch: &wire::Release, path: &str| {
        let mask = FieldMask { paths: vec![path.to_owned()] };
        let mask = UpdateMask::parse::<wire::Release>(Some(&mask)).unwrap();
        let (name, patch) = (current.release.name.clone(), patch.clone());
        update(&current, &UpdateRelease { name, patch, mask }, &later())
    };
    let updated = change(&patch, "place").unwrap();
    assert_eq!(
        (updated.response.place.as_str(), updated.response.etag.as_str()),
        ("Gresik", "\"2\"")
    );
    assert_eq!(updated.change.event_kinds(), [RELEASE_UPDATED]);
    assert!(change(&patch, "officiant").unwrap().change.is_empty(), "nothing changed");
    let cleared = change(&patch, "display_name").unwrap_err();
    assert_eq!(rules(&cleared), [("release.display_name", "field.missing")]);
    let stale = wire::Release { etag: "\"7\"".to_owned(), ..patch };
    assert!(matches!(change(&stale, "place").unwrap_err(), Refusal::EtagMismatch { .. }));
}

#[test]
fn only_a_planned_one_is_called_off() {
    let cancelled = cancel(&current(release()), "\"1\"", &later()).unwrap();
    assert_eq!(cancelled.response.state(), wire::release::State::Cancelled);
    assert_eq!(cancelled.change.event_kinds(), [RELEASE_CANCELLED]);
    let stale = cancel(&current(release()), "\"2\"", &later()).unwrap_err();
    assert!(matches!(stale, Refusal::EtagMismatch { .. }));
    let called_off = release().cancelled(moment().now).unwrap();
    assert_eq!(state(&cancel(&current(called_off), "", &later()).unwrap_err()), "CANCELLED");
}

fn leaving(members: Vec<Shipment>) -> Snapshot {
    let guards = vec![GuardSeen::new("releases/r/shipments/0", 0)];
    Snapshot { release: release(), members, guards, taken: BTreeSet::new() }
}

#[test]
fn members_leave_together() {
    let mut snapshot = leaving(vec![ready("a"), ready("b")]);
    snapshot.taken.insert(milestone_name(&snapshot.members[0]));
    let left = dispatch::dispatch(&snapshot, "", None, &moment()).unwrap();
    assert_eq!(left.response.state(), wire::release::State::Released);
    let (recorded, released) = (MILESTONE_RECORDED, SHIPMENT_RELEASED);
    let expected = [RELEASE_DISPATCHED, recorded, recorded, released, released];
    assert_eq!(left.change.event_kinds(), expected);
    let waiting = leaving(vec![ready("a"), draft("b")]);
    assert_eq!(state(&dispatch::dispatch(&waiting, "", None, &moment()).unwrap_err()), "PLANNED");
}
