//! Whether a published figure is true of the records.

use std::fmt;

use rust_decimal::Decimal;

use super::{
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
        let Some(currency) = self.currency() else {
            return Outcome::undecidable("the text names no currency, the metric is an amount");
        };
        let Some(money) = found.get(currency) else {
            let held: Vec<_> = found.iter().map(|money| money.currency().code()).collect();
            let held = if held.is_empty() { "no amount".to_owned() } else { held.join(", ") };
            return Outcome::undecidable(format!("the text is in {currency}, found {held}"));
        };
        self.compare(money.decimal(), &money.to_string())
    }

    /// Checks a count against the number on record.
    pub fn check_count(&self, found: u64) -> Outcome {
        if let Some(currency) = self.currency() {
            let explanation = format!("the text is an amount in {currency}, the metric is a count");
            return Outcome::undecidable(explanation);
        }
        let found = Decimal::from(found);
        self.compare(found, &grouped(found))
    }

    /// How many kilograms one of the text's unit is; none when it is no unit of weight.
    pub fn kilograms(&self) -> Option<Decimal> {
        unit::kilograms(self.unit()?)
    }

    /// Checks a weight against the kilograms on record; *ton* is 1,000 kg, *kuintal* 100 kg.
    pub fn check_weight_kg(&self, found: Decimal) -> Outcome {
        let Some((noun, factor)) =
            self.unit().and_then(|noun| Some((noun, unit::kilograms(noun)?)))
        else {
            return Outcome::undecidable("the text names no unit of weight, the metric is one");
        };
        let kilograms = format!("{} kg", grouped(found));
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
