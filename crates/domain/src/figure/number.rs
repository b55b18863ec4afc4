//! Digits with separators.
//!
//! EYD V groups thousands by a point and marks decimals by a comma; English does the reverse, and
//! the press mixes both inside one sentence. Where the digits alone allow two readings, both are
//! kept.

use rust_decimal::Decimal;

/// A number as shown: `mantissa` with the point moved `decimals` places to the left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    /// All digits, without separators.
    pub(super) mantissa: u64,
    /// How many of them stand after the decimal sign.
    pub(super) decimals: u32,
}

/// What the digits may mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Digits {
    /// One reading.
    One(Shown),
    /// Two readings that nothing in the text decides between.
    Two([Shown; 2]),
}

/// What stands after the digits, which decides how a single separator reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// A scale word: people write `1,5 juta`, so a comma is the decimal sign.
    Scale,
    /// A unit of weight, of which both 1,998 and 1.998 are usual.
    Weight,
    /// Anything else.
    Other,
}

/// Why digits are not a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Malformed {
    /// The separators do not stand where any convention puts them.
    Separators,
    /// More digits than are kept exactly.
    Range,
}

/// The most digits that are read.
const MAX_DIGITS: usize = 17;
/// The most decimals of the unit itself, after the scale is applied.
const MAX_PLACES: u32 = 6;
/// Values are below ten to this power, the range of money in 64 bits of minor units.
const MAX_POWER: u32 = 17;

/// Reads digits with separators.
pub(super) fn read(text: &str, before: Before) -> Result<Digits, Malformed> {
    let Some(last) = text.rfind(['.', ',']) else { return shown(text, 0).map(Digits::One) };
    let separator = if text[last..].starts_with('.') { '.' } else { ',' };
    let other = if separator == '.' { ',' } else { '.' };
    let (head, tail) = (&text[..last], &text[last + 1..]);
    if head.contains(other) {
        return two_kinds(text, head, tail, other);
    }
    if head.contains(separator) {
        return repeated(text, head, tail, separator);
    }
    single(text, head, tail, separator, before)
}

/// Both separators: the last one is the decimal sign.
fn two_kinds(text: &str, head: &str, tail: &str, group: char) -> Result<Digits, Malformed> {
    if !is_grouped(head, group) {
        return Err(Malformed::Separators);
    }
    shown(text, tail.len()).map(Digits::One)
}

/// One separator several times: it groups thousands, or the text is malformed and may mean two
/// things: `81.900.000.00` is 81,900,000.00 or 8,190,000,000.
fn repeated(text: &str, head: &str, tail: &str, group: char) -> Result<Digits, Malformed> {
    if !is_grouped(head, group) {
        return Err(Malformed::Separators);
    }
    if tail.len() == 3 {
        return shown(text, 0).map(Digits::One);
    }
    Ok(Digits::Two([shown(text, tail.len())?, shown(text, 0)?]))
}

/// One separator once. Three digits after it are a thousand's group, where that is possible and
/// nothing speaks against it.
fn single(
    text: &str,
    head: &str,
    tail: &str,
    separator: char,
    before: Before,
) -> Result<Digits, Malformed> {
    let decimal = shown(text, tail.len());
    if !(is_first_group(head) && tail.len() == 3) {
        return decimal.map(Digits::One);
    }
    match (before, separator) {
        (Before::Scale, ',') => decimal.map(Digits::One),
        (Before::Scale, _) | (Before::Weight, _) => Ok(Digits::Two([shown(text, 0)?, decimal?])),
        (Before::Other, _) => shown(text, 0).map(Digits::One),
    }
}

fn is_grouped(digits: &str, group: char) -> bool {
    let mut groups = digits.split(group);
    groups.next().is_some_and(is_first_group)
        && groups.all(|g| g.len() == 3 && g.bytes().all(|b| b.is_ascii_digit()))
}

/// No thousands are written with a leading zero: `0.500` is a half.
fn is_first_group(digits: &str) -> bool {
    (1..=3).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|b| b.is_ascii_digit())
}

fn shown(text: &str, decimals: usize) -> Result<Shown, Malformed> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if digits.len() > MAX_DIGITS {
        return Err(Malformed::Range);
    }
    let mantissa = digits.parse().map_err(|_| Malformed::Range)?;
    let decimals = u32::try_from(decimals).map_err(|_| Malformed::Range)?;
    Ok(Shown { mantissa, decimals })
}

impl Shown {
    /// The value under a scale, exactly.
    pub(super) fn value(self, power: u32) -> Result<Decimal, Malformed> {
        let places = self.decimals.saturating_sub(power);
        let raised = 10_i128.pow(power.saturating_sub(self.decimals));
        let mantissa = i128::from(self.mantissa).checked_mul(raised).ok_or(Malformed::Range)?;
        if places > MAX_PLACES || mantissa >= 10_i128.pow(MAX_POWER + places) {
            return Err(Malformed::Range);
        }
        Ok(Decimal::from_i128_with_scale(mantissa, places))
    }

    /// One unit of the last digit shown, under a scale.
    pub(super) fn last_unit(self, power: u32) -> Decimal {
        let raised = 10_i128.pow(power.saturating_sub(self.decimals));
        Decimal::from_i128_with_scale(raised, self.decimals.saturating_sub(power))
    }
}
