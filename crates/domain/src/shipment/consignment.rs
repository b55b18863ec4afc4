//! Shipments: consignments of one exporter to one destination.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    declaration::{Declaration, OriginProof, Peb},
    lifecycle::{Lifecycle, Progress, State},
    line::{Line, Share},
    milestone::Classifier,
    party::Parties,
    transport::TransportUnit,
};
use crate::{
    identifier::{
        country::RegionCode, incoterm::Incoterm, port::PortCode, village_code::VillageCode,
    },
    meta::Meta,
    money::Sums,
    name::{OrganisationName, ProductName, ReleaseName, ShipmentName},
    provenance::Provenance,
    refusal::{Checks, Refusal, RuleBroken, Violation},
    tier::Tier,
    time::{Date, Timestamp},
};

/// What a caller says of a shipment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShipmentFacts {
    /// The release it leaves at.
    pub release: Option<ReleaseName>,
    /// The exporter.
    pub exporter: OrganisationName,
    /// Who stands on the customs declaration, when it is another.
    pub exporter_of_record: Option<OrganisationName>,
    /// Who receives the goods.
    pub consignee: Option<OrganisationName>,
    /// The terms of delivery.
    pub incoterm: Option<Incoterm>,
    /// Where it is loaded, in Indonesia.
    pub port_of_loading: Option<PortCode>,
    /// Where it is discharged.
    pub port_of_discharge: Option<PortCode>,
    /// The country it goes to, not Indonesia.
    pub destination: RegionCode,
    /// The goods.
    pub lines: Vec<Line>,
    /// The truck loads.
    pub units: Vec<TransportUnit>,
    /// The customs declaration.
    pub declaration: Declaration,
    /// The proof of origin.
    pub origin_proof: Option<OriginProof>,
}

impl ShipmentFacts {
    /// The value of the lines per currency.
    pub fn values(&self) -> Sums {
        Sums::of(self.lines.iter().map(|line| line.value))
    }

    /// Every organisation named, with the path of the field that names it.
    pub fn organisations(&self) -> impl Iterator<Item = (String, &OrganisationName)> {
        let exporter = std::iter::once(("exporter".to_owned(), &self.exporter));
        let of_record =
            self.exporter_of_record.iter().map(|n| ("exporter_of_record".to_owned(), n));
        let consignee = self.consignee.iter().map(|n| ("consignee".to_owned(), n));
        let producers = self.shares().filter_map(|(path, share)| {
            Some((format!("{path}.producer"), share.maker.producer()?))
        });
        exporter.chain(of_record).chain(consignee).chain(producers)
    }

    /// Every product named, with the path of the field that names it.
    pub fn products(&self) -> impl Iterator<Item = (String, &ProductName)> {
        let named = self.lines.iter().enumerate();
        named.filter_map(|(line, goods)| {
            Some((format!("lines[{line}].product"), goods.product.as_ref()?))
        })
    }

    /// Checks that every product is one that the shipment may hold: of its exporter, of its
    /// exporter of record or of a producer that shares the line.
    ///
    /// # Errors
    /// `product.organisation` at every product that is not.
    pub fn check_products(&self) -> Result<(), Vec<Violation>> {
        let mut checks = Checks::new();
        for (index, line) in self.lines.iter().enumerate() {
            let Some(product) = &line.product else { continue };
            let producers = line.shares.iter().filter_map(|share| share.maker.producer());
            let mut makers = producers.chain(&self.exporter_of_record).chain([&self.exporter]);
            let is_own = makers.any(|maker| maker.organisation == product.organisation);
            checks.ensure(is_own, format!("lines[{index}].product"), || {
                let expected = "a product of the exporter or of a producer of the line";
                RuleBroken::expected("product.organisation", expected, product)
            });
        }
        checks.finish(())
    }

    /// Every village named.
    pub fn villages(&self) -> impl Iterator<Item = &VillageCode> {
        self.shares().filter_map(|(_, share)| share.maker.village())
    }

    fn shares(&self) -> impl Iterator<Item = (String, &Share)> {
        self.lines.iter().enumerate().flat_map(|(line, goods)| {
            let path = move |share: usize| format!("lines[{line}].shares[{share}]");
            goods.shares.iter().enumerate().map(move |(index, share)| (path(index), share))
        })
    }

    /// The chapters of the lines' HS codes, sorted, each once.
    pub fn hs_chapters(&self) -> BTreeSet<&str> {
        self.lines.iter().filter_map(|line| line.hs_code.as_ref()).map(|hs| hs.chapter()).collect()
    }

    /// Checks that nothing is missing that a confirmed shipment must have: what every line needs,
    /// and at least one unit.
    ///
    /// # Errors
    /// `field.missing` for every absent field at once.
    pub fn check_complete(&self) -> Result<(), Vec<Violation>> {
        let mut checks = Checks::new();
        for (index, line) in self.lines.iter().enumerate() {
            checks.keep_part(&format!("lines[{index}]"), line.check_complete());
        }
        checks.ensure(!self.units.is_empty(), "units", RuleBroken::missing);
        checks.finish(())
    }
}

/// Why a shipment was updated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeReason {
    /// When.
    pub time: Timestamp,
    /// By whom.
    pub actor: String,
    /// Why.
    pub reason: String,
}

