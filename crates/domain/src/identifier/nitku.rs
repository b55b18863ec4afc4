//! Numbers of places of business (NITKU).

use serde::{Deserialize, Serialize};

use super::{as_text, is_digits, npwp::Npwp, refused, required};
use crate::refusal::RuleBroken;

/// A *Nomor Identitas Tempat Kegiatan Usaha*: the taxpayer's NPWP of 16 digits and 6 digits for
/// the place of business, 000000 being the head office. Source: PMK 112/PMK.03/2022.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Nitku(String);

as_text!(Nitku);

impl Nitku {
    /// Reads a NITKU.
    ///
    /// # Errors
    /// `field.missing` when empty; `nitku.form` when a character is no digit; `nitku.length` when
    /// there are not 22; the rules of [`Npwp::parse`] for the first 16.
    pub fn parse(nitku: &str) -> Result<Self, RuleBroken> {
        const LENGTH: usize = 22;
        let length = required(nitku)?.chars().count();
        if !is_digits(nitku, length) {
            return Err(refused("nitku.form", "digits only", nitku));
        }
        if length != LENGTH {
            let found = format_args!("{length}");
            return Err(RuleBroken::expected("nitku.length", "22 digits", found));
        }
        Npwp::parse(&nitku[..16])?;
        Ok(Self(nitku.to_owned()))
    }

    /// The NPWP of the taxpayer, 16 digits.
    pub fn npwp(&self) -> &str {
        &self.0[..16]
    }

    /// Which of the taxpayer's places of business it is, 6 digits.
    pub fn place(&self) -> &str {
        &self.0[16..]
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;
    use crate::identifier::testing::{accepts, refuses};

    #[test]
    fn a_taxpayer_and_a_place() {
        let valid = ["0013000666091000000000", "0013000666091000000001", "3578010101900001000002"];
        accepts(Nitku::parse, &valid.map(|nitku| (nitku, nitku)));
        refuses(
            Nitku::parse,
            &[
                ("001300066609100000000", "nitku.length"),
                ("00130006660910000000000", "nitku.length"),
                ("00130006660910000000A1", "nitku.form"),
                ("0013000666091000 00001", "nitku.form"),
                ("0013000667091000000001", "npwp.check_digit"),
                ("1013000666091000000001", "npwp.nik"),
                ("", "field.missing"),
            ],
        );
        let nitku = Nitku::parse("0013000666091000000001").unwrap();
        assert_eq!((nitku.npwp(), nitku.place()), ("0013000666091000", "000001"));
    }
}
