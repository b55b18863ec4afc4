//! What texts mean, row by row.

use super::{decimal, figure};
use crate::figure::{Reading, plain};

/// Text, currency, unit, value, decimals, scale, low, high; `-` for none.
type Row =
    (&'static str, &'static str, &'static str, &'static str, u32, u64, &'static str, &'static str);

fn holds(rows: &[Row]) {
    for (text, currency, unit, value, decimals, scale, low, high) in rows {
        let figure = figure(text);
        let written = |number: Option<_>| number.map_or_else(|| "-".to_owned(), plain);
        assert_eq!(figure.currency().map_or("-", |c| c.code()), *currency, "currency of {text}");
        assert_eq!(figure.unit().unwrap_or("-"), *unit, "unit of {text}");
        assert_eq!(written(figure.value()), *value, "value of {text}");
        assert_eq!(figure.decimals(), *decimals, "decimals of {text}");
        assert_eq!(figure.scale(), *scale, "scale of {text}");
        assert_eq!(written(figure.low()), *low, "low of {text}");
        assert_eq!(written(figure.high()), *high, "high of {text}");
        assert!(!figure.is_ambiguous(), "{text}");
        assert_eq!(figure.text(), *text);
    }
}

const K: u64 = 1_000;
const M: u64 = 1_000_000;
const G: u64 = 1_000_000_000;
const T: u64 = 1_000_000_000_000;

#[test]
fn amounts_of_money() {
    holds(&[
        ("351,6 ribu dolar AS", "USD", "-", "351600", 1, K, "351550", "351700"),
        ("Rp5,8 miliar", "IDR", "-", "5800000000", 1, G, "5750000000", "5900000000"),
        ("Rp3,9 triliun", "IDR", "-", "3900000000000", 1, T, "3850000000000", "4000000000000"),
        ("6.686,40 dolar AS", "USD", "-", "6686.4", 2, 1, "6686.4", "6686.41"),
        ("53.200 dolar AS", "USD", "-", "53200", 0, 1, "53199.5", "53201"),
        ("200.000 dolar AS", "USD", "-", "200000", 0, 1, "199999.5", "200001"),
        (
            "Rp4.456.849.425.486",
            "IDR",
            "-",
            "4456849425486",
            0,
            1,
            "4456849425485.5",
            "4456849425487",
        ),
        ("USD98.398", "USD", "-", "98398", 0, 1, "98397.5", "98399"),
        ("USD8,274.20", "USD", "-", "8274.2", 2, 1, "8274.2", "8274.21"),
        ("USD30.000", "USD", "-", "30000", 0, 1, "29999.5", "30001"),
        ("Rp77,7 juta", "IDR", "-", "77700000", 1, M, "77650000", "77800000"),
        ("Rp44 juta", "IDR", "-", "44000000", 0, M, "43500000", "45000000"),
        ("US$3.50", "USD", "-", "3.5", 2, 1, "3.5", "3.51"),
        ("$2,92 miliar", "USD", "-", "2920000000", 2, G, "2915000000", "2930000000"),
        ("Rp1,58 milliar", "IDR", "-", "1580000000", 2, G, "1575000000", "1590000000"),
        ("45.000 won", "KRW", "-", "45000", 0, 1, "45000", "45001"),
        ("IDR 5.000", "IDR", "-", "5000", 0, 1, "4999.5", "5001"),
        ("Rp. 5.000,-", "IDR", "-", "5000", 0, 1, "4999.5", "5001"),
        ("2.690 dolar Amerika Serikat", "USD", "-", "2690", 0, 1, "2689.5", "2691"),
        ("239,52 juta dolar", "USD", "-", "239520000", 2, M, "239515000", "239530000"),
        ("1,2 juta rupiah", "IDR", "-", "1200000", 1, M, "1150000", "1300000"),
        ("KWD 1.234", "KWD", "-", "1234", 0, 1, "1233.5", "1235"),
        ("3,158.85 juta dolar", "USD", "-", "3158850000", 2, M, "3158845000", "3158860000"),
        ("sejuta rupiah", "IDR", "-", "1000000", 0, M, "500000", "2000000"),
        ("seratus juta rupiah", "IDR", "-", "100000000", 0, M, "99500000", "101000000"),
        ("usd 5,5 jt", "USD", "-", "5500000", 1, M, "5450000", "5600000"),
        ("RM5 juta", "MYR", "-", "5000000", 0, M, "4500000", "6000000"),
        ("12 ribu dolar Singapura", "SGD", "-", "12000", 0, K, "11500", "13000"),
        ("S$12", "SGD", "-", "12", 0, 1, "11.5", "13"),
        ("20 euro", "EUR", "-", "20", 0, 1, "19.5", "21"),
        ("300 yen", "JPY", "-", "300", 0, 1, "300", "301"),
        ("1.500 ringgit Malaysia", "MYR", "-", "1500", 0, 1, "1499.5", "1501"),
        (
            "Rp0,5 ribu triliun",
            "IDR",
            "-",
            "500000000000000",
            1,
            1_000 * T,
            "450000000000000",
            "600000000000000",
        ),
        ("0 dolar AS", "USD", "-", "0", 0, 1, "-0.5", "1"),
        ("351,60740 ribu dolar AS", "USD", "-", "351607.4", 5, K, "351607.4", "351607.41"),
    ]);
}

