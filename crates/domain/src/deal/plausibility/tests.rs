#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::{
    deal::tests::{Sketch, day},
    money::Money,
};

fn usd(cents: i64) -> Money {
    Money::from_minor(cents, Currency::USD)
}

fn kmk(base: &str, rate: &str, units: u32) -> (Currency, OfficialRate) {
    let base = Currency::parse(base).unwrap();
    let name = format!("exchangeRates/kmk-{}", base.code().to_lowercase());
    let rate = Decimal::from_str_exact(rate).unwrap();
    let rate = NamedRate { name, base, quote: Currency::IDR, units, rate };
    (base, OfficialRate { kind: RateKind::KursPajak, rate })
}

fn known() -> Known {
    let rates = [kmk("USD", "16738.00", 1), kmk("JPY", "10704.26", 100), kmk("MYR", "4029.57", 1)];
    let rates = rates.into_iter().map(|(currency, rate)| ((currency, day("2025-11-26")), rate));
    Known { rates: rates.collect(), ..Known::default() }
}

/// The four letters of intent of 26 November 2025.
fn seed() -> Vec<Deal> {
    vec![
        Sketch::new("sang-bamboo", usd(23_950_000_000)).stated("Rp3,9 triliun").signed(),
        Sketch::new("dona-doni", usd(269_000)).stated("Rp44 juta").signed(),
        Sketch::new("temon-agro", usd(1_200_000)).stated("Rp198 juta").signed(),
        Sketch::new("artha-rimpang", usd(470_000)).stated("Rp77,7 juta").signed(),
    ]
}

fn rules(findings: &[Finding]) -> Vec<(Rule, Outcome)> {
    findings.iter().map(|finding| (finding.rule, finding.outcome)).collect()
}

#[test]
fn the_hat_deal_of_the_seed_is_found_twice_and_no_other() {
    let found = evaluate_session(&seed(), &known());
    let [hats, others @ ..] = &found[..] else { panic!() };
    assert!(others.iter().all(Vec::is_empty), "{others:?}");
    let expected = [(Rule::SizeCeiling, Outcome::Broken), (Rule::SessionOutlier, Outcome::Broken)];
    assert_eq!(rules(hats), expected);
    assert_eq!(
        hats[0].explanation,
        "IDR 4,008,751,000,000 is 80.2 times the sales ceiling of IDR 50,000,000,000 (class \
         unknown, measured as MENENGAH; PP 7/2021), at KURS_PAJAK 16738 (exchangeRates/kmk-usd)"
    );
    assert_eq!(hats[0].measured.unwrap().to_string(), "IDR 4,008,751,000,000");
    assert_eq!(hats[0].limit.unwrap().to_string(), "IDR 50,000,000,000");
    assert_eq!(
        hats[1].explanation,
        "USD 239,500,000.00 is 50,957 times the median USD 4,700.00 of the other 3 signed deals of \
         sessions/malaysia, above 100 times"
    );
    assert_eq!(hats[1].limit, Some(usd(47_000_000)));
}

#[test]
fn without_a_rate_only_what_needs_none_is_evaluated() {
    let found = evaluate_session(&seed(), &Known::default());
    let expected = [
        (Rule::SizeCeiling, Outcome::NotEvaluated),
        (Rule::SessionOutlier, Outcome::Broken),
        (Rule::StatedValues, Outcome::NotEvaluated),
    ];
    assert_eq!(rules(&found[0]), expected);
    let why = "no KURS_PAJAK or JISDOR rate of USD/IDR is in force on 2025-11-26";
    assert_eq!(found[0][0].explanation, why);
    assert_eq!((found[0][0].measured, found[0][0].limit), (None, None));
}

#[test]
fn each_class_has_its_ceiling_and_the_largest_none() {
    let miliar = |n: i64| Money::from_minor(n * 100_000_000_000, Currency::IDR);
    for (class, ceiling) in [(Class::Mikro, 2), (Class::Kecil, 15), (Class::Menengah, 50)] {
        let at = Sketch::new("d", miliar(ceiling)).signed();
        let sen = Money::from_minor(miliar(ceiling).minor() + 1, Currency::IDR);
        let above = Sketch::new("d", sen).signed();
        let sizes = [(at.facts().seller.clone(), class)].into_iter().collect();
        let known = Known { sizes, ..Known::default() };
        assert_eq!(evaluate_alone(&at, &known), []);
        let found = evaluate_alone(&above, &known);
        assert_eq!(rules(&found), [(Rule::SizeCeiling, Outcome::Broken)]);
        let class = format!("(class {}; PP 7/2021)", class.as_str());
        assert!(found[0].explanation.ends_with(&class), "{}", found[0].explanation);
    }
    let large = Sketch::new("d", miliar(1_000)).signed();
    let sizes = [(large.facts().seller.clone(), Class::Besar)].into_iter().collect();
    assert_eq!(evaluate_alone(&large, &Known { sizes, ..Known::default() }), []);
}

