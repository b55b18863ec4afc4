//! A deal's value as it was stated in public.

use serde::{Deserialize, Serialize};

use crate::{
    figure::{Figure, Interval, Reading},
    money::{Currency, Money},
    refusal::RuleBroken,
};

/// A value as it was stated: the words, and the amount behind them where it is known.
///
/// Invariant: when it was made, the text could be read as an amount, and the amount, if there is
/// one, was in the text's currency and one of those that print so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatedValue {
    text: String,
    amount: Option<Money>,
}

/// Why a stated value cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatedFault {
    /// The text is no amount.
    Text(RuleBroken),
    /// The amount does not print as the text.
    Amount(RuleBroken),
    /// The amount is in another currency than the text.
    Currency {
        /// The text's currency.
        expected: Currency,
        /// The amount's.
        found: Currency,
    },
}

impl StatedValue {
    /// Reads a stated value.
    ///
    /// # Errors
    /// [`StatedFault::Text`] with the rules of [`Figure::parse`], `stated_value.currency` when the
    /// text names none and `stated_value.vague` when it gives no number;
    /// [`StatedFault::Currency`]; [`StatedFault::Amount`] with `stated_value.interval`.
    pub fn new(text: &str, amount: Option<Money>) -> Result<Self, StatedFault> {
        let figure = Figure::parse(text).map_err(StatedFault::Text)?;
        let currency = currency_of(&figure).map_err(StatedFault::Text)?;
        if let Some(amount) = amount {
            check_amount(&figure, currency, amount)?;
        }
        Ok(Self { text: text.to_owned(), amount })
    }

    /// The words, verbatim.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The amount that the text states.
    pub fn amount(&self) -> Option<Money> {
        self.amount
    }

    /// The text's currency and the amounts it may stand for, one interval for each reading. None
    /// only when a text written long ago is no longer understood.
    pub fn reading(&self) -> Option<(Currency, Vec<Interval>)> {
        let figure = Figure::parse(&self.text).ok()?;
        Some((figure.currency()?, intervals(&figure)))
    }
}

fn currency_of(figure: &Figure) -> Result<Currency, RuleBroken> {
    let found = || format!("{:?}", figure.text());
    let currency = figure.currency().ok_or_else(|| {
        RuleBroken::expected("stated_value.currency", "an amount with its currency", found())
    })?;
    if matches!(figure.reading(), Reading::Vague) {
        return Err(RuleBroken::expected("stated_value.vague", "an amount with a number", found()));
    }
    Ok(currency)
}

fn check_amount(figure: &Figure, currency: Currency, amount: Money) -> Result<(), StatedFault> {
    if amount.currency() != currency {
        return Err(StatedFault::Currency { expected: currency, found: amount.currency() });
    }
    let intervals = intervals(figure);
    if intervals.iter().any(|interval| interval.contains(amount.decimal())) {
        return Ok(());
    }
    let expected: Vec<_> = intervals.iter().map(|i| format!("{currency} {i}")).collect();
    let expected = expected.join(" or ");
    Err(StatedFault::Amount(RuleBroken::expected("stated_value.interval", expected, amount)))
}

fn intervals(figure: &Figure) -> Vec<Interval> {
    match figure.reading() {
        Reading::One(value) => vec![value.interval],
        Reading::Ambiguous(values) => values.iter().map(|value| value.interval).collect(),
        Reading::Vague => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    fn idr(rupiah: i64) -> Option<Money> {
        Some(Money::from_minor(rupiah * 100, Currency::IDR))
    }

    #[test]
    fn an_amount_must_print_as_the_text() {
        assert!(StatedValue::new("Rp3,9 triliun", None).is_ok());
        assert!(StatedValue::new("Rp3,9 triliun", idr(3_951_750_000_000)).is_ok());
        assert!(StatedValue::new("Rp3,9 triliun", idr(3_850_000_000_000)).is_ok());
        let above = StatedValue::new("Rp3,9 triliun", idr(4_000_000_000_000)).unwrap_err();
        let StatedFault::Amount(broken) = above else { panic!("{above:?}") };
        assert_eq!(broken.rule(), "stated_value.interval");
        assert!(broken.detail().contains("found IDR 4,000,000,000,000"), "{broken}");
    }

    #[test]
    fn currencies_must_agree() {
        let usd = Some(Money::from_minor(23_950_000_000, Currency::USD));
        let fault = StatedValue::new("Rp3,9 triliun", usd).unwrap_err();
        let expected = StatedFault::Currency { expected: Currency::IDR, found: Currency::USD };
        assert_eq!(fault, expected);
    }

    #[test]
    fn the_text_must_be_an_amount() {
        for (text, rule) in [
            ("", "field.missing"),
            ("enam truk", "stated_value.currency"),
            ("mahal sekali", "figure.unreadable"),
        ] {
            let fault = StatedValue::new(text, None).unwrap_err();
            let StatedFault::Text(broken) = fault else { panic!("{text}: {fault:?}") };
            assert_eq!(broken.rule(), rule, "{text}");
        }
    }

    #[test]
    fn an_ambiguous_text_is_kept_with_both_readings() {
        let stated = StatedValue::new("Rp1.120 miliar", None).unwrap();
        let (currency, intervals) = stated.reading().unwrap();
        assert_eq!((currency, intervals.len()), (Currency::IDR, 2));
    }
}
