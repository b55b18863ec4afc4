//! Numbers on an export declaration (*Pemberitahuan Ekspor Barang*, PEB, form BC 3.0).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{as_text, is_digits, refused, required, text::Text};
use crate::refusal::RuleBroken;

/// The application number (*nomor aju*) under which a declaration was sent: 26 characters, being
/// user code (6 letters or digits), identity (6 digits), date `YYYYMMDD` and sequence (6 digits).
///
/// Read bare or with hyphens between the groups, as it is printed; kept bare. Letters occur in
/// the first group since 2024. Source: numbering of the customs system CEISA.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AjuNumber(String);

as_text!(AjuNumber);

impl AjuNumber {
    /// Reads a number.
    ///
    /// # Errors
    /// `field.missing` when empty; `aju_number.form` for other characters, or hyphens elsewhere
    /// than between groups; `aju_number.length` for other than 26 characters without hyphens;
    /// `aju_number.date` when the third group is no date.
    pub fn parse(aju: &str) -> Result<Self, RuleBroken> {
        const FORM: &str = "26 capitals and digits, bare or in groups 6-6-8-6";
        let bare = required(aju)?.replace('-', "");
        if !bare.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) {
            return Err(refused("aju_number.form", FORM, aju));
        }
        if bare.len() != 26 {
            let found = format_args!("{}", bare.len());
            return Err(RuleBroken::expected("aju_number.length", "26 characters", found));
        }
        let (user, identity, date, sequence) =
            (&bare[..6], &bare[6..12], &bare[12..20], &bare[20..]);
        if aju != bare && aju != format!("{user}-{identity}-{date}-{sequence}") {
            return Err(refused("aju_number.form", FORM, aju));
        }
        if !is_digits(&bare[6..], 20) {
            return Err(refused("aju_number.form", "letters in the first group only", aju));
        }
        if NaiveDate::parse_from_str(date, "%Y%m%d").is_err() {
            return Err(RuleBroken::expected("aju_number.date", "a date YYYYMMDD", date));
        }
        Ok(Self(bare))
    }
}

/// The registration number of a declaration: 6 digits. It identifies the declaration only
/// together with its date and its customs office.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PebNumber(String);

as_text!(PebNumber);

impl PebNumber {
    /// Reads a number.
    ///
    /// # Errors
    /// `field.missing` when empty, `peb_number.form` when it is not 6 digits.
    pub fn parse(number: &str) -> Result<Self, RuleBroken> {
        six_digits("peb_number.form", number).map(Self)
    }
}

/// The code of a customs office: 6 digits; 070100 is Tanjung Perak.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CustomsOffice(String);

as_text!(CustomsOffice);

impl CustomsOffice {
    /// Reads a code. Whether there is such an office is not known here.
    ///
    /// # Errors
    /// `field.missing` when empty, `customs_office.form` when it is not 6 digits.
    pub fn parse(code: &str) -> Result<Self, RuleBroken> {
        six_digits("customs_office.form", code).map(Self)
    }
}

/// The number of an export approval (*Nota Pelayanan Ekspor*), which answers one declaration:
/// text of at most 32 characters, for which there is no published grammar.
pub type NpeNumber = Text<32>;

fn six_digits(rule: &str, text: &str) -> Result<String, RuleBroken> {
    if is_digits(required(text)?, 6) {
        return Ok(text.to_owned());
    }
    Err(refused(rule, "6 digits", text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identifier::testing::{accepts, refuses};

    #[test]
    fn an_application_number_is_kept_bare() {
        accepts(
            AjuNumber::parse,
            &[
                ("000030-010017-20251126-000123", "00003001001720251126000123"),
                ("IFN030-010017-20251126-000124", "IFN03001001720251126000124"),
                ("00003001001720251126000123", "00003001001720251126000123"),
            ],
        );
        refuses(
            AjuNumber::parse,
            &[
                ("000030-010017-20251340-000123", "aju_number.date"),
                ("000030-010017-20250229-000123", "aju_number.date"),
                ("000030-010017-20251126-00012", "aju_number.length"),
                ("0000300100172025112600012", "aju_number.length"),
                ("0000300-10017-20251126-000123", "aju_number.form"),
                ("000030010017-20251126-000123", "aju_number.form"),
                ("000030-O10017-20251126-000123", "aju_number.form"),
                ("ifn030-010017-20251126-000124", "aju_number.form"),
                ("000030 010017 20251126 000123", "aju_number.form"),
                ("", "field.missing"),
            ],
        );
    }

    #[test]
    fn numbers_and_offices_are_six_digits() {
        accepts(PebNumber::parse, &[("012345", "012345"), ("000007", "000007")]);
        refuses(PebNumber::parse, &[("12345", "peb_number.form"), ("01234A", "peb_number.form")]);
        accepts(CustomsOffice::parse, &[("070100", "070100")]);
        refuses(CustomsOffice::parse, &[("7010", "customs_office.form"), ("", "field.missing")]);
    }

    #[test]
    fn an_approval_is_text() {
        accepts(NpeNumber::parse, &[("012345/WBC.11/KPP.01/2025", "012345/WBC.11/KPP.01/2025")]);
        refuses(NpeNumber::parse, &[("123456789012345678901234567890123", "text.length")]);
    }
}
