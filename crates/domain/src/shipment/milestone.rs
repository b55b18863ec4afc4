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
    /// Left for a later vessel.
    Rolled,
    /// Not loaded though it was declared.
    ShortShipped,
    /// Came back.
    Returned,
}

impl Code {
    /// Every code, in the order of a voyage; those that take back stand last.
    pub const ALL: [Self; 13] = [
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
        Self::Rolled,
        Self::ShortShipped,
        Self::Returned,
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
            Self::Rolled => "ROLLED",
            Self::ShortShipped => "SHORT_SHIPPED",
            Self::Returned => "RETURNED",
        }
    }

    /// Whether a later event of this code takes it back.
    pub fn is_taken_back_by(self, later: Self) -> bool {
        match later {
            Self::Rolled | Self::ShortShipped => matches!(self, Self::Loaded | Self::Departed),
            Self::Returned => matches!(
                self,
                Self::GatedIn | Self::Loaded | Self::Departed | Self::Arrived | Self::Delivered
            ),
            _ => false,
        }
    }

    /// The event's code in DCSA Track and Trace 2.x, empty where it has none. DEPA stands for a
    /// truck's and for a vessel's departure, as there.
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
            Self::Rolled | Self::ShortShipped | Self::Returned => "",
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
    /// The milestone of the same shipment that this one replaces whole.
    pub corrects: Option<MilestoneName>,
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
