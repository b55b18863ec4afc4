//! Shipments.

use std::collections::BTreeSet;

use devisa_proto::shipment::v1::{
    BatchGetShipmentsRequest, BatchGetShipmentsResponse, CancelShipmentRequest, ChangeReason,
    ConfirmShipmentRequest, CreateShipmentRequest, ImportShipmentsRequest, Shipment,
    UpdateShipmentRequest, release::State as ReleaseState, shipment::State,
};

use super::Shipments;
use crate::{
    answer::{Answer, Faults, Refused},
    keeper::Moment,
    money::sum,
    resource::{Resource, Taken, batch_get, check_free, check_mask, get, overlay},
    taken,
};

const FIELDS: &[Taken<Shipment>] = taken!(
    Shipment: release, exporter, exporter_of_record, consignee, incoterm, port_of_loading,
    port_of_discharge, destination_region_code, lines, units, declaration, origin_proof, provenance,
);
const OUTPUTS: &[&str] = &[
    "name",
    "state",
    "tier",
    "values",
    "etag",
    "create_time",
    "update_time",
    "cancel_reason",
    "change_reasons",
];

fn check(shipment: &Shipment) -> Answer<()> {
    let mut faults = Faults::default();
    faults.required(!shipment.exporter.is_empty(), "shipment.exporter");
    let destination = &shipment.destination_region_code;
    faults.required(!destination.is_empty(), "shipment.destination_region_code");
    faults.unless(destination != "ID", "shipment.destination_region_code", "DESTINATION_COUNTRY");
    faults.required(!shipment.lines.is_empty(), "shipment.lines");
    faults.none()
}

/// What a confirmed shipment must have.
fn check_complete(shipment: &Shipment) -> Answer<()> {
    let mut faults = Faults::default();
    for (index, line) in shipment.lines.iter().enumerate() {
        let at = |field: &str| format!("shipment.lines[{index}].{field}");
        faults.required(!line.hs_code.is_empty(), &at("hs_code"));
        faults.required(line.quantity.is_some() || line.net_kg.is_some(), &at("quantity"));
    }
    faults.required(!shipment.units.is_empty(), "shipment.units");
    faults.none()
}

fn values(mut shipment: Shipment) -> Shipment {
    shipment.values = sum(shipment.lines.iter().filter_map(|line| line.value.as_ref()));
    shipment
}

/// Whether it newly names a release.
fn joins(shipment: &Shipment, before: Option<&Shipment>) -> bool {
    !shipment.release.is_empty() && before.is_none_or(|before| before.release != shipment.release)
}

/// Every organisation named, with its field.
fn organisations(shipment: &Shipment) -> Vec<(String, String)> {
    let mut named = vec![("shipment.exporter".to_owned(), shipment.exporter.clone())];
    let record = shipment.exporter_of_record.clone();
    named.push(("shipment.exporter_of_record".to_owned(), record));
    named.push(("shipment.consignee".to_owned(), shipment.consignee.clone()));
    for (line, goods) in shipment.lines.iter().enumerate() {
        for (share, part) in goods.shares.iter().enumerate() {
            let field = format!("shipment.lines[{line}].shares[{share}].producer");
            named.push((field, part.producer.clone()));
        }
    }
    named.retain(|(_, name)| !name.is_empty());
    named
}

impl Shipments {
    /// What is wrong with a request to draft a shipment.
    ///
    /// # Errors
    /// The violations.
    pub fn check_create_shipment(&self, request: &CreateShipmentRequest) -> Answer<()> {
        self.check_new(&request.shipment.clone().unwrap_or_default(), None)
    }

    /// What is wrong with a request to change a shipment, whatever its version is.
    ///
    /// # Errors
    /// The violations.
    pub fn check_update_shipment(&self, request: &UpdateShipmentRequest) -> Answer<()> {
        let patch = request.shipment.clone().unwrap_or_default();
        let mask = request.update_mask.as_ref();
        check_mask(&self.shipments, &patch, mask, FIELDS, OUTPUTS, |next, current| {
            let absent = self.absent(next, Some(current)).none();
            Refused::both(check(next), absent).map(|_| ())
        })
    }

