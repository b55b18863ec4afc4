//! Published figures against what left.

use std::collections::BTreeMap;

use devisa_domain::{
    money::Sums,
    name::{ReleaseName, ShipmentName},
    shipment::{State, Totals},
};
use devisa_ledger::Error;
use devisa_proto::convert::{
    figure::{Claim, Finding},
    shipment::summary::{ShipmentMetric, ShipmentSubject},
};

use crate::{Handlers, shipment, store};

/// What the records say of the resources that claims are about.
#[derive(Debug, Default)]
pub(super) struct Records {
    releases: BTreeMap<ReleaseName, Totals>,
    shipments: BTreeMap<ShipmentName, Sums>,
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
                    let totals = self.release(name).await?.totals;
                    records.releases.insert(name.clone(), totals);
                }
                ShipmentSubject::Shipment(name) if !records.shipments.contains_key(name) => {
                    let found = store::get::<shipment::Entity>(&self.ledger, name).await?;
                    let counts = found.state() != State::Cancelled;
                    let values = if counts { found.values } else { Sums::default() };
                    records.shipments.insert(name.clone(), values);
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
        let figure = &claim.figure;
        let none = || Finding::undecidable("nothing is on record");
        let totals = match &claim.of {
            ShipmentSubject::Shipment(name) => {
                let values = self.shipments.get(name);
                return values.map_or_else(none, |values| Finding::of_money(figure, values));
            }
            ShipmentSubject::Release(name) => self.releases.get(name),
        };
        let Some(totals) = totals else { return none() };
        let count =
            |number: usize| Finding::of_count(figure, u64::try_from(number).unwrap_or(u64::MAX));
        match claim.metric {
            ShipmentMetric::ShipmentValue | ShipmentMetric::ReleaseValue => {
                Finding::of_money(figure, &totals.values)
            }
            ShipmentMetric::ReleaseLineCount => count(totals.lines),
            ShipmentMetric::ReleaseShipmentCount => count(totals.shipments),
            ShipmentMetric::ReleaseTruckCount => count(totals.trucks),
            ShipmentMetric::ReleaseContainerCount => count(totals.containers),
            ShipmentMetric::ReleaseExporterCount => count(totals.exporters),
            ShipmentMetric::ReleaseDestinationCount => {
                count(totals.destinations.len()).naming(&totals.destination_codes())
            }
            ShipmentMetric::ReleaseNetWeight => match totals.weight.kilograms() {
                Ok(kilograms) => Finding::of_weight_kg(figure, kilograms),
                Err(unknown) => Finding::undecidable(format!(
                    "{unknown} of {} lines have no net_kg",
                    totals.lines
                )),
            },
        }
    }
}
