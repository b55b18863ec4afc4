//! Kemendagri village codes.

use serde::{Deserialize, Serialize};

use super::{as_text, is_digits, refused, required};
use crate::refusal::RuleBroken;

/// A village's code in the list of the Ministry of Home Affairs (Kemendagri), `PP.RR.DD.VVVV`:
/// province, regency or city, district, village.
///
/// The village group's first digit is 1 (*kelurahan*), 2 (*desa*) or 3 (*desa adat*). The type
/// vouches for the form only; [`crate::village::require`] tells whether the village exists.
/// Codes sort as the national list does. Source: Kepmendagri 300.2.2-2138/2025.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VillageCode(String);

as_text!(VillageCode);

impl VillageCode {
    /// Reads a code.
    ///
    /// # Errors
    /// `field.missing` when empty, `village_code.form` when it is not of the form above.
    pub fn parse(code: &str) -> Result<Self, RuleBroken> {
        const FORM: &str = "PP.RR.DD.VVVV in digits, VVVV starting with 1, 2 or 3";
        let groups: Vec<&str> = required(code)?.split('.').collect();
        let well_formed = matches!(groups[..], [province, regency, district, village]
            if [province, regency, district].iter().all(|group| is_digits(group, 2))
                && is_digits(village, 4)
                && village.starts_with(['1', '2', '3']));
        if !well_formed {
            return Err(refused("village_code.form", FORM, code));
        }
        Ok(Self(code.to_owned()))
    }

    /// The code of the province, `PP`.
    pub fn province(&self) -> &str {
        &self.0[..2]
    }

    /// The code of the regency or city, `PP.RR`.
    pub fn regency(&self) -> &str {
        &self.0[..5]
    }

    /// The code of the district, `PP.RR.DD`.
    pub fn district(&self) -> &str {
        &self.0[..8]
    }

    /// The last group, `VVVV`.
    pub(crate) fn village_group(&self) -> &str {
        &self.0[9..]
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;
    use crate::identifier::testing::{accepts, refuses};

    #[test]
    fn a_code_is_four_groups_of_digits() {
        accepts(
            VillageCode::parse,
            &[
                ("35.25.11.2009", "35.25.11.2009"),
                ("35.01.06.2013", "35.01.06.2013"),
                ("35.80.01.2001", "35.80.01.2001"),
                ("91.03.01.3001", "91.03.01.3001"),
            ],
        );
        refuses(
            VillageCode::parse,
            &[
                ("35.25.11.209", "village_code.form"),
                ("35.79.01.4001", "village_code.form"),
                ("35.79.01.0001", "village_code.form"),
                ("3525112009", "village_code.form"),
                ("35.25.11", "village_code.form"),
                ("35.25.11.2009.1", "village_code.form"),
                ("35.25.1a.2009", "village_code.form"),
                ("35.25.11.2009 ", "village_code.form"),
                ("٣٥.25.11.2009", "village_code.form"),
                ("", "field.missing"),
            ],
        );
    }

    #[test]
    fn a_code_holds_the_codes_around_it() {
        let code = VillageCode::parse("35.25.11.2009").unwrap();
        assert_eq!((code.province(), code.regency()), ("35", "35.25"));
        assert_eq!((code.district(), code.village_group()), ("35.25.11", "2009"));
    }
}
