//! The grammar of a figure: words of bound and currency, one number with its scale, and then a
//! currency or a noun.
//!
//! Invariant: every token of the text is understood or the text is refused; no word is skipped
//! that could change the meaning.

use rust_decimal::Decimal;

use super::{
    bound::{self, Bound},
    currency,
    interval::Interval,
    number::{self, Before, Digits, Malformed, Shown},
    reading::{Figure, Measure, Reading, Value},
    scale,
    token::{Cursor, Kind, tokenize},
    unit, words,
};
use crate::{money::Currency, refusal::RuleBroken};

const MAX_LENGTH: usize = 200;
const READABLE: &str = "a figure such as \"351,6 ribu dolar AS\" or \"enam truk\"";

/// Reads a figure; see [`Figure::parse`].
pub(super) fn figure(text: &str) -> Result<Figure, RuleBroken> {
    if text.trim().is_empty() {
        return Err(RuleBroken::missing());
    }
    let length = text.chars().count();
    if length > MAX_LENGTH {
        let expected = format!("at most {MAX_LENGTH} characters");
        return Err(RuleBroken::expected("figure.length", expected, length));
    }
    let tokens = tokenize(text);
    let mut cursor = Cursor::new(&tokens);
    let sentence = sentence(&mut cursor).map_err(|expected| unreadable(&expected, text))?;
    let reading = sentence.reading().map_err(|malformed| match malformed {
        Malformed::Separators => unreadable("separators as in 1.234,5 or 1,234.5", text),
        Malformed::Range => out_of_range(text),
    })?;
    let power = sentence.number.power();
    Ok(Figure { text: text.to_owned(), measure: sentence.measure, power, reading })
}

fn unreadable(expected: &str, text: &str) -> RuleBroken {
    RuleBroken::expected("figure.unreadable", expected, format!("{text:?}"))
}

fn out_of_range(text: &str) -> RuleBroken {
    let expected = "a number below 10^17 with at most 17 digits and 6 decimals of its unit";
    RuleBroken::expected("figure.range", expected, format!("{text:?}"))
}

struct Sentence<'a> {
    bound: Bound,
    number: Number<'a>,
    measure: Measure,
}

#[derive(Clone, Copy)]
enum Number<'a> {
    Digits { raw: &'a str, power: u32 },
    Spelled { mantissa: u64, power: u32 },
    Vague,
}

impl Number<'_> {
    fn power(self) -> u32 {
        match self {
            Self::Digits { power, .. } | Self::Spelled { power, .. } => power,
            Self::Vague => 0,
        }
    }
}

/// What may stand on both sides of the number, and must not contradict itself.
struct Around {
    bound: Bound,
    currency: Option<Currency>,
}

impl Around {
    fn add_bound(&mut self, bound: Bound) -> Result<(), String> {
        self.bound = self.bound.and(bound).ok_or("words of one side, not of both")?;
        Ok(())
    }

    fn add_currency(&mut self, found: Currency) -> Result<(), String> {
        let known = *self.currency.get_or_insert(found);
        if known == found { Ok(()) } else { Err(format!("one currency, not {known} and {found}")) }
    }
}

fn sentence<'a>(cursor: &mut Cursor<'_, 'a>) -> Result<Sentence<'a>, String> {
    let mut around = Around { bound: Bound::Prints, currency: None };
    head(cursor, &mut around)?;
    let number = number(cursor).ok_or(READABLE)?;
    tail(cursor, &mut around)?;
    let noun = unit::noun(cursor.rest())?;
    let measure = match (around.currency, noun) {
        (None, noun) => Measure::Count(noun),
        (Some(currency), None) => Measure::Money(currency),
        // A noun may make a total a price ("per kg"), or a currency another one.
        (Some(_), Some(noun)) => return Err(format!("an amount of money alone, not {noun:?}")),
    };
    Ok(Sentence { bound: around.bound, number, measure })
}

