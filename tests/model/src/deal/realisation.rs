//! Realisations, and what becomes of them as shipments go on.

use std::collections::BTreeMap;

use devisa_proto::common::v1::Tier;
use devisa_proto::{
    deal::v1::{
        CreateRealisationRequest, DeleteRealisationRequest, Realisation, realisation::State,
    },
    shipment::v1::shipment::State as ShipmentState,
};
use tonic::Code;

use super::{Deals, Shipped, plausibility::is_signed};
use crate::{
    answer::{Answer, Faults, Refused},
    keeper::Moment,
    money::{cents, of_cents},
    registry::parent,
    resource::{Resource, check_free, check_parent, get, wire_time},
    shipment::Shipments,
};

fn mismatch(field: &str) -> Refused {
    const REASON: &str = "CURRENCY_MISMATCH";
    let fields = vec![(field.to_owned(), REASON.to_owned())];
    Refused { fields, ..Refused::because(Code::InvalidArgument, REASON) }
}

/// How a realisation of a shipment stands.
fn standing(shipped: &Shipped) -> State {
    match shipped {
        Shipped { realised: true, .. } => State::Realised,
        Shipped { under_way: true, stranded: false, .. } => State::Pending,
        _ => State::Freed,
    }
}

/// The realisation as it stands with this amount.
fn stood(mut realisation: Realisation, state: State, amount: i64) -> Realisation {
    let code = realisation.amount.clone().unwrap_or_default().currency_code;
    let effective = if state == State::Realised { amount } else { 0 };
    realisation.state = state.into();
    realisation.amount = Some(of_cents(amount, &code));
    realisation.effective_amount = Some(of_cents(effective, &code));
    realisation
}

fn index(realisation: &Realisation) -> usize {
    usize::try_from(realisation.line_index).unwrap_or(usize::MAX)
}

impl Deals {
    /// What is wrong with a request to draw a deal down.
    ///
    /// # Errors
    /// The violations.
    pub fn check_create_realisation(&self, request: &CreateRealisationRequest) -> Answer<()> {
        let realisation = request.realisation.clone().unwrap_or_default();
        let mut faults = Faults::default();
        faults.required(!realisation.shipment.is_empty(), "realisation.shipment");
        let place = realisation.line_index >= 0;
        faults.unless(place, "realisation.line_index", "LINE_INDEX_RANGE");
        faults.required(realisation.amount.is_some(), "realisation.amount");
        let positive = realisation.amount.is_none() || cents(realisation.amount.as_ref()) > 0;
        faults.unless(positive, "realisation.amount", "MONEY_POSITIVE");
        let absent = Refused::both(
            check_parent(&self.deals, &request.parent),
            self.check_shipment(&realisation.shipment),
        );
        Refused::telling(faults.none(), absent.map(|_| ()))
    }

    /// That a shipment is named that does not exist.
    fn check_shipment(&self, shipment: &str) -> Answer<()> {
        let mut faults = Faults::default();
        let known = shipment.is_empty() || self.shipped.contains_key(shipment);
        faults.unless(known, "realisation.shipment", "REFERENCE_EXISTS");
        faults.none()
    }

    /// Draws a deal down by a line.
    ///
    /// # Errors
    /// As the contract says.
    pub fn create_realisation(
        &mut self,
        moment: &mut Moment,
        request: &CreateRealisationRequest,
    ) -> Answer<Realisation> {
        let named = request.realisation.clone().unwrap_or_default().shipment;
        let shipment = self.check_shipment(&named);
        let deal = match get(&self.deals, &request.parent) {
            Err(absent) if shipment.is_ok() => return Err(absent),
            Err(_) => {
                let absent = check_parent(&self.deals, &request.parent);
                return Refused::both(absent, shipment).and_then(|_| Err(Refused::state()));
            }
            Ok(deal) => deal,
        };
        let name = format!("{}/realisations/{}", request.parent, request.realisation_id);
        check_free(&self.realisations, &name, "realisation_id")?;
        if !is_signed(&deal) {
            return Err(Refused::state());
        }
        let realisation = request.realisation.clone().unwrap_or_default();
        let refuse = |field: &str, rule: &str| {
            Refused::invalid(vec![(format!("realisation.{field}"), rule.to_owned())])
        };
        let shipped = self.shipped.get(&realisation.shipment);
        let shipped = shipped.ok_or_else(|| refuse("shipment", "REFERENCE_EXISTS"))?;
        if !shipped.under_way {
            return Err(Refused::state());
        }
        let line = shipped.lines.get(index(&realisation));
        let (value, producers) = line.ok_or_else(|| refuse("line_index", "LINE_INDEX_RANGE"))?;
        let amount = realisation.amount.clone().unwrap_or_default();
        let code = deal.value.clone().unwrap_or_default().currency_code;
        if amount.currency_code != code {
            return Err(mismatch("realisation.amount"));
        }
        if value.currency_code != code {
            return Err(mismatch("realisation.line_index"));
        }
        if !shipped.exporters.contains(&deal.seller) && !producers.contains(&deal.seller) {
            return Err(Refused::because(Code::FailedPrecondition, "SELLER_NOT_IN_SHIPMENT"));
        }
        let taken = self.taken(&realisation.shipment, realisation.line_index);
        if taken + cents(Some(&amount)) > cents(Some(value)) {
            return Err(Refused::because(Code::FailedPrecondition, "LINE_EXCEEDED"));
        }
        let state = standing(shipped);
        let kept = stood(realisation, state, cents(Some(&amount))).first(&name, moment.now);
        let response = self.keep_realisation(moment, "created", kept);
        self.draw(moment, &deal.name)?;
        Ok(response)
    }

