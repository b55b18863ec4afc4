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
/// A deal's time ran out.
pub(crate) const DEAL_LAPSED: &str = "devisa.deal.v1.deal.lapsed";
/// A deal was taken back.
pub(crate) const DEAL_WITHDRAWN: &str = "devisa.deal.v1.deal.withdrawn";
/// What is realised or pending of a deal changed.
pub(crate) const DEAL_DRAWN: &str = "devisa.deal.v1.deal.drawn";
/// All of a deal's value is realised.
pub(crate) const DEAL_FULFILLED: &str = "devisa.deal.v1.deal.fulfilled";
/// No longer all of a deal's value is realised.
pub(crate) const DEAL_REOPENED: &str = "devisa.deal.v1.deal.reopened";
/// A deal is drawn down by a line of a shipment.
pub(crate) const REALISATION_CREATED: &str = "devisa.deal.v1.realisation.created";
/// A realisation's shipment moved its state.
pub(crate) const REALISATION_SETTLED: &str = "devisa.deal.v1.realisation.settled";
/// A realisation's line has less room than it took.
pub(crate) const REALISATION_LOWERED: &str = "devisa.deal.v1.realisation.lowered";
/// A realisation was hidden.
pub(crate) const REALISATION_DELETED: &str = "devisa.deal.v1.realisation.deleted";

/// Every type of event that the deal service writes.
pub const TYPES: &[&str] = &[
    SESSION_CREATED,
    SESSION_UPDATED,
    DEAL_CREATED,
    DEAL_UPDATED,
    DEAL_SIGNED,
    DEAL_REVIEWED,
    DEAL_EVALUATED,
    DEAL_LAPSED,
    DEAL_WITHDRAWN,
    DEAL_DRAWN,
    DEAL_FULFILLED,
    DEAL_REOPENED,
    REALISATION_CREATED,
    REALISATION_SETTLED,
    REALISATION_LOWERED,
    REALISATION_DELETED,
];
