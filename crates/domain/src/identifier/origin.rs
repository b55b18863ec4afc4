//! Proofs of origin (*Surat Keterangan Asal*, SKA, and declarations by exporters).

use serde::{Deserialize, Serialize};

use super::{refused, required, text::Text, text_traits};
use crate::refusal::RuleBroken;

/// The form of a proof of origin, which says under which agreement it was issued.
///
/// Read in any case, with or without `Form` before it and with or without spaces, hyphens and
/// dots: `Form IA-CEPA` is `IACEPA`. Source: forms issued by the Indonesian issuing bodies (IPSKA)
/// and declarations of origin by exporters (DAB), as of 2025.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OriginForm(usize);

text_traits!(OriginForm);

/// The number of a proof of origin, such as `0012345/SBY/2025` (running number, issuing body,
/// year): text of at most 50 characters, for which there is no published grammar.
pub type OriginNumber = Text<50>;

/// Codes of the forms and what each is for; a form is kept as its place here.
const FORMS: [(&str, &str); 24] = [
    ("A", "Generalized System of Preferences"),
    ("AANZ", "ASEAN-Australia-New Zealand"),
    ("AHK", "ASEAN-Hong Kong, China"),
    ("AI", "ASEAN-India"),
    ("AJ", "ASEAN-Japan"),
    ("AK", "ASEAN-Korea"),
    ("ANNEX3", "Mexico, non-preferential"),
    ("B", "non-preferential"),
    ("D", "ASEAN Trade in Goods Agreement"),
    ("D8", "Developing-8 Preferential Tariff Arrangement"),
    ("DAB", "declaration of origin by a registered or certified exporter"),
    ("E", "ASEAN-China"),
    ("GSTP", "Global System of Trade Preferences"),
    ("IACEPA", "Indonesia-Australia"),
    ("ICCEPA", "Indonesia-Chile"),
    ("ICO", "coffee, International Coffee Organization"),
    ("IECEPA", "Indonesia-EFTA"),
    ("IJEPA", "Indonesia-Japan"),
    ("IKCEPA", "Indonesia-Korea"),
    ("IMPTA", "Indonesia-Mozambique"),
    ("IP", "Indonesia-Pakistan"),
    ("IUAECEPA", "Indonesia-United Arab Emirates"),
    ("RCEP", "Regional Comprehensive Economic Partnership"),
    ("TP", "textile products to the European Union"),
];

impl OriginForm {
    /// Reads the form.
    ///
    /// # Errors
    /// `field.missing` when empty, `origin_form.unknown` when it is none of those known here.
    pub fn parse(form: &str) -> Result<Self, RuleBroken> {
        let mut code = required(form)?.to_ascii_uppercase();
        code.retain(|c| !matches!(c, ' ' | '-' | '.'));
        let code = code.strip_prefix("FORM").unwrap_or(&code);
        FORMS.iter().position(|(known, _)| *known == code).map(Self).ok_or_else(|| {
            let known: Vec<&str> = FORMS.iter().map(|(known, _)| *known).collect();
            refused("origin_form.unknown", &format!("one of {}", known.join(", ")), form)
        })
    }

    /// The form's code.
    pub fn as_str(&self) -> &'static str {
        FORMS[self.0].0
    }

    /// What the form is for: the agreement, or the kind of goods.
    pub fn purpose(&self) -> &'static str {
        FORMS[self.0].1
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;
    use crate::identifier::testing::{accepts, refuses};

    #[test]
    fn forms_are_of_the_list() {
        accepts(
            OriginForm::parse,
            &[
                ("D", "D"),
                ("Form D", "D"),
                ("AI", "AI"),
                ("AK", "AK"),
                ("aanz", "AANZ"),
                ("IA-CEPA", "IACEPA"),
                ("IK-CEPA", "IKCEPA"),
                ("RCEP", "RCEP"),
                ("D-8", "D8"),
                ("Annex 3", "ANNEX3"),
                ("B", "B"),
                ("DAB", "DAB"),
            ],
        );
        let unknown = ["X", "FORM", "SKA", "-", "D/B"];
        refuses(OriginForm::parse, &unknown.map(|form| (form, "origin_form.unknown")));
        refuses(OriginForm::parse, &[("", "field.missing")]);
        assert_eq!(OriginForm::parse("Form AI").unwrap().purpose(), "ASEAN-India");
    }

    #[test]
    fn a_number_is_text() {
        let valid = ["0012345/SBY/2025", "0000001/SBY/2026"];
        accepts(OriginNumber::parse, &valid.map(|number| (number, number)));
        refuses(OriginNumber::parse, &[("", "field.missing"), (" 1/SBY/2025", "text.form")]);
    }
}
