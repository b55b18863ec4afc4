//! Findings: a figure compared with what is on record.

use devisa_domain::{
    figure::{Counted, Figure, Outcome, Verdict, plain},
    money::Sums,
};
use rust_decimal::Decimal;

use super::claim::{Claim, Metric};
use crate::{convert::common::render_decimal, figure::v1 as wire, google_type};

/// What the records say of a figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    outcome: Outcome,
    /// What one of the text's unit is in the metric's.
    factor: Decimal,
    found: Option<Decimal>,
    listed: Option<u64>,
    held: bool,
}

impl Finding {
    /// Compares an amount with the sums on record, in the text's currency only.
    pub fn of_money(figure: &Figure, sums: &Sums) -> Self {
        let found = figure.currency().and_then(|currency| sums.get(currency));
        let outcome = figure.check_money(sums);
        Self::new(outcome, found.map(|money| money.decimal()))
    }

    /// Compares a count with the number on record of what was `counted`.
    pub fn of_count(figure: &Figure, count: u64, counted: Counted) -> Self {
        // A number of trucks cannot stand beside the bounds of an amount, or of countries.
        let found = figure.may_count(counted).then(|| Decimal::from(count));
        Self::new(figure.check_count(count, counted), found)
    }

    /// Compares a weight with the kilograms on record; bounds are told in kilograms too.
    pub fn of_weight_kg(figure: &Figure, kilograms: Decimal) -> Self {
        let factor = figure.kilograms();
        let found = factor.map(|_| kilograms);
        let finding = Self::new(figure.check_weight_kg(kilograms), found);
        Self { factor: factor.unwrap_or(Decimal::ONE), ..finding }
    }

    /// There is nothing on record to compare with; `explanation` says why, without a full stop.
    pub fn undecidable(explanation: impl Into<String>) -> Self {
        let outcome = Outcome { verdict: Verdict::Undecidable, explanation: explanation.into() };
        Self::new(outcome, None)
    }

    fn new(outcome: Outcome, found: Option<Decimal>) -> Self {
        Self { outcome, factor: Decimal::ONE, found, listed: None, held: false }
    }

    /// Says what was counted: `found 5 (AU, BD, IN, KR, NL), the text says 6`.
    #[must_use]
    pub fn naming(mut self, items: &[String]) -> Self {
        if items.is_empty() {
            return self;
        }
        let names = format!(" ({})", items.join(", "));
        let text = &mut self.outcome.explanation;
        // The number itself may hold a comma, but none with a space after it.
        let end = text.find(", ").unwrap_or(text.len());
        text.insert_str(end, &names);
        self
    }

    /// Adds to the explanation, after a semicolon.
    #[must_use]
    pub fn adding(mut self, remark: &str) -> Self {
        self.outcome.explanation.push_str("; ");
        self.outcome.explanation.push_str(remark);
        self
    }

    /// Says how many resources are on record one by one beside a declared count.
    #[must_use]
    pub fn listed(mut self, listed: u64) -> Self {
        self.listed = Some(listed);
        self
    }

    /// Says whether the value, or a part of it, is held as implausible.
    #[must_use]
    pub fn held(mut self, held: bool) -> Self {
        self.held = held;
        self
    }

    /// The verdict.
    pub fn verdict(&self) -> Verdict {
        self.outcome.verdict
    }

    /// Listed divided by found, four decimals; none when either is absent or nothing was found.
    fn coverage(&self) -> Option<Decimal> {
        let (listed, found) = (Decimal::from(self.listed?), self.found?);
        let ratio = listed.checked_div(found)?;
        let strategy = rust_decimal::RoundingStrategy::MidpointAwayFromZero;
        let mut ratio = ratio.round_dp_with_strategy(4, strategy);
        ratio.rescale(4);
        Some(ratio)
    }
}

/// Renders what the records say of a claim.
pub(super) fn render_verdict<M: Metric>(claim: Claim<M>, finding: &Finding) -> wire::ClaimVerdict {
    let verdict = match finding.outcome.verdict {
        Verdict::Consistent => wire::Verdict::Consistent,
        Verdict::Inconsistent => wire::Verdict::Inconsistent,
        Verdict::Ambiguous => wire::Verdict::Ambiguous,
        Verdict::Undecidable => wire::Verdict::Undecidable,
    };
    wire::ClaimVerdict {
        low: claim.figure.low().map(|low| bound(low * finding.factor)),
        high: claim.figure.high().map(|high| bound(high * finding.factor)),
        claim: Some(claim.sent),
        verdict: verdict.into(),
        found: finding.found.map(render_decimal),
        listed: finding.listed.map(|listed| i32::try_from(listed).unwrap_or(i32::MAX)),
        coverage: finding.coverage().map(render_decimal),
        held: finding.held,
        explanation: finding.outcome.explanation.clone(),
    }
}

/// A bound of an interval, in plain digits without trailing zeros.
fn bound(value: Decimal) -> google_type::Decimal {
    google_type::Decimal { value: plain(value) }
}
