//! Business-matching sessions.

use serde::{Deserialize, Serialize};

use crate::{
    identifier::text::Text,
    name::{OrganisationName, SessionName},
    registry::record::{Draft, Record},
    time::Date,
};

/// What a caller may say of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionFacts {
    /// What it is called.
    pub display_name: Text<200>,
    /// The day it was held, Asia/Jakarta.
    pub session_date: Date,
    /// The trade office that brought the parties together.
    pub office: Option<OrganisationName>,
    /// Where it was held.
    pub place: Option<Text<200>>,
}

/// A business-matching session, at which deals are made.
pub type Session = Record<SessionName, SessionFacts>;

/// A session that shall be recorded.
pub type SessionDraft = Draft<SessionName, SessionFacts>;
