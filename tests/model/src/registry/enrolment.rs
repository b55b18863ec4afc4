//! Enrolments and their histories.

use devisa_domain::{
    identifier::village_code::VillageCode,
    time::{Date, Timestamp},
    village,
};
use devisa_proto::registry::v1::{
    AdvanceEnrolmentRequest, CreateEnrolmentRequest, Decree, Enrolment, EnrolmentEntry,
    enrolment::State::{self, *},
};

use super::{Registry, filters::in_region};
use crate::{
    answer::{Answer, Faults, Refused},
    keeper::Moment,
    resource::{Resource, check_free, check_parent, check_past, date, get, instant, wire_time},
};

/// Every state.
pub const STATES: [State; 8] =
    [Proposed, UnderAssessment, Candidate, Designated, Inaugurated, Rejected, Suspended, Revoked];

/// Whether these states, one after the other, are a life of an enrolment.
fn is_legal(states: &[State]) -> bool {
    let mut now: Option<State> = None;
    // The state that the last SUSPENDED left.
    let mut left = State::Unspecified;
    for next in states.iter().copied() {
        let fits = match (now, next) {
            (None | Some(Rejected | Revoked), Proposed) => true,
            (Some(Proposed), UnderAssessment | Candidate | Designated | Rejected) => true,
            (Some(UnderAssessment), Candidate | Designated | Rejected) => true,
            (Some(Candidate), Designated | Rejected) => true,
            (Some(Designated), Inaugurated | Suspended | Revoked) => true,
            (Some(Inaugurated), Suspended | Revoked) => true,
            (Some(Suspended), Revoked) => true,
            (Some(Suspended), back) => back == left,
            _ => false,
        };
        if !fits {
            return false;
        }
        if next == Suspended {
            left = now.unwrap_or_default();
        }
        now = Some(next);
    }
    true
}

/// The state at the end of a day, as far as was known at an instant.
pub fn state_on(enrolment: &Enrolment, day: Date, known_at: Timestamp) -> Option<State> {
    let seen = |entry: &&EnrolmentEntry| {
        date(entry.effective_date.as_ref()) <= Some(day)
            && instant(entry.record_time.as_ref()) <= known_at
    };
    enrolment.history.iter().rfind(seen).map(EnrolmentEntry::state)
}

/// Adds an entry to its day, and makes everything that follows from the history anew.
fn with(enrolment: &Enrolment, mut entry: EnrolmentEntry) -> Answer<Enrolment> {
    let day = date(entry.effective_date.as_ref());
    if day < date(enrolment.effective_date.as_ref()) {
        return Err(Refused::state());
    }
    let mut next = enrolment.clone();
    // What is recorded later is known later.
    let records = enrolment.history.iter().map(|entry| instant(entry.record_time.as_ref()));
    let record = records.chain([instant(entry.record_time.as_ref())]).max();
    entry.record_time = record.map(wire_time);
    next.history.push(entry);
    next.history.sort_by_key(|entry| date(entry.effective_date.as_ref()));
    let states: Vec<_> = next.history.iter().map(EnrolmentEntry::state).collect();
    if !is_legal(&states) {
        return Err(Refused::state());
    }
    next.state = states.last().copied().unwrap_or_default().into();
    let designated = next.history.iter().rfind(|entry| entry.state() == Designated);
    next.decree = designated.map(|entry| entry.decree.clone()).unwrap_or_default();
    Ok(next)
}

fn village_code(name: &str) -> &str {
    name.trim_start_matches("villages/")
}

fn exists(village: &str) -> bool {
    let code = VillageCode::parse(village_code(village));
    code.is_ok_and(|code| village::require(&code).is_ok())
}

impl Registry {
    /// What is wrong with a proposal.
    ///
    /// # Errors
    /// The violations.
    pub fn check_create_enrolment(
        &self,
        today: Date,
        request: &CreateEnrolmentRequest,
    ) -> Answer<()> {
        let enrolment = request.enrolment.clone().unwrap_or_default();
        let mut faults = Faults::default();
        let known = exists(&enrolment.village);
        faults.unless(known, "enrolment.village", "VILLAGE_CODE_UNKNOWN");
        let day = enrolment.effective_date.as_ref();
        check_past(&mut faults, "enrolment.effective_date", day, today);
        Refused::telling(faults.none(), check_parent(&self.programmes, &request.parent))
    }

    /// Proposes a village.
    ///
    /// # Errors
    /// As the contract says.
    pub fn create_enrolment(
        &mut self,
        moment: &mut Moment,
        request: &CreateEnrolmentRequest,
    ) -> Answer<Enrolment> {
        get(&self.programmes, &request.parent)?;
        let enrolment = request.enrolment.clone().unwrap_or_default();
        let name = format!("{}/enrolments/{}", request.parent, village_code(&enrolment.village));
        check_free(&self.enrolments, &name, "enrolment.village")?;
        let enrolment = proposed(moment, &name, enrolment);
        self.keep_enrolment(moment, "created", enrolment)
    }