#[test]
fn only_a_term_above_a_year_is_annualised() {
    let miliar = |n: i64| Money::from_minor(n * 100_000_000_000, Currency::IDR);
    let of = |term: i32| Sketch::new("d", miliar(100)).term(term).signed();
    let broken = |term| !evaluate_alone(&of(term), &Known::default()).is_empty();
    assert!(broken(6) && broken(12) && broken(23) && !broken(24));
    let found = evaluate_alone(&of(20), &Known::default());
    let expected = "IDR 60,000,000,000 a year over 20 months is 1.2 times";
    assert!(found[0].explanation.starts_with(expected), "{}", found[0].explanation);
}

#[test]
fn rates_for_a_hundred_units_count_for_a_hundred() {
    let yen = Money::from_minor(500_000_000, Currency::parse("JPY").unwrap());
    let found = evaluate_alone(&Sketch::new("d", yen).signed(), &known());
    assert!(found[0].explanation.starts_with("IDR 53,521,300,000 is 1.1 times"), "{found:?}");
    assert!(found[0].explanation.contains("KURS_PAJAK 10704.26 for 100"), "{found:?}");
}

#[test]
fn what_no_integer_holds_is_still_above_every_ceiling() {
    let found = evaluate_alone(&Sketch::new("d", usd(i64::MAX)).signed(), &known());
    assert_eq!(rules(&found), [(Rule::SizeCeiling, Outcome::Broken)]);
    assert_eq!(found[0].measured, None);
}

#[test]
fn a_median_of_fewer_than_three_others_says_nothing() {
    let mut deals = seed();
    deals.pop();
    assert_eq!(
        rules(&evaluate_session(&deals, &known())[0]),
        [(Rule::SizeCeiling, Outcome::Broken)]
    );
}

#[test]
fn several_currencies_meet_in_rupiah_or_not_at_all() {
    let mut deals = seed();
    let ringgit = Money::from_minor(2_000_000, Currency::parse("MYR").unwrap());
    deals.push(Sketch::new("ringgit", ringgit).signed());
    let found = evaluate_session(&deals, &known());
    let outlier = &found[0][1];
    // The mean of the middle two of USD 2,690, 4,700, 12,000 and MYR 20,000.
    let expected = "IDR 4,008,751,000,000 is 50,342 times the median IDR 79,630,000";
    assert!(outlier.explanation.starts_with(expected), "{}", outlier.explanation);
    assert!(outlier.explanation.ends_with("at KURS_PAJAK 16738 (exchangeRates/kmk-usd)"));

    let mut known = known();
    known.rates.retain(|(currency, _), _| *currency == Currency::USD);
    for found in evaluate_session(&deals, &known) {
        let outlier = found.iter().find(|finding| finding.rule == Rule::SessionOutlier).unwrap();
        assert_eq!(outlier.outcome, Outcome::NotEvaluated);
        assert!(outlier.explanation.contains("MYR/IDR"), "{}", outlier.explanation);
    }
}

#[test]
fn stated_texts_are_explained_by_one_rate_near_the_official_one() {
    let of = |texts: &[&str]| {
        let sketch = Sketch::new("d", usd(1_200_000));
        let sketch = texts.iter().fold(sketch, |sketch, text| sketch.stated(text));
        rules(&evaluate_alone(&sketch.signed(), &known()))
    };
    let broken = [(Rule::StatedValues, Outcome::Broken)];
    assert_eq!(of(&["Rp198 juta"]), []);
    assert_eq!(of(&["Rp200 juta", "12 ribu dolar AS"]), []);
    assert_eq!(of(&["Rp189 juta"]), broken);
    assert_eq!(of(&["Rp211 juta"]), []);
    assert_eq!(of(&["Rp212 juta"]), broken);
    assert_eq!(of(&["hampir Rp191 juta"]), []);
    assert_eq!(of(&["hampir Rp190 juta"]), broken);
    assert_eq!(of(&["tembus Rp210 juta"]), []);
    assert_eq!(of(&["tembus Rp211 juta"]), broken);
    assert_eq!(of(&["12 juta dolar AS"]), broken);
    // Each is near, but no one rate explains both.
    assert_eq!(of(&["Rp198 juta", "Rp200 juta"]), broken);
    // Through rupiah: 16,738 / 4,029.57 = 4.1538.
    assert_eq!(of(&["RM49.800"]), []);
    assert_eq!(of(&["RM60 ribu"]), broken);
}

