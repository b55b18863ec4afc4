//! The table of milestones.

use devisa_domain::{
    name::ShipmentName,
    shipment::{Milestone, Shipment},
};
use devisa_ledger::Change;
use sea_orm::{ActiveModelTrait, Set};

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

/// The row of a shipment's milestone.
pub(crate) fn row(milestone: &Milestone, shipment: &Shipment) -> ActiveModel {
    let ActiveModel { scope_region, scope_organisation, .. } = scope(shipment);
    ActiveModel { scope_region, scope_organisation, ..ActiveModel::from(milestone) }
}

/// The scope of a shipment, in which its milestones lie, and nothing else.
pub(super) fn scope(shipment: &Shipment) -> ActiveModel {
    ActiveModel {
        scope_region: Set(shipment.region().map(ToString::to_string).unwrap_or_default()),
        scope_organisation: Set(shipment.facts.exporter.to_string()),
        ..<ActiveModel as ActiveModelTrait>::default()
    }
}

/// Takes a shipment's milestones along when it moves to another scope.
pub(crate) fn follow(change: Change, before: &Shipment, after: &Shipment) -> Change {
    if scope(before) == scope(after) {
        return change;
    }
    change.update_parts(Column::Shipment, &after.name, scope(after))
}
