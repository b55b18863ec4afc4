//! Countries.

use rust_iso3166::CountryCode;
use serde::{Deserialize, Serialize};

use super::{refused, required, text_traits};
use crate::refusal::RuleBroken;

/// A country or territory by its ISO 3166-1 alpha-2 code, read in any case, kept in capitals.
///
/// Only assigned codes count: `UK` is merely reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RegionCode(CountryCode);

text_traits!(RegionCode);

impl RegionCode {
    /// Reads a code.
    ///
    /// # Errors
    /// `field.missing` when empty, `region_code.form` when it is not two letters,
    /// `region_code.unknown` when it is not assigned.
    pub fn parse(code: &str) -> Result<Self, RuleBroken> {
        if required(code)?.len() != 2 || !code.bytes().all(|b| b.is_ascii_alphabetic()) {
            return Err(refused("region_code.form", "two letters", code));
        }
        rust_iso3166::from_alpha2(&code.to_ascii_uppercase())
            .map(Self)
            .ok_or_else(|| refused("region_code.unknown", "an ISO 3166-1 alpha-2 code", code))
    }

    /// The code in capitals.
    pub fn as_str(&self) -> &'static str {
        self.0.alpha2
    }

    /// The English short name.
    pub fn name(&self) -> &'static str {
        self.0.name
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;
    use crate::identifier::testing::{accepts, refuses};

    #[test]
    fn assigned_codes_only() {
        accepts(RegionCode::parse, &[("BD", "BD"), ("KR", "KR"), ("nl", "NL"), ("Id", "ID")]);
        refuses(
            RegionCode::parse,
            &[
                ("UK", "region_code.unknown"),
                ("EN", "region_code.unknown"),
                ("XK", "region_code.unknown"),
                ("EU", "region_code.unknown"),
                ("IDN", "region_code.form"),
                ("1D", "region_code.form"),
                ("I", "region_code.form"),
                ("", "field.missing"),
            ],
        );
        assert_eq!(RegionCode::parse("BD").unwrap().name(), "Bangladesh");
    }
}