    /// What is wrong with a shipment by itself; and, if anything is, what it newly names that does
    /// not exist.
    fn check_new(&self, shipment: &Shipment, before: Option<&Shipment>) -> Answer<()> {
        let absent = self.absent(shipment, before).none();
        Refused::telling(check(shipment), absent)
    }

    /// What a shipment newly names that does not exist.
    fn absent(&self, shipment: &Shipment, before: Option<&Shipment>) -> Faults {
        let mut faults = Faults::default();
        let joins = joins(shipment, before);
        let known = !joins || self.releases.contains_key(&shipment.release);
        faults.unless(known, "shipment.release", "REFERENCE_EXISTS");
        let known: BTreeSet<_> =
            before.iter().flat_map(|b| organisations(b)).map(|(_, name)| name).collect();
        for (field, name) in organisations(shipment) {
            let exists = known.contains(&name) || self.organisations.contains_key(&name);
            faults.unless(exists, &field, "REFERENCE_EXISTS");
        }
        faults
    }

    /// Drafts a shipment.
    ///
    /// # Errors
    /// As the contract says.
    pub fn create_shipment(
        &mut self,
        moment: &mut Moment,
        request: &CreateShipmentRequest,
    ) -> Answer<Shipment> {
        let name = format!("shipments/{}", request.shipment_id);
        check_free(&self.shipments, &name, "shipment_id")?;
        let mut shipment = values(request.shipment.clone().unwrap_or_default());
        shipment.name.clone_from(&name);
        self.check_references(&shipment, None)?;
        shipment.state = State::Draft.into();
        let shipment = shipment.first(&name, moment.now);
        self.keep_shipment(moment, "created", shipment.clone());
        Ok(shipment)
    }

    /// What is wrong with a row of an import.
    ///
    /// # Errors
    /// The violations.
    pub fn check_import(&self, row: &ImportShipmentsRequest) -> Answer<()> {
        self.check_new(&row.shipment.clone().unwrap_or_default(), None)
    }

    /// Drafts a shipment, unless it is there with the very same facts.
    ///
    /// # Errors
    /// As the contract says.
    pub fn import(
        &mut self,
        moment: &mut Moment,
        row: &ImportShipmentsRequest,
    ) -> Answer<Shipment> {
        let ImportShipmentsRequest { shipment_id, shipment, .. } = row.clone();
        let stated = shipment.clone().unwrap_or_default();
        if let Some(current) = self.shipments.get(&format!("shipments/{shipment_id}")) {
            let all = prost_types::FieldMask { paths: vec!["*".to_owned()] };
            if overlay(current, &stated, Some(&all), FIELDS, OUTPUTS)? == *current {
                return Ok(current.clone());
            }
        }
        let create = CreateShipmentRequest { shipment_id, shipment, ..Default::default() };
        self.create_shipment(moment, &create)
    }

    /// Several shipments, all or none.
    ///
    /// # Errors
    /// As the contract says.
    pub fn batch_get(
        &self,
        request: &BatchGetShipmentsRequest,
    ) -> Answer<BatchGetShipmentsResponse> {
        let shipments = batch_get(&self.shipments, &request.names)?;
        Ok(BatchGetShipmentsResponse { shipments })
    }

    /// What a shipment newly refers to must exist, and its declaration be nobody else's.
    fn check_references(&self, shipment: &Shipment, before: Option<&Shipment>) -> Answer<()> {
        let mut faults = self.absent(shipment, before);
        let changed = before.is_none_or(|before| before.exporter != shipment.exporter);
        let exports =
            self.organisations.get(&shipment.exporter).is_none_or(|exporter| exporter.exports);
        faults.unless(!changed || exports, "shipment.exporter", "EXPORTER_ROLE");
        let release = self.releases.get(&shipment.release).filter(|_| joins(shipment, before));
        let closed = release
            .filter(|release| release.state() != ReleaseState::Planned)
            .map(|_| Refused::state().under("shipment.release"));
        let peb = |s: &Shipment| s.declaration.clone().filter(|d| !d.peb_number.is_empty());
        let holder = self.shipments.values().find(|other| {
            other.name != shipment.name
                && other.state() != State::Cancelled
                && peb(other).is_some()
                && peb(other) == peb(shipment)
        });
        let declares = before.is_none_or(|before| peb(before) != peb(shipment));
        let taken = holder.filter(|_| declares).map(|holder| {
            let field = "shipment.declaration.peb_number";
            Refused::exists(&holder.name).at(field, "PEB_NUMBER_TAKEN")
        });
        let all = faults.none().err().into_iter().chain(closed).chain(taken);
        Refused::together(all).map_or(Ok(()), Err)
    }

