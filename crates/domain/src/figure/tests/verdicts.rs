//! Texts against records.

use super::{decimal, figure};
use crate::{
    figure::{Counted, Outcome, Verdict},
    money::{Currency, Money, Sums},
};

fn sums(amounts: &[(&str, &str)]) -> Sums {
    let money = |(amount, code): &(&str, &str)| {
        Money::from_decimal(decimal(amount), Currency::parse(code).unwrap()).unwrap()
    };
    Sums::of(amounts.iter().map(money))
}

fn says(outcome: &Outcome, verdict: Verdict, explanation: &str) {
    assert_eq!((outcome.verdict, outcome.explanation.as_str()), (verdict, explanation));
}

#[test]
fn the_sum_of_a_release_is_consistent_with_its_headline() {
    let found = sums(&[
        ("53200", "USD"),
        ("14661", "USD"),
        ("6686.40", "USD"),
        ("200000", "USD"),
        ("37060", "USD"),
        ("40000", "USD"),
    ]);
    says(
        &figure("351,6 ribu dolar AS").check_money(&found),
        Verdict::Consistent,
        "found USD 351,607.40, within [351,550, 351,700)",
    );
}

#[test]
fn a_wrong_count_is_inconsistent() {
    let countries = figure("enam negara").check_count(5, Counted::Countries);
    says(&countries, Verdict::Inconsistent, "found 5, the text says 6");
    let trucks = figure("enam truk").check_count(6, Counted::Trucks);
    says(&trucks, Verdict::Consistent, "found 6, the text says 6");
    says(
        &figure("lebih dari 1.000 desa").check_count(900, Counted::Villages),
        Verdict::Inconsistent,
        "found 900, the text says at least 1,000",
    );
}

#[test]
fn sums_of_other_articles() {
    let rows = [
        ("USD 18,80 juta", "18804960", Verdict::Consistent),
        ("USD98.398", "98515.20", Verdict::Inconsistent),
        ("Rp4.456.849.425.486", "4456849425486", Verdict::Consistent),
        ("Rp4,456 triliun", "4456849425486", Verdict::Consistent),
        ("Rp4,45 triliun", "4456849425486", Verdict::Consistent),
        ("Rp4,46 triliun", "4456849425486", Verdict::Consistent),
        ("Rp4,47 triliun", "4456849425486", Verdict::Inconsistent),
        ("Rp1,078 triliun", "1078695294000", Verdict::Consistent),
        ("Rp1,85 triliun", "1855750000000", Verdict::Consistent),
        ("Rp1,83 triliun", "1855750000000", Verdict::Inconsistent),
        ("Rp5,5 triliun", "5554000000000", Verdict::Consistent),
        ("3,16 miliar", "3158850000", Verdict::Consistent),
        ("18,80 juta", "18804960", Verdict::Consistent),
        ("Rp3,95 triliun", "3900319700000", Verdict::Inconsistent),
        ("239,52 juta dolar", "239519390", Verdict::Consistent),
        ("hampir Rp6 miliar", "6000000000", Verdict::Consistent),
        ("hampir Rp6 miliar", "6000000000.01", Verdict::Inconsistent),
        ("tembus Rp6 miliar", "6000000000", Verdict::Consistent),
        ("tembus Rp6 miliar", "5999999999.99", Verdict::Inconsistent),
        ("6.686,40 dolar AS", "6686.41", Verdict::Inconsistent),
        ("puluhan juta rupiah", "40000000", Verdict::Undecidable),
        ("1.998 ton", "1.998", Verdict::Ambiguous),
        ("1.998 ton", "1998", Verdict::Ambiguous),
        ("1.998 ton", "5", Verdict::Inconsistent),
    ];
    for (text, found, verdict) in rows {
        assert_eq!(figure(text).check(decimal(found)), verdict, "{text} against {found}");
    }
}

#[test]
fn nothing_is_compared_across_currencies_or_kinds() {
    let found = sums(&[("10", "EUR"), ("351607.40", "USD")]);
    says(
        &figure("Rp5,8 miliar").check_money(&found),
        Verdict::Undecidable,
        "found EUR 10.00 and USD 351,607.40, but the text is in IDR",
    );
    says(
        &figure("Rp5,8 miliar").check_money(&Sums::default()),
        Verdict::Undecidable,
        "found no amount, but the text is in IDR",
    );
    says(
        &figure("351,6 ribu").check_money(&found),
        Verdict::Undecidable,
        "found EUR 10.00 and USD 351,607.40, but the text names no currency",
    );
    says(
        &figure("21 ton").check_money(&sums(&[("10", "EUR")])),
        Verdict::Undecidable,
        "found EUR 10.00, but the text speaks of \"ton\", not of money",
    );
    says(
        &figure("6 dolar").check_count(6, Counted::Trucks),
        Verdict::Undecidable,
        "found 6, but the text is an amount in USD, no count of trucks",
    );
    let weights = [
        ("6 truk", "found 6 kg, but the text speaks of \"truk\", not of a weight"),
        ("6", "found 6 kg, but the text names no unit of weight"),
        ("6 dolar", "found 6 kg, but the text is an amount in USD, no weight"),
    ];
    for (text, explanation) in weights {
        says(&figure(text).check_weight_kg(decimal("6")), Verdict::Undecidable, explanation);
    }
}

