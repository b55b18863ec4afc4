//! What decisions about deals depend on, read before they are taken.
//!
//! Loading asks the registry only for what the decision will need: it runs the decision's own first
//! steps on the deal as it is, and where those refuse, nothing more is asked. The decision then
//! refuses for the same reason.

use std::collections::BTreeSet;

use devisa_domain::{
    deal::{Deal, DealDraft, Deed, plausibility},
    name::{DealName, SessionName},
    refusal::{Refusal, RuleBroken, Violation},
};
use devisa_ledger::{Error, GuardSeen};
use devisa_proto::{
    convert::deal::{
        agreement::{DealReferences, parse_deal, parse_deal_name, render_deal},
        transition::{EndDeal, ReviewDeal, SignDeal, UpdateDeal},
    },
    deal::v1::UpdateDealRequest,
    mask::Said,
};
use devisa_server::Caller;

use super::{
    decide,
    rows::{Entity, signed_of},
};
use crate::{Handlers, session, store};

/// What a deal's creation depends on.
#[derive(Clone, Debug)]
pub(super) struct NewDeal {
    /// Its name is taken.
    pub(super) is_taken: bool,
    /// Which of the resources it names do not exist.
    pub(super) absent: Vec<Violation>,
}

/// What a change of a deal depends on.
#[derive(Clone, Debug)]
pub(super) struct Existing {
    /// The deal as it is.
    pub(super) deal: Deal,
    /// Which of the resources that it shall name do not exist.
    pub(super) absent: Vec<Violation>,
    /// What the evaluation of its sessions takes, where the change calls for one.
    pub(super) surroundings: Option<Surroundings>,
}

/// The sessions that a change touches, and what is known about all deals in question.
#[derive(Clone, Debug, Default)]
pub(super) struct Surroundings {
    /// The sessions, by name.
    pub(super) sessions: Vec<SessionDeals>,
    /// Sizes and rates.
    pub(super) known: plausibility::Known,
}

/// The signed deals of a session.
#[derive(Clone, Debug)]
pub(super) struct SessionDeals {
    /// The session.
    pub(super) name: SessionName,
    /// Moves whenever a deal of the session is signed, ended, corrected, moved in or moved out.
    pub(super) guard: GuardSeen,
    /// Its signed deals, but for the one that is being changed.
    pub(super) others: Vec<Deal>,
}

impl Existing {
    /// The deal alone: nothing else is needed to decide.
    fn unasked(deal: Deal) -> Self {
        Self { deal, absent: Vec::new(), surroundings: None }
    }

    /// What the evaluation takes.
    ///
    /// # Errors
    /// [`Refusal::Contention`] when it was not loaded, which only a clock that went back between
    /// loading and deciding explains: a deal is never signed without being evaluated.
    pub(super) fn surroundings(&self) -> Result<&Surroundings, Refusal> {
        let resource = || self.deal.name().to_string();
        self.surroundings.as_ref().ok_or_else(|| Refusal::Contention { resource: resource() })
    }
}

impl Handlers {
    pub(super) async fn load_new_deal(
        &self,
        caller: &Caller,
        draft: &DealDraft,
    ) -> Result<NewDeal, Error> {
        let is_taken = store::find::<Entity>(&self.ledger, &draft.name).await?.is_some();
        let absent = match is_taken {
            false => self.absent(caller, &DealReferences::from(&draft.stated.facts)).await?,
            true => Vec::new(),
        };
        Ok(NewDeal { is_taken, absent })
    }

    /// What a deal that cannot be read names although it does not exist.
    pub(super) async fn also_absent(
        &self,
        caller: &Caller,
        named: &DealReferences,
    ) -> Result<Option<Refusal>, Error> {
        let absent = self.absent(caller, named).await?;
        Ok((!absent.is_empty()).then_some(Refusal::Invalid(absent)))
    }

    /// What else is wrong with an update that cannot be read.
    pub(super) async fn also_wrong(
        &self,
        caller: &Caller,
        asked: &UpdateDealRequest,
    ) -> Result<Option<Refusal>, Error> {
        let Some(patch) = &asked.deal else { return Ok(None) };
        let name = parse_deal_name(&patch.name);
        let found = store::find_if_named::<Entity>(&self.ledger, name).await?;
        let Some(deal) = found else { return Ok(None) };
        let before = render_deal(&deal);
        let said = Said::of(asked.update_mask.as_ref(), &before, patch);
        let named = DealReferences::of(&said.message).beyond(deal.facts());
        let absent = self.also_absent(caller, &named).await.ok().flatten();
        Ok(said.faults(parse_deal(&said.message).err().into_iter().chain(absent)))
    }

