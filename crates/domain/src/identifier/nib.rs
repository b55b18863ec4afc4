//! Business identification numbers (NIB).

use serde::{Deserialize, Serialize};

use super::{as_text, refused, required};
use crate::refusal::RuleBroken;

/// A *Nomor Induk Berusaha*: 13 digits, leading zeros included, without a public check digit.
///
/// Source: PP 24/2018 on electronically integrated business licensing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Nib(String);

as_text!(Nib);

impl Nib {
    /// Reads a NIB.
    ///
    /// # Errors
    /// `field.missing` when empty, `nib.form` when a character is no digit, `nib.length` when
    /// there are not 13, `nib.zeros` when all are zero, which stands for "none".
    pub fn parse(nib: &str) -> Result<Self, RuleBroken> {
        const LENGTH: usize = 13;
        if !required(nib)?.bytes().all(|b| b.is_ascii_digit()) {
            return Err(refused("nib.form", "digits only", nib));
        }
        if nib.len() != LENGTH {
            let digits = nib.len();
            return Err(RuleBroken::expected("nib.length", "13 digits", format_args!("{digits}")));
        }
        if nib.bytes().all(|b| b == b'0') {
            return Err(RuleBroken::expected("nib.zeros", "a number other than zero", nib));
        }
        Ok(Self(nib.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identifier::testing::{accepts, refuses};

    #[test]
    fn thirteen_digits() {
        let valid = ["9120001234567", "0220103456789"];
        accepts(Nib::parse, &valid.map(|nib| (nib, nib)));
        refuses(
            Nib::parse,
            &[
                ("912000123456", "nib.length"),
                ("91200012345678", "nib.length"),
                ("91200O1234567", "nib.form"),
                (" 9120001234567", "nib.form"),
                ("0000000000000", "nib.zeros"),
                ("", "field.missing"),
            ],
        );
    }
}
