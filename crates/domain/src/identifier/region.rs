//! Kemendagri regions, named by the beginning of a village code.

use serde::{Deserialize, Serialize};

use super::{as_text, is_digits, refused, required, village_code::VillageCode};
use crate::{refusal::RuleBroken, village};

/// A region of the national list: a province `PP`, a regency or city `PP.RR`, a district
/// `PP.RR.DD` or a single village `PP.RR.DD.VVVV`.
///
/// Source: Kepmendagri 300.2.2-2138/2025.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RegionPrefix(String);

as_text!(RegionPrefix);

impl RegionPrefix {
    /// Reads the code of a region.
    ///
    /// # Errors
    /// `field.missing` when empty, `region.form` when it is none of the forms above,
    /// `region.unknown` when the list has no such region.
    pub fn parse(code: &str) -> Result<Self, RuleBroken> {
        const FORM: &str = "PP, PP.RR, PP.RR.DD or PP.RR.DD.VVVV in digits";
        let well_formed = match required(code)?.len() {
            2 | 5 | 8 => code.split('.').all(|group| is_digits(group, 2)),
            _ => VillageCode::parse(code).is_ok(),
        };
        if !well_formed {
            return Err(refused("region.form", FORM, code));
        }
        if village::region_name(code).is_none() {
            let listed = format_args!("a region of {}", village::EDITION);
            return Err(RuleBroken::expected("region.unknown", listed, code));
        }
        Ok(Self(code.to_owned()))
    }

    /// The region's name; a regency's or city's says which of the two it is.
    pub fn name(&self) -> &'static str {
        village::region_name(&self.0).unwrap_or_default()
    }

    /// Whether a village lies in the region.
    pub fn covers(&self, code: &VillageCode) -> bool {
        village::lies_in(code.as_str(), &self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;
    use crate::identifier::testing::{accepts, refuses};

    #[test]
    fn a_region_is_of_the_list() {
        let codes = ["35", "35.25", "35.25.11", "35.25.11.2009"];
        accepts(RegionPrefix::parse, &codes.map(|code| (code, code)));
        refuses(
            RegionPrefix::parse,
            &[
                ("3", "region.form"),
                ("35.", "region.form"),
                ("35.2", "region.form"),
                ("35 25", "region.form"),
                ("35.25.1", "region.form"),
                ("35.25.11.4009", "region.form"),
                ("99", "region.unknown"),
                ("35.80", "region.unknown"),
                ("35.25.99", "region.unknown"),
                ("35.25.11.2999", "region.unknown"),
                ("", "field.missing"),
            ],
        );
        assert_eq!(RegionPrefix::parse("35.25").unwrap().name(), "Kabupaten Gresik");
    }

    #[test]
    fn a_region_covers_the_villages_in_it() {
        let wedani = VillageCode::parse("35.25.11.2009").unwrap();
        let covers = |region: &str| RegionPrefix::parse(region).unwrap().covers(&wedani);
        assert!(["35", "35.25", "35.25.11", "35.25.11.2009"].into_iter().all(covers));
        assert!(!["33", "35.24", "35.25.10", "35.25.11.2010"].into_iter().any(covers));
    }
}
