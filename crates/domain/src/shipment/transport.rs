//! Transport units: truck loads.

use serde::{Deserialize, Serialize};

use crate::identifier::{container::ContainerNumber, plate::Plate, seal::SealNumber};

/// The most units of one shipment.
pub const MAX_UNITS: usize = 500;

/// One truck load. All may be unknown: a truck, and that is all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransportUnit {
    /// The truck's number plate.
    pub truck_plate: Option<Plate>,
    /// The container's number.
    pub container_number: Option<ContainerNumber>,
    /// There is a container whose number is unknown or a dummy.
    pub container_provisional: bool,
    /// The seal's number.
    pub seal: Option<SealNumber>,
}
