//! Kinds of packages.

use cefact_units::{CodeList, Status, UnitCode as Listed};
use serde::{Deserialize, Serialize};

use super::{refused, required, text_traits};
use crate::refusal::RuleBroken;

/// A kind of package by its two-character code of UN/CEFACT Recommendation 21, revision 12: `CT`.
///
/// Withdrawn codes are refused. Recommendation 20 lists the same codes with an `X` before them,
/// which is where they are looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PackageCode(Listed);

text_traits!(PackageCode);

impl PackageCode {
    /// Reads a code, which is case-sensitive.
    ///
    /// # Errors
    /// `field.missing` when empty, `package_code.form` when it is not two capitals or digits,
    /// `package_code.unknown` when it is not a current code.
    pub fn parse(code: &str) -> Result<Self, RuleBroken> {
        const EXPECTED: &str = "a current code of UN/CEFACT Recommendation 21, such as CT";
        let allowed = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
        if required(code)?.len() != 2 || !code.bytes().all(allowed) {
            return Err(refused("package_code.form", "two capitals or digits", code));
        }
        Listed::from_code(&format!("X{code}"))
            .filter(|package| package.code_list() == CodeList::Recommendation21)
            .filter(|package| package.status() == Status::Current)
            .map(Self)
            .ok_or_else(|| refused("package_code.unknown", EXPECTED, code))
    }

    /// The code, without the `X` of Recommendation 20.
    pub fn as_str(&self) -> &'static str {
        &self.0.as_str()[1..]
    }

    /// The package's English name.
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
        let valid = ["CT", "BX", "BG", "PX", "5H"];
        accepts(PackageCode::parse, &valid.map(|code| (code, code)));
        refuses(
            PackageCode::parse,
            &[
                ("CTN", "package_code.form"),
                ("XCT", "package_code.form"),
                ("ct", "package_code.form"),
                ("SX", "package_code.unknown"),
                ("QZ", "package_code.unknown"),
                ("", "field.missing"),
            ],
        );
        assert_eq!(PackageCode::parse("5H").unwrap().name(), "Bag, woven plastic");
    }
}