    pub(super) async fn load_update(
        &self,
        caller: &Caller,
        command: &UpdateDeal,
    ) -> Result<Existing, Error> {
        let deal = store::get::<Entity>(&self.ledger, &command.name).await?;
        let after = match decide::updated(&deal, command, self.deed(caller)) {
            Ok(Some(after)) => Some(after),
            Err(refusal) if refusal.is_of_fields() => None,
            Ok(None) | Err(_) => return Ok(Existing::unasked(deal)),
        };
        let named = DealReferences::of(&decide::merged(&deal, command)).beyond(deal.facts());
        let absent = self.absent(caller, &named).await?;
        let moved = after.filter(|after| absent.is_empty() && decide::moves(&deal, after));
        let surroundings = match moved {
            Some(after) => Some(self.surroundings(caller, &deal, &after).await?),
            None => None,
        };
        Ok(Existing { deal, absent, surroundings })
    }

    pub(super) async fn load_signature(
        &self,
        caller: &Caller,
        command: &SignDeal,
    ) -> Result<Existing, Error> {
        let deal = store::get::<Entity>(&self.ledger, &command.name).await?;
        let signed = decide::signed(&deal, command, self.deed(caller));
        self.existing(caller, deal, signed).await
    }

    pub(super) async fn load_review(
        &self,
        caller: &Caller,
        command: &ReviewDeal,
    ) -> Result<Existing, Error> {
        let deal = store::get::<Entity>(&self.ledger, &command.name).await?;
        if !decide::corrects(command) {
            return Ok(Existing::unasked(deal));
        }
        let corrected = decide::reviewed(&deal, command, self.deed(caller));
        self.existing(caller, deal, corrected).await
    }

    pub(super) async fn load_end(
        &self,
        caller: &Caller,
        command: &EndDeal,
        end: decide::End,
    ) -> Result<Existing, Error> {
        let deal = store::get::<Entity>(&self.ledger, &command.name).await?;
        let ended = decide::ended(&deal, command, end, self.deed(caller));
        self.existing(caller, deal, ended).await
    }

    async fn existing(
        &self,
        caller: &Caller,
        deal: Deal,
        after: Result<Deal, Refusal>,
    ) -> Result<Existing, Error> {
        let Ok(after) = after else { return Ok(Existing::unasked(deal)) };
        let surroundings = Some(self.surroundings(caller, &deal, &after).await?);
        Ok(Existing { deal, absent: Vec::new(), surroundings })
    }

    fn deed<'a>(&self, caller: &'a Caller) -> Deed<'a> {
        Deed { now: self.ledger.clock().now(), actor: &caller.principal }
    }

    /// The sessions that the change from `before` to `after` touches, and what is known.
    async fn surroundings(
        &self,
        caller: &Caller,
        before: &Deal,
        after: &Deal,
    ) -> Result<Surroundings, Error> {
        let touched: BTreeSet<_> = [before, after].into_iter().filter_map(Deal::session).collect();
        let mut sessions = Vec::with_capacity(touched.len());
        for name in touched {
            sessions.push(self.session_deals(name, before.name()).await?);
        }
        let others = sessions.iter().flat_map(|session| &session.others);
        let all = || others.clone().chain([after]);
        let sellers = all().map(|deal| deal.facts().seller.clone()).collect();
        let needed = plausibility::needed_rates(all());
        let known = plausibility::Known {
            sizes: self.registry.size_classes(caller, &sellers).await?,
            rates: self.registry.official_rates(caller, &needed).await?,
        };
        Ok(Surroundings { sessions, known })
    }

    async fn session_deals(
        &self,
        name: &SessionName,
        but: &DealName,
    ) -> Result<SessionDeals, Error> {
        // The guard first: what is signed between the two reads then makes it move.
        let guard = self.ledger.guard(name.to_string()).await?;
        let mut others = signed_of(&self.ledger, name).await?;
        others.retain(|deal| deal.name() != but);
        Ok(SessionDeals { name: name.clone(), guard, others })
    }

    /// Which of the resources that are named do not exist.
    async fn absent(
        &self,
        caller: &Caller,
        named: &DealReferences,
    ) -> Result<Vec<Violation>, Error> {
        let mut violations = Vec::new();
        if let Some(name) = &named.session
            && store::find::<session::Entity>(&self.ledger, name).await?.is_none()
        {
            violations.push(RuleBroken::absent(name).at("deal.session"));
        }
        let parties = [("seller", &named.seller), ("buyer", &named.buyer)];
        let parties = parties.into_iter().filter_map(|(field, name)| Some((field, name.as_ref()?)));
        let names = parties.clone().map(|(_, name)| name);
        let unknown = self.registry.absent(caller, names).await?;
        let unknown = parties.filter(|(_, name)| unknown.contains(name));
        let at = |(field, name): (&str, _)| RuleBroken::absent(name).at(format!("deal.{field}"));
        violations.extend(unknown.map(at));
        Ok(violations)
    }
}
