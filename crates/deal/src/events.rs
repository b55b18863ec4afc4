//! The service's event log, and the types of event it has.

devisa_server::event_service!(EventLog, deal);

/// A session was recorded.
pub(crate) const SESSION_CREATED: &str = "devisa.deal.v1.session.created";
/// A session's facts were changed.
pub(crate) const SESSION_UPDATED: &str = "devisa.deal.v1.session.updated";
/// A draft was written.
pub(crate) const DEAL_CREATED: &str = "devisa.deal.v1.deal.created";
/// A deal's facts changed.
pub(crate) const DEAL_UPDATED: &str = "devisa.deal.v1.deal.updated";
/// A deal was signed.
pub(crate) const DEAL_SIGNED: &str = "devisa.deal.v1.deal.signed";
/// A deal's value was decided on.
pub(crate) const DEAL_REVIEWED: &str = "devisa.deal.v1.deal.reviewed";
/// A deal was evaluated again because of another one, and something new was found.
pub(crate) const DEAL_EVALUATED: &str = "devisa.deal.v1.deal.evaluated";

/// Every type of event that the deal service writes.
pub const TYPES: &[&str] = &[
    SESSION_CREATED,
    SESSION_UPDATED,
    DEAL_CREATED,
    DEAL_UPDATED,
    DEAL_SIGNED,
    DEAL_REVIEWED,
    DEAL_EVALUATED,
];
