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
    /// Checks what only two facts together tell: a capacity says of which unit it is.
    ///
    /// # Errors
    /// `field.missing` at `unit_code`.
    pub fn check_unit(
        capacity: Option<&Decimal>,
        unit_code: Option<&UnitCode>,
    ) -> Result<(), Violation> {
        if capacity.is_some() && unit_code.is_none() {
            return Err(RuleBroken::missing().at("unit_code"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;
    use crate::{
        name::ProductName,
        provenance::Provenance,
        registry::record::{Draft, Stated},
        time::Timestamp,
    };

    fn facts() -> ProductFacts {
        ProductFacts {
            display_name: Text::parse("Gula aren").unwrap(),
            hs_code: HsCode::parse("17029059").unwrap(),
            commodity: None,
            unit_code: Some(UnitCode::parse("KGM").unwrap()),
            monthly_capacity: Some("12000.500".parse().unwrap()),
        }
    }

    #[test]
    fn a_capacity_has_a_unit() {
        let ProductFacts { unit_code, monthly_capacity, .. } = facts();
        let (unit, capacity) = (unit_code.as_ref(), monthly_capacity.as_ref());
        assert!(ProductFacts::check_unit(capacity, unit).is_ok());
        let broken = ProductFacts::check_unit(capacity, None).unwrap_err();
        assert_eq!((broken.field.as_str(), broken.is_missing()), ("unit_code", true));
        assert!(ProductFacts::check_unit(None, None).is_ok());
    }

    #[test]
    fn it_is_stored_with_its_digits_and_its_deletion() {
        let name = ProductName::parse("organisations/a/products/b").unwrap();
        let stated = Stated { facts: facts(), provenance: Provenance::default() };
        let product = Product::new(&Draft { name, stated }, Timestamp::from_micros(1));
        let gone = product.deleted("", Timestamp::from_micros(2)).unwrap();
        for product in [product, gone] {
            let stored = serde_json::to_string(&product).unwrap();
            assert!(stored.contains("\"12000.500\""), "{stored}");
            assert_eq!(stored.contains("delete_time"), product.meta.is_deleted());
            assert_eq!(serde_json::from_str::<Product>(&stored).unwrap(), product);
        }
    }
}
