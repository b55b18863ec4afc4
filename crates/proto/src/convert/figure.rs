//! Claims about published figures and what the records say of them; shared by every service that
//! has a `CheckFigures`.
//!
//! A service names its metrics by implementing [`Metric`]; [`parse_claims`] then reads a request
//! into typed [`Claim`]s, the service finds the recorded value of each, [`Finding`] compares, and
//! [`render_verdict`] answers. Invariant: a claim comes back exactly as it was sent.

use std::fmt;

use devisa_domain::{
    figure::{Counted, Figure, Outcome, Verdict, plain},
    money::Sums,
    refusal::{Checks, Refusal, RuleBroken, Violation},
    time::Date,
};
use rust_decimal::Decimal;

use super::common::{nonempty, optional_date};
use crate::{figure::v1 as wire, google_type};

/// The most claims a request may hold.
pub const MAX_CLAIMS: usize = 100;

/// A metric that one service knows, and what it is taken of.
pub trait Metric: Copy + 'static {
    /// The resource, or the kinds of resources, that metrics of this service are taken of.
    type Subject: Clone + fmt::Debug;

    /// Every metric there is, in the order in which they are documented.
    const ALL: &'static [Self];

    /// The metric's name on the wire, such as `release_value`.
    fn as_str(self) -> &'static str;

    /// Reads the name of the resource that this metric is taken of.
    ///
    /// # Errors
    /// `field.missing`, `resource_name.form`, or what is wrong with an id in it.
    fn subject(self, of: &str) -> Result<Self::Subject, RuleBroken>;
}

/// A published figure, read, and the records it speaks of.
#[derive(Clone, Debug)]
pub struct Claim<M: Metric> {
    /// The claim's place in the request, from 0.
    pub index: usize,
    /// The claim as it was sent.
    pub sent: wire::Claim,
    /// The published figure.
    pub figure: Figure,
    /// What it is about.
    pub metric: M,
    /// The resource that the metric is taken of.
    pub of: M::Subject,
    /// The business date for which the figure was given.
    pub as_of: Date,
}

impl<M: Metric> Claim<M> {
    /// The path of one of the claim's fields in the request: `claims[2].of`.
    pub fn path(&self, field: &str) -> String {
        format!("claims[{}].{field}", self.index)
    }

    /// The filter as it was sent; empty is none.
    pub fn filter(&self) -> &str {
        &self.sent.filter
    }

    /// That there is no such resource as the metric is taken of.
    pub fn absent(&self, name: &impl ToString) -> Refusal {
        Refusal::NotFound { resource: name.to_string() }.under(&self.path("of"))
    }

    /// Refuses any filter, for metrics that take none.
    ///
    /// # Errors
    /// [`Refusal::FilterInvalid`].
    pub fn refuse_filter(&self) -> Result<(), Refusal> {
        if self.sent.filter.trim().is_empty() {
            return Ok(());
        }
        let (metric, found) = (self.metric.as_str(), &self.sent.filter);
        let detail = format!("{metric} takes no filter, found {found:?}");
        Err(Refusal::FilterInvalid { field: self.path("filter"), offset: None, detail })
    }
}

/// The claims of a request: those that can be read, and what is wrong with the others.
#[derive(Clone, Debug)]
pub struct Claims<M: Metric> {
    /// Those that can be read, in their order.
    pub read: Vec<Claim<M>>,
    /// The answers to them, with the refusal of those that cannot.
    pub verdicts: Verdicts,
}

/// The answers to the claims of a request, as far as they are known.
#[derive(Clone, Debug, Default)]
pub struct Verdicts {
    rendered: Vec<wire::ClaimVerdict>,
    refused: Vec<Refusal>,
}

impl Verdicts {
    /// Adds what the records say of a claim, or why that cannot be said.
    pub fn add<M: Metric>(&mut self, claim: Claim<M>, finding: Result<Finding, Refusal>) {
        match finding {
            Ok(finding) => self.rendered.push(render_verdict(claim, &finding)),
            Err(refusal) => self.refused.push(refusal),
        }
    }

