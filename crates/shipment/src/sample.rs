//! Resources that decisions are tried on, without a database.

#![allow(clippy::unwrap_used)]

use devisa_domain::{
    identifier::{country::RegionCode, hs::HsCode, text::Text, unit_code::UnitCode},
    money::{Currency, Money},
    name::{OrganisationName, ReleaseName, ShipmentName},
    provenance::Provenance,
    refusal::Refusal,
    shipment::{
        Release, ReleaseFacts, Shipment, ShipmentFacts,
        declaration::Declaration,
        line::{Line, Quantity, Shares, Weights},
        party::{Parties, Party},
        transport::TransportUnit,
    },
    time::Timestamp,
};
use devisa_ledger::{Change, Moment};

/// Noon of 26 November 2025, Jakarta time.
pub(crate) fn moment() -> Moment {
    let now = Timestamp::parse("2025-11-26T12:00:00+07:00").unwrap();
    Moment { now, actor: "ann".to_owned() }
}

pub(crate) fn exporter() -> OrganisationName {
    OrganisationName::parse("organisations/a").unwrap()
}

pub(crate) fn party(exports: bool) -> Party {
    Party { display_name: "PT A".to_owned(), village: None, exports }
}

pub(crate) fn shipment_facts() -> ShipmentFacts {
    let line = Line {
        product: None,
        description: Text::parse("Kerupuk").unwrap(),
        hs_code: Some(HsCode::parse("19059080").unwrap()),
        commodity: None,
        quantity: Some(Quantity { value: 10.into(), unit: UnitCode::parse("KGM").unwrap() }),
        weights: Weights::default(),
        packages: None,
        value: Money::from_minor(100, Currency::USD),
        shares: Shares::default(),
    };
    ShipmentFacts {
        release: None,
        exporter: exporter(),
        exporter_of_record: None,
        consignee: None,
        incoterm: None,
        port_of_loading: None,
        port_of_discharge: None,
        destination: RegionCode::parse("KR").unwrap(),
        lines: vec![line],
        units: vec![TransportUnit::default()],
        declaration: Declaration::default(),
        origin_proof: None,
    }
}

pub(crate) fn parties() -> Parties {
    let organisations = [(exporter(), party(true))].into_iter().collect();
    Parties { organisations, ..Parties::default() }
}

pub(crate) fn draft(id: &str) -> Shipment {
    let name = ShipmentName::parse(&format!("shipments/{id}")).unwrap();
    let now = moment().now;
    Shipment::draft(name, shipment_facts(), Provenance::default(), parties(), now).unwrap()
}

pub(crate) fn ready(id: &str) -> Shipment {
    draft(id).confirmed(moment().now).unwrap()
}

pub(crate) fn release_facts() -> ReleaseFacts {
    ReleaseFacts {
        display_name: Text::parse("Pelepasan").unwrap(),
        event_date: moment().now.jakarta_date(),
        place: None,
        officiant: None,
    }
}

pub(crate) fn release() -> Release {
    let name = ReleaseName::parse("releases/r").unwrap();
    Release::planned(name, release_facts(), Provenance::default(), moment().now)
}

/// What a change tells.
pub(crate) trait EventKinds {
    /// The types of its events, in order.
    fn event_kinds(&self) -> Vec<String>;
}

impl EventKinds for Change {
    fn event_kinds(&self) -> Vec<String> {
        self.events().map(|(kind, _)| kind.to_owned()).collect()
    }
}

/// The fields and rules of a refusal.
pub(crate) fn rules(refusal: &Refusal) -> Vec<(&str, &str)> {
    let (Refusal::Invalid(violations) | Refusal::Placed { violations, .. }) = refusal else {
        panic!("no violations: {refusal}")
    };
    violations.iter().map(|v| (v.field.as_str(), v.broken.rule())).collect()
}

/// The state that forbids.
pub(crate) fn state(refusal: &Refusal) -> &str {
    let Refusal::StateForbids { state, .. } = refusal else { panic!("not forbidden: {refusal}") };
    state
}
