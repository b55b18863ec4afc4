//! Taxpayer numbers (NPWP).

use serde::{Deserialize, Serialize};

use super::{as_text, nik, refused, required};
use crate::refusal::RuleBroken;

/// A *Nomor Pokok Wajib Pajak*, kept as 16 digits.
///
/// Entities and non-residents have `0` and the old 15 digits: 2 type, 6 serial, 1 check digit
/// (Luhn over the first 9), 3 tax office, 3 branch. Residents have their NIK. The old form is read
/// bare, or as `99.999.999.9-999.999`. Source: PMK 112/PMK.03/2022.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Npwp(String);

as_text!(Npwp);

impl Npwp {
    /// Reads an NPWP of either form.
    ///
    /// # Errors
    /// `field.missing` when empty; `npwp.form` for a character that is no digit, or dots and a
    /// dash elsewhere than in the form above; `npwp.length` for other than 15 or 16 digits;
    /// `npwp.zeros` when all are zero, which stands for "none"; `npwp.check_digit`; `npwp.nik`
    /// when 16 digits start neither with 0 nor as a NIK does.
    pub fn parse(npwp: &str) -> Result<Self, RuleBroken> {
        let digits: String = required(npwp)?.chars().filter(|c| !matches!(c, '.' | '-')).collect();
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(refused("npwp.form", FORM, npwp));
        }
        if !matches!(digits.len(), 15 | 16) {
            let found = format_args!("{}", digits.len());
            return Err(RuleBroken::expected("npwp.length", "15 or 16 digits", found));
        }
        if npwp != digits && npwp != punctuated(&digits) {
            return Err(refused("npwp.form", FORM, npwp));
        }
        let full = if digits.len() == 15 { format!("0{digits}") } else { digits };
        match full.strip_prefix('0') {
            Some(old) => check_old(old)?,
            None => check_nik(&full)?,
        }
        Ok(Self(full))
    }
}

const FORM: &str = "99.999.999.9-999.999, or 15 or 16 digits alone";

fn check_old(old: &str) -> Result<(), RuleBroken> {
    if old.bytes().all(|b| b == b'0') {
        return Err(RuleBroken::expected("npwp.zeros", "a number other than zero", old));
    }
    let (expected, found) = (luhn_digit(&old[..8]), &old[8..9]);
    if expected.to_string() != found {
        return Err(RuleBroken::expected("npwp.check_digit", expected, found));
    }
    Ok(())
}

fn check_nik(nik: &str) -> Result<(), RuleBroken> {
    const EXPECTED: &str = "0 and the old 15 digits, or the NIK of a resident";
    match nik::fault(nik) {
        None => Ok(()),
        Some(part) => {
            let found = format_args!("a number that is no NIK by its {part}");
            Err(RuleBroken::expected("npwp.nik", EXPECTED, found))
        }
    }
}

/// The digit that makes the sum of Luhn's algorithm a multiple of ten (ISO/IEC 7812-1, annex B).
fn luhn_digit(digits: &str) -> u32 {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, b)| {
            let weighted = u32::from(b - b'0') * if place % 2 == 0 { 2 } else { 1 };
            weighted / 10 + weighted % 10
        })
        .sum();
    (10 - sum % 10) % 10
}

/// The old form with its dots and dash; of 16 digits, which have no such form, the digits.
fn punctuated(digits: &str) -> String {
    if digits.len() != 15 {
        return digits.to_owned();
    }
    let part = |from: usize, to: usize| &digits[from..to];
    format!(
        "{}.{}.{}.{}-{}.{}",
        part(0, 2),
        part(2, 5),
        part(5, 8),
        part(8, 9),
        part(9, 12),
        part(12, 15)
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::identifier::testing::{accepts, refuses};

    #[test]
    fn both_forms_are_one_number() {
        accepts(
            Npwp::parse,
            &[
                ("01.312.166.0-091.000", "0013121660091000"),
                ("013000666091000", "0013000666091000"),
                ("01.234.567.4-609.000", "0012345674609000"),
                ("0013000666091000", "0013000666091000"),
                ("0025551110601000", "0025551110601000"),
                ("3578010101900001", "3578010101900001"),
                ("3578014101900002", "3578014101900002"),
            ],
        );
    }

    #[test]
    fn each_fault_has_its_rule() {
        refuses(
            Npwp::parse,
            &[
                ("013000667091000", "npwp.check_digit"),
                ("0013000667091000", "npwp.check_digit"),
                ("01.300.066.6-091.00", "npwp.length"),
                ("00013000666091000", "npwp.length"),
                ("1013000666091000", "npwp.nik"),
                ("3578013202900004", "npwp.nik"),
                ("9978010101900001", "npwp.nik"),
                ("01.300.0666-091.000", "npwp.form"),
                ("00.130.006.6-609.1000", "npwp.form"),
                ("01300O666091000", "npwp.form"),
                ("013000666 091000", "npwp.form"),
                ("000000000000000", "npwp.zeros"),
                ("", "field.missing"),
            ],
        );
        let broken = Npwp::parse("013000667091000").unwrap_err();
        assert_eq!(broken.detail(), "expected 6, found 7");
    }

    #[test]
    fn a_refused_nik_is_not_repeated() {
        let broken = Npwp::parse("3578013202900004").unwrap_err();
        assert!(!broken.detail().contains("3578"), "{broken}");
    }

    proptest! {
        #[test]
        fn every_change_of_one_digit_is_found(
            serial in "[0-9]{8}", office in "[0-9]{6}", place in 0_usize..9, shift in 1_u8..10,
        ) {
            let old = format!("{serial}{}{office}", luhn_digit(&serial));
            prop_assume!(old.bytes().any(|b| b != b'0'));
            prop_assert!(Npwp::parse(&old).is_ok());
            prop_assert_eq!(Npwp::parse(&punctuated(&old)), Npwp::parse(&old));
            let mut changed = old.into_bytes();
            changed[place] = (changed[place] - b'0' + shift) % 10 + b'0';
            let changed = String::from_utf8(changed).unwrap();
            prop_assume!(changed.bytes().any(|b| b != b'0'));
            let broken = Npwp::parse(&changed).unwrap_err();
            prop_assert_eq!(broken.rule(), "npwp.check_digit");
        }
    }
}
