//! The noun of a count, kept as printed, and the units of weight among them.

use rust_decimal::Decimal;

use super::{
    bound, currency, scale,
    token::{Cursor, Kind, Token},
    words,
};

/// Words of other number systems that this grammar does not read; taken for a noun they would
/// turn `5.8 million` into five point eight of something.
const FOREIGN: [&str; 18] = [
    "setengah",
    "separuh",
    "sepertiga",
    "seperempat",
    "koma",
    "minus",
    "thousand",
    "million",
    "billion",
    "trillion",
    "hundred",
    "juta-an",
    "ribu-an",
    "miliar-an",
    "triliun-an",
    "mio",
    "mln",
    "bn",
];

/// The noun that the rest of a text is, or nothing when the text ends here.
///
/// # Errors
/// What stands in the way: a second number, a word that changes what the first one means, or one
/// that is a scale word but for a slip.
pub(super) fn noun(rest: &[Token<'_>]) -> Result<Option<String>, String> {
    if let Some((first, scale)) = rest.first().and_then(|first| Some((first, scale::near(first)?)))
    {
        return Err(format!("{scale:?}, if {:?} means that", first.raw));
    }
    let mut noun = String::new();
    for (index, token) in rest.iter().enumerate() {
        if !is_nominal(token) || currency::take(&mut Cursor::new(&rest[index..])).is_some() {
            return Err(format!("one number and a noun, not also {:?}", token.raw));
        }
        let joins = token.kind == Kind::Sign || noun.ends_with('/') || noun.is_empty();
        if !joins {
            noun.push(' ');
        }
        noun.push_str(&token.lower);
    }
    Ok((!noun.is_empty()).then_some(noun))
}

fn is_nominal(token: &Token<'_>) -> bool {
    match token.kind {
        Kind::Number => false,
        Kind::Sign => matches!(token.raw, "/" | "%" | "&"),
        Kind::Word => {
            let word = token.lower.as_str();
            !(words::is_number_word(word)
                || bound::is_vague(word)
                || bound::is_bound_word(word)
                || scale::is_thousand(token)
                || scale::above_thousand(token).is_some()
                || FOREIGN.contains(&word))
        }
    }
}

/// How many kilograms one of the unit is, when the noun is a weight: *ton kopi*, but not *ton per
/// bulan*, which is a rate.
pub(super) fn kilograms(noun: &str) -> Option<Decimal> {
    let mut words = noun.split([' ', '/']);
    let factor = words.next().and_then(weight)?;
    let is_rate = noun.contains('/') || words.any(|word| matches!(word, "per" | "tiap" | "setiap"));
    (!is_rate).then_some(factor)
}

/// Whether the noun starts with a unit of weight, where both separators are usual.
pub(super) fn is_weighed(noun: &str) -> bool {
    noun.split([' ', '/']).next().and_then(weight).is_some()
}

fn weight(word: &str) -> Option<Decimal> {
    match word {
        "ton" | "tonne" | "t" | "mt" => Some(Decimal::ONE_THOUSAND),
        "kuintal" | "kwintal" => Some(Decimal::ONE_HUNDRED),
        "kg" | "kilogram" | "kilo" => Some(Decimal::ONE),
        "gram" | "gr" | "g" => Some(Decimal::new(1, 3)),
        _ => None,
    }
}
