//! The table of milestones.

use devisa_domain::{
    name::ShipmentName,
    shipment::{Milestone, Shipment},
};
use sea_orm::Set;

use crate::store::resource_table;

resource_table! {
    /// A milestone's row.
    "milestone" of Milestone as milestone {
        scope_region: String::new(),
        scope_organisation: String::new(),
        shipment: String = ShipmentName::new(milestone.name.shipment.clone()).to_string(),
        code: String = milestone.facts.code.as_str().to_owned(),
        classifier: String = milestone.facts.classifier.as_str().to_owned(),
        event_time: i64 = milestone.facts.event_time.micros(),
    }
}

/// The row of a shipment's milestone; it lies in the shipment's scope.
pub(crate) fn row(milestone: &Milestone, shipment: &Shipment) -> ActiveModel {
    ActiveModel {
        scope_region: Set(shipment.region().map(ToString::to_string).unwrap_or_default()),
        scope_organisation: Set(shipment.facts.exporter.to_string()),
        ..ActiveModel::from(milestone)
    }
}