    /// The answer to the request.
    ///
    /// # Errors
    /// All that claims were refused for, at once.
    pub fn finish(self) -> Result<wire::CheckFiguresResponse, Refusal> {
        match Refusal::together(self.refused) {
            // An absence that is all there is to tell is told as by Get.
            Some(Refusal::Placed { first, violations })
                if violations.len() == 1 && matches!(*first, Refusal::NotFound { .. }) =>
            {
                Err(*first)
            }
            Some(refusal) => Err(refusal),
            None => Ok(wire::CheckFiguresResponse { verdicts: self.rendered }),
        }
    }
}

/// Reads the claims of a request; `today` is the date of those that name none. What is wrong with
/// claims stands among the verdicts: the rules of [`Figure::parse`] at `claims[2].text`,
/// `metric.unknown`, those of [`Metric::subject`] at `of`, `date.form`.
///
/// # Errors
/// `field.missing` without any, `claims.count` beyond [`MAX_CLAIMS`].
pub fn parse_claims<M: Metric>(
    request: wire::CheckFiguresRequest,
    today: Date,
) -> Result<Claims<M>, Refusal> {
    let wire::CheckFiguresRequest { claims } = request;
    let mut checks = Checks::new();
    checks.ensure(!claims.is_empty(), "claims", RuleBroken::missing);
    checks.ensure(claims.len() <= MAX_CLAIMS, "claims", || {
        RuleBroken::expected("claims.count", format!("1 to {MAX_CLAIMS}"), claims.len())
    });
    checks.finish(())?;
    let mut checks = Checks::new();
    let mut read = Vec::with_capacity(claims.len());
    for (index, claim) in claims.into_iter().enumerate() {
        read.extend(
            checks.keep_part(&format!("claims[{index}]"), parse_claim(index, claim, today)),
        );
    }
    let refused = checks.finish(()).err().map(Refusal::from).into_iter().collect();
    Ok(Claims { read, verdicts: Verdicts { refused, rendered: Vec::new() } })
}

fn parse_claim<M: Metric>(
    index: usize,
    sent: wire::Claim,
    today: Date,
) -> Result<Claim<M>, Vec<Violation>> {
    let wire::Claim { text, metric, of, filter: _, as_of } = &sent;
    let mut checks = Checks::new();
    let figure = checks.keep("text", Figure::parse(text));
    let metric = checks.keep("metric", nonempty(metric, parse_metric::<M>));
    let of = match metric {
        Some(metric) => checks.keep("of", metric.subject(of)),
        None => {
            checks.keep("of", nonempty(of, |_| Ok(())));
            None
        }
    };
    let as_of = checks.keep("as_of", optional_date(as_of.as_ref()));
    match (figure, metric, of, as_of) {
        (Some(figure), Some(metric), Some(of), Some(as_of)) => {
            let as_of = as_of.unwrap_or(today);
            Ok(Claim { index, sent, figure, metric, of, as_of })
        }
        _ => Err(checks.into_violations()),
    }
}

fn parse_metric<M: Metric>(name: &str) -> Result<M, RuleBroken> {
    let found = M::ALL.iter().copied().find(|metric| metric.as_str() == name);
    found.ok_or_else(|| {
        let known: Vec<_> = M::ALL.iter().map(|metric| metric.as_str()).collect();
        RuleBroken::expected("metric.unknown", known.join(", "), format!("{name:?}"))
    })
}

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
fn render_verdict<M: Metric>(claim: Claim<M>, finding: &Finding) -> wire::ClaimVerdict {
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
        found: finding.found.map(super::common::render_decimal),
        listed: finding.listed.map(|listed| i32::try_from(listed).unwrap_or(i32::MAX)),
        coverage: finding.coverage().map(super::common::render_decimal),
        held: finding.held,
        explanation: finding.outcome.explanation.clone(),
    }
}