    /// What of a line is taken.
    fn taken(&self, shipment: &str, line: i32) -> i64 {
        let of = |r: &&Realisation| !r.is_deleted() && r.shipment == shipment;
        let all = self.realisations.values().filter(of);
        all.filter(|r| r.line_index == line).map(|r| cents(r.amount.as_ref())).sum()
    }

    /// Hides a realisation.
    ///
    /// # Errors
    /// As the contract says.
    pub fn delete_realisation(
        &mut self,
        moment: &mut Moment,
        request: &DeleteRealisationRequest,
    ) -> Answer<Realisation> {
        let current = get(&self.realisations, &request.name)?;
        if current.is_deleted() {
            return Err(Refused::absent(&request.name));
        }
        current.check_etag(&request.etag)?;
        let mut next = current.clone().after(&current, moment.now);
        next.delete_time = Some(wire_time(next.updated()));
        let response = self.keep_realisation(moment, "deleted", next);
        self.draw(moment, parent(&request.name))?;
        Ok(response)
    }

    /// Realised and pending of a deal.
    pub(super) fn drawn_by(&self, deal: &str) -> [i64; 2] {
        let all = self.realisations.values();
        let all = all.filter(|r| !r.is_deleted() && parent(&r.name) == deal);
        let (mut realised, mut pending) = (0, 0);
        for realisation in all {
            match realisation.state() {
                State::Realised => realised += cents(realisation.amount.as_ref()),
                State::Pending => pending += cents(realisation.amount.as_ref()),
                _ => {}
            }
        }
        [realised, pending]
    }

    /// Hears how shipments are now.
    ///
    /// # Errors
    /// None.
    pub fn follow(&mut self, moment: &mut Moment, shipments: &Shipments) -> Answer<()> {
        let mut moved = BTreeMap::new();
        for (name, shipment) in &shipments.shipments {
            let draft = matches!(shipment.state(), ShipmentState::Draft | ShipmentState::Cancelled);
            let producers = |line: &devisa_proto::shipment::v1::ShipmentLine| {
                line.shares.iter().map(|share| share.producer.clone()).collect()
            };
            let lines = shipment.lines.iter();
            let shipped = Shipped {
                exporters: vec![shipment.exporter.clone(), shipment.exporter_of_record.clone()],
                lines: lines.map(|l| (l.value.clone().unwrap_or_default(), producers(l))).collect(),
                under_way: !draft,
                realised: shipment.tier() == Tier::Realised,
                stranded: shipments.is_stranded(name),
            };
            self.fit(name, &shipped, &mut moved);
            self.shipped.insert(name.clone(), shipped);
        }
        for deal in self.deals.keys().cloned().collect::<Vec<_>>() {
            let own = moved.iter().filter(|(name, _)| parent(name) == deal);
            for (name, (lowered, next)) in own {
                let before = get(&self.realisations, name)?;
                let next: Realisation = Realisation::clone(next).after(&before, moment.now);
                self.keep_realisation(moment, if *lowered { "lowered" } else { "settled" }, next);
            }
            self.draw(moment, &deal)?;
        }
        Ok(())
    }

    /// What becomes of a shipment's realisations: the older ones keep what fits.
    fn fit(
        &self,
        shipment: &str,
        shipped: &Shipped,
        moved: &mut BTreeMap<String, (bool, Realisation)>,
    ) {
        let of = |r: &&Realisation| !r.is_deleted() && r.shipment == shipment;
        let mut oldest: Vec<_> = self.realisations.values().filter(of).collect();
        oldest.sort_by_key(|r| (r.created(), r.name.clone()));
        let mut taken = BTreeMap::<usize, i64>::new();
        for realisation in oldest {
            let amount = cents(realisation.amount.as_ref());
            let code = &realisation.amount.clone().unwrap_or_default().currency_code;
            let line = shipped.lines.get(index(realisation)).map(|(value, _)| value);
            let worth = line.filter(|value| value.currency_code == *code);
            let taken = taken.entry(index(realisation)).or_default();
            let fits = amount.min(cents(worth) - *taken).max(0);
            *taken += fits;
            let next = stood(realisation.clone(), standing(shipped), fits);
            if next != *realisation {
                moved.insert(next.name.clone(), (fits != amount, next));
            }
        }
    }

    fn keep_realisation(
        &mut self,
        moment: &mut Moment,
        what: &str,
        realisation: Realisation,
    ) -> Realisation {
        self.realisations.insert(realisation.name.clone(), realisation.clone());
        moment.tell(&format!("realisation.{what}"), &realisation);
        realisation
    }

    /// What must always hold: of each deal, its value is what is realised, pending, closed and
    /// open; and no line is realised beyond its value.
    ///
    /// # Errors
    /// What does not hold.
    pub fn conserved(&self) -> Result<(), String> {
        for deal in self.deals.values() {
            let parts = [&deal.realised, &deal.pending, &deal.closed, &deal.balance];
            let sum: i64 = parts.map(|money| cents(money.as_ref())).iter().sum();
            if sum != cents(deal.value.as_ref()) {
                return Err(format!("its parts do not come to its value: {deal:#?}"));
            }
        }
        for (name, shipped) in &self.shipped {
            for (line, (value, _)) in shipped.lines.iter().enumerate() {
                let taken = self.taken(name, i32::try_from(line).unwrap_or(i32::MAX));
                if taken > cents(Some(value)) {
                    return Err(format!("line {line} of {name} is exceeded: {taken} of {value:?}"));
                }
            }
        }
        Ok(())
    }
}
