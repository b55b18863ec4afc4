//! What may happen to sessions.

use devisa_domain::{
    deal::{Session, SessionDraft, SessionFacts},
    name::OrganisationName,
    refusal::{Refusal, RuleBroken, Violation},
    registry::record::Stated,
};
use devisa_ledger::{Change, Decision, Moment};
use devisa_proto::{
    convert::deal::session::{parse_session, render_session},
    deal::v1 as wire,
};

use super::rows::ActiveModel;
use crate::events::{SESSION_CREATED, SESSION_UPDATED};

/// What a session's creation depends on.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    /// Its name is taken.
    pub(super) is_taken: bool,
    /// The office it names does not exist.
    pub(super) office_is_absent: bool,
}

/// Records a session.
pub(super) fn create(
    snapshot: &Snapshot,
    draft: &SessionDraft,
    moment: &Moment,
) -> Result<Decision<wire::Session>, Refusal> {
    if snapshot.is_taken {
        return Err(Refusal::id_taken("session_id", &draft.name));
    }
    check_office(snapshot.office_is_absent, &draft.stated.facts)?;
    let session = Session::new(draft, moment.now);
    let response = render_session(&session);
    let change = Change::new().insert(ActiveModel::from(&session)).event(
        SESSION_CREATED,
        &session.name,
        None,
        &response,
    );
    Ok(Decision { change, response })
}

/// A session as it is, what it shall be, and whether the office it newly names does not exist.
#[derive(Clone, Debug)]
pub(super) struct UpdateSnapshot {
    pub(super) current: Session,
    pub(super) stated: Result<Stated<SessionFacts>, Refusal>,
    pub(super) office_is_absent: bool,
}

/// Reads what a session is to be.
pub(super) fn stated(merged: &wire::Session) -> Result<Stated<SessionFacts>, Refusal> {
    let under = |violation: Violation| violation.under("session");
    let stated = parse_session(merged);
    stated.map_err(|broken| Refusal::Invalid(broken.into_iter().map(under).collect()))
}

/// Changes a session's facts; a request that changes nothing is answered with the session as it is.
pub(super) fn update(
    snapshot: &UpdateSnapshot,
    etag: &str,
    moment: &Moment,
) -> Result<Decision<wire::Session>, Refusal> {
    let UpdateSnapshot { current, stated, office_is_absent } = snapshot;
    current.meta.check_etag(&current.name, etag)?;
    let stated = stated.clone()?;
    check_office(*office_is_absent, &stated.facts)?;
    let before = render_session(current);
    let Some(after) = current.revised(stated, moment.now) else {
        return Ok(Decision { change: Change::new(), response: before });
    };
    let response = render_session(&after);
    let change = Change::new().update(ActiveModel::from(&after), current.meta.version).event(
        SESSION_UPDATED,
        &after.name,
        Some(&before),
        &response,
    );
    Ok(Decision { change, response })
}

fn check_office(is_absent: bool, facts: &SessionFacts) -> Result<(), Refusal> {
    match &facts.office {
        Some(office) if is_absent => Err(absent(office)),
        _ => Ok(()),
    }
}

/// That the office a session names does not exist.
pub(super) fn absent(office: &OrganisationName) -> Refusal {
    Refusal::field("session.office", RuleBroken::absent(office))
}

#[cfg(test)]
mod tests;
