//! Milestones: what happened, or should happen, to a shipment.

use serde::{Deserialize, Serialize};

use crate::{identifier::text::Text, meta::Meta, name::MilestoneName, time::Timestamp};

/// The kinds of milestones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Code {
    /// The booking is confirmed.
    Booked,
    /// The export declaration is lodged.
    PebLodged,
    /// Customs approved the export.
    NpeIssued,
    /// Stuffed and sealed.
    Stuffed,
    /// Left at the ceremony; written only when the release is dispatched.
    Released,
    /// Through the terminal's gate.
    GatedIn,
    /// Loaded on the vessel.
    Loaded,
    /// The vessel departed.
    Departed,
    /// The vessel arrived.
    Arrived,
    /// Delivered to the consignee.
    Delivered,
}

impl Code {
    /// Every code, in the order of a voyage.
    pub const ALL: [Self; 10] = [
        Self::Booked,
        Self::PebLodged,
        Self::NpeIssued,
        Self::Stuffed,
        Self::Released,
        Self::GatedIn,
        Self::Loaded,
        Self::Departed,
        Self::Arrived,
        Self::Delivered,
    ];

    /// The code's name as on the wire, without its prefix.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Booked => "BOOKED",
            Self::PebLodged => "PEB_LODGED",
            Self::NpeIssued => "NPE_ISSUED",
            Self::Stuffed => "STUFFED",
            Self::Released => "RELEASED",
            Self::GatedIn => "GATED_IN",
            Self::Loaded => "LOADED",
            Self::Departed => "DEPARTED",
            Self::Arrived => "ARRIVED",
            Self::Delivered => "DELIVERED",
        }
    }

    /// The event's code in DCSA Track and Trace 2.x. DEPA stands for a truck's and for a vessel's
    /// departure, as there.
    pub fn dcsa(self) -> &'static str {
        match self {
            Self::Booked => "CONF",
            Self::PebLodged => "SUBM",
            Self::NpeIssued => "RELS",
            Self::Stuffed => "STUF",
            Self::Released | Self::Departed => "DEPA",
            Self::GatedIn => "GTIN",
            Self::Loaded => "LOAD",
            Self::Arrived => "ARRI",
            Self::Delivered => "GTOT",
        }
    }
}

/// How sure a milestone's time is, as in DCSA Track and Trace (PLN, EST, ACT).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Classifier {
    /// It is planned.
    Planned,
    /// It is expected.
    Estimated,
    /// It happened.
    Actual,
}

impl Classifier {
    /// Every classifier.
    pub const ALL: [Self; 3] = [Self::Planned, Self::Estimated, Self::Actual];

    /// The classifier's name as on the wire, without its prefix.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "PLANNED",
            Self::Estimated => "ESTIMATED",
            Self::Actual => "ACTUAL",
        }
    }
}

/// What a caller says of a milestone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MilestoneFacts {
    /// What happened.
    pub code: Code,
    /// Whether it did.
    pub classifier: Classifier,
    /// When it happened or should happen.
    pub event_time: Timestamp,
    /// Where.
    pub location: Option<Text<200>>,
}

/// A milestone on record. It is never altered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Milestone {
    /// Its name.
    pub name: MilestoneName,
    /// Version, times, provenance; the creation is the time of recording.
    pub meta: Meta,
    /// What was said.
    pub facts: MilestoneFacts,
}
