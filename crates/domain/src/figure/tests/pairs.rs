//! One rate for several pairs.

use super::{decimal, figure};
use crate::{
    figure::{Feasibility, Rates, feasibility},
    money::{Currency, NamedRate},
};

fn ask(pairs: &[(&str, &str)]) -> Feasibility {
    let pairs: Vec<_> = pairs.iter().map(|(a, b)| (figure(a), figure(b))).collect();
    feasibility(&pairs).unwrap()
}

fn rates(pairs: &[(&str, &str)]) -> Rates {
    ask(pairs).rates().unwrap_or_else(|| panic!("{pairs:?} are infeasible")).clone()
}

fn violations(pairs: &[(&str, &str)]) -> Vec<String> {
    let pairs: Vec<_> = pairs.iter().map(|(a, b)| (figure(a), figure(b))).collect();
    let violations = feasibility(&pairs).unwrap_err();
    violations.iter().map(|v| format!("{} {}", v.field, v.broken.rule())).collect()
}

fn bounds(low: &str, high: &str) -> (Option<rust_decimal::Decimal>, Option<rust_decimal::Decimal>) {
    let bound = |text: &str| (text != "-").then(|| decimal(text));
    (bound(low), bound(high))
}

const SEED: [(&str, &str); 5] = [
    ("351,6 ribu dolar AS", "Rp5,8 miliar"),
    ("239,5 juta dolar AS", "Rp3,9 triliun"),
    ("2.690 dolar AS", "Rp44 juta"),
    ("12 ribu dolar AS", "Rp198 juta"),
    ("4,7 ribu dolar AS", "Rp77,7 juta"),
];

#[test]
fn one_rate_explains_the_seed() {
    let rates = rates(&SEED);
    assert_eq!(rates.bounds(), bounds("16349.1613", "16704.9488"));
    assert_eq!((rates.base(), rates.quote()), (Currency::USD, Currency::IDR));
    for (rate, inside) in
        [("16500", true), ("16738", false), ("16349.1613", true), ("16349.1612", false)]
    {
        assert_eq!(rates.contains(decimal(rate)), inside, "{rate}");
    }
}

#[test]
fn the_order_inside_later_pairs_does_not_matter() {
    let mut turned = SEED;
    turned[1] = (SEED[1].1, SEED[1].0);
    assert_eq!(ask(&turned), ask(&SEED));
}

#[test]
fn pairs_of_other_articles() {
    let rate = rates(&[("USD 18,80 juta", "Rp282 miliar")]);
    assert!(rate.contains(decimal("15000")));
    let rate = rates(&[("USD98.398", "Rp1,58 milliar")]);
    assert!(rate.contains(decimal("16057")));
    assert!(!rate.contains(decimal("15000")));
    let rate = rates(&[("USD 130,17 juta", "Rp2,1 triliun")]);
    assert!(rate.contains(decimal("16133")) && rate.contains(decimal("16901")));
}

#[test]
fn two_articles_of_one_event_contradict_each_other() {
    let pairs = [
        ("USD 18,80 juta", "Rp282 miliar"),
        ("USD98.398", "Rp1,58 milliar"),
        ("USD98.398", "Rp1,3 miliar"),
    ];
    assert_eq!(ask(&pairs), Feasibility::Infeasible { conflict: vec![1, 2] });
    assert_eq!(ask(&pairs).conflict(), [1, 2]);
    assert_eq!(ask(&pairs).rates(), None);
}

#[test]
fn a_pair_that_no_rate_explains_is_a_conflict_by_itself() {
    let pairs = [("USD 18,80 juta", "Rp282 miliar"), ("hampir nol dolar", "Rp5 juta")];
    assert_eq!(ask(&pairs), Feasibility::Infeasible { conflict: vec![1] });
}

#[test]
fn ranges_that_only_touch_do_not_meet() {
    // 9,999 won for 100 yen: below 10,000 / 100. 10,000 won for 99 yen: above 10,000 / 100.
    let below = ("100 yen", "9.999 won");
    let above = ("99 yen", "10.000 won");
    assert_eq!(rates(&[below]).bounds(), bounds("99.0001", "100"));
    assert_eq!(rates(&[above]).bounds(), bounds("100.0001", "101.0202"));
    assert_eq!(ask(&[below, above]), Feasibility::Infeasible { conflict: vec![0, 1] });
}

#[test]
fn one_sided_texts_leave_one_side_open() {
    let tembus = rates(&[("100 yen", "tembus 1.000 won")]);
    assert_eq!(tembus.bounds(), bounds("9.901", "-"));
    let hampir = rates(&[("100 yen", "hampir 1.000 won")]);
    assert_eq!(hampir.bounds(), bounds("-", "10"));
    // 1,000 won for exactly 100 yen belong to both sides.
    assert!(hampir.contains(decimal("10")));
    let neither = rates(&[("tembus 100 yen", "tembus 1.000 won")]);
    assert_eq!(neither.bounds(), bounds("-", "-"));
    let closed = rates(&[("hampir 100 yen", "1.000 won")]);
    assert_eq!(closed.bounds(), bounds("10", "-"));
    assert!(closed.contains(decimal("10")) && !closed.contains(decimal("9.9999")));
}

#[test]
fn rupiah_as_the_base_gets_the_decimals_it_needs() {
    let rates = rates(&[("Rp5,8 miliar", "351,6 ribu dolar AS")]);
    assert_eq!(rates.bounds(), bounds("0.00006", "0.000061"));
    assert!(rates.contains(decimal("0.0000606")));
}

fn named(base: Currency, quote: Currency, units: u32, rate: &str) -> NamedRate {
    NamedRate { name: "exchangeRates/x".to_owned(), base, quote, units, rate: decimal(rate) }
}

#[test]
fn rates_on_record_are_compared_in_either_direction() {
    let rates = rates(&SEED);
    let (usd, idr) = (Currency::USD, Currency::IDR);
    let eur = Currency::parse("EUR").unwrap();
    assert_eq!(rates.contains_named(&named(usd, idr, 1, "16500")), Some(true));
    assert_eq!(rates.contains_named(&named(usd, idr, 100, "1650000")), Some(true));
    assert_eq!(rates.contains_named(&named(usd, idr, 1, "16738")), Some(false));
    assert_eq!(rates.contains_named(&named(idr, usd, 100, "0.00606")), Some(true));
    assert_eq!(rates.contains_named(&named(eur, idr, 1, "16500")), None);
}

#[test]
fn sides_that_are_not_one_amount_are_refused_all_at_once() {
    let pairs = [
        ("351,6 ribu dolar AS", "Rp5,8 miliar"),
        ("351,6 ribu", "Rp81.900.000.00"),
        ("puluhan dolar", "Rp5,8 miliar"),
        ("5 dolar", "6 dolar"),
        ("5 euro", "Rp6 juta"),
    ];
    let expected = [
        "pairs[1][0] pair.currency",
        "pairs[1][1] pair.ambiguous",
        "pairs[2][0] pair.vague",
        "pairs[3] pair.currency",
        "pairs[4] pair.currency",
    ];
    assert_eq!(violations(&pairs), expected);
    assert_eq!(violations(&[]), ["pairs field.missing"]);
}
