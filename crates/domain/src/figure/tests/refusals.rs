//! What is not a figure.

use crate::figure::Figure;

fn rule(text: &str) -> String {
    Figure::parse(text).map_or_else(|b| b.rule().to_owned(), |f| format!("read as {f:?}"))
}

#[test]
fn texts_without_one_plain_number_are_unreadable() {
    let texts = [
        "truk",
        "Rp",
        "ekspor ke",
        "2 dari 5 desa",
        "5-6 ton",
        "antara 5 dan 6",
        "bukan 6 truk",
        "Rp15.000 per kg",
        "Rp5,8 miliar dolar AS",
        "hampir lebih dari 6",
        "5.8 million",
        "dua setengah juta",
        "dua puluh lima ratus",
        "lima koma delapan miliar",
        "-5",
        "1.23.4",
        "1,234.567,8",
        "0.900.000",
        "5 jutaan",
        "6 truk 200 dolar",
        "12 dolar Atlantis",
        "dua ratus ribu juta ribu",
        "...",
        "ke-",
        "½",
        "٣ truk",
    ];
    for text in texts {
        assert_eq!(rule(text), "figure.unreadable", "{text}");
    }
}

#[test]
fn blank_long_and_huge_texts_have_their_own_rules() {
    assert_eq!(rule(""), "field.missing");
    assert_eq!(rule(" \u{a0}\n"), "field.missing");
    let noun = |length: usize| format!("6 {}", "é".repeat(length - 2));
    assert!(Figure::parse(&noun(200)).is_ok());
    assert_eq!(rule(&noun(201)), "figure.length");
    assert_eq!(rule("123456789012345678"), "figure.range");
    assert_eq!(rule("100.000 triliun"), "figure.range");
    assert_eq!(rule("0,1234567"), "figure.range");
}

#[test]
fn the_refusal_shows_the_text() {
    let broken = Figure::parse("bukan 6 truk").unwrap_err();
    let expected = "figure.unreadable: expected a figure such as \"351,6 ribu dolar AS\" or \
                    \"enam truk\", found \"bukan 6 truk\"";
    assert_eq!(broken.to_string(), expected);
}
