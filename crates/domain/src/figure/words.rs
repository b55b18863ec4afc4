//! Indonesian number words: *enam*, *dua puluh lima*, *seratus ribu*, *sejuta*, *kedua belas*.

use super::{
    scale,
    token::{Kind, Token},
};

/// A number written out: `mantissa` times ten to the `power` of the scale word it ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spelled {
    /// The number in units of the scale: 2 for *dua juta*, 2005 for *dua ribu lima*.
    pub(super) mantissa: u64,
    /// The power of ten of the last word, 0 when that is no scale word.
    pub(super) power: u32,
    /// How many tokens were read.
    pub(super) tokens: usize,
}

/// Reads the number words that stand first, or nothing when the first word is none.
///
/// Ordinals count as their number: *kedua negara* is two countries.
pub(super) fn spelled(tokens: &[Token<'_>]) -> Option<Spelled> {
    let first = tokens.first().filter(|token| token.kind == Kind::Word)?;
    match first.lower.as_str() {
        "nol" => return Some(Spelled { mantissa: 0, power: 0, tokens: 1 }),
        "pertama" => return Some(Spelled { mantissa: 1, power: 0, tokens: 1 }),
        _ => {}
    }
    let cardinal = first.lower.strip_prefix("ke").map(|rest| rest.trim_start_matches('-'));
    Reader { tokens, first: cardinal.unwrap_or(&first.lower), at: 0 }.number()
}

/// Whether the word is part of some number's name, so that it cannot be part of a noun.
pub(super) fn is_number_word(word: &str) -> bool {
    digit(word).is_some()
        || one_of(word).is_some()
        || matches!(word, "nol" | "puluh" | "belas")
        || matches!(word, "ratus" | "sepuluh" | "sebelas" | "seratus" | "seribu")
}

fn digit(word: &str) -> Option<u64> {
    const DIGITS: [&str; 9] =
        ["satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan"];
    DIGITS.iter().zip(1..).find_map(|(name, value)| (*name == word).then_some(value))
}

/// *Se-* is one: *sejuta*, *semiliar*, *setriliun*. The power of ten.
fn one_of(word: &str) -> Option<u32> {
    match word {
        "sejuta" => Some(6),
        "semiliar" | "semilyar" => Some(9),
        "setriliun" | "setrilyun" => Some(12),
        _ => None,
    }
}

/// One part of a number: `value` times ten to the `power`. Whether *ribu* ended the value is kept,
/// because it says how precise the number is.
struct Segment {
    value: u64,
    power: u32,
    ends_in_thousand: bool,
}

struct Reader<'t, 'a> {
    tokens: &'t [Token<'a>],
    first: &'t str,
    at: usize,
}

impl Reader<'_, '_> {
    /// Segments with falling scales: *satu juta dua ratus ribu*.
    fn number(mut self) -> Option<Spelled> {
        let mut total = 0_u64;
        let mut power = 0;
        let mut limit = u32::MAX;
        loop {
            let start = self.at;
            let Some(segment) = self.segment() else { break };
            if segment.power >= limit {
                self.at = start;
                break;
            }
            total += segment.value * 10_u64.pow(segment.power);
            power = segment.power + if segment.ends_in_thousand { scale::THOUSAND } else { 0 };
            limit = segment.power;
            if segment.power == 0 {
                break;
            }
        }
        let mantissa = total / 10_u64.pow(power);
        (self.at > 0).then_some(Spelled { mantissa, power, tokens: self.at })
    }

    fn segment(&mut self) -> Option<Segment> {
        if let Some(power) = self.word(0).and_then(one_of) {
            self.at += 1;
            return Some(Segment { value: 1, power, ends_in_thousand: false });
        }
        let (value, ends_in_thousand) = self.below_million()?;
        let power = self.tokens.get(self.at).and_then(scale::above_thousand).unwrap_or(0);
        self.at += usize::from(power > 0);
        Some(Segment { value, power, ends_in_thousand })
    }

    /// The number, and whether it ends with the word for a thousand.
    fn below_million(&mut self) -> Option<(u64, bool)> {
        let thousands = if self.take("seribu") {
            1
        } else {
            let value = self.below_thousand()?;
            if !self.tokens.get(self.at).is_some_and(scale::is_thousand) {
                return Some((value, false));
            }
            self.at += 1;
            value
        };
        let units = self.below_thousand();
        Some((thousands * 1_000 + units.unwrap_or(0), units.is_none()))
    }

    fn below_thousand(&mut self) -> Option<u64> {
        let hundreds = self.hundreds();
        let rest = self.below_hundred();
        (hundreds.is_some() || rest.is_some()).then(|| hundreds.unwrap_or(0) + rest.unwrap_or(0))
    }

    fn hundreds(&mut self) -> Option<u64> {
        if self.take("seratus") {
            return Some(100);
        }
        self.digit_before("ratus").map(|digit| digit * 100)
    }

    fn below_hundred(&mut self) -> Option<u64> {
        if self.take("sepuluh") {
            return Some(10);
        }
        if self.take("sebelas") {
            return Some(11);
        }
        if let Some(digit) = self.digit_before("belas") {
            return Some(10 + digit);
        }
        let tens = self.digit_before("puluh").map(|digit| digit * 10);
        let units = self.word(0).and_then(digit);
        self.at += usize::from(units.is_some());
        (tens.is_some() || units.is_some()).then(|| tens.unwrap_or(0) + units.unwrap_or(0))
    }

    fn digit_before(&mut self, multiplier: &str) -> Option<u64> {
        let digit = self.word(0).and_then(digit)?;
        if self.word(1) != Some(multiplier) {
            return None;
        }
        self.at += 2;
        Some(digit)
    }

    fn take(&mut self, word: &str) -> bool {
        let next = self.word(0) == Some(word);
        self.at += usize::from(next);
        next
    }

    fn word(&self, ahead: usize) -> Option<&str> {
        match self.at + ahead {
            0 => Some(self.first),
            at => self.tokens.get(at).map(|token| token.lower.as_str()),
        }
    }
}
