//! Scale words: *ribu*, *juta*, *miliar*, *triliun*, their abbreviations and common misspellings.
//!
//! A scale is kept as its power of ten.

use super::token::{Cursor, Token};

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
