//! Published figures against what left.

use std::collections::{BTreeMap, btree_map::Entry};

use devisa_domain::{
    figure::{Counted, plain},
    money::Sums,
    name::{ReleaseName, ShipmentName},
    refusal::both,
    shipment::{Shipment, State, Totals, release::State as ReleaseState},
};
use devisa_ledger::Error;
use devisa_proto::convert::{
    figure::{Claim, Finding},
    shipment::summary::{ShipmentMetric, ShipmentSubject},
};

use crate::{Handlers, release::WithTotals, shipment, store};

/// The resources that claims are about, each read once.
#[derive(Debug, Default)]
pub(super) struct Records {
    releases: BTreeMap<ReleaseName, Option<WithTotals>>,
    shipments: BTreeMap<ShipmentName, Option<Shipment>>,
}

impl Handlers {
    /// What the records say of a claim; what was read for an earlier one is in `records`.
    ///
    /// # Errors
    /// [`devisa_domain::refusal::Refusal::FilterInvalid`] for any filter, and
    /// [`devisa_domain::refusal::Refusal::NotFound`] at the claim's `of`, at once.
    pub(super) async fn finding(
        &self,
        claim: &Claim<ShipmentMetric>,
        records: &mut Records,
    ) -> Result<Finding, Error> {
        let filter = claim.refuse_filter();
        match &claim.of {
            ShipmentSubject::Release(name) => {
                let found = match records.releases.entry(name.clone()) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(place) => place.insert(self.find_release(name).await?),
                };
                let found = found.as_ref().ok_or_else(|| claim.absent(name));
                let ((), release) = both(filter, found)?;
                Ok(of_release(claim, release))
            }
            ShipmentSubject::Shipment(name) => {
                let found = match records.shipments.entry(name.clone()) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(place) => {
                        place.insert(store::find::<shipment::Entity>(&self.ledger, name).await?)
                    }
                };
                let found = found.as_ref().ok_or_else(|| claim.absent(name));
                let ((), shipment) = both(filter, found)?;
                Ok(of_shipment(claim, shipment))
            }
        }
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
