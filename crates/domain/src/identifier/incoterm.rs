//! Delivery terms.

use serde::{Deserialize, Serialize};

use super::{refused, required, text::Text, text_traits};
use crate::refusal::{Checks, RuleBroken, Violation};

/// A three-letter term of Incoterms 2020 (ICC publication 723).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IncotermCode(usize);

text_traits!(IncotermCode);

/// The terms; a code is kept as its place here. Seven are for any mode of transport,
/// then four for sea and inland waterways only.
const CODES: [&str; 11] =
    ["EXW", "FCA", "CPT", "CIP", "DAP", "DPU", "DDP", "FAS", "FOB", "CFR", "CIF"];

impl IncotermCode {
    /// Reads a term, in capitals.
    ///
    /// # Errors
    /// `field.missing` when empty, `incoterm_code.unknown` when the 2020 edition has no such term
    /// (DAT and DDU are of earlier ones).
    pub fn parse(code: &str) -> Result<Self, RuleBroken> {
        let code = required(code)?;
        CODES.iter().position(|known| *known == code).map(Self).ok_or_else(|| {
            refused("incoterm_code.unknown", &format!("one of {}", CODES.join(", ")), code)
        })
    }

    /// The term.
    pub fn as_str(&self) -> &'static str {
        CODES[self.0]
    }
}

/// A delivery term with its named place, without which it says nothing: `FOB Tanjung Perak`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Incoterm {
    /// The term.
    pub code: IncotermCode,
    /// The named place or port, of at most 120 characters.
    pub place: Text<120>,
}

impl Incoterm {
    /// Reads both parts.
    ///
    /// # Errors
    /// What is wrong at `code` and at `place`, by the rules of [`IncotermCode::parse`] and
    /// [`Text::parse`].
    pub fn parse(code: &str, place: &str) -> Result<Self, Vec<Violation>> {
        let mut checks = Checks::new();
        let code = checks.keep("code", IncotermCode::parse(code));
        let place = checks.keep("place", Text::parse(place));
        match (code, place) {
            (Some(code), Some(place)) => Ok(Self { code, place }),
            _ => Err(checks.into_violations()),
        }
    }
}

impl std::fmt::Display for Incoterm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.code, self.place)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;
    use crate::identifier::testing::{accepts, refuses};

    #[test]
    fn the_terms_of_2020() {
        accepts(IncotermCode::parse, &CODES.map(|code| (code, code)));
        let invalid = ["DAT", "DDU", "fob", "FOB ", "FOB Surabaya"];
        refuses(IncotermCode::parse, &invalid.map(|code| (code, "incoterm_code.unknown")));
    }

    #[test]
    fn a_term_names_its_place() {
        assert_eq!(Incoterm::parse("FCA", "Surabaya").unwrap().to_string(), "FCA Surabaya");
        let fob = Incoterm::parse("FOB", "Tanjung Perak").unwrap();
        let json = r#"{"code":"FOB","place":"Tanjung Perak"}"#;
        assert_eq!(serde_json::to_string(&fob).unwrap(), json);
        assert_eq!(serde_json::from_str::<Incoterm>(json).unwrap(), fob);
        assert!(serde_json::from_str::<Incoterm>(r#"{"code":"FOB","place":""}"#).is_err());
    }

    #[test]
    fn both_parts_are_reported() {
        let violations = Incoterm::parse("DAT", "").unwrap_err();
        let found: Vec<_> = violations.iter().map(|v| (&*v.field, v.broken.rule())).collect();
        assert_eq!(found, [("code", "incoterm_code.unknown"), ("place", "field.missing")]);
        let long = Incoterm::parse("FOB", &"a".repeat(121)).unwrap_err();
        assert_eq!(long[0].broken.rule(), "text.length");
    }
}
