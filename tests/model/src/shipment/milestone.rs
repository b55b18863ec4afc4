//! Milestones, and what follows from them.

use devisa_domain::time::{Date, Timestamp};
use devisa_proto::{
    common::v1::Tier,
    shipment::v1::{
        BatchRecordMilestonesRequest, BatchRecordMilestonesResponse, Milestone,
        RecordMilestoneRequest, Shipment,
        milestone::{Classifier, Code, Code::*},
        shipment::State,
    },
};

use super::Shipments;
use crate::{
    answer::{Answer, Faults, Refused},
    keeper::Moment,
    resource::{Resource, check_free, check_parent, get, instant},
};

/// The event's code in DCSA Track and Trace 2.x.
fn dcsa(code: Code) -> &'static str {
    match code {
        Booked => "CONF",
        PebLodged => "SUBM",
        NpeIssued => "RELS",
        Stuffed => "STUF",
        Code::Released | Departed => "DEPA",
        GatedIn => "GTIN",
        Loaded => "LOAD",
        Arrived => "ARRI",
        Delivered => "GTOT",
        Rolled | ShortShipped | Returned | Unspecified => "",
    }
}

/// What a later event takes back.
fn takes_back(later: Code, earlier: Code) -> bool {
    match later {
        Rolled | ShortShipped => matches!(earlier, Loaded | Departed),
        Returned => matches!(earlier, GatedIn | Loaded | Departed | Arrived | Delivered),
        _ => false,
    }
}

fn state_of(code: Code) -> State {
    match code {
        Code::Released => State::Released,
        GatedIn => State::GatedIn,
        Loaded => State::Loaded,
        Departed => State::Departed,
        Arrived => State::Arrived,
        Delivered => State::Delivered,
        _ => State::Ready,
    }
}

impl Shipments {
    /// What happened to a shipment and was not taken back: actual milestones that none corrects,
    /// and that nothing not before them took back.
    pub fn happened(&self, shipment: &str) -> Vec<(Code, Timestamp)> {
        let actual = self.actual(shipment);
        let mut happened: Vec<_> = actual
            .iter()
            .copied()
            .filter(|(code, time)| {
                !actual.iter().any(|(later, when)| takes_back(*later, *code) && time <= when)
            })
            .collect();
        happened.sort();
        happened
    }

    /// The actual milestones of a shipment that none corrects.
    fn actual(&self, shipment: &str) -> Vec<(Code, Timestamp)> {
        let of = format!("{shipment}/");
        let all: Vec<_> = self.milestones.values().filter(|m| m.name.starts_with(&of)).collect();
        let stands = |m: &&Milestone| !all.iter().any(|other| other.corrects == m.name);
        all.iter()
            .copied()
            .filter(stands)
            .filter(|m| m.classifier() == Classifier::Actual)
            .map(|m| (m.code(), instant(m.event_time.as_ref())))
            .collect()
    }

    /// Whether it was left ashore or came back, and was not loaded after that.
    pub fn is_stranded(&self, shipment: &str) -> bool {
        let actual = self.actual(shipment);
        let ashore = actual.iter().filter(|(code, _)| matches!(code, ShortShipped | Returned));
        ashore.max_by_key(|(_, time)| *time).is_some_and(|(_, when)| {
            !actual.iter().any(|(code, time)| *code == Loaded && time > when)
        })
    }

    /// The day of the first actual LOADED, else DEPARTED.
    pub fn loaded_on(&self, shipment: &str) -> Option<Date> {
        let happened = self.happened(shipment);
        let first = |code| happened.iter().filter(|(c, _)| *c == code).map(|(_, time)| *time).min();
        first(Loaded).or(first(Departed)).map(Timestamp::jakarta_date)
    }

    /// Whether an actual RELEASED is on record.
    pub fn is_released(&self, shipment: &str) -> bool {
        self.happened(shipment).iter().any(|(code, _)| *code == Code::Released)
    }