/// A shipment on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipment {
    /// Its name.
    pub name: ShipmentName,
    /// Version, times, provenance.
    pub meta: Meta,
    /// Where it stands.
    pub lifecycle: Lifecycle,
    /// What was said.
    pub facts: ShipmentFacts,
    /// The value of the lines per currency.
    pub values: Sums,
    /// The organisations, products and villages it names, as they were.
    pub parties: Parties,
    /// Why it was updated, where that was said, oldest first.
    #[serde(alias = "line_changes")]
    pub change_reasons: Vec<ChangeReason>,
    /// Why it was cancelled; empty when it was not or nobody said.
    pub cancel_reason: String,
}

impl Shipment {
    /// A new draft.
    ///
    /// # Errors
    /// `sum.overflow` at `lines` when their values do not fit.
    pub fn draft(
        name: ShipmentName,
        facts: ShipmentFacts,
        provenance: Provenance,
        parties: Parties,
        now: Timestamp,
    ) -> Result<Self, Vec<Violation>> {
        Ok(Self {
            name,
            meta: Meta::new(now, provenance),
            lifecycle: Lifecycle::draft(),
            values: sum_lines(&facts)?,
            facts,
            parties,
            change_reasons: Vec::new(),
            cancel_reason: String::new(),
        })
    }

    /// The state.
    pub fn state(&self) -> State {
        self.lifecycle.state()
    }

    /// The value tier.
    pub fn tier(&self) -> Option<Tier> {
        self.lifecycle.tier(self.peb().is_some())
    }

    /// The date of the tier REALISED: when it was loaded; none while it is not REALISED.
    pub fn realised_date(&self) -> Option<Date> {
        self.lifecycle.loaded_date().filter(|_| self.tier() == Some(Tier::Realised))
    }

    /// The registration of its declaration.
    pub fn peb(&self) -> Option<&Peb> {
        self.facts.declaration.peb()
    }

    /// The exporter's village; shipments are scoped by it.
    pub fn region(&self) -> Option<&VillageCode> {
        self.parties.organisations.get(&self.facts.exporter)?.village.as_ref()
    }

    /// DRAFT becomes READY.
    ///
    /// # Errors
    /// [`Refusal::StateForbids`] unless it is DRAFT; `field.missing` for every absent field.
    pub fn confirmed(&self, now: Timestamp) -> Result<Self, Refusal> {
        let lifecycle = self.lifecycle.confirm();
        let lifecycle = lifecycle.map_err(|no| no.refuse(&self.name, "ConfirmShipment"))?;
        self.facts.check_complete().map_err(|missing| {
            let under = |violation: Violation| violation.under("shipment");
            Refusal::Invalid(missing.into_iter().map(under).collect())
        })?;
        Ok(self.moved(lifecycle, now))
    }

    /// DRAFT or READY becomes CANCELLED.
    ///
    /// # Errors
    /// [`Refusal::StateForbids`] from any other state.
    pub fn cancelled(&self, reason: &str, now: Timestamp) -> Result<Self, Refusal> {
        let lifecycle = self.lifecycle.cancel();
        let lifecycle = lifecycle.map_err(|no| no.refuse(&self.name, "CancelShipment"))?;
        Ok(Self { cancel_reason: reason.to_owned(), ..self.moved(lifecycle, now) })
    }

    /// Left at its release.
    ///
    /// # Errors
    /// [`Refusal::StateForbids`] before READY and once CANCELLED.
    pub fn released(&self, action: &str, now: Timestamp) -> Result<Self, Refusal> {
        let lifecycle = self.lifecycle.released().map_err(|no| no.refuse(&self.name, action))?;
        Ok(self.moved(lifecycle, now))
    }

    /// Checks that a milestone may be recorded.
    ///
    /// # Errors
    /// [`Refusal::StateForbids`] once CANCELLED, for an actual one also before READY.
    pub fn check_milestone(&self, classifier: Classifier, action: &str) -> Result<(), Refusal> {
        let checked = self.lifecycle.check_milestone(classifier);
        checked.map_err(|no| no.refuse(&self.name, action))
    }

    /// The shipment when this is what happened; none when neither state nor tier, nor the date of
    /// either, can depend on what is new of it.
    pub fn following(&self, progress: Progress, now: Timestamp) -> Option<Self> {
        let lifecycle = self.lifecycle.following(progress);
        (lifecycle != self.lifecycle).then(|| self.moved(lifecycle, now))
    }

    /// Whether its state or tier has fallen back since.
    pub fn is_behind(&self, before: &Self) -> bool {
        self.state() < before.state() || self.tier() < before.tier()
    }

    fn moved(&self, lifecycle: Lifecycle, now: Timestamp) -> Self {
        Self { lifecycle, meta: self.meta.touched(now), ..self.clone() }
    }
}

/// The value of the lines per currency.
///
/// # Errors
/// `sum.overflow` at `lines`.
pub(super) fn sum_lines(facts: &ShipmentFacts) -> Result<Sums, Vec<Violation>> {
    let values = facts.values();
    values.check_range().map_err(|overflow| {
        vec![RuleBroken::new("sum.overflow", overflow.to_string()).at("lines")]
    })?;
    Ok(values)
}
