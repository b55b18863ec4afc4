//! Which villages a text may mean.
//!
//! Invariant: nothing alike but different is guessed. Names are compared by their letters and
//! digits alone, in lower case; words of kind before them may be given or left out.

use super::{Village, find, lines};
use crate::{
    identifier::village_code::VillageCode,
    refusal::{Checks, RuleBroken, Violation},
};

/// What a village is called, and where it is said to lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    name: Spellings,
    district: Option<Spellings>,
    regency: Option<Spellings>,
}

/// Words that may stand before a village's name.
const VILLAGE_WORDS: [&str; 4] = ["desa", "ds", "kelurahan", "kel"];
/// Words that may stand before a district's name.
const DISTRICT_WORDS: [&str; 3] = ["kecamatan", "kec", "distrik"];
/// Words that tell one kind of regency from the other, as they are written and as the list has them.
const REGENCY_WORDS: [(&str, &str); 3] =
    [("kabupaten", "kabupaten"), ("kab", "kabupaten"), ("kota", "kota")];

impl Query {
    /// Reads what a village is called, and the names of its district and of its regency, which may
    /// be empty.
    ///
    /// # Errors
    /// `place.form` at `name`, `district` and `regency` where the text holds no name.
    pub fn new(name: &str, district: &str, regency: &str) -> Result<Self, Vec<Violation>> {
        let mut checks = Checks::new();
        let name = checks.keep("name", Spellings::of(name, &VILLAGE_WORDS));
        let mut optional = |field, text: &str, words| match text {
            "" => Some(None),
            text => checks.keep(field, Spellings::of(text, words)).map(Some),
        };
        let district = optional("district", district, &DISTRICT_WORDS[..]);
        let regency = optional("regency", &in_list_words(regency), &[]);
        match (name, district, regency) {
            (Some(name), Some(district), Some(regency)) => Ok(Self { name, district, regency }),
            _ => Err(checks.into_violations()),
        }
    }

    /// The villages that it may mean, in order of their codes.
    pub fn candidates(&self) -> Vec<Village> {
        let named = lines(0)
            .filter(|(code, name)| code.len() == VILLAGE_CODE_LENGTH && self.name.is(name))
            .filter_map(|(code, _)| find(&VillageCode::parse(code).ok()?));
        named.filter(|village| self.is_around(village)).collect()
    }

    fn is_around(&self, village: &Village) -> bool {
        let in_district = |district: &Spellings| district.is(village.district);
        // The list tells `Kabupaten Kediri` from `Kota Kediri`; `Kediri` alone means both.
        let in_regency = |regency: &Spellings| {
            let bare = village.regency.split_once(' ').map_or("", |(_, bare)| bare);
            regency.is(village.regency) || regency.is(bare)
        };
        self.district.as_ref().is_none_or(in_district)
            && self.regency.as_ref().is_none_or(in_regency)
    }
}

const VILLAGE_CODE_LENGTH: usize = "PP.RR.DD.VVVV".len();

/// A name with only its letters and digits, in lower case: as written, and without the word of kind
/// before it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Spellings {
    whole: String,
    bare: Option<String>,
}

impl Spellings {
    fn of(text: &str, words: &[&str]) -> Result<Self, RuleBroken> {
        let whole: String = letters(text).collect();
        if whole.is_empty() {
            let found = format!("{text:?}");
            return Err(RuleBroken::expected("place.form", "letters or digits", found));
        }
        let (first, rest) = first_word(text);
        let bare: String = letters(rest).collect();
        let is_kind = words.contains(&first.as_str()) && !bare.is_empty();
        Ok(Self { whole, bare: is_kind.then_some(bare) })
    }

    fn is(&self, name: &str) -> bool {
        let same = |spelling: &str| letters(name).eq(spelling.chars());
        same(&self.whole) || self.bare.as_deref().is_some_and(same)
    }
}

fn letters(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase)
}

