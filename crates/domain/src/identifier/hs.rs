//! Tariff codes of goods.

use serde::{Deserialize, Serialize};

use super::{as_text, refused, required};
use crate::refusal::RuleBroken;

/// A code of the Harmonized System: 6 digits (WCO, HS 2022) or the 8 digits of a national line
/// (BTKI 2022, after the ASEAN nomenclature AHTN).
///
/// Kept as digits, read with or without dots between pairs of digits: `0910.11.00`,
/// `09.10.11.00`. Source: PMK 26/PMK.010/2022, which lays BTKI 2022 down.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HsCode(String);

as_text!(HsCode);

impl HsCode {
    /// Reads a code.
    ///
    /// # Errors
    /// `field.missing` when empty; `hs_code.form` when it is not digits with dots between pairs;
    /// `hs_code.length` when there are not 6 or 8 digits; `hs_code.chapter` when the first two are
    /// neither 01 to 97 without 77, which is reserved, nor the national chapters 98 and 99;
    /// `hs_code.unknown_line` for an 8-digit line missing below one of the subheadings whose
    /// national lines are all known here.
    pub fn parse(code: &str) -> Result<Self, RuleBroken> {
        let pairs = |group: &str| {
            !group.is_empty()
                && group.len().is_multiple_of(2)
                && group.bytes().all(|b| b.is_ascii_digit())
        };
        let digits = required(code)?.replace('.', "");
        let bare = digits.len() == code.len();
        if !digits.bytes().all(|b| b.is_ascii_digit()) || !(bare || code.split('.').all(pairs)) {
            return Err(refused("hs_code.form", "digits, with dots only between pairs", code));
        }
        if !matches!(digits.len(), 6 | 8) {
            let found = format_args!("{}", digits.len());
            return Err(RuleBroken::expected("hs_code.length", "6 or 8 digits", found));
        }
        let chapter = &digits[..2];
        if matches!(chapter, "00" | "77") {
            return Err(RuleBroken::expected("hs_code.chapter", "01 to 99 without 77", chapter));
        }
        check_line(&digits)?;
        Ok(Self(digits))
    }

    /// The chapter: the first two digits.
    pub fn chapter(&self) -> &str {
        &self.0[..2]
    }

    /// The subheading, common to all members of the WCO (but for chapters 98 and 99): the first
    /// six digits.
    pub fn hs6(&self) -> &str {
        &self.0[..6]
    }

    /// Whether the code names a national line, with all 8 digits.
    pub fn is_national(&self) -> bool {
        self.0.len() == 8
    }
}

fn check_line(digits: &str) -> Result<(), RuleBroken> {
    let (hs6, suffix) = digits.split_at(6);
    let complete = LINES.iter().find(|(subheading, _)| *subheading == hs6);
    match complete {
        Some((_, lines)) if !suffix.is_empty() && !lines.contains(&suffix) => {
            let lines: Vec<String> = lines.iter().map(|line| format!("{hs6}{line}")).collect();
            Err(RuleBroken::expected("hs_code.unknown_line", lines.join(", "), digits))
        }
        _ => Ok(()),
    }
}

/// Subheadings with all of their national lines in BTKI 2022, by the last two digits. Only those
/// are here of which every line is known: goods that villages of the programme export.
const LINES: [(&str, &[&str]); 18] = [
    ("091011", &["00"]),
    ("091012", &["00"]),
    ("190211", &["00"]),
    ("190219", &["20", "30", "40", "90"]),
    ("190590", &["10", "20", "30", "40", "50", "60", "70", "80", "90"]),
    ("200899", &["10", "20", "30", "40", "90"]),
    ("230990", &["11", "12", "13", "14", "19", "20", "90"]),
    ("460129", &["00"]),
    ("460194", &["10", "20", "90"]),
    ("460211", &["10", "20", "90"]),
    ("460212", &["10", "20", "90"]),
    ("460219", &["10", "20", "90"]),
    ("640299", &["10", "20", "90"]),
    ("640399", &["10", "20", "30", "90"]),
    ("640411", &["10", "20", "90"]),
    ("640419", &["10", "90"]),
    ("650200", &["00"]),
    ("650400", &["00"]),
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;
    use crate::identifier::testing::{accepts, refuses};

    #[test]
    fn dots_are_dropped() {
        accepts(
            HsCode::parse,
            &[
                ("09101100", "09101100"),
                ("091011", "091011"),
                ("1905.90.80", "19059080"),
                ("0910.11.00", "09101100"),
                ("09.10.11.00", "09101100"),
                ("0910.11", "091011"),
                ("98010000", "98010000"),
                ("999999", "999999"),
            ],
        );
    }

    #[test]
    fn each_fault_has_its_rule() {
        refuses(
            HsCode::parse,
            &[
                ("0910", "hs_code.length"),
                ("0910110", "hs_code.length"),
                ("0910110000", "hs_code.length"),
                ("77010000", "hs_code.chapter"),
                ("000000", "hs_code.chapter"),
                ("09101199", "hs_code.unknown_line"),
                ("091.011", "hs_code.form"),
                ("0910..11", "hs_code.form"),
                ("0910.11.", "hs_code.form"),
                ("0910 1100", "hs_code.form"),
                ("0910110O", "hs_code.form"),
                ("", "field.missing"),
            ],
        );
        let broken = HsCode::parse("09101199").unwrap_err();
        assert_eq!(broken.detail(), "expected 09101100, found 09101199");
    }

    #[test]
    fn lines_of_known_goods_are_accepted() {
        for line in [
            "09101100", "09101200", "20089930", "20089990", "19059080", "19059090", "19021940",
            "19021100", "19023040", "64029990", "64039990", "64041990", "64041190", "23099011",
            "23099013", "23099019", "23099020", "23099090", "65040000", "65020000", "46021990",
            "46012900", "46019490", "46021290", "46021190", "17029051", "17029059", "17029099",
            "21069099", "12119098", "12119099", "21012090",
        ] {
            assert_eq!(HsCode::parse(line).map(String::from).as_deref(), Ok(line));
        }
    }

    #[test]
    fn a_code_holds_its_chapter_and_subheading() {
        let code = HsCode::parse("0910.11.00").unwrap();
        assert_eq!((code.chapter(), code.hs6(), code.is_national()), ("09", "091011", true));
        assert!(!HsCode::parse("091011").unwrap().is_national());
    }
}
