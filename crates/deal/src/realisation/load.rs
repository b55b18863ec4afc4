//! What decisions about realisations depend on, read before they are taken.

use std::collections::BTreeSet;

use devisa_domain::{
    deal::RealisationDraft,
    name::{DealName, RealisationName},
    refusal::Refusal,
};
use devisa_ledger::Error;
use devisa_server::Caller;

use super::{
    decide::{Existing, NewRealisation},
    rows::{Entity, of_deal, of_shipments},
};
use crate::{Handlers, deal, shipped, store};

impl Handlers {
    /// What the shipment service says now, so that whoever has just confirmed or loaded a shipment
    /// is told what that made of the promise; where nobody answers, what was heard before.
    pub(super) async fn load_new_realisation(
        &self,
        caller: &Caller,
        draft: &RealisationDraft,
    ) -> Result<NewRealisation, Error> {
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
