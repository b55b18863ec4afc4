//! What holds for every amount and every text.

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{decimal, figure};
use crate::figure::{Figure, Reading, Verdict, feasibility};

#[derive(Clone, Copy, Debug)]
enum Style {
    Indonesian,
    English,
}

/// An amount in minor units of US dollars, printed with `decimals` under ten to the `power`.
#[derive(Clone, Copy, Debug)]
struct Print {
    minor: u64,
    power: u32,
    decimals: u32,
    rounded: bool,
    style: Style,
}

fn prints() -> impl Strategy<Value = Print> {
    let style = prop_oneof![Just(Style::Indonesian), Just(Style::English)];
    (0..10_000_000_000_000_000_u64, 0_usize..5, 0_u32..=6, any::<bool>(), style).prop_map(
        |(minor, scale, decimals, rounded, style)| {
            let power = [0, 3, 6, 9, 12][scale];
            Print { minor, power, decimals: decimals.min(power + 2), rounded, style }
        },
    )
}

impl Print {
    fn amount(self) -> Decimal {
        Decimal::from_i128_with_scale(i128::from(self.minor), 2)
    }

    fn text(self) -> String {
        let unit = 10_u64.pow(self.power + 2 - self.decimals);
        let half = if self.rounded { unit / 2 } else { 0 };
        let shown = (self.minor + half) / unit;
        let word = match self.power {
            0 => "",
            3 => " ribu",
            6 => " juta",
            9 => " miliar",
            _ => " triliun",
        };
        format!("{}{word} dolar AS", digits(shown, self.decimals, self.style, self.power > 0))
    }
}

/// Under a scale word whole numbers stay ungrouped, as the press prints them.
fn digits(shown: u64, decimals: u32, style: Style, scaled: bool) -> String {
    let (group, point) = match style {
        Style::Indonesian => ('.', ','),
        Style::English => (',', '.'),
    };
    let unit = 10_u64.pow(decimals);
    let whole = (shown / unit).to_string();
    let mut text = String::new();
    for (index, digit) in whole.chars().enumerate() {
        let starts_group = index > 0 && (whole.len() - index).is_multiple_of(3);
        if starts_group && (decimals > 0 || !scaled) {
            text.push(group);
        }
        text.push(digit);
    }
    if decimals > 0 {
        text.push_str(&format!("{point}{:0width$}", shown % unit, width = decimals as usize));
    }
    text
}

fn spell(n: u32) -> String {
    const NAMES: [&str; 12] = [
        "nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan",
        "sepuluh", "sebelas",
    ];
    let joined = |head: String, rest: u32| {
        if rest == 0 { head } else { format!("{head} {}", spell(rest)) }
    };
    match n {
        0..=11 => NAMES[n as usize].to_owned(),
        12..=19 => format!("{} belas", spell(n - 10)),
        20..=99 => joined(format!("{} puluh", spell(n / 10)), n % 10),
        100..=199 => joined("seratus".to_owned(), n % 100),
        200..=999 => joined(format!("{} ratus", spell(n / 100)), n % 100),
        1_000..=1_999 => joined("seribu".to_owned(), n % 1_000),
        _ => joined(format!("{} ribu", spell(n / 1_000)), n % 1_000),
    }
}

/// Texts made of the grammar's own pieces, which reach further than random characters.
fn pieced() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "Rp",
        "USD",
        "US$",
        "dolar",
        "AS",
        "ribu",
        "juta",
        "M",
        "T",
        "5",
        "1.998",
        "0,5",
        "12,345.6",
        "81.900.000.00",
        "99999999999999999",
        "dua",
        "belas",
        "puluh",
        "ratus",
        "seribu",
        "sejuta",
        "ke-",
        "lebih",
        "dari",
        "hampir",
        "sekitar",
        "ton",
        "truk",
        "sejumlah",
        "puluhan",
        ",-",
        "-",
        "/",
        "é",
        "𝟘",
        "\u{0}",
        "per",
    ]);
    prop::collection::vec((pieces, prop::sample::select(vec!["", " "])), 0..12)
        .prop_map(|parts| parts.into_iter().flat_map(|(piece, space)| [piece, space]).collect())
}

fn never_panics(text: &str) {
    let Ok(figure) = Figure::parse(text) else { return };
    let values = match figure.reading() {
        Reading::One(value) => vec![*value],
        Reading::Ambiguous(values) => values.to_vec(),
        Reading::Vague => vec![],
    };
    for value in values {
        if let (Some(low), Some(high)) = (value.interval.low(), value.interval.high()) {
            assert!(low < high, "{text}");
        }
        assert!(value.interval.contains(value.value), "{text}");
    }
    let _ = figure.check(Decimal::ONE);
    let _ =
        feasibility(&[(figure.clone(), Figure::parse("Rp5").unwrap()), (figure.clone(), figure)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_024))]

    #[test]
    fn cut_and_rounded_texts_accept_their_amount(print in prints()) {
        let text = print.text();
        let figure = figure(&text);
        let expected =
            if figure.is_ambiguous() { Verdict::Ambiguous } else { Verdict::Consistent };
        prop_assert_eq!(figure.check(print.amount()), expected, "{}", text);
        // English grouping under a scale word is the one form with two readings.
        let may_be_ambiguous =
            matches!(print.style, Style::English) && print.power > 0 && print.decimals == 3;
        prop_assert!(may_be_ambiguous || !figure.is_ambiguous(), "{}", text);
    }

    #[test]
    fn number_words_read_back(n in 0..=999_999_u32, noun in prop_oneof![Just(""), Just(" truk")]) {
        let figure = figure(&format!("{}{noun}", spell(n)));
        prop_assert_eq!(figure.value(), Some(Decimal::from(n)));
        prop_assert_eq!(figure.unit(), (!noun.is_empty()).then_some("truk"));
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        never_panics(&text);
    }

    #[test]
    fn no_combination_of_words_panics(text in pieced()) {
        never_panics(&text);
    }

    #[test]
    fn the_true_rate_is_feasible(
        rate in 1_000_000..200_000_000_u64,
        amounts in prop::collection::vec((1..1_000_000_000_u64, 0_u32..=2), 1..8),
    ) {
        let rate = Decimal::from_i128_with_scale(i128::from(rate), 4);
        let pairs: Vec<_> = amounts
            .iter()
            .map(|(cents, decimals)| pair(*cents, rate, *decimals))
            .collect();
        let asked = feasibility(&pairs).unwrap();
        let rates = asked.rates().expect("the rate that made the pairs is feasible");
        prop_assert!(rates.contains(rate));
        let (low, high) = rates.bounds();
        for bound in low.into_iter().chain(high.map(|high| high - decimal("0.000000000001"))) {
            prop_assert!(low >= high || rates.contains(bound), "{} of {:?}", bound, rates);
        }
    }
}

/// An amount in dollars and its rupiah, both rounded after `decimals` of a million.
fn pair(cents: u64, rate: Decimal, decimals: u32) -> (Figure, Figure) {
    let dollars = Decimal::from_i128_with_scale(i128::from(cents), 2);
    let text = |amount: Decimal| {
        let millions = amount / Decimal::from(1_000_000);
        let rounded = millions
            .round_dp_with_strategy(decimals, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
        let rounded = format!("{rounded:.width$}", width = decimals as usize);
        rounded.replace('.', ",")
    };
    let base = format!("{} juta dolar AS", text(dollars));
    let quote = format!("Rp{} juta", text(dollars * rate));
    (figure(&base), figure(&quote))
}
