//! Words that say on which side of the printed number the amount lies, or that it is no number.

use super::token::Cursor;

/// How the amount stands to the printed number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    /// It prints so: no word, or *mencapai*, *senilai*, *setara*.
    Prints,
    /// At least that: *tembus*, *lebih dari*, *sedikitnya*.
    AtLeast,
    /// At most that: *hampir*, *kurang dari*.
    AtMost,
    /// It prints so, or is within five percent of it: *sekitar*, *kurang lebih*.
    Around,
}

const PHRASES: &[(&[&str], Bound)] = &[
    (&["mencapai"], Bound::Prints),
    (&["senilai"], Bound::Prints),
    (&["bernilai"], Bound::Prints),
    (&["nilai"], Bound::Prints),
    (&["nilainya"], Bound::Prints),
    (&["setara"], Bound::Prints),
    (&["setara", "dengan"], Bound::Prints),
    (&["sebesar"], Bound::Prints),
    (&["sebanyak"], Bound::Prints),
    (&["seberat"], Bound::Prints),
    (&["seharga"], Bound::Prints),
    (&["berjumlah"], Bound::Prints),
    (&["jumlah"], Bound::Prints),
    (&["total"], Bound::Prints),
    (&["totalnya"], Bound::Prints),
    (&["ekspor"], Bound::Prints),
    (&["ke"], Bound::Prints),
    (&["ke", "-"], Bound::Prints),
    (&["dengan"], Bound::Prints),
    (&["dari"], Bound::Prints),
    (&["tembus"], Bound::AtLeast),
    (&["menembus"], Bound::AtLeast),
    (&["lebih"], Bound::AtLeast),
    (&["lebih", "dari"], Bound::AtLeast),
    (&["melebihi"], Bound::AtLeast),
    (&["melampaui"], Bound::AtLeast),
    (&["di", "atas"], Bound::AtLeast),
    (&["diatas"], Bound::AtLeast),
    (&["sedikitnya"], Bound::AtLeast),
    (&["setidaknya"], Bound::AtLeast),
    (&["setidak-tidaknya"], Bound::AtLeast),
    (&["sekurangnya"], Bound::AtLeast),
    (&["sekurang-kurangnya"], Bound::AtLeast),
    (&["minimal"], Bound::AtLeast),
    (&["minimum"], Bound::AtLeast),
    (&["paling", "sedikit"], Bound::AtLeast),
    (&["paling", "kurang"], Bound::AtLeast),
    (&["tidak", "kurang", "dari"], Bound::AtLeast),
    (&["tak", "kurang", "dari"], Bound::AtLeast),
    (&["≥"], Bound::AtLeast),
    (&[">"], Bound::AtLeast),
    (&[">", "="], Bound::AtLeast),
    (&["hampir"], Bound::AtMost),
    (&["nyaris"], Bound::AtMost),
    (&["mendekati"], Bound::AtMost),
    (&["kurang", "dari"], Bound::AtMost),
    (&["di", "bawah"], Bound::AtMost),
    (&["dibawah"], Bound::AtMost),
    (&["maksimal"], Bound::AtMost),
    (&["maksimum"], Bound::AtMost),
    (&["paling", "banyak"], Bound::AtMost),
    (&["tidak", "lebih", "dari"], Bound::AtMost),
    (&["tak", "lebih", "dari"], Bound::AtMost),
    (&["tidak", "sampai"], Bound::AtMost),
    (&["tak", "sampai"], Bound::AtMost),
    (&["≤"], Bound::AtMost),
    (&["<"], Bound::AtMost),
    (&["<", "="], Bound::AtMost),
    (&["sekitar"], Bound::Around),
    (&["sekira"], Bound::Around),
    (&["kurang", "lebih"], Bound::Around),
    (&["lebih", "kurang"], Bound::Around),
    (&["kira-kira"], Bound::Around),
    (&["±"], Bound::Around),
    (&["~"], Bound::Around),
    (&["≈"], Bound::Around),
];

/// Words for an unknown number of tens, hundreds, thousands.
const VAGUE: [&str; 16] = [
    "belasan",
    "puluhan",
    "ratusan",
    "ribuan",
    "jutaan",
    "miliaran",
    "milyaran",
    "triliunan",
    "seratusan",
    "seribuan",
    "lusinan",
    "beberapa",
    "berbagai",
    "sejumlah",
    "sekian",
    "banyak",
];

/// Takes the phrase that stands next.
pub(super) fn take(cursor: &mut Cursor<'_, '_>) -> Option<Bound> {
    cursor.take_phrase(PHRASES)
}

/// Whether the word stands for a number without saying which.
pub(super) fn is_vague(word: &str) -> bool {
    VAGUE.contains(&word)
}

/// Whether the word changes what the number means, so that it cannot be part of a noun.
pub(super) fn is_bound_word(word: &str) -> bool {
    matches!(word, "lebih" | "kurang" | "tidak" | "tak")
        || PHRASES.iter().any(|(words, bound)| *bound != Bound::Prints && *words == [word])
}

impl Bound {
    /// Both at once, when that makes sense: *mencapai lebih dari*.
    pub(super) fn and(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Prints, bound) | (bound, Self::Prints) => Some(bound),
            (bound, same) if bound == same => Some(bound),
            _ => None,
        }
    }
}
