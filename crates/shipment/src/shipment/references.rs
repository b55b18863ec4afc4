//! What a shipment refers to: organisations and products of the registry, a release, a customs
//! declaration, and the arrival that a proof of origin must not be younger than.

use devisa_domain::{
    money::Sums,
    name::ReleaseName,
    refusal::{Checks, Refusal, RuleBroken},
    shipment::{Release, Shipment, ShipmentFacts, party::Parties, totals},
    time::Date,
};
use devisa_ledger::{Change, Error, GuardSeen};
use devisa_proto::convert::shipment::consignment::ShipmentReferences;
use devisa_server::Caller;

use super::rows::{holder_of_peb, value_of_others};
use crate::{Handlers, milestone, release, store};

/// What was found of that which a shipment newly refers to.
#[derive(Clone, Debug, Default)]
pub(super) struct References {
    /// The organisations and products that exist, of those it did not name before.
    found: Parties,
    /// The release it joins.
    joins: Option<Joined>,
    /// What the others of its release are worth, when it joins one or is worth something else.
    others: Option<Others>,
    /// The registration it declares.
    peb: Option<DeclaredPeb>,
    /// When it arrived, where it newly has a proof of origin.
    arrival: Option<Arrival>,
}

#[derive(Clone, Debug)]
struct Joined {
    name: ReleaseName,
    release: Option<Release>,
}

#[derive(Clone, Debug)]
struct Others {
    value: Sums,
    guard: GuardSeen,
}

#[derive(Clone, Debug)]
struct DeclaredPeb {
    number: String,
    holder: Option<String>,
    guard: GuardSeen,
}

#[derive(Clone, Debug)]
struct Arrival {
    date: Option<Date>,
    guard: GuardSeen,
}

impl Handlers {
    /// Looks up what `facts` refers to, beyond what the shipment referred to before. The registry
    /// is asked only about organisations and products that are new.
    ///
    /// # Errors
    /// [`Refusal::UpstreamUnavailable`].
    pub(super) async fn references(
        &self,
        caller: &Caller,
        name: &impl ToString,
        facts: &ShipmentFacts,
        before: Option<&Shipment>,
    ) -> Result<References, Error> {
        let known = before.map(|before| before.parties.clone()).unwrap_or_default();
        let others = match &facts.release {
            Some(release) if before.is_none_or(|b| moves_total(&b.facts, facts)) => {
                Some(self.others(release, name).await?)
            }
            _ => None,
        };
        let joins = match &facts.release {
            Some(release) if before.is_none_or(|b| b.facts.release.as_ref() != Some(release)) => {
                Some(self.joined(release).await?)
            }
            _ => None,
        };
        let peb = match facts.declaration.peb() {
            Some(peb) if before.is_none_or(|before| before.peb() != Some(peb)) => {
                Some(self.declared(&peb.to_string(), &name.to_string()).await?)
            }
            _ => None,
        };
        let arrival = match before {
            Some(before) if before.facts.origin_proof != facts.origin_proof => {
                Some(self.arrival(name).await?)
            }
            _ => None,
        };
        let found = self.registry.unknown(caller, facts, &known).await?;
        Ok(References { found, joins, others, peb, arrival })
    }

    /// What a shipment that cannot be read names although it does not exist, beyond what it named
    /// before.
    pub(super) async fn also_absent(
        &self,
        caller: &Caller,
        named: &ShipmentReferences,
        before: Option<&Shipment>,
    ) -> Result<Option<Refusal>, Error> {
        let known = before.map(|before| before.parties.clone()).unwrap_or_default();
        let found = self.registry.named(caller, named, &known).await?;
        let mut checks = Checks::new();
        let joined = before.and_then(|before| before.facts.release.as_ref());
        if let Some(release) = named.release.as_ref().filter(|release| joined != Some(release)) {
            let exists = store::find::<release::Entity>(&self.ledger, release).await?.is_some();
            checks.ensure(exists, "shipment.release", || RuleBroken::absent(release));
        }
        for (path, name) in &named.organisations {
            let exists = [&known, &found].iter().any(|of| of.organisations.contains_key(name));
            checks.ensure(exists, format!("shipment.{path}"), || RuleBroken::absent(name));
        }
        for (path, name) in &named.products {
            let exists = [&known, &found].iter().any(|of| of.products.contains_key(name));
            checks.ensure(exists, format!("shipment.{path}"), || RuleBroken::absent(name));
        }
        Ok(checks.finish(()).err().map(Refusal::from))
    }

    async fn others(&self, release: &ReleaseName, name: &impl ToString) -> Result<Others, Error> {
        let guard = self.ledger.guard(release::members_guard(release, name)).await?;
        let (release, name) = (release.to_string(), name.to_string());
        let value = value_of_others(&self.ledger, &release, &name).await?;
        Ok(Others { value, guard })
    }

