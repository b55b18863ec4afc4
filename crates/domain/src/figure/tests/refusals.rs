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
fn a_scale_word_with_a_slip_is_no_noun() {
    let slips = [
        ("5 triliyun", "triliun"),
        ("5 trilliyun", "triliun"),
        ("5 triliyunn", "triliun"),
        ("5 tiliun desa", "triliun"),
        ("5 juat", "juta"),
        ("5 Jtua", "juta"),
        ("5 jutta truk", "juta"),
        ("5 jta", "juta"),
        ("5 rebu", "ribu"),
        ("5 riub", "ribu"),
        ("5 miliyar", "miliar"),
        ("5 milyard", "miliar"),
        ("5 mliar", "miliar"),
        ("5 mlr", "miliar"),
        ("5 tril", "triliun"),
        ("5k", "ribu"),
        ("5 ribu triliyun", "triliun"),
        ("puluhan triliyun", "triliun"),
        ("dua puluh juat rupiah", "juta"),
    ];
    for (text, scale) in slips {
        let broken = Figure::parse(text).unwrap_err();
        assert_eq!(broken.rule(), "figure.unreadable", "{text}");
        assert!(broken.to_string().contains(&format!("expected \"{scale}\", if")), "{broken}");
    }
    let nouns = [
        "desa",
        "truk",
        "negara",
        "UKM",
        "UMKM",
        "IKM",
        "kontainer",
        "petani",
        "ton",
        "kuintal",
        "ibu rumah tangga",
        "biru",
        "duta",
        "jati",
        "jari",
        "juri",
        "rute",
        "risol",
        "ribbon",
        "mil laut",
        "militer",
        "milik desa",
        "mitra",
        "malaria",
        "mineral",
        "meter",
        "lembar",
        "tripleks",
        "terminal",
        "tribun",
        "triwulan",
        "trik",
        "t",
        "m",
        "m³",
        "kodi",
        "lusin",
        "gros",
        "produk",
        "pcs",
        "roti",
        "rumah",
        "jahe",
        "jambu",
        "jamu",
        "rotan",
        "rajut",
        "liter",
        "hektare",
        "sepatu",
        "kerupuk",
        "keripik",
        "komoditas",
        "eksportir",
        "UKM muda",
    ];
    for noun in nouns {
        let read = Figure::parse(&format!("5 {noun}")).map(|f| f.unit().map(str::to_owned));
        assert_eq!(read.unwrap(), Some(noun.to_lowercase()), "{noun}");
    }
}

#[test]
fn invisible_characters_are_not_skipped() {
    for text in ["\u{0}6 truk", "6\u{200b}0 truk", "6 truk\u{202e}", "6\u{ad}5", "6\u{1b}truk"] {
        assert_eq!(rule(text), "figure.unreadable", "{text:?}");
    }
    assert!(Figure::parse("6\ttruk\n").is_ok(), "white space only parts words");
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
