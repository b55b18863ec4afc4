//! Decisions on values, without a database. What rests on the registry and on releases is told by
//! the references; here nothing new is referred to.
#![allow(clippy::unwrap_used)]

use devisa_domain::provenance::Provenance;
use devisa_proto::mask::UpdateMask;
use prost_types::FieldMask;

use super::*;
use crate::sample::{EventKinds as _, draft, moment, ready, rules, shipment_facts, state};

fn today() -> Date {
    moment().now.jakarta_date()
}

fn create_with(existing: Option<Shipment>) -> Result<Decision<wire::Shipment>, Refusal> {
    let Shipment { name, .. } = draft("a");
    let creation = Creation { name, facts: shipment_facts(), provenance: Provenance::default() };
    let references = References::default();
    create(&NewSnapshot { existing, references }, &creation, &moment())
}

#[test]
fn an_exporter_nobody_knows_is_refused() {
    let unknown = create_with(None).unwrap_err();
    assert_eq!(rules(&unknown), [("shipment.exporter", "reference.exists")]);
    let taken = create_with(Some(draft("a"))).unwrap_err();
    assert_eq!(taken, Refusal::id_taken("shipment_id", &"shipments/a"));
}

fn update_of(
    current: Shipment,
    patch: &wire::Shipment,
    path: &str,
    reason: &str,
) -> Result<Decision<wire::Shipment>, Refusal> {
    let mask = FieldMask { paths: vec![path.to_owned()] };
    let command = UpdateShipment {
        name: current.name.clone(),
        patch: patch.clone(),
        mask: UpdateMask::parse::<wire::Shipment>(Some(&mask)).unwrap(),
        reason: reason.to_owned(),
    };
    let stated = stated(&merged(&current, &command), today());
    let snapshot = UpdateSnapshot { current, stated, references: References::default() };
    update(&snapshot, &command, &moment())
}

#[test]
fn an_update_changes_what_the_mask_names() {
    let patch = wire::Shipment { port_of_loading: "IDSUB".to_owned(), ..Default::default() };
    let updated = update_of(ready("a"), &patch, "port_of_loading", "").unwrap();
    assert_eq!(updated.response.port_of_loading, "IDSUB");
    assert_eq!(updated.change.event_kinds(), [SHIPMENT_UPDATED]);
    let same = update_of(ready("a"), &patch, "port_of_discharge", "").unwrap();
    assert!(same.change.is_empty(), "nothing changed");
    let malformed = wire::Shipment { port_of_loading: "SUB".to_owned(), ..Default::default() };
    let malformed = update_of(ready("a"), &malformed, "port_of_loading", "").unwrap_err();
    assert_eq!(rules(&malformed)[0].0, "shipment.port_of_loading");
    let stale = wire::Shipment { etag: "\"9\"".to_owned(), ..patch };
    let stale = update_of(ready("a"), &stale, "port_of_loading", "").unwrap_err();
    assert!(matches!(stale, Refusal::EtagMismatch { .. }));
}

#[test]
fn lines_of_a_confirmed_shipment_change_for_a_reason() {
    let mut patch = render_shipment(&ready("a"));
    patch.etag.clear();
    patch.lines[0].description = "Kerupuk udang".to_owned();
    let silent = update_of(ready("a"), &patch, "lines", "").unwrap_err();
    assert_eq!(rules(&silent), [("reason", "field.missing")]);
    let explained = update_of(ready("a"), &patch, "lines", "the label says so").unwrap();
    assert_eq!(explained.response.lines[0].description, "Kerupuk udang");
    update_of(draft("a"), &patch, "lines", "").unwrap();
    let called_off = draft("a").cancelled("", moment().now).unwrap();
    assert_eq!(state(&update_of(called_off, &patch, "lines", "").unwrap_err()), "CANCELLED");
}

#[test]
fn a_draft_is_confirmed_and_called_off() {
    let confirmed = confirm(&draft("a"), "\"1\"", &moment()).unwrap();
    assert_eq!(confirmed.response.state(), wire::shipment::State::Ready);
    assert_eq!(confirmed.change.event_kinds(), [SHIPMENT_CONFIRMED]);
    assert_eq!(state(&confirm(&ready("a"), "", &moment()).unwrap_err()), "READY");
    let mut bare = draft("a");
    bare.facts.units.clear();
    let bare = confirm(&bare, "", &moment()).unwrap_err();
    assert_eq!(rules(&bare), [("shipment.units", "field.missing")]);
    let cancelled = cancel(&ready("a"), "", "no buyer", &moment()).unwrap();
    assert_eq!(cancelled.response.state(), wire::shipment::State::Cancelled);
    assert_eq!(cancelled.change.event_kinds(), [SHIPMENT_CANCELLED]);
    let stale = cancel(&ready("a"), "\"1\"", "", &moment()).unwrap_err();
    assert!(matches!(stale, Refusal::EtagMismatch { .. }));
}