    /// Changes the masked fields as far as the state allows it.
    ///
    /// # Errors
    /// As the contract says.
    pub fn update_shipment(
        &mut self,
        moment: &mut Moment,
        request: &UpdateShipmentRequest,
    ) -> Answer<Shipment> {
        let patch = request.shipment.clone().unwrap_or_default();
        let current = get(&self.shipments, &patch.name)?;
        current.check_etag(&patch.etag)?;
        let next = overlay(&current, &patch, request.update_mask.as_ref(), FIELDS, OUTPUTS)?;
        self.check_new(&next, Some(&current))?;
        let next = values(next);
        if next == current {
            return Ok(current);
        }
        check_allowed(&current, &next, &request.reason)?;
        self.check_references(&next, Some(&current))?;
        let mut next = self.standing(next).after(&current, moment.now);
        if !request.reason.is_empty() {
            next.change_reasons.push(ChangeReason {
                reason: request.reason.clone(),
                actor: moment.actor.clone(),
                change_time: next.update_time,
            });
        }
        self.keep_shipment(moment, "updated", next.clone());
        Ok(next)
    }

    /// DRAFT becomes READY.
    ///
    /// # Errors
    /// As the contract says.
    pub fn confirm_shipment(
        &mut self,
        moment: &mut Moment,
        request: &ConfirmShipmentRequest,
    ) -> Answer<Shipment> {
        let current = get(&self.shipments, &request.name)?;
        current.check_etag(&request.etag)?;
        if current.state() != State::Draft {
            return Err(Refused::state());
        }
        check_complete(&current)?;
        let mut next = current.clone().after(&current, moment.now);
        next.state = State::Ready.into();
        self.keep_shipment(moment, "confirmed", next.clone());
        Ok(next)
    }

    /// DRAFT or READY becomes CANCELLED.
    ///
    /// # Errors
    /// As the contract says.
    pub fn cancel_shipment(
        &mut self,
        moment: &mut Moment,
        request: &CancelShipmentRequest,
    ) -> Answer<Shipment> {
        let current = get(&self.shipments, &request.name)?;
        current.check_etag(&request.etag)?;
        if !matches!(current.state(), State::Draft | State::Ready) {
            return Err(Refused::state());
        }
        let mut next = current.clone().after(&current, moment.now);
        next.state = State::Cancelled.into();
        next.cancel_reason.clone_from(&request.reason);
        self.keep_shipment(moment, "cancelled", next.clone());
        Ok(next)
    }
}

/// Everything in DRAFT, nothing once CANCELLED; in between the goods are those confirmed.
fn check_allowed(before: &Shipment, after: &Shipment, reason: &str) -> Answer<()> {
    match before.state() {
        State::Draft => return Ok(()),
        State::Cancelled => return Err(Refused::state()),
        _ => {}
    }
    let fixed = before.release == after.release
        && before.exporter == after.exporter
        && before.exporter_of_record == after.exporter_of_record
        && before.incoterm == after.incoterm
        && before.destination_region_code == after.destination_region_code
        && before.lines.len() == after.lines.len();
    let sorted = |s: &Shipment| {
        let mut lines: Vec<_> = s.lines.iter().map(|line| format!("{line:?}")).collect();
        lines.sort();
        lines
    };
    let changed = before.lines != after.lines;
    if !fixed || (changed && sorted(before) == sorted(after)) {
        return Err(Refused::state());
    }
    if changed && reason.is_empty() {
        return Err(Refused::invalid(vec![("reason".to_owned(), "FIELD_MISSING".to_owned())]));
    }
    check_complete(after)
}