    /// The shipment with state and tier as they follow from what happened.
    pub(super) fn standing(&self, mut shipment: Shipment) -> Shipment {
        let happened = self.happened(&shipment.name);
        if !matches!(shipment.state(), State::Draft | State::Cancelled) {
            let furthest = happened.iter().map(|(code, _)| state_of(*code) as i32).max();
            shipment.state = furthest.unwrap_or_default().max(State::Ready.into());
        }
        let declared = shipment.declaration.as_ref().is_some_and(|d| !d.peb_number.is_empty());
        let loaded = self.loaded_on(&shipment.name).is_some();
        shipment.tier = match (declared && loaded, self.is_released(&shipment.name)) {
            (true, _) => Tier::Realised,
            (false, true) => Tier::Released,
            (false, false) => Tier::Unspecified,
        }
        .into();
        shipment
    }

    /// What is wrong with a request to record a milestone.
    ///
    /// # Errors
    /// The violations.
    pub fn check_record(now: Timestamp, request: &RecordMilestoneRequest) -> Answer<()> {
        let milestone = request.milestone.clone().unwrap_or_default();
        let mut faults = Faults::default();
        faults.required(milestone.code() != Unspecified, "milestone.code");
        let released = milestone.code() == Code::Released;
        faults.unless(!released, "milestone.code", "MILESTONE_CODE_RELEASED");
        faults.required(milestone.classifier() != Classifier::Unspecified, "milestone.classifier");
        let actual = milestone.classifier() == Classifier::Actual;
        let future = instant(milestone.event_time.as_ref()) > now;
        faults.unless(!(actual && future), "milestone.event_time", "TIMESTAMP_FUTURE");
        let own = milestone.corrects.is_empty()
            || milestone.corrects.starts_with(&format!("{}/", request.parent));
        faults.unless(own, "milestone.corrects", "CORRECTS_SHIPMENT");
        faults.none()
    }

    /// What is wrong with a request to record a milestone.
    ///
    /// # Errors
    /// The violations.
    pub fn check_record_of(&self, now: Timestamp, request: &RecordMilestoneRequest) -> Answer<()> {
        let parent = check_parent(&self.shipments, &request.parent);
        Refused::telling(Self::check_record(now, request), parent)
    }

    /// Records a milestone, and what follows from it.
    ///
    /// # Errors
    /// As the contract says.
    pub fn record(
        &mut self,
        moment: &mut Moment,
        request: &RecordMilestoneRequest,
    ) -> Answer<Milestone> {
        let before = self.clone();
        let name = self.take(moment, request)?;
        let recorded = self.keep_milestone(moment, &name);
        self.move_on(moment, &before);
        Ok(recorded)
    }

    /// What is wrong with a request to record several, as far as it is of none of them.
    ///
    /// # Errors
    /// The violations.
    pub fn check_record_all(request: &BatchRecordMilestonesRequest) -> Answer<()> {
        let mut faults = Faults::default();
        faults.required(!request.requests.is_empty(), "requests");
        faults.none()
    }

    /// What is wrong with one of several by itself.
    fn check_part(
        now: Timestamp,
        batch: &BatchRecordMilestonesRequest,
        one: &RecordMilestoneRequest,
    ) -> Answer<()> {
        let mut faults = Faults::default();
        let own = batch.parent == ANY || one.parent.is_empty() || one.parent == batch.parent;
        faults.unless(own, "parent", "PARENT_DIFFERS");
        let broken = Self::check_record(now, &part(batch, one)).err();
        let all = Refused::together(faults.none().err().into_iter().chain(broken));
        all.map_or(Ok(()), Err)
    }

    /// Records several milestones, all or none, and what follows from them together.
    ///
    /// # Errors
    /// What the first was refused for, with what every one was.
    pub fn record_all(
        &mut self,
        moment: &mut Moment,
        request: &BatchRecordMilestonesRequest,
    ) -> Answer<BatchRecordMilestonesResponse> {
        let before = self.clone();
        let (mut taken, mut refused) = (vec![], vec![]);
        for (index, one) in request.requests.iter().enumerate() {
            let sound = Self::check_part(moment.now, request, one);
            match sound.and_then(|()| self.take(moment, &part(request, one))) {
                Ok(name) => taken.push(name),
                Err(why) => refused.push(why.under(&format!("requests[{index}]"))),
            }
        }
        if let Some(refused) = Refused::together(refused) {
            return Err(refused);
        }
        let milestones = taken.iter().map(|name| self.keep_milestone(moment, name)).collect();
        self.move_on(moment, &before);
        Ok(BatchRecordMilestonesResponse { milestones })
    }