    /// What is wrong with a step.
    ///
    /// # Errors
    /// The violations.
    pub fn check_advance(&self, today: Date, request: &AdvanceEnrolmentRequest) -> Answer<()> {
        let mut faults = Faults::default();
        let state = request.state();
        faults.required(state != State::Unspecified, "state");
        check_past(&mut faults, "effective_date", request.effective_date.as_ref(), today);
        if !matches!(state, Designated | State::Unspecified) {
            faults.unless(request.decree.is_empty(), "decree", "DECREE_UNEXPECTED");
        }
        let mut absent = Faults::default();
        let exists = request.decree.is_empty() || self.decrees.contains_key(&request.decree);
        absent.unless(exists, "decree", "REFERENCE_EXISTS");
        Refused::telling(faults.none(), absent.none())
    }

    /// Takes a step, late ones included.
    ///
    /// # Errors
    /// As the contract says.
    pub fn advance(
        &mut self,
        moment: &mut Moment,
        request: &AdvanceEnrolmentRequest,
    ) -> Answer<Enrolment> {
        let current = get(&self.enrolments, &request.name)?;
        current.check_etag(&request.etag)?;
        self.check_named_decree(&current, request)?;
        let entry = EnrolmentEntry {
            state: request.state,
            effective_date: request.effective_date,
            record_time: Some(wire_time(moment.now.max(current.updated()))),
            actor: moment.actor.clone(),
            reason: request.reason.clone(),
            decree: decree_of(&current, request),
        };
        let lacks_decree = request.state() == Designated && entry.decree.is_empty();
        let next = with(&current, entry)?.after(&current, moment.now);
        let mut faults = Faults::default();
        faults.required(!lacks_decree, "decree");
        faults.none()?;
        self.keep_enrolment(moment, "advanced", next)
    }

    fn check_named_decree(
        &self,
        enrolment: &Enrolment,
        request: &AdvanceEnrolmentRequest,
    ) -> Answer<()> {
        if request.decree.is_empty() {
            return Ok(());
        }
        let mut faults = Faults::default();
        match self.decrees.get(&request.decree) {
            None => faults.unless(false, "decree", "REFERENCE_EXISTS"),
            Some(decree) => {
                let covered = in_region(village_code(&enrolment.village), &decree.region);
                faults.unless(covered, "decree", "DECREE_REGION");
                let issued = date(decree.issue_date.as_ref());
                let late = date(request.effective_date.as_ref()) >= issued;
                faults.unless(late, "effective_date", "DECREE_ISSUE_DATE");
            }
        }
        faults.none()
    }

    /// The enrolment of a village as a decree leaves it, and whether it is new.
    pub(super) fn designated(
        &self,
        moment: &Moment,
        decree: &Decree,
        programme: &str,
        village: &str,
    ) -> Result<(Enrolment, bool), &'static str> {
        let name = format!("{programme}/enrolments/{village}");
        let record = |before: Option<&Enrolment>| EnrolmentEntry {
            state: Designated.into(),
            effective_date: decree.issue_date,
            record_time: before
                .map_or(Some(moment.now), |e| Some(moment.now.max(e.updated())))
                .map(wire_time),
            actor: moment.actor.clone(),
            reason: String::new(),
            decree: decree.name.clone(),
        };
        let Some(current) = self.enrolments.get(&name) else {
            let stated = Enrolment {
                village: format!("villages/{village}"),
                effective_date: decree.issue_date,
                ..Default::default()
            };
            let proposed = proposed(moment, &name, stated);
            let new = with(&proposed, record(None)).map_err(|_| "ENROLMENT_HISTORY")?;
            return Ok((new, true));
        };
        if !matches!(current.state(), Proposed | UnderAssessment | Candidate) {
            return Err("ENROLMENT_STATE");
        }
        let next = with(current, record(Some(current))).map_err(|_| "ENROLMENT_HISTORY")?;
        Ok((next.after(current, moment.now), false))
    }

    pub(super) fn keep_enrolment(
        &mut self,
        moment: &mut Moment,
        what: &str,
        enrolment: Enrolment,
    ) -> Answer<Enrolment> {
        self.enrolments.insert(enrolment.name.clone(), enrolment.clone());
        moment.tell(&format!("enrolment.{what}"), &enrolment);
        Ok(enrolment)
    }
}

fn proposed(moment: &Moment, name: &str, stated: Enrolment) -> Enrolment {
    let mut enrolment = stated.first(name, moment.now);
    enrolment.state = Proposed.into();
    enrolment.history = vec![EnrolmentEntry {
        state: Proposed.into(),
        effective_date: enrolment.effective_date,
        record_time: Some(wire_time(moment.now)),
        actor: moment.actor.clone(),
        reason: String::new(),
        decree: String::new(),
    }];
    enrolment
}

/// The decree of a step: the one it names, or, where it returns to DESIGNATED from suspension, that
/// of the designation that was suspended.
fn decree_of(enrolment: &Enrolment, request: &AdvanceEnrolmentRequest) -> String {
    if request.state() != Designated || !request.decree.is_empty() {
        return request.decree.clone();
    }
    let day = date(request.effective_date.as_ref());
    let until: Vec<_> = enrolment
        .history
        .iter()
        .filter(|entry| date(entry.effective_date.as_ref()) <= day)
        .collect();
    match until.as_slice() {
        [.., before, last] if last.state() == Suspended && before.state() == Designated => {
            before.decree.clone()
        }
        _ => String::new(),
    }
}
