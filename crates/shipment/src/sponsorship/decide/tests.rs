//! Decisions on values, without a database.
#![allow(clippy::unwrap_used)]

use devisa_domain::{
    name::{ReleaseName, ShipmentName},
    provenance::Provenance,
    shipment::sponsorship::{Kind, Recipient},
    time::Timestamp,
};

use super::*;
use crate::sample::{EventKinds as _, exporter, moment, party, rules};

fn creation(recipient: Recipient) -> Creation<SponsorshipName, SponsorshipFacts> {
    let facts = SponsorshipFacts {
        sponsor: exporter(),
        kind: Kind::Container,
        recipient,
        in_kind_value: None,
        note: None,
    };
    let name = SponsorshipName::parse("sponsorships/s").unwrap();
    Creation { name, facts, provenance: Provenance::default() }
}

fn to_release() -> Creation<SponsorshipName, SponsorshipFacts> {
    creation(Recipient::Release(ReleaseName::parse("releases/r").unwrap()))
}

fn found() -> Snapshot {
    Snapshot { existing: None, sponsor: Some(party(false)), recipient_exists: true }
}

fn recorded() -> Sponsorship {
    let Creation { name, facts, provenance } = to_release();
    Sponsorship {
        name,
        meta: Meta::new(moment().now, provenance),
        facts,
        sponsor_display_name: "PT A".to_owned(),
    }
}

#[test]
fn it_keeps_the_sponsors_name() {
    let created = create(&found(), &to_release(), &moment()).unwrap();
    assert_eq!(created.response.sponsor_display_name, "PT A");
    assert_eq!(created.change.event_kinds(), [SPONSORSHIP_CREATED]);
}

#[test]
fn everything_absent_is_told_at_once() {
    let nothing = Snapshot { existing: None, sponsor: None, recipient_exists: false };
    let shipment = creation(Recipient::Shipment(ShipmentName::parse("shipments/a").unwrap()));
    let refused = |creation| create(&nothing, &creation, &moment()).unwrap_err();
    let of = |field: &'static str| {
        [("sponsorship.sponsor", "reference.exists"), (field, "reference.exists")]
    };
    assert_eq!(rules(&refused(to_release())), of("sponsorship.release"));
    assert_eq!(rules(&refused(shipment)), of("sponsorship.shipment"));
    let taken = Snapshot { existing: Some(recorded()), ..found() };
    let taken = create(&taken, &to_release(), &moment()).unwrap_err();
    assert_eq!(rules(&taken), [("sponsorship_id", "resource.exists")]);
}

#[test]
fn it_is_hidden_once() {
    let later = Moment { now: Timestamp::from_micros(moment().now.micros() + 1), ..moment() };
    let hidden = delete(&recorded(), "", &later).unwrap();
    assert_eq!(hidden.response.delete_time, hidden.response.update_time);
    assert_eq!(hidden.change.event_kinds(), [SPONSORSHIP_DELETED]);
    let stale = delete(&recorded(), "\"2\"", &later).unwrap_err();
    assert!(matches!(stale, Refusal::EtagMismatch { .. }));
    let again = delete(&recorded().deleted("", later.now).unwrap(), "\"1\"", &later).unwrap_err();
    assert_eq!(again, Refusal::NotFound { resource: "sponsorships/s".to_owned() });
}
