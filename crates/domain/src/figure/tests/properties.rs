//! What holds for every amount and every text.

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{decimal, figure};
use crate::figure::{Counted, Figure, Reading, Value, Verdict, feasibility};

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

    fn shown(self) -> u64 {
        let unit = 10_u64.pow(self.power + 2 - self.decimals);
        let half = if self.rounded { unit / 2 } else { 0 };
        (self.minor + half) / unit
    }

    fn text(self) -> String {
        let number = digits(self.shown(), self.decimals, self.style, self.power > 0);
        format!("{number}{} dolar AS", spellings(self.power)[0])
    }
}

/// How a scale is written, the usual way first.
fn spellings(power: u32) -> &'static [&'static str] {
    match power {
        0 => &[""],
        3 => &[" ribu", " rb", "rb", " Ribu"],
        6 => &[" juta", " jt", "jt"],
        9 => &[" miliar", " milyar", " milliar", " M"],
        _ => &[" triliun", " trilliun", " T"],
    }
}

const ABOUT: [&str; 5] = ["sekitar", "kurang lebih", "kira-kira", "±", "lebih kurang"];

/// Units of weight and how many grams one is.
const WEIGHTS: [(&str, u64); 6] = [
    ("ton", 1_000_000),
    ("t", 1_000_000),
    ("kuintal", 100_000),
    ("kg", 1_000),
    ("Kilogram", 1_000),
    ("gram", 1),
];

fn values(figure: &Figure) -> Vec<Value> {
    match figure.reading() {
        Reading::One(value) => vec![*value],
        Reading::Ambiguous(values) => values.to_vec(),
        Reading::Vague => vec![],
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
        "\u{202e}",
        "per",
        "triliyun",
        "t",
        "kg",
    ]);
    prop::collection::vec((pieces, prop::sample::select(vec!["", " "])), 0..12)
        .prop_map(|parts| parts.into_iter().flat_map(|(piece, space)| [piece, space]).collect())
}

fn never_panics(text: &str) {
    let Ok(figure) = Figure::parse(text) else { return };
    for value in values(&figure) {
        if let (Some(low), Some(high)) = (value.interval.low(), value.interval.high()) {
            assert!(low < high, "{text}");
        }
        assert!(value.interval.contains(value.value), "{text}");
    }
    for found in [Decimal::ZERO, Decimal::ONE, Decimal::MAX, Decimal::MIN] {
        figure.check(found);
        figure.check_weight_kg(found);
    }
    figure.check_count(u64::MAX, Counted::Trucks);
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

    /// *Sekitar* accepts all that the text without it does.
    #[test]
    fn about_is_never_narrower(print in prints(), word in prop::sample::select(ABOUT.to_vec())) {
        let text = print.text();
        let (plain, about) = (figure(&text), figure(&format!("{word} {text}")));
        let pairs = values(&plain).into_iter().zip(values(&about));
        prop_assert_eq!(values(&plain).len(), values(&about).len());
        for (plain, about) in pairs {
            prop_assert!(about.interval.low() <= plain.interval.low(), "{} {}", word, text);
            prop_assert!(about.interval.high() >= plain.interval.high(), "{} {}", word, text);
        }
    }

    /// Whatever the scale word, the spelling of the currency and the words around it.
    #[test]
    fn every_way_to_print_an_amount_reads_back(
        print in prints(),
        scale in 0_usize..4,
        way in 0_usize..6,
        bound in prop::sample::select(vec!["", "senilai ", "mencapai ", "total ", "sekitar "]),
    ) {
        let number = digits(print.shown(), print.decimals, print.style, print.power > 0);
        let scales = spellings(print.power);
        let scale = scales[scale % scales.len()];
        let text = match way {
            0 => format!("{bound}USD{number}{scale}"),
            1 => format!("{bound}US$ {number}{scale}"),
            2 => format!("{bound}{number}{scale} dolar AS"),
            3 => format!("{bound}${number}{scale}."),
            4 => format!("USD {bound}{number}{scale}"),
            _ => format!("{bound}{number}{scale} dolar Amerika Serikat"),
        };
        let read = figure(&text);
        prop_assert_eq!(read.currency(), Some(crate::money::Currency::USD), "{}", &text);
        let contained = read.check(print.amount());
        prop_assert!(
            matches!(contained, Verdict::Consistent | Verdict::Ambiguous),
            "{} is {}", &text, contained
        );
    }

    /// A weight in kilograms, printed in any unit after any number of decimals, cut or rounded.
    #[test]
    fn every_way_to_print_a_weight_reads_back(
        grams in 0..10_000_000_000_000_u64,
        unit in prop::sample::select(WEIGHTS.to_vec()),
        decimals in 0_u32..=3,
        rounded in any::<bool>(),
        style in prop_oneof![Just(Style::Indonesian), Just(Style::English)],
    ) {
        let (unit, grams_of_one) = unit;
        let ulp = grams_of_one / 10_u64.pow(decimals.min(grams_of_one.ilog10()));
        let decimals = decimals.min(grams_of_one.ilog10());
        let shown = (grams + if rounded { ulp / 2 } else { 0 }) / ulp;
        let text = format!("{} {unit}", digits(shown, decimals, style, false));
        let read = figure(&text);
        let outcome = read.check_weight_kg(Decimal::from_i128_with_scale(grams.into(), 3));
        prop_assert!(
            matches!(outcome.verdict, Verdict::Consistent | Verdict::Ambiguous),
            "{}: {}", text, outcome.explanation
        );
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
