//! Vehicle registration plates.

use serde::{Deserialize, Serialize};

use super::{as_text, refused, required};
use crate::refusal::RuleBroken;

/// An Indonesian plate (TNKB): region (1 or 2 letters), number (1 to 4 digits, no leading zero),
/// suffix (up to 3 letters).
///
/// Read in any case and with or without spaces between the parts; kept as `L 8123 UB`. Plates of
/// all Indonesia are accepted, because trucks come from everywhere. Source: Perpol 7/2021.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Plate(String);

as_text!(Plate);

impl Plate {
    /// Reads a plate.
    ///
    /// # Errors
    /// `field.missing` when empty; `plate.form` when it is not letters, digits, letters;
    /// `plate.region` when no region has these letters; `plate.number`; `plate.suffix`.
    pub fn parse(plate: &str) -> Result<Self, RuleBroken> {
        let (region, number, suffix) = split(required(plate)?)
            .ok_or_else(|| refused("plate.form", "letters, digits, letters: L 8123 UB", plate))?;
        if REGIONS.binary_search(&region.as_str()).is_err() {
            return Err(refused("plate.region", "the letters of a region", &region));
        }
        if number.len() > 4 || number.starts_with('0') {
            return Err(refused("plate.number", "1 to 4 digits, not starting with 0", &number));
        }
        if suffix.len() > 3 {
            return Err(refused("plate.suffix", "at most 3 letters", &suffix));
        }
        let separator = if suffix.is_empty() { "" } else { " " };
        Ok(Self(format!("{region} {number}{separator}{suffix}")))
    }

    /// The letters of the region: `L` is Surabaya.
    pub fn region(&self) -> &str {
        self.0.split(' ').next().unwrap_or_default()
    }
}

/// The three parts in capitals. Spaces may stand between parts, not inside one.
fn split(plate: &str) -> Option<(String, String, String)> {
    let plate = plate.to_ascii_uppercase();
    let (region, rest) = plate.split_at(plate.find(|c: char| !c.is_ascii_uppercase())?);
    let rest = rest.trim_start_matches(' ');
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (number, suffix) = rest.split_at(digits);
    let letters = suffix.trim_start_matches(' ');
    let whole = !region.is_empty()
        && !number.is_empty()
        && letters.bytes().all(|b| b.is_ascii_uppercase())
        && (suffix.is_empty() || !letters.is_empty());
    whole.then(|| (region.to_owned(), number.to_owned(), letters.to_owned()))
}

/// The letters of all regions, sorted; the last of them came with the provinces of Papua.
const REGIONS: [&str; 62] = [
    "A", "AA", "AB", "AD", "AE", "AG", "B", "BA", "BB", "BD", "BE", "BG", "BH", "BK", "BL", "BM",
    "BN", "BP", "D", "DA", "DB", "DC", "DD", "DE", "DG", "DH", "DK", "DL", "DM", "DN", "DP", "DR",
    "DS", "DT", "DW", "E", "EA", "EB", "ED", "F", "G", "H", "K", "KB", "KH", "KT", "KU", "L", "M",
    "N", "P", "PA", "PB", "PG", "PS", "PT", "PY", "R", "S", "T", "W", "Z",
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;
    use crate::identifier::testing::{accepts, refuses};

    #[test]
    fn plates_are_normalised() {
        accepts(
            Plate::parse,
            &[
                ("L 8123 UB", "L 8123 UB"),
                ("AG 9045 VC", "AG 9045 VC"),
                ("l8123ub", "L 8123 UB"),
                ("AE  9  X", "AE 9 X"),
                ("B 1", "B 1"),
                ("Z 9123 ABC", "Z 9123 ABC"),
            ],
        );
        assert_eq!(Plate::parse("ag9045vc").unwrap().region(), "AG");
    }

    #[test]
    fn each_part_has_its_rule() {
        refuses(
            Plate::parse,
            &[
                ("X 1234 AB", "plate.region"),
                ("ABC 1234 AB", "plate.region"),
                ("L 0123 AB", "plate.number"),
                ("L 12345 A", "plate.number"),
                ("L 1234 ABCD", "plate.suffix"),
                ("L", "plate.form"),
                ("1234 AB", "plate.form"),
                ("L AB", "plate.form"),
                ("L 12 34 AB", "plate.form"),
                ("L-8123-UB", "plate.form"),
                ("L 8123 U B", "plate.form"),
                (" L 8123 UB", "plate.form"),
                ("L 8123 UB ", "plate.form"),
                ("L 8123 ", "plate.form"),
                ("", "field.missing"),
            ],
        );
    }

    #[test]
    fn regions_are_sorted_for_search() {
        assert!(REGIONS.is_sorted());
    }
}
