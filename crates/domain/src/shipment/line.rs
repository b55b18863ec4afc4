//! Lines of goods.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{
    identifier::{
        hs::HsCode, package_code::PackageCode, text::Text, unit_code::UnitCode,
        village_code::VillageCode,
    },
    money::Money,
    name::{OrganisationName, ProductName},
    refusal::{Checks, RuleBroken, Violation},
};

/// The most lines of one shipment.
pub const MAX_LINES: usize = 200;
/// The most producers sharing one line.
pub const MAX_SHARES: usize = 100;
/// The most decimals of a share.
pub const SHARE_DECIMALS: u32 = 6;

/// How much, in the unit it is traded in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quantity {
    /// The number, above zero.
    pub value: Decimal,
    /// The unit, UN/ECE Recommendation 20.
    pub unit: UnitCode,
}

/// How goods are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packages {
    /// How many packages.
    pub count: u32,
    /// Their type, UN/ECE Recommendation 21.
    pub code: PackageCode,
}

/// Who made a part of a line: a producer, a village, or a producer in a village.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Maker {
    /// A producer, wherever it works.
    Producer(OrganisationName),
    /// A village, whoever works there.
    Village(VillageCode),
    /// A producer and the village where it made the goods.
    Both(OrganisationName, VillageCode),
}

impl Maker {
    /// From its two parts, of which one must be there.
    pub fn new(producer: Option<OrganisationName>, village: Option<VillageCode>) -> Option<Self> {
        match (producer, village) {
            (Some(producer), Some(village)) => Some(Self::Both(producer, village)),
            (Some(producer), None) => Some(Self::Producer(producer)),
            (None, Some(village)) => Some(Self::Village(village)),
            (None, None) => None,
        }
    }

    /// The producer.
    pub fn producer(&self) -> Option<&OrganisationName> {
        match self {
            Self::Producer(producer) | Self::Both(producer, _) => Some(producer),
            Self::Village(_) => None,
        }
    }

    /// The village.
    pub fn village(&self) -> Option<&VillageCode> {
        match self {
            Self::Village(village) | Self::Both(_, village) => Some(village),
            Self::Producer(_) => None,
        }
    }
}

/// The part of a line that one maker made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Who made it.
    pub maker: Maker,
    /// The part, above 0 and at most 1.
    pub part: Decimal,
}

/// Weights of a line in kilograms. The gross weight is never below the net weight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weights {
    net_kg: Option<Decimal>,
    gross_kg: Option<Decimal>,
}

impl Weights {
    /// From a net and a gross weight, both above zero where they are given.
    ///
    /// # Errors
    /// `gross_kg.below_net`.
    pub fn new(net_kg: Option<Decimal>, gross_kg: Option<Decimal>) -> Result<Self, RuleBroken> {
        match (net_kg, gross_kg) {
            (Some(net), Some(gross)) if gross < net => {
                let expected = format!("at least net_kg, {net}");
                Err(RuleBroken::expected("gross_kg.below_net", expected, gross))
            }
            _ => Ok(Self { net_kg, gross_kg }),
        }
    }

    /// The weight of the goods alone.
    pub fn net_kg(&self) -> Option<Decimal> {
        self.net_kg
    }

    /// The weight with packaging.
    pub fn gross_kg(&self) -> Option<Decimal> {
        self.gross_kg
    }
}

/// Who made a line, each a part of it. The parts add up to exactly 1, or there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shares(Vec<Share>);

impl Shares {
    /// From the parts, each of which is above 0 and at most 1.
    ///
    /// # Errors
    /// `shares.count` above [`MAX_SHARES`], `shares.sum` when they do not add up to exactly 1.
    pub fn new(shares: Vec<Share>) -> Result<Self, RuleBroken> {
        if shares.len() > MAX_SHARES {
            let expected = format!("at most {MAX_SHARES}");
            return Err(RuleBroken::expected("shares.count", expected, shares.len()));
        }
        let sum: Decimal = shares.iter().map(|share| share.part).sum();
        if shares.is_empty() || sum == Decimal::ONE {
            return Ok(Self(shares));
        }
        Err(RuleBroken::expected("shares.sum", "shares that add up to 1", sum.normalize()))
    }

    /// The parts, in the order given.
    pub fn iter(&self) -> std::slice::Iter<'_, Share> {
        self.0.iter()
    }
}

/// Checks one part.
///
/// # Errors
/// `share.range` when it is above 1.
pub fn check_share(part: Decimal) -> Result<Decimal, RuleBroken> {
    if part <= Decimal::ONE {
        return Ok(part);
    }
    Err(RuleBroken::expected("share.range", "above 0 and at most 1", part))
}

/// One kind of goods in a shipment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The product of the registry that it is.
    pub product: Option<ProductName>,
    /// What it is.
    pub description: Text<500>,
    /// Its tariff code.
    pub hs_code: Option<HsCode>,
    /// What it is called in statistics.
    pub commodity: Option<Text<100>>,
    /// How much.
    pub quantity: Option<Quantity>,
    /// How heavy.
    pub weights: Weights,
    /// How it is packed.
    pub packages: Option<Packages>,
    /// Its value, above zero.
    pub value: Money,
    /// Who made it.
    pub shares: Shares,
}

impl Line {
    /// Checks that nothing is missing that a confirmed shipment must have on every line: the HS
    /// code, and a quantity or the net weight.
    ///
    /// # Errors
    /// `field.missing` at `hs_code` and at `quantity`.
    pub fn check_complete(&self) -> Result<(), Vec<Violation>> {
        let mut checks = Checks::new();
        checks.ensure(self.hs_code.is_some(), "hs_code", RuleBroken::missing);
        let measured = self.quantity.is_some() || self.weights.net_kg().is_some();
        checks.ensure(measured, "quantity", || {
            RuleBroken::new("field.missing", "expected quantity or net_kg, found neither")
        });
        checks.finish(())
    }
}
