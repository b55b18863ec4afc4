//! Sessions.

use devisa_domain::{
    deal::{Session, SessionDraft, SessionFacts},
    identifier::text::Text,
    name::{Id, OrganisationName, SessionName},
    refusal::{Checks, Refusal, Violation},
    registry::record::Stated,
};
use prost::Name;

use crate::{
    convert::common::{
        optional, provenance, render_date, render_provenance, render_timestamp, required,
        required_date, update,
    },
    deal::v1 as wire,
    mask::UpdateMask,
};

/// Reads a request to create a session.
///
/// # Errors
/// All violations at once.
pub fn parse_create_session(request: wire::CreateSessionRequest) -> Result<SessionDraft, Refusal> {
    let wire::CreateSessionRequest { session_id, session, request_id: _, validate_only: _ } =
        request;
    let mut checks = Checks::new();
    let id = checks.keep("session_id", Id::parse_or_generate(&session_id));
    let session = checks.keep("session", required(session.as_ref()));
    let parsed = session.and_then(|s| checks.keep_part("session", parse_session(s)));
    match (id, parsed) {
        (Some(id), Some(stated)) => Ok(SessionDraft { name: SessionName::new(id), stated }),
        _ => Err(checks.into_violations().into()),
    }
}

/// A request to change a session, read as far as it can be without the session.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateSession {
    /// Which session.
    pub name: SessionName,
    /// The new values, and the etag that the caller sent.
    pub patch: wire::Session,
    /// Which of them to take.
    pub mask: UpdateMask,
}

/// Reads a request to change a session.
///
/// # Errors
/// Violations at `session`, `session.name` and `update_mask`, at once.
pub fn parse_update_session(request: wire::UpdateSessionRequest) -> Result<UpdateSession, Refusal> {
    let wire::UpdateSessionRequest { session, update_mask, request_id: _ } = request;
    let mut checks = Checks::new();
    let named = |session: &wire::Session| SessionName::parse(&session.name);
    match update(&mut checks, "session", session, update_mask.as_ref(), named) {
        Some((name, patch, mask)) => Ok(UpdateSession { name, patch, mask }),
        None => Err(checks.into_violations().into()),
    }
}

/// Reads what a caller may say of a session.
///
/// # Errors
/// All violations at once, relative to the session.
pub fn parse_session(session: &wire::Session) -> Result<Stated<SessionFacts>, Vec<Violation>> {
    let wire::Session {
        name: _,
        display_name,
        session_date,
        office,
        place,
        provenance: origin,
        etag: _,
        create_time: _,
        update_time: _,
    } = session;
    let mut checks = Checks::new();
    let display_name = checks.keep("display_name", Text::parse(display_name));
    let session_date = checks.keep("session_date", required_date(session_date.as_ref()));
    let office = checks.keep("office", optional(office, OrganisationName::parse));
    let place = checks.keep("place", optional(place, Text::parse));
    let origin = provenance(origin.as_ref(), &wire::Session::full_name());
    let provenance = checks.keep_part("provenance", origin);
    match (display_name, session_date, office, place, provenance) {
        (Some(display_name), Some(session_date), Some(office), Some(place), Some(provenance)) => {
            let facts = SessionFacts { display_name, session_date, office, place };
            Ok(Stated { facts, provenance })
        }
        _ => Err(checks.into_violations()),
    }
}

/// Renders a session.
pub fn render_session(session: &Session) -> wire::Session {
    let SessionFacts { display_name, session_date, office, place } = &session.facts;
    wire::Session {
        name: session.name.to_string(),
        display_name: display_name.to_string(),
        session_date: Some(render_date(*session_date)),
        office: office.as_ref().map(ToString::to_string).unwrap_or_default(),
        place: place.as_ref().map(ToString::to_string).unwrap_or_default(),
        provenance: render_provenance(&session.meta.provenance),
        etag: session.meta.etag(),
        create_time: Some(render_timestamp(session.meta.create_time)),
        update_time: Some(render_timestamp(session.meta.update_time)),
    }
}
