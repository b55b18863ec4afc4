//! Container numbers.

use serde::{Deserialize, Serialize};

use super::{as_text, is_digits, refused, required};
use crate::refusal::RuleBroken;

/// A freight container's number by ISO 6346: owner (3 letters), category (`U`, `J` or `Z`), serial
/// number (6 digits), check digit. Customs takes it without spaces, in capitals.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContainerNumber(String);

as_text!(ContainerNumber);

impl ContainerNumber {
    /// Reads a number.
    ///
    /// # Errors
    /// `field.missing` when empty; `container_number.form` when it is not 4 capitals and 7 digits;
    /// `container_number.category` when the fourth letter is another one;
    /// `container_number.check_digit`. The standard advises against serial numbers that leave the
    /// remainder 10; those in use carry the check digit 0 and are accepted.
    pub fn parse(number: &str) -> Result<Self, RuleBroken> {
        const FORM: &str = "4 capital letters and 7 digits";
        let letters = |text: &str| text.bytes().all(|b| b.is_ascii_uppercase());
        let parts = required(number)?.split_at_checked(4);
        let Some((prefix, digits)) = parts.filter(|(p, d)| letters(p) && is_digits(d, 7)) else {
            return Err(refused("container_number.form", FORM, number));
        };
        let category = &prefix[3..];
        if !matches!(category, "U" | "J" | "Z") {
            return Err(RuleBroken::expected("container_number.category", "U, J or Z", category));
        }
        let (expected, found) = (check_digit(&number[..10]), &digits[6..]);
        if expected.to_string() != found {
            return Err(RuleBroken::expected("container_number.check_digit", expected, found));
        }
        Ok(Self(number.to_owned()))
    }
}

/// The values of the letters A to Z: from 10 on, without the multiples of 11.
const LETTER_VALUES: [u32; 26] = [
    10, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 34, 35, 36,
    37, 38,
];

/// The sum of the values, each times two to the power of its place, modulo 11; 10 becomes 0.
fn check_digit(number: &str) -> u32 {
    remainder(number) % 10
}

fn remainder(number: &str) -> u32 {
    let value = |b: u8| match b {
        b'A'..=b'Z' => LETTER_VALUES[usize::from(b - b'A')],
        _ => u32::from(b - b'0'),
    };
    number.bytes().zip(0..).map(|(b, place)| value(b) << place).sum::<u32>() % 11
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::identifier::testing::{accepts, refuses};

    #[test]
    fn iso_6346() {
        let valid = ["CSQU3054383", "MSKU0000011", "TEMU1234565", "HLXU2008419", "DEVU0000060"];
        accepts(ContainerNumber::parse, &valid.map(|number| (number, number)));
        refuses(
            ContainerNumber::parse,
            &[
                ("CSQU3054384", "container_number.check_digit"),
                ("CSQX3054383", "container_number.category"),
                ("CSQU305438", "container_number.form"),
                ("CSQU30543833", "container_number.form"),
                ("CSQU 3054383", "container_number.form"),
                ("csqu3054383", "container_number.form"),
                ("CSQ30543833", "container_number.form"),
                ("ÇSQU305438", "container_number.form"),
                ("CSé", "container_number.form"),
                ("", "field.missing"),
            ],
        );
        let broken = ContainerNumber::parse("CSQU3054384").unwrap_err();
        assert_eq!(broken.to_string(), "container_number.check_digit: expected 3, found 4");
    }

    #[test]
    fn letter_values_skip_multiples_of_eleven() {
        assert_eq!(LETTER_VALUES.to_vec(), (10..=38).filter(|v| v % 11 != 0).collect::<Vec<_>>());
    }

    proptest! {
        #[test]
        fn a_computed_check_digit_is_accepted(number in "[A-Z]{3}[UJZ][0-9]{6}") {
            let full = format!("{number}{}", check_digit(&number));
            prop_assert!(ContainerNumber::parse(&full).is_ok());
        }

        #[test]
        fn another_reader_of_the_standard_agrees(number in "[A-Z]{3}[UJZR][0-9]{7}") {
            prop_assert_eq!(ContainerNumber::parse(&number).is_ok(), iso6346::validate(&number).is_ok());
        }

        /// All but one kind: the remainders 0 and 10 share the digit 0.
        #[test]
        fn every_change_of_one_digit_is_found(
            number in "[A-Z]{3}[UJZ][0-9]{6}", place in 4_usize..11, shift in 1_u8..10,
        ) {
            let mut changed = format!("{number}{}", check_digit(&number)).into_bytes();
            changed[place] = (changed[place] - b'0' + shift) % 10 + b'0';
            let changed = String::from_utf8(changed).unwrap();
            let mut remainders = [remainder(&number), remainder(&changed[..10])];
            remainders.sort_unstable();
            prop_assume!(remainders != [0, 10]);
            let broken = ContainerNumber::parse(&changed).unwrap_err();
            prop_assert_eq!(broken.rule(), "container_number.check_digit");
        }
    }
}
