//! What kind of paper a deal is.

use serde::{Deserialize, Serialize};

use crate::tier::Tier;

/// The kind of paper; it alone decides the value tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Instrument {
    /// Letter of intent: intent that binds nobody.
    Loi,
    /// Memorandum of understanding (*nota kesepahaman*): a framework.
    Mou,
    /// Contract (*kontrak dagang*): binding.
    Contract,
    /// Purchase order: binding.
    PurchaseOrder,
}

impl Instrument {
    /// Every instrument.
    pub const ALL: [Self; 4] = [Self::Loi, Self::Mou, Self::Contract, Self::PurchaseOrder];

    /// The value tier of a deal on such paper.
    pub fn tier(self) -> Tier {
        match self {
            Self::Loi | Self::Mou => Tier::Potential,
            Self::Contract | Self::PurchaseOrder => Tier::Contracted,
        }
    }

    /// The short name, as enum values are written in filters.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Loi => "LOI",
            Self::Mou => "MOU",
            Self::Contract => "CONTRACT",
            Self::PurchaseOrder => "PURCHASE_ORDER",
        }
    }
}