#[test]
fn bare_numbers() {
    holds(&[
        ("126,23 ribu", "-", "-", "126230", 2, K, "126225", "126240"),
        ("18,80 juta", "-", "-", "18800000", 2, M, "18795000", "18810000"),
        ("10.837,13", "-", "-", "10837.13", 2, 1, "10837.125", "10837.14"),
        ("10,837.13", "-", "-", "10837.13", 2, 1, "10837.125", "10837.14"),
        ("10,837 ribu", "-", "-", "10837", 3, K, "10836.5", "10838"),
        ("6,5", "-", "-", "6.5", 1, 1, "6.45", "6.6"),
        ("1.998", "-", "-", "1998", 0, 1, "1998", "1999"),
        ("0.125", "-", "-", "0.125", 3, 1, "0.1245", "0.126"),
        ("1234.567 juta", "-", "-", "1234567000", 3, M, "1234566500", "1234568000"),
        ("1.5 juta", "-", "-", "1500000", 1, M, "1450000", "1600000"),
        ("1.234.567 ribu", "-", "-", "1234567000", 0, K, "1234566500", "1234568000"),
        ("1,234,567", "-", "-", "1234567", 0, 1, "1234567", "1234568"),
        ("ke-12", "-", "-", "12", 0, 1, "12", "13"),
        ("kedua", "-", "-", "2", 0, 1, "2", "3"),
        ("kedua belas", "-", "-", "12", 0, 1, "12", "13"),
        ("ke-dua", "-", "-", "2", 0, 1, "2", "3"),
        ("seratus", "-", "-", "100", 0, 1, "100", "101"),
        ("seribu", "-", "-", "1000", 0, K, "500", "2000"),
        ("5rb", "-", "-", "5000", 0, K, "4500", "6000"),
        ("5 M", "-", "-", "5000000000", 0, G, "4500000000", "6000000000"),
        ("5T", "-", "-", "5000000000000", 0, T, "4500000000000", "6000000000000"),
        ("lima M", "-", "-", "5000000000", 0, G, "4500000000", "6000000000"),
        ("5 milyar", "-", "-", "5000000000", 0, G, "4500000000", "6000000000"),
        ("5 trilliun", "-", "-", "5000000000000", 0, T, "4500000000000", "6000000000000"),
        ("satu juta dua ratus ribu", "-", "-", "1200000", 0, K, "1199500", "1201000"),
        (
            "dua ribu lima ratus miliar",
            "-",
            "-",
            "2500000000000",
            0,
            G,
            "2499500000000",
            "2501000000000",
        ),
        ("nol", "-", "-", "0", 0, 1, "0", "1"),
    ]);
}