fn head(cursor: &mut Cursor<'_, '_>, around: &mut Around) -> Result<(), String> {
    loop {
        let mut ahead = *cursor;
        if ahead.take_word("sejumlah") && stated(ahead) {
            // "sejumlah enam truk" states a number, "sejumlah truk" none.
            *cursor = ahead;
        } else if let Some(bound) = bound::take(cursor) {
            around.add_bound(bound)?;
        } else if let Some(currency) = currency::take(cursor) {
            around.add_currency(currency)?;
        } else {
            return Ok(());
        }
    }
}

fn stated(mut cursor: Cursor<'_, '_>) -> bool {
    cursor.peek().is_some_and(|token| token.kind == Kind::Number)
        || words::spelled(cursor.rest()).is_some()
        || currency::take(&mut cursor).is_some()
}

fn number<'a>(cursor: &mut Cursor<'_, 'a>) -> Option<Number<'a>> {
    let token = cursor.peek()?;
    if token.kind == Kind::Number {
        cursor.skip(1);
        return Some(Number::Digits { raw: token.raw, power: scale::take(cursor) });
    }
    if bound::is_vague(&token.lower) {
        cursor.skip(1);
        // "puluhan ribu", "ratusan juta".
        scale::take(cursor);
        return Some(Number::Vague);
    }
    let spelled = words::spelled(cursor.rest())?;
    cursor.skip(spelled.tokens);
    Some(Number::Spelled { mantissa: spelled.mantissa, power: spelled.power })
}

/// A currency after the number, with *lebih* ("Rp6 miliar lebih") before or after it.
fn tail(cursor: &mut Cursor<'_, '_>, around: &mut Around) -> Result<(), String> {
    loop {
        if cursor.take_word("lebih") {
            around.add_bound(Bound::AtLeast)?;
        } else if let Some(currency) = currency::take(cursor) {
            around.add_currency(currency)?;
        } else {
            return Ok(());
        }
    }
}

impl Sentence<'_> {
    fn reading(&self) -> Result<Reading, Malformed> {
        let power = self.number.power();
        let digits = match self.number {
            Number::Vague => return Ok(Reading::Vague),
            Number::Spelled { mantissa, .. } => Digits::One(Shown { mantissa, decimals: 0 }),
            Number::Digits { raw, .. } => number::read(raw, self.before(power))?,
        };
        Ok(match digits {
            Digits::One(shown) => Reading::One(self.value(shown, power)?),
            Digits::Two([first, second]) => {
                Reading::Ambiguous([self.value(first, power)?, self.value(second, power)?])
            }
        })
    }

    fn before(&self, power: u32) -> Before {
        match &self.measure {
            _ if power > 0 => Before::Scale,
            Measure::Count(Some(noun)) if unit::is_weighed(noun) => Before::Weight,
            _ => Before::Other,
        }
    }

    fn value(&self, shown: Shown, power: u32) -> Result<Value, Malformed> {
        let value = shown.value(power)?;
        let printed = self.printed(shown, power, value);
        let interval = match self.bound {
            Bound::Prints => printed,
            Bound::AtLeast => Interval::AtLeast(value),
            Bound::AtMost => Interval::AtMost(value),
            Bound::Around => printed.around(value),
        };
        Ok(Value { value, decimals: shown.decimals, interval })
    }

    /// A count is whole and money has minor units: where the last digit shown is that finest
    /// step, only the amount itself prints so. Otherwise it may have been cut or rounded, as a
    /// weight may be always: there are finer ones than any that is printed.
    fn printed(&self, shown: Shown, power: u32, value: Decimal) -> Interval {
        let last_unit = shown.last_unit(power);
        let is_finest = match &self.measure {
            Measure::Money(currency) => last_unit == Decimal::new(1, currency.exponent()),
            Measure::Count(Some(noun)) if unit::is_weighed(noun) => false,
            Measure::Count(_) => power == 0 && shown.decimals == 0,
        };
        if is_finest {
            Interval::exact(value, last_unit)
        } else {
            Interval::printed(value, last_unit)
        }
    }
}
