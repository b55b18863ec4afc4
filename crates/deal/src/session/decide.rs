//! What may happen to sessions.

use devisa_domain::{
    deal::{Session, SessionDraft},
    refusal::{Refusal, RuleBroken},
};
use devisa_ledger::{Change, Decision, Moment};
use devisa_proto::{convert::deal::session::render_session, deal::v1 as wire};

use super::rows::ActiveModel;
use crate::events::SESSION_CREATED;

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
        return Err(Refusal::Exists { resource: draft.name.to_string() });
    }
    if let (true, Some(office)) = (snapshot.office_is_absent, &draft.stated.facts.office) {
        const EXPECTED: &str = "an undeleted organisation on record";
        let broken = RuleBroken::expected("reference.exists", EXPECTED, office);
        return Err(Refusal::field("session.office", broken));
    }
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
