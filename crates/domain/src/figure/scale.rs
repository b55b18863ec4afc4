//! Scale words: *ribu*, *juta*, *miliar*, *triliun*, their abbreviations and common misspellings.
//!
//! A scale is kept as its power of ten.

use super::token::{Cursor, Kind, Token};

/// The power of ten of *ribu*.
pub(super) const THOUSAND: u32 = 3;

/// Whether the word means a thousand.
pub(super) fn is_thousand(token: &Token<'_>) -> bool {
    matches!(token.lower.as_str(), "ribu" | "rb" | "rbu")
}

/// The power of ten of a scale word above a thousand.
///
/// Capital `M` is *miliar*, never a million, and capital `T` is *triliun*; small `m` and `t` may
/// be metres and tonnes, and stay nouns.
pub(super) fn above_thousand(token: &Token<'_>) -> Option<u32> {
    match (token.raw, token.lower.as_str()) {
        (_, "juta" | "jt") => Some(6),
        ("M", _) | (_, "miliar" | "milyar" | "milliar" | "milliyar") => Some(9),
        ("T", _) | (_, "triliun" | "trilliun" | "trilyun") => Some(12),
        _ => None,
    }
}

/// The scale word that a word is but for a slip (*triliyun*, *juat*) or by an abbreviation that is
/// not read; none for scale words themselves and for what is none.
///
/// A slip keeps the first letter, and in longer words the consonants or all letters but one. So
/// *duta*, *jati*, *ibu* and *militer* stay the nouns they are.
pub(super) fn near(token: &Token<'_>) -> Option<&'static str> {
    const ABBREVIATIONS: [(&str, &str); 5] = [
        ("k", "ribu"),
        ("mlr", "miliar"),
        ("tr", "triliun"),
        ("trl", "triliun"),
        ("tril", "triliun"),
    ];
    const SHORT: [&str; 2] = ["ribu", "juta"];
    const LONG: [(&str, &str); 4] = [
        ("miliar", "miliar"),
        ("milyar", "miliar"),
        ("triliun", "triliun"),
        ("trilyun", "triliun"),
    ];
    let word = token.lower.as_str();
    if token.kind != Kind::Word || is_thousand(token) || above_thousand(token).is_some() {
        return None;
    }
    if let Some((_, name)) = ABBREVIATIONS.iter().find(|(short, _)| *short == word) {
        return Some(name);
    }
    let begins_as = |name: &str| word.chars().next() == name.chars().next();
    let is_long = |spelled: &str| {
        let slips = slips(word, spelled);
        slips <= 1 || (slips <= 2 && consonants(word) == consonants(spelled))
    };
    let short = SHORT.into_iter().find(|name| begins_as(name) && slips(word, name) <= 1);
    let long = LONG.into_iter().find(|(spelled, _)| begins_as(spelled) && is_long(spelled));
    short.or(long.map(|(_, name)| name))
}

/// The letters between vowels, each once in a row.
fn consonants(word: &str) -> Vec<char> {
    let mut letters: Vec<_> = word.chars().filter(|c| !"aiueoy".contains(*c)).collect();
    letters.dedup();
    letters
}

/// How many letters were left out, added, replaced or swapped with their neighbour.
fn slips(word: &str, name: &str) -> usize {
    let (word, name): (Vec<_>, Vec<_>) = (word.chars().collect(), name.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=name.len()).collect();
    for i in 1..=word.len() {
        let mut row = vec![i];
        for j in 1..=name.len() {
            let replaced = last[j - 1] + usize::from(word[i - 1] != name[j - 1]);
            let mut least = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            let swapped =
                i > 1 && j > 1 && word[i - 1] == name[j - 2] && word[i - 2] == name[j - 1];
            if swapped {
                least = least.min(before[j - 2] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[name.len()]
}

/// Takes the scale after a number; two words multiply (*ribu triliun*). None is the power zero.
pub(super) fn take(cursor: &mut Cursor<'_, '_>) -> u32 {
    let mut power = 0;
    if cursor.peek().is_some_and(is_thousand) {
        power += THOUSAND;
        cursor.skip(1);
    }
    if let Some(above) = cursor.peek().and_then(above_thousand) {
        power += above;
        cursor.skip(1);
    }
    power
}
