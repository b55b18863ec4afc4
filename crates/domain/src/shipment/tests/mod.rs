//! The rules of shipments and releases, case by case and as properties.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod goods;
mod lifecycle;
mod parts;
mod releases;
mod timeline;
mod totals;
mod updates;

use super::{
    ShipmentFacts,
    consignment::Shipment,
    declaration::{Declaration, Peb, Registration},
    lifecycle::{Happened, Progress},
    line::{Line, Quantity, Shares, Weights},
    milestone::Code,
    party::Parties,
    release::{Release, ReleaseFacts},
    transport::TransportUnit,
};
use crate::{
    identifier::{
        country::RegionCode,
        hs::HsCode,
        peb::{CustomsOffice, PebNumber},
        text::Text,
        unit_code::UnitCode,
    },
    money::{Currency, Money},
    name::{OrganisationName, ReleaseName, ShipmentName},
    provenance::Provenance,
    refusal::{Refusal, Violation},
    time::{Date, Timestamp, start_of_jakarta_day},
};

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// Noon in Jakarta on the day of the ceremony.
fn now() -> Timestamp {
    Timestamp::from_micros(start_of_jakarta_day(date("2025-11-26")).micros() + 12 * 3_600_000_000)
}

fn line(cents: i64) -> Line {
    Line {
        product: None,
        description: Text::parse("Kerupuk").unwrap(),
        hs_code: Some(HsCode::parse("19059080").unwrap()),
        commodity: None,
        quantity: Some(Quantity { value: 10.into(), unit: UnitCode::parse("KGM").unwrap() }),
        weights: Weights::default(),
        packages: None,
        value: Money::from_minor(cents, Currency::USD),
        shares: Shares::default(),
    }
}

fn facts() -> ShipmentFacts {
    ShipmentFacts {
        release: Some(ReleaseName::parse("releases/jatim").unwrap()),
        exporter: OrganisationName::parse("organisations/a").unwrap(),
        exporter_of_record: None,
        consignee: None,
        incoterm: None,
        port_of_loading: None,
        port_of_discharge: None,
        destination: RegionCode::parse("KR").unwrap(),
        lines: vec![line(100), line(250)],
        units: vec![TransportUnit::default()],
        declaration: Declaration::default(),
        origin_proof: None,
    }
}

fn draft_of(id: &str, facts: ShipmentFacts) -> Shipment {
    let name = ShipmentName::parse(&format!("shipments/{id}")).unwrap();
    Shipment::draft(name, facts, Provenance::default(), Parties::default(), now()).unwrap()
}

fn draft() -> Shipment {
    draft_of("kerupuk", facts())
}

fn ready() -> Shipment {
    draft().confirmed(now()).unwrap()
}

fn peb() -> Declaration {
    let peb = Peb {
        number: PebNumber::parse("012345").unwrap(),
        date: date("2025-11-26"),
        office: CustomsOffice::parse("070100").unwrap(),
    };
    Declaration { aju: None, registration: Some(Registration::new(peb, None).unwrap()) }
}

/// The shipment when this, and nothing else, has happened to it.
fn reach(shipment: &Shipment, code: Code) -> Shipment {
    let progress = Progress::of(&[Happened { code, time: now() }]);
    shipment.following(progress, now()).unwrap_or_else(|| shipment.clone())
}

fn release() -> Release {
    let facts = ReleaseFacts {
        display_name: Text::parse("Pelepasan").unwrap(),
        event_date: date("2025-11-26"),
        place: Some(Text::parse("Surabaya").unwrap()),
        officiant: None,
    };
    let name = ReleaseName::parse("releases/jatim").unwrap();
    Release::planned(name, facts, Provenance::default(), now())
}

/// The fields and rules of a refusal.
fn rules(refusal: &Refusal) -> Vec<(&str, &str)> {
    let Refusal::Invalid(violations) = refusal else { panic!("not invalid: {refusal}") };
    broken(violations)
}

fn broken(violations: &[Violation]) -> Vec<(&str, &str)> {
    violations.iter().map(|v| (v.field.as_str(), v.broken.rule())).collect()
}

/// The state and detail of a refused step.
fn forbidden(refusal: Refusal) -> (String, String) {
    match refusal {
        Refusal::StateForbids { state, detail, .. } => (state, detail),
        other => panic!("not forbidden: {other}"),
    }
}
