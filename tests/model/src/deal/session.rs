//! Matching sessions.

use devisa_proto::deal::v1::{CreateSessionRequest, Session, UpdateSessionRequest};

use super::Deals;
use crate::{
    answer::{Answer, Faults},
    keeper::Moment,
    resource::{Resource, Taken, check_free, get, overlay},
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
    pub fn check_create_session(request: &CreateSessionRequest) -> Answer<()> {
        check(&request.session.clone().unwrap_or_default())
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
        check(&next)?;
        if next.office != current.office {
            self.check_office(&next.office)?;
        }
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