#[test]
fn a_broken_stated_value_is_explained() {
    let deal = Sketch::new("d", usd(23_950_000)).stated("Rp3,9 triliun").signed();
    let found = evaluate_alone(&deal, &known());
    assert_eq!(
        found[0].explanation,
        "\"Rp3,9 triliun\" stands for IDR [3,850,000,000,000, 4,000,000,000,000); USD 239,500.00 at \
         a rate within 5 % of KURS_PAJAK 16738 (exchangeRates/kmk-usd) is IDR 3,808,313,450 to \
         4,209,188,550"
    );
    let limit = Money::from_minor(420_918_855_000, Currency::IDR);
    assert_eq!((found[0].measured, found[0].limit), (Some(usd(23_950_000)), Some(limit)));
}

#[test]
fn the_limit_of_a_stated_value_is_the_end_it_lies_beyond() {
    let limit = |text: &str| {
        let deal = Sketch::new("d", usd(1_200_000)).stated(text).signed();
        let limit = evaluate_alone(&deal, &known())[0].limit;
        limit.map(|limit| limit.to_string())
    };
    assert_eq!(limit("Rp150 juta").as_deref(), Some("IDR 190,813,200"));
    assert_eq!(limit("Rp250 juta").as_deref(), Some("IDR 210,898,800"));
    assert_eq!(limit("12 juta dolar AS").as_deref(), Some("USD 12,000.00"));
}

#[test]
fn rates_are_needed_for_values_and_for_stated_texts() {
    let rupiah = Money::from_minor(100, Currency::IDR);
    let deals = [
        Sketch::new("a", usd(1)).stated("Rp44 juta").signed(),
        Sketch::new("b", rupiah).stated("RM49.800").signed(),
        Sketch::new("c", rupiah).signed(),
        Sketch::new("d", usd(1)).draft(),
    ];
    let needed: Vec<_> = needed_rates(&deals).into_iter().collect();
    let day = day("2025-11-26");
    assert_eq!(needed, [(Currency::parse("MYR").unwrap(), day), (Currency::USD, day)]);
}

/// Twice the median, by the book.
fn doubled_median(mut others: Vec<i64>) -> i128 {
    others.sort_unstable();
    let middle = others.len() / 2;
    let upper = i128::from(others[middle]);
    if others.len().is_multiple_of(2) { i128::from(others[middle - 1]) + upper } else { 2 * upper }
}

proptest! {
    #[test]
    fn outliers_are_those_above_a_hundred_medians(
        cents in proptest::collection::vec(prop_oneof![1_i64..50, 1_i64..100_000], 0..9)
    ) {
        let deals: Vec<_> = cents.iter().map(|c| Sketch::new("d", usd(*c)).signed()).collect();
        let found = evaluate_session(&deals, &known());
        for (index, value) in cents.iter().enumerate() {
            let mut others = cents.clone();
            others.remove(index);
            let expected =
                others.len() >= 3 && 2 * i128::from(*value) > 100 * doubled_median(others);
            let outlier = found[index].iter().any(|f| f.rule == Rule::SessionOutlier);
            prop_assert_eq!(outlier, expected, "{} of {:?}", value, cents);
        }
    }

    /// Nothing that can be stored makes an evaluation panic.
    #[test]
    fn every_value_can_be_evaluated(
        values in proptest::collection::vec((1_i64..=i64::MAX, 0_usize..3), 0..6),
        term in proptest::option::of(1_i32..=600),
    ) {
        let currencies = [Currency::USD, Currency::IDR, Currency::parse("JPY").unwrap()];
        let deals: Vec<_> = values
            .iter()
            .map(|(minor, currency)| {
                let sketch = Sketch::new("d", Money::from_minor(*minor, currencies[*currency]));
                term.map_or(sketch.clone(), |term| sketch.term(term)).stated("Rp44 juta").signed()
            })
            .collect();
        prop_assert_eq!(evaluate_session(&deals, &known()).len(), deals.len());
    }
}
