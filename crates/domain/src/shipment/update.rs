//! What may change in a shipment, and when.
//!
//! Rule: everything in DRAFT, nothing once CANCELLED. From READY on the goods are those that were
//! confirmed: their number and order stay, a changed line needs a reason, and what was required to
//! confirm stays required.

use super::{
    consignment::{ChangeReason, Shipment, ShipmentFacts, sum_lines},
    lifecycle::State,
    line::Line,
    party::Parties,
};
use crate::{
    provenance::Provenance,
    refusal::{Refusal, RuleBroken, Violation},
    time::Timestamp,
};

const ACTION: &str = "UpdateShipment";

/// New facts for a shipment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// What is said now.
    pub facts: ShipmentFacts,
    /// Where it comes from.
    pub provenance: Provenance,
    /// Why, empty when nobody said.
    pub reason: String,
}

impl Shipment {
    /// The shipment with new facts; none when they are those it has.
    ///
    /// # Errors
    /// [`Refusal::StateForbids`] naming the field that may not change; `field.missing` at `reason`
    /// or at what a confirmed shipment must have; `sum.overflow`.
    pub fn updated(
        &self,
        update: Update,
        parties: Parties,
        actor: &str,
        now: Timestamp,
    ) -> Result<Option<Self>, Refusal> {
        if update.facts == self.facts && update.provenance == self.meta.provenance {
            return Ok(None);
        }
        self.check_allowed(&update)?;
        let mut after = Self { meta: self.meta.touched(now), ..self.clone() };
        after.values = sum_lines(&update.facts).map_err(placed)?;
        if !update.reason.is_empty() {
            let (time, actor) = (after.meta.update_time, actor.to_owned());
            after.change_reasons.push(ChangeReason { time, actor, reason: update.reason });
        }
        after.facts = update.facts;
        after.parties = parties;
        after.meta.provenance = update.provenance;
        Ok(Some(after))
    }

    fn check_allowed(&self, update: &Update) -> Result<(), Refusal> {
        match self.state() {
            State::Draft => Ok(()),
            State::Cancelled => Err(self.forbid("a cancelled shipment does not change".to_owned())),
            _ => {
                self.check_fixed(&update.facts)?;
                self.check_lines(&update.facts.lines, &update.reason)?;
                update.facts.check_complete().map_err(placed)
            }
        }
    }

    /// Names every field that changes though it may not. Destructured whole: a new field must be
    /// put on one side or the other.
    fn check_fixed(&self, after: &ShipmentFacts) -> Result<(), Refusal> {
        let ShipmentFacts {
            release,
            exporter,
            exporter_of_record,
            incoterm,
            destination,
            consignee: _,
            port_of_loading: _,
            port_of_discharge: _,
            lines: _,
            units: _,
            declaration: _,
            origin_proof: _,
        } = &self.facts;
        let fixed = [
            ("release", *release == after.release),
            ("exporter", *exporter == after.exporter),
            ("exporter_of_record", *exporter_of_record == after.exporter_of_record),
            ("incoterm", *incoterm == after.incoterm),
            ("destination_region_code", *destination == after.destination),
        ];
        let changed: Vec<_> =
            fixed.iter().filter(|(_, same)| !same).map(|(field, _)| *field).collect();
        if changed.is_empty() {
            return Ok(());
        }
        Err(self.forbid(format!("{} may change only in DRAFT", changed.join(", "))))
    }

    fn check_lines(&self, after: &[Line], reason: &str) -> Result<(), Refusal> {
        let before = &self.facts.lines;
        if after.len() != before.len() {
            let (from, to) = (before.len(), after.len());
            return Err(self.forbid(format!("lines: their number is fixed, {from} to {to}")));
        }
        if after == before {
            return Ok(());
        }
        if is_reordered(before, after) {
            return Err(self.forbid("lines: their order is fixed".to_owned()));
        }
        if reason.is_empty() {
            return Err(Refusal::field("reason", RuleBroken::missing()));
        }
        Ok(())
    }

    fn forbid(&self, detail: String) -> Refusal {
        Refusal::StateForbids {
            resource: self.name.to_string(),
            state: self.state().to_string(),
            action: ACTION.to_owned(),
            detail,
        }
    }
}

/// Whether the same lines stand in another order.
fn is_reordered(before: &[Line], after: &[Line]) -> bool {
    let mut left: Vec<&Line> = before.iter().collect();
    after.iter().all(|line| {
        let place = left.iter().position(|other| *other == line);
        place.map(|place| left.swap_remove(place)).is_some()
    })
}

fn placed(violations: Vec<Violation>) -> Refusal {
    Refusal::Invalid(violations.into_iter().map(|violation| violation.under("shipment")).collect())
}
