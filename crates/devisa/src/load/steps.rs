//! The lifecycle steps that ride on items of a data set.

use crate::catalogue::Resource;

/// A step and the method that takes it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct StepKind {
    /// The resource it rides on, by its key.
    pub(super) resource: &'static str,
    /// The key in the item.
    pub(super) key: &'static str,
    /// The method of the resource's service.
    pub(super) method: &'static str,
    /// The states from which it is taken.
    pub(super) from: &'static [&'static str],
    /// The states in which it can no longer be taken; in any other it has been reached or passed.
    pub(super) against: &'static [&'static str],
}

/// The steps that can be taken. `advance` has states of its own; `villages` creates its decree.
pub(super) static STEPS: &[StepKind] = &[
    StepKind {
        resource: "decrees",
        key: "villages",
        method: "ImportDecree",
        from: &[],
        against: &[],
    },
    StepKind {
        resource: "enrolments",
        key: "advance",
        method: "AdvanceEnrolment",
        from: &[],
        against: &[],
    },
    StepKind {
        resource: "shipments",
        key: "confirm",
        method: "ConfirmShipment",
        from: &["DRAFT"],
        against: &["CANCELLED"],
    },
    StepKind {
        resource: "shipments",
        key: "cancel",
        method: "CancelShipment",
        from: &["DRAFT", "READY"],
        against: &["RELEASED", "GATED_IN", "LOADED", "DEPARTED", "ARRIVED", "DELIVERED"],
    },
    StepKind {
        resource: "releases",
        key: "dispatch",
        method: "DispatchRelease",
        from: &["PLANNED"],
        against: &["CANCELLED"],
    },
    StepKind {
        resource: "releases",
        key: "cancel",
        method: "CancelRelease",
        from: &["PLANNED"],
        against: &["RELEASED"],
    },
    StepKind {
        resource: "deals",
        key: "sign",
        method: "SignDeal",
        from: &["DRAFT"],
        against: &["WITHDRAWN"],
    },
    StepKind {
        resource: "deals",
        key: "lapse",
        method: "LapseDeal",
        from: &["DRAFT", "SIGNED"],
        against: &["FULFILLED", "WITHDRAWN"],
    },
    StepKind {
        resource: "deals",
        key: "withdraw",
        method: "WithdrawDeal",
        from: &["DRAFT", "SIGNED"],
        against: &["FULFILLED", "LAPSED"],
    },
];

impl StepKind {
    /// Whether the step creates its resource: a decree that comes with its villages.
    pub(super) fn creates(&self) -> bool {
        self.key == "villages"
    }

    /// Whether the step ends a deal, which then takes no realisations any more.
    pub(super) fn ends(&self) -> bool {
        matches!(self.key, "lapse" | "withdraw")
    }
}

/// The step of a resource's key.
pub(super) fn step(resource: &Resource, key: &str) -> Option<&'static StepKind> {
    STEPS.iter().find(|step| step.resource == resource.key && step.key == key)
}
