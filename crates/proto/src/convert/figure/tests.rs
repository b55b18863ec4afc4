#![allow(clippy::unwrap_used, clippy::expect_used)]

use devisa_domain::{
    figure::{Counted, Figure},
    money::{Currency, Money, Sums},
    name::ReleaseName,
    refusal::RuleBroken,
    time::Date,
};
use rust_decimal::Decimal;

use super::*;
use crate::google_type;

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
    let Claims { read, verdicts } = parse_claims(wire::CheckFiguresRequest { claims }, today())?;
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
    let expected = [("claims[0].text", "field.missing"), ("claims[1].of", "resource.not_found")];
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
    let verdict =
        answer("293 desa", |figure| Finding::of_count(figure, 293, Counted::Villages).listed(13));
    assert_eq!(verdict.listed, Some(13));
    assert_eq!(value(verdict.coverage).as_deref(), Some("0.0444"));
    let none =
        answer("293 desa", |figure| Finding::of_count(figure, 0, Counted::Villages).listed(0));
    assert_eq!(none.coverage, None);
    let held = answer("puluhan desa", |_| Finding::undecidable("nothing").held(true));
    assert!(held.held);
    assert_eq!((held.low, held.high, held.found), (None, None, None));
}