#[test]
fn counts_and_their_nouns() {
    holds(&[
        ("empat UKM", "-", "ukm", "4", 0, 1, "4", "5"),
        ("enam truk", "-", "truk", "6", 0, 1, "6", "7"),
        ("293 desa", "-", "desa", "293", 0, 1, "293", "294"),
        ("72 desa", "-", "desa", "72", 0, 1, "72", "73"),
        ("enam negara", "-", "negara", "6", 0, 1, "6", "7"),
        ("Enam Negara", "-", "negara", "6", 0, 1, "6", "7"),
        ("tujuh peti kemas", "-", "peti kemas", "7", 0, 1, "7", "8"),
        ("11 eksportir.", "-", "eksportir", "11", 0, 1, "11", "12"),
        ("dua puluh lima desa devisa", "-", "desa devisa", "25", 0, 1, "25", "26"),
        ("kelima negara", "-", "negara", "5", 0, 1, "5", "6"),
        ("ke enam negara", "-", "negara", "6", 0, 1, "6", "7"),
        ("5 oleh-oleh khas", "-", "oleh-oleh khas", "5", 0, 1, "5", "6"),
        ("21 ton", "-", "ton", "21", 0, 1, "20.5", "22"),
        ("11,5 ton", "-", "ton", "11.5", 1, 1, "11.45", "11.6"),
        ("5 kuintal", "-", "kuintal", "5", 0, 1, "4.5", "6"),
        ("21500 kg", "-", "kg", "21500", 0, 1, "21499.5", "21501"),
        ("12 t kopi", "-", "t kopi", "12", 0, 1, "11.5", "13"),
        ("dua ton jahe", "-", "ton jahe", "2", 0, 1, "1.5", "3"),
        ("4,534.50 Kg", "-", "kg", "4534.5", 2, 1, "4534.495", "4534.51"),
        ("4.534,50 kilogram", "-", "kilogram", "4534.5", 2, 1, "4534.495", "4534.51"),
        ("1,2 juta ton", "-", "ton", "1200000", 1, M, "1150000", "1300000"),
        ("0,500 kg", "-", "kg", "0.5", 3, 1, "0.4995", "0.501"),
        ("1.200 lembar", "-", "lembar", "1200", 0, 1, "1200", "1201"),
        ("12 lusin", "-", "lusin", "12", 0, 1, "12", "13"),
        ("3 MoU", "-", "mou", "3", 0, 1, "3", "4"),
        ("5 ton/bulan", "-", "ton/bulan", "5", 0, 1, "4.5", "6"),
        ("14,7 %", "-", "%", "14.7", 1, 1, "14.65", "14.8"),
        ("25 m³", "-", "m³", "25", 0, 1, "25", "26"),
        ("sejumlah enam truk", "-", "truk", "6", 0, 1, "6", "7"),
    ]);
}

