//! Matching sessions.

use devisa_proto::deal::v1::{CreateSessionRequest, Session, UpdateSessionRequest};

use super::Deals;
use crate::{
    answer::{Answer, Faults, Refused},
    keeper::Moment,
    resource::{Resource, Taken, check_free, check_mask, get, overlay},
    taken,
};

const FIELDS: &[Taken<Session>] =
    taken!(Session: display_name, session_date, office, place, provenance);
const OUTPUTS: &[&str] = &["name", "etag", "create_time", "update_time"];

fn check(session: &Session) -> Answer<()> {
    let mut faults = Faults::default();
    faults.required(!session.display_name.is_empty(), "session.display_name");
    faults.required(session.session_date.is_some(), "session.session_date");
    faults.none()
}

impl Deals {
    /// What is wrong with a request to record a session.
    ///
    /// # Errors
    /// The violations.
    pub fn check_create_session(&self, request: &CreateSessionRequest) -> Answer<()> {
        let session = request.session.clone().unwrap_or_default();
        Refused::telling(check(&session), self.check_office(&session.office))
    }

    /// What is wrong with a request to change a session, whatever the session's version is.
    ///
    /// # Errors
    /// The violations.
    pub fn check_update_session(&self, request: &UpdateSessionRequest) -> Answer<()> {
        let patch = request.session.clone().unwrap_or_default();
        let mask = request.update_mask.as_ref();
        check_mask(&self.sessions, &patch, mask, FIELDS, OUTPUTS, |next, current| {
            Refused::both(check(next), self.check_new_office(next, current)).map(|_| ())
        })
    }

    fn check_new_office(&self, next: &Session, current: &Session) -> Answer<()> {
        if next.office == current.office { Ok(()) } else { self.check_office(&next.office) }
    }

    fn check_office(&self, office: &str) -> Answer<()> {
        let mut faults = Faults::default();
        let known = office.is_empty() || self.organisations.contains_key(office);
        faults.unless(known, "session.office", "REFERENCE_EXISTS");
        faults.none()
    }

    /// Records a session.
    ///
    /// # Errors
    /// As the contract says.
    pub fn create_session(
        &mut self,
        moment: &mut Moment,
        request: &CreateSessionRequest,
    ) -> Answer<Session> {
        let name = format!("sessions/{}", request.session_id);
        check_free(&self.sessions, &name, "session_id")?;
        let session = request.session.clone().unwrap_or_default().first(&name, moment.now);
        self.check_office(&session.office)?;
        self.keep_session(moment, "created", session)
    }

    /// Changes the masked fields.
    ///
    /// # Errors
    /// As the contract says.
    pub fn update_session(
        &mut self,
        moment: &mut Moment,
        request: &UpdateSessionRequest,
    ) -> Answer<Session> {
        let patch = request.session.clone().unwrap_or_default();
        let current = get(&self.sessions, &patch.name)?;
        current.check_etag(&patch.etag)?;
        let next = overlay(&current, &patch, request.update_mask.as_ref(), FIELDS, OUTPUTS)?;
        Refused::both(check(&next), self.check_new_office(&next, &current))?;
        if next == current {
            return Ok(current);
        }
        self.keep_session(moment, "updated", next.after(&current, moment.now))
    }

    fn keep_session(
        &mut self,
        moment: &mut Moment,
        what: &str,
        session: Session,
    ) -> Answer<Session> {
        self.sessions.insert(session.name.clone(), session.clone());
        moment.tell(&format!("session.{what}"), &session);
        Ok(session)
    }
}