#[test]
fn a_count_of_one_thing_is_none_of_another() {
    use Counted::{Containers, Countries, Deals, Exporters, Lines, Shipments, Trucks, Villages};
    let all = [Villages, Lines, Shipments, Trucks, Containers, Exporters, Countries, Deals];
    let rows: [(&str, &[Counted]); 22] = [
        ("enam", &all),
        ("enam rombongan", &all),
        ("enam unit", &all),
        ("enam truk", &[Trucks]),
        ("enam unit truk kontainer", &[Trucks]),
        ("enam trukan", &all),
        ("enam negara tujuan", &[Countries]),
        ("7 peti kemas", &[Containers]),
        ("7 kontainer", &[Containers]),
        ("293 desa devisa", &[Villages]),
        ("enam produk", &[Lines]),
        ("enam pengiriman", &[Shipments]),
        ("11 eksportir", &[Exporters, Deals]),
        ("empat UKM", &[Exporters, Deals]),
        ("3 LoI/MoU", &[Deals]),
        ("6 truk per hari", &[]),
        ("6 rombongan tiap bulan", &[]),
        ("21 ton", &[]),
        ("12 lusin", &[]),
        ("5 kodi kain", &[]),
        ("72 orang", &[]),
        ("14 %", &[]),
    ];
    for (text, counted) in rows {
        let allowed: Vec<_> = all.into_iter().filter(|c| figure(text).may_count(*c)).collect();
        assert_eq!(allowed, counted, "{text}");
    }
    says(
        &figure("enam truk").check_count(6, Countries),
        Verdict::Undecidable,
        "found 6, but the text speaks of \"truk\", not of countries",
    );
}

#[test]
fn vague_and_ambiguous_texts_explain_themselves() {
    says(
        &figure("puluhan desa").check_count(40, Counted::Villages),
        Verdict::Undecidable,
        "found 40, the text gives no number",
    );
    says(
        &figure("Rp81.900.000.00").check_money(&sums(&[("81900000", "IDR")])),
        Verdict::Ambiguous,
        "found IDR 81,900,000, the text may mean 81,900,000 or 8,190,000,000",
    );
}

#[test]
fn weights_are_compared_in_the_unit_of_the_text() {
    let rows = [
        (
            "21 ton",
            "20499",
            Verdict::Inconsistent,
            "found 20,499 kg (20.499 ton), outside [20.5, 22)",
        ),
        ("21 ton", "20500", Verdict::Consistent, "found 20,500 kg (20.5 ton), within [20.5, 22)"),
        ("21 ton", "21500", Verdict::Consistent, "found 21,500 kg (21.5 ton), within [20.5, 22)"),
        ("21 ton", "22000", Verdict::Inconsistent, "found 22,000 kg (22 ton), outside [20.5, 22)"),
        ("5 t", "5000", Verdict::Consistent, "found 5,000 kg (5 t), within [4.5, 6)"),
        ("5 TON", "5000", Verdict::Consistent, "found 5,000 kg (5 ton), within [4.5, 6)"),
        ("500 kg", "500", Verdict::Consistent, "found 500 kg, within [499.5, 501)"),
        ("500 gram", "0.5", Verdict::Consistent, "found 0.5 kg (500 gram), within [499.5, 501)"),
        (
            "3,5 kuintal",
            "350",
            Verdict::Consistent,
            "found 350 kg (3.5 kuintal), within [3.45, 3.6)",
        ),
        (
            "4,534.50 Kg",
            "4534.5",
            Verdict::Consistent,
            "found 4,534.5 kg, within [4,534.495, 4,534.51)",
        ),
        (
            "1.998 ton",
            "1998",
            Verdict::Ambiguous,
            "found 1,998 kg (1.998 ton), the text may mean 1,998 or 1.998",
        ),
        (
            "5 ton per bulan",
            "5000",
            Verdict::Undecidable,
            "found 5,000 kg, but the text speaks of \"ton per bulan\", not of a weight",
        ),
    ];
    for (text, found, verdict, explanation) in rows {
        says(&figure(text).check_weight_kg(decimal(found)), verdict, explanation);
    }
}

#[test]
fn verdicts_have_their_wire_names() {
    let names = [
        (Verdict::Consistent, "CONSISTENT"),
        (Verdict::Inconsistent, "INCONSISTENT"),
        (Verdict::Ambiguous, "AMBIGUOUS"),
        (Verdict::Undecidable, "UNDECIDABLE"),
    ];
    for (verdict, name) in names {
        assert_eq!((verdict.as_str(), verdict.to_string().as_str()), (name, name));
    }
}
