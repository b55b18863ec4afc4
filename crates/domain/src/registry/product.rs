//! Products: what organisations can deliver.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::record::Record;
use crate::{
    identifier::{hs::HsCode, text::Text, unit_code::UnitCode},
    name::ProductName,
    refusal::{RuleBroken, Violation},
};

/// Something that an organisation makes, gathers or sells.
pub type Product = Record<ProductName, ProductFacts>;

/// What is stated about a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductFacts {
    /// What it is called.
    pub display_name: Text<200>,
    /// Its tariff code.
    pub hs_code: HsCode,
    /// The commodity it belongs to.
    pub commodity: Option<Text<100>>,
    /// The unit it is traded in.
    pub unit_code: Option<UnitCode>,
    /// How much can be delivered in a month, above zero, in `unit_code`.
    pub monthly_capacity: Option<Decimal>,
}

impl ProductFacts {
    /// Checks what only the facts together tell: a capacity says of which unit it is.
    ///
    /// # Errors
    /// `field.missing` at `unit_code`.
    pub fn checked(self) -> Result<Self, Violation> {
        if self.monthly_capacity.is_some() && self.unit_code.is_none() {
            return Err(RuleBroken::missing().at("unit_code"));
        }
        Ok(self)
    }
}
