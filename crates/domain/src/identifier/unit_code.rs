//! Units of measure.

use cefact_units::{CodeList, Status, UnitCode as Listed};
use serde::{Deserialize, Serialize};

use super::{refused, required, text_traits};
use crate::refusal::RuleBroken;

/// A unit of measure by its common code of UN/CEFACT Recommendation 20, revision 17: `KGM`, `PR`.
///
/// Codes that this revision marks as deprecated or deleted are refused: `KG` was once a keg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UnitCode(Listed);

text_traits!(UnitCode);

impl UnitCode {
    /// Reads a code, which is case-sensitive.
    ///
    /// # Errors
    /// `field.missing` when empty, `unit_code.unknown` when it is not a current code.
    pub fn parse(code: &str) -> Result<Self, RuleBroken> {
        const EXPECTED: &str = "a current code of UN/CEFACT Recommendation 20, such as KGM";
        Listed::from_code(required(code)?)
            .filter(|unit| unit.code_list() == CodeList::Recommendation20)
            .filter(|unit| unit.status() == Status::Current)
            .map(Self)
            .ok_or_else(|| refused("unit_code.unknown", EXPECTED, code))
    }

    /// The code.
    pub fn as_str(&self) -> &'static str {
        self.0.as_str()
    }

    /// The unit's English name.
    pub fn name(&self) -> &'static str {
        self.0.info().name
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;
    use crate::identifier::testing::{accepts, refuses};

    #[test]
    fn current_codes_only() {
        let valid = ["KGM", "PR", "C62", "H87", "TNE"];
        accepts(UnitCode::parse, &valid.map(|code| (code, code)));
        let invalid = ["KG", "PCS", "PCE", "kgm", "CT", "XCT", "KGMM"];
        refuses(UnitCode::parse, &invalid.map(|code| (code, "unit_code.unknown")));
        refuses(UnitCode::parse, &[("", "field.missing")]);
        assert_eq!(UnitCode::parse("KGM").unwrap().name(), "kilogram");
    }
}