/// A bound of an interval, in plain digits without trailing zeros.
fn bound(value: Decimal) -> google_type::Decimal {
    google_type::Decimal { value: plain(value) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use devisa_domain::{
        money::{Currency, Money},
        name::ReleaseName,
    };

    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Sample {
        Value,
        Count,
    }

    impl Metric for Sample {
        type Subject = ReleaseName;
        const ALL: &'static [Self] = &[Self::Value, Self::Count];
        fn as_str(self) -> &'static str {
            match self {
                Self::Value => "value",
                Self::Count => "count",
            }
        }
        fn subject(self, of: &str) -> Result<ReleaseName, RuleBroken> {
            ReleaseName::parse(of)
        }
    }

    fn today() -> Date {
        Date::from_ymd_opt(2025, 11, 26).unwrap()
    }

    fn claim(text: &str, metric: &str, of: &str) -> wire::Claim {
        let (text, metric, of) = (text.to_owned(), metric.to_owned(), of.to_owned());
        wire::Claim { text, metric, of, ..Default::default() }
    }

    fn parse(claims: Vec<wire::Claim>) -> Result<Vec<Claim<Sample>>, Refusal> {
        let Claims { read, verdicts } =
            parse_claims(wire::CheckFiguresRequest { claims }, today())?;
        verdicts.finish().map(|_| read)
    }

    fn broken(claims: Vec<wire::Claim>) -> Vec<(String, String)> {
        let Err(Refusal::Invalid(violations)) = parse(claims) else { panic!("not refused") };
        violations.into_iter().map(|v| (v.field, v.broken.rule().to_owned())).collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(f, r)| ((*f).to_owned(), (*r).to_owned())).collect()
    }

    #[test]
    fn claims_are_read_with_their_defaults() {
        let read = parse(vec![claim("enam truk", "count", "releases/a")]).unwrap();
        let [claim] = &read[..] else { panic!("one claim") };
        assert_eq!(claim.metric, Sample::Count);
        assert_eq!(claim.of.to_string(), "releases/a");
        assert_eq!(claim.as_of, today());
        assert_eq!(claim.path("of"), "claims[0].of");
    }

    #[test]
    fn every_violation_is_told_with_its_path() {
        let mut dated = claim("enam", "count", "releases/a");
        dated.as_of = Some(google_type::Date { year: 2025, month: 2, day: 30 });
        let claims = vec![
            claim("", "", ""),
            claim("enam truk", "count", "releases/A"),
            claim("bukan angka", "other", "releases/a"),
            dated,
        ];
        let expected = pairs(&[
            ("claims[0].text", "field.missing"),
            ("claims[0].metric", "field.missing"),
            ("claims[0].of", "field.missing"),
            ("claims[1].of", "resource_id.form"),
            ("claims[2].text", "figure.unreadable"),
            ("claims[2].metric", "metric.unknown"),
            ("claims[3].as_of", "date.form"),
        ]);
        assert_eq!(broken(claims), expected);
    }

    #[test]
    fn there_are_1_to_100_claims() {
        assert_eq!(broken(vec![]), pairs(&[("claims", "field.missing")]));
        let many = vec![claim("6 truk", "count", "releases/a"); 101];
        assert_eq!(broken(many.clone()), pairs(&[("claims", "claims.count")]));
        assert_eq!(parse(many[..100].to_vec()).unwrap().len(), 100);
    }

    #[test]
    fn what_claims_are_refused_for_is_told_at_once() {
        let claims = vec![claim("", "count", "releases/a"), claim("6 truk", "count", "releases/b")];
        let request = wire::CheckFiguresRequest { claims };
        let Claims { mut read, mut verdicts } = parse_claims::<Sample>(request, today()).unwrap();
        let claim = read.remove(0);
        let absent = claim.absent(&claim.of);
        verdicts.add(claim, Err(absent));
        let Err(Refusal::Invalid(told)) = verdicts.finish() else { panic!("not refused") };
        let told: Vec<_> = told.iter().map(|v| (v.field.as_str(), v.broken.rule())).collect();
        let expected =
            [("claims[0].text", "field.missing"), ("claims[1].of", "resource.not_found")];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_filter_can_be_refused() {
        let mut filtered = claim("6 truk", "count", "releases/a");
        filtered.filter = "a = 1".to_owned();
        let read = parse(vec![filtered, claim("6 truk", "count", "releases/a")]).unwrap();
        match read[0].refuse_filter() {
            Err(Refusal::FilterInvalid { field, .. }) => assert_eq!(field, "claims[0].filter"),
            other => unreachable!("{other:?}"),
        }
        assert_eq!(read[1].refuse_filter(), Ok(()));
    }

    fn answer(text: &str, finding: impl Fn(&Figure) -> Finding) -> wire::ClaimVerdict {
        let claim = parse(vec![claim(text, "value", "releases/a")]).unwrap().remove(0);
        let finding = finding(&claim.figure);
        render_verdict(claim, &finding)
    }

    fn value(decimal: Option<google_type::Decimal>) -> Option<String> {
        decimal.map(|decimal| decimal.value)
    }

    #[test]
    fn an_amount_is_compared_in_its_own_currency() {
        let sums = Sums::of([Money::from_minor(35_160_740, Currency::USD)]);
        let verdict = answer("351,6 ribu dolar AS", |figure| Finding::of_money(figure, &sums));
        assert_eq!(verdict.verdict(), wire::Verdict::Consistent);
        assert_eq!(value(verdict.low).as_deref(), Some("351550"));
        assert_eq!(value(verdict.high).as_deref(), Some("351700"));
        assert_eq!(value(verdict.found).as_deref(), Some("351607.40"));
        assert_eq!(verdict.explanation, "found USD 351,607.40, within [351,550, 351,700)");
        let verdict = answer("Rp5,8 miliar", |figure| Finding::of_money(figure, &sums));
        assert_eq!(verdict.verdict(), wire::Verdict::Undecidable);
        assert_eq!(verdict.found, None);
    }

    #[test]
    fn a_weight_is_compared_in_kilograms() {
        let kilograms = Decimal::from(21_500);
        let verdict = answer("21 ton", |figure| Finding::of_weight_kg(figure, kilograms));
        assert_eq!(verdict.verdict(), wire::Verdict::Consistent);
        assert_eq!(value(verdict.low).as_deref(), Some("20500"));
        assert_eq!(value(verdict.high).as_deref(), Some("22000"));
        assert_eq!(value(verdict.found).as_deref(), Some("21500"));
        assert_eq!(verdict.explanation, "found 21,500 kg (21.5 ton), within [20.5, 22)");
        let verdict = answer("21 truk", |figure| Finding::of_weight_kg(figure, kilograms));
        assert_eq!((verdict.verdict(), verdict.found), (wire::Verdict::Undecidable, None));
        assert_eq!(value(verdict.low).as_deref(), Some("21"));
    }

    #[test]
    fn counted_things_are_named() {
        let countries: Vec<_> = ["AU", "BD", "IN", "KR", "NL"].map(str::to_owned).into();
        let count =
            |figure: &Figure| Finding::of_count(figure, 5, Counted::Countries).naming(&countries);
        let verdict = answer("enam negara", count);
        assert_eq!(verdict.verdict(), wire::Verdict::Inconsistent);
        assert_eq!(verdict.explanation, "found 5 (AU, BD, IN, KR, NL), the text says 6");
        let verdict = answer("6 dolar", count);
        assert_eq!(
            verdict.explanation,
            "found 5 (AU, BD, IN, KR, NL), but the text is an amount in USD, no count of countries"
        );
        assert_eq!(verdict.found, None);
        let verdict = answer("enam truk", count);
        assert_eq!((verdict.verdict(), verdict.found), (wire::Verdict::Undecidable, None));
        assert_eq!(
            verdict.explanation,
            "found 5 (AU, BD, IN, KR, NL), but the text speaks of \"truk\", not of countries"
        );
    }

    #[test]
    fn coverage_has_four_decimals() {
        let verdict = answer("293 desa", |figure| {
            Finding::of_count(figure, 293, Counted::Villages).listed(13)
        });
        assert_eq!(verdict.listed, Some(13));
        assert_eq!(value(verdict.coverage).as_deref(), Some("0.0444"));
        let none =
            answer("293 desa", |figure| Finding::of_count(figure, 0, Counted::Villages).listed(0));
        assert_eq!(none.coverage, None);
        let held = answer("puluhan desa", |_| Finding::undecidable("nothing").held(true));
        assert!(held.held);
        assert_eq!((held.low, held.high, held.found), (None, None, None));
    }
}