    /// Adds a milestone to those of its shipment.
    fn take(&mut self, moment: &Moment, request: &RecordMilestoneRequest) -> Answer<String> {
        let milestone = request.milestone.clone().unwrap_or_default();
        let shipment = get(&self.shipments, &request.parent)?;
        let name = format!("{}/milestones/{}", request.parent, request.milestone_id);
        check_free(&self.milestones, &name, "milestone_id")?;
        match (shipment.state(), milestone.classifier()) {
            (State::Cancelled, _) | (State::Draft, Classifier::Actual) => {
                return Err(Refused::state());
            }
            _ => {}
        }
        self.check_correction(&milestone.corrects)?;
        self.milestones.insert(name.clone(), stamped(&name, milestone, moment.now));
        Ok(name)
    }

    /// Moves the shipments on, or back, whose milestones came to something else before.
    fn move_on(&mut self, moment: &mut Moment, before: &Self) {
        for shipment in self.shipments.values().cloned().collect::<Vec<_>>() {
            if self.progress(&shipment.name) != before.progress(&shipment.name) {
                let next = self.standing(shipment.clone()).after(&shipment, moment.now);
                let behind = next.state < shipment.state || next.tier < shipment.tier;
                self.keep_shipment(moment, if behind { "reverted" } else { "progressed" }, next);
            }
        }
    }

    /// What a change of makes another version of the shipment: how far it came, whether it was
    /// released, when it was first loaded and when it first departed.
    fn progress(&self, shipment: &str) -> (i32, bool, Option<Timestamp>, Option<Timestamp>) {
        let happened = self.happened(shipment);
        let first = |code| happened.iter().filter(|(c, _)| *c == code).map(|(_, time)| *time).min();
        let furthest = happened.iter().map(|(code, _)| state_of(*code) as i32).max();
        let furthest = furthest.unwrap_or_default().max(State::Ready.into());
        (furthest, self.is_released(shipment), first(Loaded), first(Departed))
    }

    fn check_correction(&self, corrects: &str) -> Answer<()> {
        if corrects.is_empty() {
            return Ok(());
        }
        let rule = match self.milestones.get(corrects) {
            None => "REFERENCE_EXISTS",
            Some(released) if released.code() == Code::Released => "CORRECTS_RELEASED",
            Some(_) if self.milestones.values().any(|m| m.corrects == corrects) => {
                "CORRECTS_CORRECTED"
            }
            Some(_) => return Ok(()),
        };
        Err(Refused::invalid(vec![("milestone.corrects".to_owned(), rule.to_owned())]))
    }

    /// Tells of a milestone.
    fn keep_milestone(&mut self, moment: &mut Moment, name: &str) -> Milestone {
        let milestone = self.milestones[name].clone();
        moment.tell("milestone.recorded", &milestone);
        milestone
    }

    /// Records the milestone of a departure.
    pub(super) fn depart(&mut self, moment: &mut Moment, shipment: &str, stated: Milestone) {
        let name = format!("{shipment}/milestones/released");
        self.milestones.insert(name.clone(), stamped(&name, stated, moment.now));
        self.keep_milestone(moment, &name);
    }
}

/// The parent of a batch of several shipments.
const ANY: &str = "shipments/-";

/// A request of a batch, with the parent that the batch says.
fn part(
    batch: &BatchRecordMilestonesRequest,
    one: &RecordMilestoneRequest,
) -> RecordMilestoneRequest {
    let own = batch.parent == ANY;
    let parent = if own { one.parent.clone() } else { batch.parent.clone() };
    RecordMilestoneRequest { parent, ..one.clone() }
}

fn stamped(name: &str, stated: Milestone, now: Timestamp) -> Milestone {
    let mut milestone = stated.first(name, now);
    milestone.record_time = milestone.create_time;
    milestone.dcsa_code = dcsa(milestone.code()).to_owned();
    milestone
}