    async fn joined(&self, name: &ReleaseName) -> Result<Joined, Error> {
        let release = store::find::<release::Entity>(&self.ledger, name).await?;
        Ok(Joined { name: name.clone(), release })
    }

    async fn arrival(&self, name: &impl ToString) -> Result<Arrival, Error> {
        let guard = self.ledger.guard(milestone::guard_of(name)).await?;
        let date = milestone::timeline(&self.ledger, name).await?.arrival_date();
        Ok(Arrival { date, guard })
    }

    async fn declared(&self, peb: &str, name: &str) -> Result<DeclaredPeb, Error> {
        let guard = self.ledger.guard(format!("peb/{peb}")).await?;
        let holder = holder_of_peb(&self.ledger, peb, name).await?;
        Ok(DeclaredPeb { number: peb.to_owned(), holder, guard })
    }
}

/// Whether a shipment's new facts move the total of a release.
fn moves_total(before: &ShipmentFacts, after: &ShipmentFacts) -> bool {
    (&before.release, &before.lines) != (&after.release, &after.lines)
}

impl References {
    /// Checks that everything exists and may be referred to; answers the copies that the shipment
    /// keeps.
    ///
    /// # Errors
    /// At once: `reference.exists` and `exporter.role` at every field concerned,
    /// `release_value.maximum` at `shipment.lines`, `issue_date.after_arrival` at
    /// `shipment.origin_proof.issue_date`; [`Refusal::StateForbids`] when the release is not
    /// PLANNED; [`Refusal::Exists`] naming the shipment that has the registration.
    pub(super) fn check(
        &self,
        facts: &ShipmentFacts,
        before: Option<&Shipment>,
        action: &str,
    ) -> Result<Parties, Refusal> {
        let known = before.map(|before| before.parties.clone()).unwrap_or_default();
        let parties = known.renewed(&self.found, facts);
        let mut checks = Checks::new();
        if let Some(Joined { name, release: None, .. }) = &self.joins {
            checks.push(RuleBroken::absent(name).at("shipment.release"));
        }
        for (path, name) in facts.organisations() {
            let exists = parties.organisations.contains_key(name);
            checks.ensure(exists, format!("shipment.{path}"), || RuleBroken::absent(name));
        }
        for (path, name) in facts.products() {
            let exists = parties.products.contains_key(name);
            checks.ensure(exists, format!("shipment.{path}"), || RuleBroken::absent(name));
        }
        let changed = before.is_none_or(|before| before.facts.exporter != facts.exporter);
        if let Some(exporter) = parties.organisations.get(&facts.exporter).filter(|_| changed) {
            checks.keep("shipment.exporter", exporter.check_exports());
        }
        // A shipment that is too large by itself is refused by its own rule.
        let values = facts.values();
        if let (Some(others), Ok(())) = (&self.others, values.check_range()) {
            checks.keep("shipment.lines", totals::check_value(&others.value, &values));
        }
        if let (Some(arrival), Some(proof)) = (&self.arrival, &facts.origin_proof) {
            checks.keep("shipment.origin_proof.issue_date", proof.check_issued(arrival.date));
        }
        let broken = checks.finish(()).err().map(Refusal::from);
        match Refusal::together(broken.into_iter().chain(self.closed(action)).chain(self.taken())) {
            Some(refusal) => Err(refusal),
            None => Ok(parties),
        }
    }

    /// That the release no longer takes shipments.
    fn closed(&self, action: &str) -> Option<Refusal> {
        let joins = self.joins.as_ref().and_then(|joined| joined.release.as_ref());
        let release = joins.filter(|release| !release.is_planned())?;
        let refusal = Refusal::StateForbids {
            resource: release.name.to_string(),
            state: release.state.to_string(),
            action: action.to_owned(),
            detail: "shipments join a release only while it is PLANNED".to_owned(),
        };
        Some(refusal.under("shipment.release"))
    }

    /// That another shipment has the registration.
    fn taken(&self) -> Option<Refusal> {
        let DeclaredPeb { number, holder, .. } = self.peb.as_ref()?;
        let field = "shipment.declaration.peb_number";
        let expected = "a registration of no other shipment";
        Some(Refusal::taken(field, "peb_number.taken", expected, number, holder.as_ref()?))
    }

    /// Rests a change on what was checked.
    pub(super) fn guard(&self, mut change: Change) -> Change {
        if let Some(others) = &self.others {
            change = change.guard(&others.guard);
        }
        if let Some(Joined { name, release: Some(release) }) = &self.joins {
            change = change.rests_on::<release::Entity>(name, release.meta.version);
        }
        if let Some(arrival) = &self.arrival {
            change = change.guard(&arrival.guard);
        }
        match &self.peb {
            Some(peb) => change.guard(&peb.guard),
            None => change,
        }
    }
}