#[test]
fn words_of_one_side() {
    holds(&[
        ("tembus Rp5,8 miliar", "IDR", "-", "5800000000", 1, G, "5800000000", "-"),
        ("lebih dari 6 truk", "-", "truk", "6", 0, 1, "6", "-"),
        ("di atas 6 truk", "-", "truk", "6", 0, 1, "6", "-"),
        ("sedikitnya enam negara", "-", "negara", "6", 0, 1, "6", "-"),
        ("minimal 6", "-", "-", "6", 0, 1, "6", "-"),
        ("paling sedikit 6", "-", "-", "6", 0, 1, "6", "-"),
        ("tidak kurang dari 6", "-", "-", "6", 0, 1, "6", "-"),
        ("mencapai lebih dari 6", "-", "-", "6", 0, 1, "6", "-"),
        ("Rp6 miliar lebih", "IDR", "-", "6000000000", 0, G, "6000000000", "-"),
        ("hampir Rp6 miliar", "IDR", "-", "6000000000", 0, G, "-", "6000000000"),
        ("nyaris 300 desa", "-", "desa", "300", 0, 1, "-", "300"),
        ("kurang dari 300 desa", "-", "desa", "300", 0, 1, "-", "300"),
        ("mencapai Rp44 juta", "IDR", "-", "44000000", 0, M, "43500000", "45000000"),
        ("senilai 351,6 ribu dolar AS", "USD", "-", "351600", 1, K, "351550", "351700"),
        ("setara dengan Rp44 juta", "IDR", "-", "44000000", 0, M, "43500000", "45000000"),
        ("total ekspor sebesar USD98.398", "USD", "-", "98398", 0, 1, "98397.5", "98399"),
        ("sebanyak 6 truk", "-", "truk", "6", 0, 1, "6", "7"),
        ("sekitar 100 desa", "-", "desa", "100", 0, 1, "95", "105"),
        ("kurang lebih Rp6 miliar", "IDR", "-", "6000000000", 0, G, "5500000000", "7000000000"),
        ("sekitar 12 truk", "-", "truk", "12", 0, 1, "11.4", "13"),
        ("sekitar Rp95 juta", "IDR", "-", "95000000", 0, M, "90250000", "99750000"),
        ("sekitar 5 ton", "-", "ton", "5", 0, 1, "4.5", "6"),
        ("sekitar 6.686,40 dolar AS", "USD", "-", "6686.4", 2, 1, "6352.08", "7020.72"),
        ("kira-kira 100", "-", "-", "100", 0, 1, "95", "105"),
        ("± 100", "-", "-", "100", 0, 1, "95", "105"),
        ("Rp sekitar 100 juta", "IDR", "-", "100000000", 0, M, "95000000", "105000000"),
        ("sekitar 0", "-", "-", "0", 0, 1, "0", "1"),
    ]);
}

#[test]
fn vague_texts_have_no_number() {
    holds(&[
        ("puluhan desa", "-", "desa", "-", 0, 1, "-", "-"),
        ("ratusan", "-", "-", "-", 0, 1, "-", "-"),
        ("puluhan ribu lembar", "-", "lembar", "-", 0, 1, "-", "-"),
        ("ratusan juta rupiah", "IDR", "-", "-", 0, 1, "-", "-"),
        ("lebih dari ribuan UMKM", "-", "umkm", "-", 0, 1, "-", "-"),
        ("sejumlah negara", "-", "negara", "-", 0, 1, "-", "-"),
        ("jutaan", "-", "-", "-", 0, 1, "-", "-"),
    ]);
    assert_eq!(*figure("puluhan desa").reading(), Reading::Vague);
}

#[test]
fn texts_with_two_readings_keep_both() {
    let rows = [
        ("Rp81.900.000.00", 1, "81900000", "8190000000"),
        ("1.998 ton", 1, "1998", "1.998"),
        ("1.998 t", 1, "1998", "1.998"),
        ("1,998 kg", 1, "1998", "1.998"),
        ("1,998 ton kopi", 1, "1998", "1.998"),
        ("1.120 miliar", G, "1120000000000", "1120000000"),
        ("USD 1.120 juta", M, "1120000000", "1120000"),
    ];
    for (text, scale, first, second) in rows {
        let figure = figure(text);
        assert!(figure.is_ambiguous(), "{text}");
        assert_eq!((figure.value(), figure.low(), figure.high()), (None, None, None), "{text}");
        assert_eq!((figure.decimals(), figure.scale()), (0, scale), "{text}");
        let Reading::Ambiguous(values) = figure.reading() else { panic!("{text}") };
        assert_eq!(values.map(|v| v.value), [decimal(first), decimal(second)], "{text}");
    }
}

#[test]
fn the_text_is_kept_verbatim() {
    assert_eq!(figure("  Enam  TRUK ").text(), "  Enam  TRUK ");
    assert_eq!(figure("  Enam  TRUK ").unit(), Some("truk"));
}
