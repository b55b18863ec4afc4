//! When what a resource says was recorded.

use devisa_domain::time::Timestamp;
use prost::{Message, Name};

use crate::{
    convert::common::timestamp, deal::v1 as deal, registry::v1 as registry,
    shipment::v1 as shipment,
};

/// A resource as its readers see it. Every one tells when it was last changed.
pub trait Recorded: Message + Name {
    /// When its last change was recorded, which is never before the change that preceded it; none
    /// where it does not say.
    fn recorded(&self) -> Option<Timestamp>;
}

macro_rules! recorded {
    ($($resource:ty),* $(,)?) => {
        $(impl Recorded for $resource {
            fn recorded(&self) -> Option<Timestamp> {
                self.update_time.as_ref().and_then(|time| timestamp(time).ok())
            }
        })*
    };
}

recorded!(
    registry::Programme,
    registry::Decree,
    registry::Enrolment,
    registry::Organisation,
    registry::Product,
    registry::ExchangeRate,
    shipment::Release,
    shipment::Shipment,
    shipment::Milestone,
    shipment::Sponsorship,
    deal::Session,
    deal::Deal,
    deal::Realisation,
);
