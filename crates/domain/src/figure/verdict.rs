//! Whether a published figure is true of the records.

use std::fmt;

use rust_decimal::Decimal;

use super::{
    counted::Counted,
    plain::grouped,
    reading::{Figure, Measure, Reading, Value},
    unit,
};
use crate::money::Sums;

/// The answer to a check. Four different answers: none may be taken for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// The records print as the text says.
    Consistent,
    /// They do not.
    Inconsistent,
    /// They do by one of the text's two readings at least.
    Ambiguous,
    /// Text and records cannot be compared.
    Undecidable,
}

impl Verdict {
    /// The name as on the wire: `CONSISTENT`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Consistent => "CONSISTENT",
            Self::Inconsistent => "INCONSISTENT",
            Self::Ambiguous => "AMBIGUOUS",
            Self::Undecidable => "UNDECIDABLE",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A verdict and the reason for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// What was found against what the text says, in one English sentence without a full stop.
    pub explanation: String,
}

impl Outcome {
    fn undecidable(explanation: impl Into<String>) -> Self {
        Self { verdict: Verdict::Undecidable, explanation: explanation.into() }
    }
}

impl Figure {
    /// Checks the figure against a number in the text's own currency or unit.
    ///
    /// An ambiguous text is never consistent: it is inconsistent when neither reading accepts the
    /// number, and ambiguous otherwise.
    pub fn check(&self, found: Decimal) -> Verdict {
        match &self.reading {
            Reading::One(value) if value.interval.contains(found) => Verdict::Consistent,
            Reading::Ambiguous(values) if values.iter().any(|v| v.interval.contains(found)) => {
                Verdict::Ambiguous
            }
            Reading::One(_) | Reading::Ambiguous(_) => Verdict::Inconsistent,
            Reading::Vague => Verdict::Undecidable,
        }
    }

    /// Checks an amount of money against the sums on record, in the text's currency only.
    ///
    /// A currency that the records do not hold is undecidable: nothing is ever converted.
    pub fn check_money(&self, found: &Sums) -> Outcome {
        if let Some(money) = self.currency().and_then(|currency| found.get(currency)) {
            return self.compare(money.decimal(), &money.to_string());
        }
        let amounts: Vec<_> = found.iter().map(|money| money.to_string()).collect();
        let found = if amounts.is_empty() { "no amount".to_owned() } else { amounts.join(" and ") };
        let text = match &self.measure {
            Measure::Money(currency) => format!("is in {currency}"),
            Measure::Count(None) => "names no currency".to_owned(),
            Measure::Count(Some(noun)) => format!("speaks of {noun:?}, not of money"),
        };
        Outcome::undecidable(format!("found {found}, but the text {text}"))
    }

    /// Whether the text may state a count of these: it names no currency, no weight, and no noun
    /// that is known for something else.
    pub fn may_count(&self, counted: Counted) -> bool {
        match &self.measure {
            Measure::Money(_) => false,
            Measure::Count(noun) => {
                noun.as_deref().is_none_or(|noun| !unit::is_weighed(noun) && counted.may_be(noun))
            }
        }
    }

    /// Checks a count against the number on record of what was `counted`.
    ///
    /// A text about something else is undecidable: trucks are no evidence for countries.
    pub fn check_count(&self, found: u64, counted: Counted) -> Outcome {
        let found = Decimal::from(found);
        let written = grouped(found);
        if self.may_count(counted) {
            return self.compare(found, &written);
        }
        let text = match &self.measure {
            Measure::Money(currency) => format!("is an amount in {currency}, no count"),
            Measure::Count(noun) => {
                format!("speaks of {:?}, not", noun.as_deref().unwrap_or_default())
            }
        };
        Outcome::undecidable(format!("found {written}, but the text {text} of {counted}"))
    }

    /// How many kilograms one of the text's unit is; none when it is no unit of weight.
    pub fn kilograms(&self) -> Option<Decimal> {
        unit::kilograms(self.unit()?)
    }

    /// Checks a weight against the kilograms on record; *ton* is 1,000 kg, *kuintal* 100 kg.
    pub fn check_weight_kg(&self, found: Decimal) -> Outcome {
        let kilograms = format!("{} kg", grouped(found));
        let Some((noun, factor)) =
            self.unit().and_then(|noun| Some((noun, unit::kilograms(noun)?)))
        else {
            let text = match &self.measure {
                Measure::Money(currency) => format!("is an amount in {currency}, no weight"),
                Measure::Count(None) => "names no unit of weight".to_owned(),
                Measure::Count(Some(noun)) => format!("speaks of {noun:?}, not of a weight"),
            };
            return Outcome::undecidable(format!("found {kilograms}, but the text {text}"));
        };
        if factor == Decimal::ONE {
            return self.compare(found, &kilograms);
        }
        let Some(converted) = found.checked_div(factor) else {
            return Outcome::undecidable(format!("found {kilograms}, which is out of range"));
        };
        self.compare(converted, &format!("{kilograms} ({} {noun})", grouped(converted)))
    }

    fn compare(&self, found: Decimal, written: &str) -> Outcome {
        let verdict = self.check(found);
        let explanation = match &self.reading {
            Reading::Vague => format!("found {written}, the text gives no number"),
            Reading::Ambiguous([first, second]) => {
                let (first, second) = (grouped(first.value), grouped(second.value));
                format!("found {written}, the text may mean {first} or {second}")
            }
            Reading::One(value) => self.explain(value, verdict, written),
        };
        Outcome { verdict, explanation }
    }

    fn explain(&self, value: &Value, verdict: Verdict, written: &str) -> String {
        let interval = &value.interval;
        let is_count = matches!(self.measure, Measure::Count(_));
        let is_exact = interval.low() == Some(value.value)
            && interval.high() == Some(value.value + Decimal::ONE);
        if is_count && is_exact {
            return format!("found {written}, the text says {}", grouped(value.value));
        }
        match (interval.low(), interval.high(), verdict) {
            (None, _, _) | (_, None, _) => format!("found {written}, the text says {interval}"),
            (_, _, Verdict::Consistent) => format!("found {written}, within {interval}"),
            _ => format!("found {written}, outside {interval}"),
        }
    }
}
