//! What decisions about realisations depend on, read before they are taken.

use std::collections::BTreeSet;

use devisa_domain::{
    deal::RealisationDraft,
    name::{DealName, RealisationName, ShipmentName},
    refusal::Refusal,
};
use devisa_ledger::Error;
use devisa_proto::deal::v1::CreateRealisationRequest;
use devisa_server::Caller;

use super::{
    decide::{self, Existing, NewRealisation},
    rows::{Entity, of_deal, of_shipments},
};
use crate::{Handlers, deal, shipped, store};

/// That the deal does not exist, beside what else does not.
fn absent_deal(deal: &DealName, also: Option<Refusal>) -> Refusal {
    let absent = Refusal::NotFound { resource: deal.to_string() };
    match also {
        Some(also) => absent.under("parent").and(also),
        None => absent,
    }
}

impl Handlers {
    /// What the shipment service says now, so that whoever has just confirmed or loaded a shipment
    /// is told what that made of the promise; where nobody answers, what was heard before.
    pub(super) async fn load_new_realisation(
        &self,
        caller: &Caller,
        draft: &RealisationDraft,
    ) -> Result<NewRealisation, Error> {
        let deal = DealName::new(draft.name.deal.clone());
        if store::find::<deal::Entity>(&self.ledger, &deal).await?.is_none() {
            let absent = self.absent_shipment(caller, &draft.shipment).await.ok().flatten();
            return Err(absent_deal(&deal, absent).into());
        }
        let known = self.read_new_realisation(draft).await?;
        if known.is_hopeless() {
            return Ok(known);
        }
        match self.shipments.ask(&self.ledger, caller, &draft.shipment).await {
            Ok(()) => self.read_new_realisation(draft).await,
            // A draft may have been confirmed since, and who confirmed it must not be told that it
            // is a draft.
            Err(Error::Refused(Refusal::UpstreamUnavailable { .. })) if known.is_settled() => {
                Ok(known)
            }
            Err(error) => Err(error),
        }
    }

    /// What a realisation that cannot be read names although it does not exist.
    pub(super) async fn also_absent_of_realisation(
        &self,
        caller: &Caller,
        asked: &CreateRealisationRequest,
    ) -> Result<Option<Refusal>, Error> {
        let deal = DealName::parse(&asked.parent);
        let deal = store::absent_parent::<deal::Entity>(&self.ledger, deal).await?;
        let named = asked.realisation.as_ref();
        let shipment = match named.map(|stated| ShipmentName::parse(&stated.shipment)) {
            Some(Ok(shipment)) => self.absent_shipment(caller, &shipment).await.ok().flatten(),
            _ => None,
        };
        Ok(Refusal::together(deal.into_iter().chain(shipment)))
    }

    /// That there is no such shipment, neither here nor where shipments are.
    async fn absent_shipment(
        &self,
        caller: &Caller,
        name: &ShipmentName,
    ) -> Result<Option<Refusal>, Error> {
        let heard = store::find::<shipped::Entity>(&self.ledger, name).await?;
        let is_known = heard.is_some_and(|shipped| shipped.facts.is_some());
        let exists = is_known || self.shipments.has(caller, name).await?;
        Ok((!exists).then(|| decide::absent_shipment(name)))
    }

    async fn read_new_realisation(
        &self,
        draft: &RealisationDraft,
    ) -> Result<NewRealisation, Error> {
        let RealisationDraft { name, shipment, .. } = draft;
        let deal = DealName::new(name.deal.clone());
        // The guard first, and the deal before its realisations.
        let guard = self.ledger.guard(shipment.to_string()).await?;
        let is_taken = store::find::<Entity>(&self.ledger, name).await?.is_some();
        let found = store::get::<deal::Entity>(&self.ledger, &deal).await?;
        let shipped = store::find::<shipped::Entity>(&self.ledger, shipment).await?;
        let of_shipment = of_shipments(&self.ledger, &BTreeSet::from([shipment.clone()])).await?;
        let of_deal = of_deal(&self.ledger, &deal).await?;
        let shipped = shipped.filter(|shipped| shipped.facts.is_some());
        Ok(NewRealisation { is_taken, guard, deal: found, of_deal, shipped, of_shipment })
    }

    pub(super) async fn load_realisation(&self, name: &RealisationName) -> Result<Existing, Error> {
        let deal = DealName::new(name.deal.clone());
        let realisation = store::get::<Entity>(&self.ledger, name).await?;
        let found = store::get::<deal::Entity>(&self.ledger, &deal).await?;
        let of_deal = of_deal(&self.ledger, &deal).await?;
        Ok(Existing { realisation, deal: found, of_deal })
    }
}