/// The first word in lower case, which a dot may end (`Kec.Cerme`), and what follows it.
fn first_word(text: &str) -> (String, &str) {
    let text = text.trim_start();
    let end = text.find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len());
    (text[..end].to_lowercase(), &text[end..])
}

/// A regency with its word of kind as the list writes it: `Kab. Kediri` is `kabupaten Kediri`.
fn in_list_words(regency: &str) -> String {
    let (first, rest) = first_word(regency);
    match REGENCY_WORDS.iter().find(|(written, _)| *written == first) {
        Some((_, listed)) if !rest.is_empty() => format!("{listed}{rest}"),
        _ => regency.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use std::collections::HashMap;

    use super::*;

    fn codes(name: &str, district: &str, regency: &str) -> Vec<String> {
        let found = Query::new(name, district, regency).unwrap().candidates();
        found.into_iter().map(|village| village.code.to_string()).collect()
    }

    #[test]
    fn a_village_is_found_by_its_name_however_written() {
        for name in
            ["Wedani", "wedani", "WEDANI", "Desa Wedani", "Ds. Wedani", "Ds.Wedani", "Kel Wedani"]
        {
            assert!(codes(name, "", "").contains(&"35.25.11.2009".to_owned()), "{name}");
        }
        let gambang = ["35.17.02.2016"];
        for name in ["Plumbon Gambang", "Plumbongambang", "plumbon-gambang", "Desa Plumbon Gambang"]
        {
            assert_eq!(codes(name, "Gudo", "Jombang"), gambang, "{name}");
        }
        assert!(codes("Wedan", "", "").iter().all(|code| code != "35.25.11.2009"));
    }

    #[test]
    fn district_and_regency_narrow() {
        assert_eq!(codes("Temon", "Arjosari", "Pacitan"), ["35.01.06.2013"]);
        assert_eq!(codes("Temon", "Kec. Arjosari", "Kab. Pacitan"), ["35.01.06.2013"]);
        assert!(codes("Temon", "", "").len() > 1);
        // As a newspaper had it; the only Ngubalan lies in Tulungagung.
        assert_eq!(codes("Ngubalan", "", "Ngawi"), [""; 0]);
        assert_eq!(codes("Ngubalan", "", ""), ["35.04.14.2013"]);
    }

    #[test]
    fn kinds_of_regencies_are_told_apart_where_they_are_given() {
        let banjaran = |regency: &str| codes("Banjaran", "", regency);
        assert_eq!(banjaran("Kota Kediri"), ["35.71.02.1012"]);
        assert_eq!(banjaran("Kediri"), ["35.71.02.1012"]);
        assert_eq!(banjaran("Kab. Kediri"), [""; 0]);
        assert_eq!(banjaran("Kabupaten Gresik"), ["35.25.15.2002"]);
    }

    #[test]
    fn candidates_are_ordered_by_code_and_few() {
        let found = codes("Sidomulyo", "", "");
        assert!(found.windows(2).all(|pair| pair[0] < pair[1]));
        let mut frequencies: HashMap<String, usize> = HashMap::new();
        for (_, name) in lines(0).filter(|(code, _)| code.len() == VILLAGE_CODE_LENGTH) {
            *frequencies.entry(letters(name).collect()).or_default() += 1;
        }
        let most = frequencies.values().max().copied().unwrap();
        assert_eq!((found.len(), most), (113, 119), "the contract promises at most 200");
    }

    #[test]
    fn a_text_without_a_name_is_refused() {
        let broken = Query::new("--", ".", "'").unwrap_err();
        let fields: Vec<_> = broken.iter().map(|v| (v.field.as_str(), v.broken.rule())).collect();
        let expected = ["name", "district", "regency"].map(|field| (field, "place.form"));
        assert_eq!(fields, expected);
        assert!(Query::new("Desa", "", "").unwrap().candidates().is_empty());
    }
}
