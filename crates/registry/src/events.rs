//! What happens in the registry, by name.

/// A programme was created.
pub(crate) const PROGRAMME_CREATED: &str = "devisa.registry.v1.programme.created";
/// A decree was recorded.
pub(crate) const DECREE_CREATED: &str = "devisa.registry.v1.decree.created";
/// A village was proposed.
pub(crate) const ENROLMENT_CREATED: &str = "devisa.registry.v1.enrolment.created";
/// An enrolment's history has another entry.
pub(crate) const ENROLMENT_ADVANCED: &str = "devisa.registry.v1.enrolment.advanced";
/// An organisation was created.
pub(crate) const ORGANISATION_CREATED: &str = "devisa.registry.v1.organisation.created";
/// An organisation's facts were changed.
pub(crate) const ORGANISATION_UPDATED: &str = "devisa.registry.v1.organisation.updated";
/// An organisation was deleted.
pub(crate) const ORGANISATION_DELETED: &str = "devisa.registry.v1.organisation.deleted";
/// An organisation's deletion was taken back.
pub(crate) const ORGANISATION_UNDELETED: &str = "devisa.registry.v1.organisation.undeleted";
/// A product was created.
pub(crate) const PRODUCT_CREATED: &str = "devisa.registry.v1.product.created";
/// A product's facts were changed.
pub(crate) const PRODUCT_UPDATED: &str = "devisa.registry.v1.product.updated";
/// A product was deleted.
pub(crate) const PRODUCT_DELETED: &str = "devisa.registry.v1.product.deleted";
/// A product's deletion was taken back.
pub(crate) const PRODUCT_UNDELETED: &str = "devisa.registry.v1.product.undeleted";
/// A rate was recorded.
pub(crate) const EXCHANGE_RATE_CREATED: &str = "devisa.registry.v1.exchange_rate.created";

/// Every type of event that the registry writes.
pub const TYPES: &[&str] = &[
    PROGRAMME_CREATED,
    DECREE_CREATED,
    ENROLMENT_CREATED,
    ENROLMENT_ADVANCED,
    ORGANISATION_CREATED,
    ORGANISATION_UPDATED,
    ORGANISATION_DELETED,
    ORGANISATION_UNDELETED,
    PRODUCT_CREATED,
    PRODUCT_UPDATED,
    PRODUCT_DELETED,
    PRODUCT_UNDELETED,
    EXCHANGE_RATE_CREATED,
];

devisa_server::event_service!(EventLog, registry);
