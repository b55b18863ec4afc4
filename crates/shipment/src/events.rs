//! What happens in the shipment service, by name.

/// A release was planned.
pub(crate) const RELEASE_CREATED: &str = "devisa.shipment.v1.release.created";
/// A release's facts were changed.
pub(crate) const RELEASE_UPDATED: &str = "devisa.shipment.v1.release.updated";
/// A release's trucks left.
pub(crate) const RELEASE_DISPATCHED: &str = "devisa.shipment.v1.release.dispatched";
/// A release was called off.
pub(crate) const RELEASE_CANCELLED: &str = "devisa.shipment.v1.release.cancelled";
/// A shipment was drafted.
pub(crate) const SHIPMENT_CREATED: &str = "devisa.shipment.v1.shipment.created";
/// A shipment's facts were changed.
pub(crate) const SHIPMENT_UPDATED: &str = "devisa.shipment.v1.shipment.updated";
/// A shipment was confirmed complete.
pub(crate) const SHIPMENT_CONFIRMED: &str = "devisa.shipment.v1.shipment.confirmed";
/// A shipment left, because its release was dispatched.
pub(crate) const SHIPMENT_RELEASED: &str = "devisa.shipment.v1.shipment.released";
/// A milestone moved a shipment on.
pub(crate) const SHIPMENT_PROGRESSED: &str = "devisa.shipment.v1.shipment.progressed";
/// A milestone took a shipment's state or tier back.
pub(crate) const SHIPMENT_REVERTED: &str = "devisa.shipment.v1.shipment.reverted";
/// A shipment was called off.
pub(crate) const SHIPMENT_CANCELLED: &str = "devisa.shipment.v1.shipment.cancelled";
/// A milestone was recorded.
pub(crate) const MILESTONE_RECORDED: &str = "devisa.shipment.v1.milestone.recorded";
/// A sponsorship was recorded.
pub(crate) const SPONSORSHIP_CREATED: &str = "devisa.shipment.v1.sponsorship.created";
/// A sponsorship was hidden.
pub(crate) const SPONSORSHIP_DELETED: &str = "devisa.shipment.v1.sponsorship.deleted";

/// Every type of event that the service writes.
pub const TYPES: &[&str] = &[
    RELEASE_CREATED,
    RELEASE_UPDATED,
    RELEASE_DISPATCHED,
    RELEASE_CANCELLED,
    SHIPMENT_CREATED,
    SHIPMENT_UPDATED,
    SHIPMENT_CONFIRMED,
    SHIPMENT_RELEASED,
    SHIPMENT_PROGRESSED,
    SHIPMENT_REVERTED,
    SHIPMENT_CANCELLED,
    MILESTONE_RECORDED,
    SPONSORSHIP_CREATED,
    SPONSORSHIP_DELETED,
];

devisa_server::event_service!(EventLog, shipment);
