//! Conversions, exact to the minor unit.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;

const DAY: &str = "2025-11-26";

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

fn dated(minor: i64, code: &str, date: &str) -> Dated {
    Dated { money: Sum::from_minor(minor.into(), currency(code)), date: day(date) }
}

fn rates(quote: &str, known: &[(&str, &str, u32, &str)]) -> Rates {
    let quote = currency(quote);
    let conversion = Conversion { kind: RateKind::House, quote };
    let found: BTreeMap<_, _> = known
        .iter()
        .map(|(base, date, units, rate)| {
            let name = format!("exchangeRates/{}-{rate}", base.to_lowercase());
            let (base, rate) = (currency(base), rate.parse().unwrap());
            ((base, day(date)), NamedRate { name, base, quote, units: *units, rate })
        })
        .collect();
    conversion.with_rates(&found.keys().copied().collect(), found).unwrap()
}

fn total(rates: &Rates, parts: &[Vec<Dated>]) -> String {
    rates.convert(parts).unwrap().1.to_string()
}

#[test]
fn the_release_of_november_2025_is_converted() {
    let rates = rates("IDR", &[("USD", DAY, 1, "16500")]);
    let parts = [vec![dated(35_160_740, "USD", DAY)]];
    assert_eq!(total(&rates, &parts), "IDR 5,801,522,100");
}

#[test]
fn amounts_are_rounded_once_half_away_from_zero() {
    // 0.05 USD at 0.1 is half a cent of a dollar; ten of them are five cents exactly.
    let rates = rates("EUR", &[("USD", DAY, 1, "0.1")]);
    assert_eq!(total(&rates, &[vec![dated(5, "USD", DAY)]]), "EUR 0.01");
    assert_eq!(total(&rates, &[vec![dated(4, "USD", DAY)]]), "EUR 0.00");
    assert_eq!(total(&rates, &[vec![dated(5, "USD", DAY); 10]]), "EUR 0.05");
    // Two rates are summed before rounding, too.
    let two =
        super::tests::rates("EUR", &[("USD", DAY, 1, "0.1"), ("USD", "2025-11-27", 1, "0.2")]);
    let both = [vec![dated(2, "USD", DAY), dated(2, "USD", "2025-11-27")]];
    assert_eq!(total(&two, &both), "EUR 0.01");
}

#[test]
fn units_and_exponents_count() {
    let rates = rates("IDR", &[("JPY", DAY, 100, "10738.50"), ("KWD", DAY, 1, "54505.97")]);
    assert_eq!(total(&rates, &[vec![dated(100, "JPY", DAY)]]), "IDR 10,738.50");
    assert_eq!(total(&rates, &[vec![dated(1_000, "KWD", DAY)]]), "IDR 54,505.97");
    assert_eq!(total(&rates, &[vec![dated(1_050, "IDR", DAY)]]), "IDR 10.50");
    let into_yen = super::tests::rates("JPY", &[("USD", DAY, 1, "155.5")]);
    assert_eq!(total(&into_yen, &[vec![dated(100, "USD", DAY)]]), "JPY 156");
    assert_eq!(total(&into_yen, &[]), "JPY 0");
}

#[test]
fn groups_add_up_to_the_total() {
    let rates = rates("EUR", &[("USD", DAY, 1, "0.1")]);
    let (parts, sum) = rates.convert(&vec![vec![dated(5, "USD", DAY)]; 3]).unwrap();
    let minor: Vec<_> = parts.iter().map(|part| part.minor()).collect();
    assert_eq!((minor, sum.minor()), (vec![1, 1, 0], 2));
}

#[test]
fn missing_rates_are_named_all_at_once() {
    let conversion = Conversion { kind: RateKind::Jisdor, quote: Currency::IDR };
    let amounts = [
        dated(1, "USD", "2025-11-27"),
        dated(1, "USD", DAY),
        dated(1, "EUR", DAY),
        dated(1, "IDR", DAY),
    ];
    let needed = conversion.needed(amounts);
    assert_eq!(needed.len(), 3);
    let refused = conversion.with_rates(&needed, BTreeMap::new()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "no JISDOR rate of EUR/IDR in force on 2025-11-26; of USD/IDR on 2025-11-26, 2025-11-27"
    );
}

#[test]
fn the_largest_amounts_are_converted_and_what_does_not_fit_is_none() {
    let usual = rates("IDR", &[("USD", DAY, 1, "16500")]);
    let parts = [vec![dated(i64::MAX, "USD", DAY)]];
    assert_eq!(total(&usual, &parts), "IDR 1,521,856,386,081,038,008,155");
    let absurd = rates("KWD", &[("USD", DAY, 1, "999999999999.99999999")]);
    let parts = [vec![dated(i64::MAX, "USD", DAY)]];
    assert_eq!(absurd.convert(&parts), None);
}

#[test]
fn a_rate_is_named_once() {
    let rates = rates("IDR", &[("USD", DAY, 1, "16500"), ("USD", "2025-11-27", 1, "16500")]);
    let names: Vec<_> = rates.applied().into_iter().map(|rate| rate.name.as_str()).collect();
    assert_eq!(names, ["exchangeRates/usd-16500"]);
    assert_eq!(rates.conversion().quote, Currency::IDR);
}

proptest! {
    #[test]
    fn parts_are_rounded_by_less_than_one_and_add_up(
        parts in prop::collection::vec(0_i128..1_000_000, 0..12), denominator in 1_i128..1_000,
    ) {
        let (rounded, total) = apportion(&parts, denominator).unwrap();
        prop_assert_eq!(rounded.iter().sum::<i128>(), total);
        for (part, rounded) in parts.iter().zip(&rounded) {
            let off = *rounded * denominator - part;
            prop_assert!(off > -denominator && off < denominator);
        }
        let sum: i128 = parts.iter().sum();
        let exact = Decimal::from_i128_with_scale(sum, 0) / Decimal::from_i128_with_scale(denominator, 0);
        let expected = exact.round_dp_with_strategy(0, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
        prop_assert_eq!(Decimal::from_i128_with_scale(total, 0), expected);
    }

    #[test]
    fn the_total_does_not_depend_on_the_grouping(
        cents in prop::collection::vec(1_i64..100_000_000, 1..12), cut in 0_usize..12, rate in 1_i64..99_999_999,
    ) {
        let rate = Decimal::new(rate, 4).to_string();
        let rates = rates("IDR", &[("USD", DAY, 1, &rate)]);
        let amounts: Vec<_> = cents.iter().map(|cents| dated(*cents, "USD", DAY)).collect();
        let (left, right) = amounts.split_at(cut.min(amounts.len()));
        let whole = rates.convert(std::slice::from_ref(&amounts)).unwrap().1;
        let (parts, split) = rates.convert(&[left.to_vec(), right.to_vec()]).unwrap();
        prop_assert_eq!(whole, split);
        prop_assert_eq!(parts[0].minor() + parts[1].minor(), whole.minor());
    }
}
