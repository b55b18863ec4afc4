//! Releases.

use std::collections::BTreeSet;

use devisa_domain::time::{Timestamp, start_of_jakarta_day};
use devisa_proto::shipment::v1::{
    CancelReleaseRequest, CreateReleaseRequest, DispatchReleaseRequest, Milestone, Release,
    ReleaseTotals, Shipment, UpdateReleaseRequest, milestone, release::State as ReleaseState,
    shipment::State,
};

use super::Shipments;
use crate::{
    answer::{Answer, Faults, Refused},
    keeper::Moment,
    money::sum,
    resource::{Resource, Taken, check_free, check_mask, date, get, instant, overlay, wire_time},
    taken,
};

const FIELDS: &[Taken<Release>] =
    taken!(Release: display_name, event_date, place, officiant, provenance);
const OUTPUTS: &[&str] =
    &["name", "state", "dispatch_time", "totals", "etag", "create_time", "update_time"];

fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// Counts each thing once by its number, and each one without a number.
fn distinct<'n>(numbers: impl Iterator<Item = &'n String>) -> i32 {
    let (known, unknown): (Vec<_>, Vec<_>) = numbers.partition(|number| !number.is_empty());
    count(known.into_iter().collect::<BTreeSet<_>>().len() + unknown.len())
}

fn check(release: &Release) -> Answer<()> {
    let mut faults = Faults::default();
    faults.required(!release.display_name.is_empty(), "release.display_name");
    faults.required(release.event_date.is_some(), "release.event_date");
    faults.none()
}

impl Shipments {
    /// What a release comes to: of its shipments that are not CANCELLED.
    pub fn totals(&self, release: &str) -> ReleaseTotals {
        let members: Vec<_> = self
            .shipments
            .values()
            .filter(|s| s.release == release && s.state() != State::Cancelled)
            .collect();
        let units = || members.iter().flat_map(|s| &s.units);
        let contained =
            units().filter(|u| !u.container_number.is_empty() || u.container_provisional);
        let destinations: BTreeSet<_> =
            members.iter().map(|s| s.destination_region_code.clone()).collect();
        let exporters: BTreeSet<_> = members.iter().map(|s| &s.exporter).collect();
        let lines = || members.iter().flat_map(|s| &s.lines);
        ReleaseTotals {
            line_count: count(lines().count()),
            shipment_count: count(members.len()),
            truck_count: distinct(units().map(|u| &u.truck_plate)),
            container_count: count(contained.count()),
            exporter_count: count(exporters.len()),
            destination_count: count(destinations.len()),
            destinations: destinations.into_iter().collect(),
            values: sum(lines().filter_map(|line| line.value.as_ref())),
        }
    }

    /// A release with its totals.
    pub fn shown(&self, release: &Release) -> Release {
        Release { totals: Some(self.totals(&release.name)), ..release.clone() }
    }

    /// What is wrong with a request to plan a release.
    ///
    /// # Errors
    /// The violations.
    pub fn check_create_release(request: &CreateReleaseRequest) -> Answer<()> {
        check(&request.release.clone().unwrap_or_default())
    }

    /// Plans a release.
    ///
    /// # Errors
    /// As the contract says.
    pub fn create_release(
        &mut self,
        moment: &mut Moment,
        request: &CreateReleaseRequest,
    ) -> Answer<Release> {
        let name = format!("releases/{}", request.release_id);
        check_free(&self.releases, &name, "release_id")?;
        let mut release = request.release.clone().unwrap_or_default().first(&name, moment.now);
        release.state = ReleaseState::Planned.into();
        self.keep_release(moment, "created", release)
    }

    /// What is wrong with a request to change a release, whatever its version is.
    ///
    /// # Errors
    /// The violations.
    pub fn check_update_release(&self, request: &UpdateReleaseRequest) -> Answer<()> {
        let patch = request.release.clone().unwrap_or_default();
        let mask = request.update_mask.as_ref();
        check_mask(&self.releases, &patch, mask, FIELDS, OUTPUTS, |next, _| check(next))
    }

