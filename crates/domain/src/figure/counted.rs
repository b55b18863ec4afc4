//! What a count is of: the press counts trucks, containers and countries in one breath, and a
//! count of one is no evidence for a count of another.

use std::fmt;

/// What a metric counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Villages enrolled.
    Villages,
    /// Lines of goods.
    Lines,
    /// Shipments.
    Shipments,
    /// Truck loads.
    Trucks,
    /// Containers.
    Containers,
    /// Exporters.
    Exporters,
    /// Countries.
    Countries,
    /// Deals.
    Deals,
}

use Counted::{Containers, Countries, Deals, Exporters, Lines, Shipments, Trucks, Villages};

/// Nouns by the words they begin with, and what they may count. A firm that signed stands for its
/// deal (*empat UKM*); people, pieces, packages and shares stand for nothing that is counted.
const NOUNS: &[(&[&str], &[Counted])] = &[
    (&["desa", "kelurahan", "village"], &[Villages]),
    (&["produk", "komoditas", "komoditi", "item"], &[Lines]),
    (&["pengiriman", "shipment"], &[Shipments]),
    (&["truk", "truck"], &[Trucks]),
    (&["kontainer", "container", "petikemas", "peti kemas"], &[Containers]),
    (&["negara"], &[Countries]),
    (&["eksportir", "perusahaan", "ukm", "umkm", "ikm", "koperasi"], &[Exporters, Deals]),
    (&["loi", "mou", "po", "kontrak", "deal", "transaksi", "kesepakatan", "perjanjian"], &[Deals]),
    (&["letter of intent", "nota kesepahaman"], &[Deals]),
    (&["orang", "petani", "nelayan", "perajin", "pengrajin"], &[]),
    (&["lembar", "pcs", "pasang", "lusin", "kodi", "gros"], &[]),
    (&["karton", "dus", "karung"], &[]),
    (&["%", "persen"], &[]),
];

/// Words that stand before a noun and say nothing of it: *enam unit truk*.
const CLASSIFIERS: [&str; 2] = ["unit ", "buah "];

impl Counted {
    /// Whether a count under the noun may be one of these. A noun that is not known here may be
    /// anything; a rate (*truk per hari*) is no count.
    pub(super) fn may_be(self, noun: &str) -> bool {
        let known = CLASSIFIERS.iter().find_map(|word| noun.strip_prefix(word)).unwrap_or(noun);
        let begins = |phrase: &&str| {
            let rest = known.strip_prefix(*phrase);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '/']))
        };
        let is_rate = noun.split(' ').any(|word| matches!(word, "per" | "tiap" | "setiap"));
        let entry = NOUNS.iter().find(|(phrases, _)| phrases.iter().any(begins));
        !is_rate && entry.is_none_or(|(_, counted)| counted.contains(&self))
    }
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Villages => "villages",
            Lines => "lines of goods",
            Shipments => "shipments",
            Trucks => "trucks",
            Containers => "containers",
            Exporters => "exporters",
            Countries => "countries",
            Deals => "deals",
        })
    }
}
