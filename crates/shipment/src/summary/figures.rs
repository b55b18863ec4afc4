//! Published figures against what left.

use std::collections::BTreeMap;

use devisa_domain::{
    figure::{Counted, plain},
    money::Sums,
    name::{ReleaseName, ShipmentName},
    shipment::{Shipment, State, Totals, release::State as ReleaseState},
};
use devisa_ledger::Error;
use devisa_proto::convert::{
    figure::{Claim, Finding},
    shipment::summary::{ShipmentMetric, ShipmentSubject},
};

use crate::{Handlers, release::WithTotals, shipment, store};

/// What the records say of the resources that claims are about.
#[derive(Debug, Default)]
pub(super) struct Records {
    releases: BTreeMap<ReleaseName, WithTotals>,
    shipments: BTreeMap<ShipmentName, Shipment>,
}

impl Handlers {
    /// Reads each resource that the claims are about, once.
    ///
    /// # Errors
    /// [`devisa_domain::refusal::Refusal::FilterInvalid`] for any filter;
    /// [`devisa_domain::refusal::Refusal::NotFound`] naming the first that does not exist.
    pub(super) async fn records(&self, claims: &[Claim<ShipmentMetric>]) -> Result<Records, Error> {
        claims.iter().try_for_each(Claim::refuse_filter)?;
        let mut records = Records::default();
        for claim in claims {
            match &claim.of {
                ShipmentSubject::Release(name) if !records.releases.contains_key(name) => {
                    records.releases.insert(name.clone(), self.release(name).await?);
                }
                ShipmentSubject::Shipment(name) if !records.shipments.contains_key(name) => {
                    let found = store::get::<shipment::Entity>(&self.ledger, name).await?;
                    records.shipments.insert(name.clone(), found);
                }
                _ => {}
            }
        }
        Ok(records)
    }
}

impl Records {
    /// What they say of a claim.
    pub(super) fn finding(&self, claim: &Claim<ShipmentMetric>) -> Finding {
        let found = match &claim.of {
            ShipmentSubject::Shipment(name) => {
                self.shipments.get(name).map(|shipment| of_shipment(claim, shipment))
            }
            ShipmentSubject::Release(name) => {
                self.releases.get(name).map(|release| of_release(claim, release))
            }
        };
        found.unwrap_or_else(|| Finding::undecidable("nothing is on record"))
    }
}

/// The value of a shipment, and whether it has left.
fn of_shipment(claim: &Claim<ShipmentMetric>, shipment: &Shipment) -> Finding {
    match shipment.state() {
        State::Cancelled => Finding::of_money(&claim.figure, &Sums::default())
            .adding("the shipment is CANCELLED, which counts for nothing"),
        state @ (State::Draft | State::Ready) => Finding::of_money(&claim.figure, &shipment.values)
            .adding(&format!("the shipment is {state}: it has not left")),
        _ => Finding::of_money(&claim.figure, &shipment.values),
    }
}

/// What a release comes to, and whether it has left.
fn of_release(claim: &Claim<ShipmentMetric>, found: &WithTotals) -> Finding {
    let finding = of_totals(claim, &found.totals);
    match found.release.state {
        ReleaseState::Planned => finding.adding("the release is PLANNED: it has not left"),
        ReleaseState::Cancelled => finding.adding("the release is CANCELLED: it never left"),
        ReleaseState::Released { .. } => finding,
    }
}

fn of_totals(claim: &Claim<ShipmentMetric>, totals: &Totals) -> Finding {
    let figure = &claim.figure;
    let count = |number: usize, counted| {
        Finding::of_count(figure, u64::try_from(number).unwrap_or(u64::MAX), counted)
    };
    match claim.metric {
        ShipmentMetric::ShipmentValue | ShipmentMetric::ReleaseValue => {
            Finding::of_money(figure, &totals.values)
        }
        ShipmentMetric::ReleaseLineCount => count(totals.lines, Counted::Lines),
        ShipmentMetric::ReleaseShipmentCount => count(totals.shipments, Counted::Shipments),
        ShipmentMetric::ReleaseTruckCount => count(totals.trucks, Counted::Trucks),
        ShipmentMetric::ReleaseContainerCount => count(totals.containers, Counted::Containers),
        ShipmentMetric::ReleaseExporterCount => count(totals.exporters, Counted::Exporters),
        ShipmentMetric::ReleaseDestinationCount => {
            count(totals.destinations.len(), Counted::Countries).naming(&totals.destination_codes())
        }
        ShipmentMetric::ReleaseNetWeight => match totals.weight.kilograms() {
            Ok(kilograms) => Finding::of_weight_kg(figure, kilograms),
            Err(unknown) => {
                let (lines, known) = (totals.lines, plain(totals.weight.known_kg()));
                Finding::undecidable(format!(
                    "{unknown} of {lines} lines have no net_kg, the others come to {known} kg"
                ))
            }
        },
    }
}