    /// Changes the masked fields.
    ///
    /// # Errors
    /// As the contract says.
    pub fn update_release(
        &mut self,
        moment: &mut Moment,
        request: &UpdateReleaseRequest,
    ) -> Answer<Release> {
        let patch = request.release.clone().unwrap_or_default();
        let current = get(&self.releases, &patch.name)?;
        current.check_etag(&patch.etag)?;
        let next = overlay(&current, &patch, request.update_mask.as_ref(), FIELDS, OUTPUTS)?;
        check(&next)?;
        if next == current {
            return Ok(self.shown(&current));
        }
        let moved = next.event_date != current.event_date;
        match current.state() {
            ReleaseState::Planned => {}
            ReleaseState::Released if !moved => {}
            _ => return Err(Refused::state()),
        }
        self.keep_release(moment, "updated", next.after(&current, moment.now))
    }

    /// Calls it off.
    ///
    /// # Errors
    /// As the contract says.
    pub fn cancel_release(
        &mut self,
        moment: &mut Moment,
        request: &CancelReleaseRequest,
    ) -> Answer<Release> {
        let current = get(&self.releases, &request.name)?;
        current.check_etag(&request.etag)?;
        if current.state() != ReleaseState::Planned {
            return Err(Refused::state());
        }
        let mut next = current.clone().after(&current, moment.now);
        next.state = ReleaseState::Cancelled.into();
        self.keep_release(moment, "cancelled", next)
    }

    /// Lets it go with every shipment of it that is not CANCELLED.
    ///
    /// # Errors
    /// As the contract says.
    pub fn dispatch_release(
        &mut self,
        moment: &mut Moment,
        request: &DispatchReleaseRequest,
    ) -> Answer<Release> {
        let current = get(&self.releases, &request.name)?;
        current.check_etag(&request.etag)?;
        if current.state() != ReleaseState::Planned {
            return Err(Refused::state());
        }
        let asked = request.dispatch_time.as_ref().map(|time| instant(Some(time)));
        let left = departure(&current, asked, moment.now)?;
        let members: Vec<_> = self
            .shipments
            .values()
            .filter(|s| s.release == current.name && s.state() != State::Cancelled)
            .cloned()
            .collect();
        if members.is_empty() || members.iter().any(|s| s.state() == State::Draft) {
            return Err(Refused::state());
        }
        let mut next = current.clone().after(&current, moment.now);
        next.state = ReleaseState::Released.into();
        next.dispatch_time = Some(wire_time(left));
        let response = self.keep_release(moment, "dispatched", next)?;
        for member in &members {
            let milestone = Milestone {
                code: milestone::Code::Released.into(),
                classifier: milestone::Classifier::Actual.into(),
                event_time: Some(wire_time(left)),
                location: current.place.clone(),
                ..Default::default()
            };
            self.depart(moment, &member.name, milestone);
        }
        for member in members {
            let next = self.standing(member.clone()).after(&member, moment.now);
            self.keep_shipment(moment, "released", next);
        }
        Ok(response)
    }

    fn keep_release(
        &mut self,
        moment: &mut Moment,
        what: &str,
        release: Release,
    ) -> Answer<Release> {
        self.releases.insert(release.name.clone(), release.clone());
        let shown = self.shown(&release);
        moment.tell(&format!("release.{what}"), &shown);
        Ok(shown)
    }

    pub(super) fn keep_shipment(&mut self, moment: &mut Moment, what: &str, shipment: Shipment) {
        self.shipments.insert(shipment.name.clone(), shipment.clone());
        moment.tell(&format!("shipment.{what}"), &shipment);
    }
}

/// When the trucks leave: on the day of the event, and not in the future.
fn departure(release: &Release, asked: Option<Timestamp>, now: Timestamp) -> Answer<Timestamp> {
    let day = date(release.event_date.as_ref()).unwrap_or_default();
    let time = match asked {
        Some(time) => time,
        None if now.jakarta_date() == day => now,
        None => start_of_jakarta_day(day),
    };
    let refuse =
        |rule: &str| Err(Refused::invalid(vec![("dispatch_time".to_owned(), rule.to_owned())]));
    if time.jakarta_date() != day {
        return refuse("DISPATCH_TIME_EVENT_DATE");
    }
    if time > now {
        return refuse("DISPATCH_TIME_FUTURE");
    }
    Ok(time)
}
