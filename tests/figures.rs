//! `devisa figure`: what scripts read, and how it ends.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use crate::binary::{devisa, keys};

const KEYS: [&str; 9] =
    ["ambiguous", "currency", "decimals", "high", "low", "scale", "text", "unit", "value"];

fn figure(text: &str) -> Value {
    devisa(["figure", text, "--format", "json"]).run().ends(0).json()
}

#[test]
fn the_json_has_exactly_these_keys() {
    let rupiah = json!({
        "text": "Rp5,8 miliar", "currency": "IDR", "unit": null, "value": "5800000000",
        "decimals": 1, "scale": 1_000_000_000, "low": "5750000000", "high": "5900000000",
        "ambiguous": false,
    });
    assert_eq!(figure("Rp5,8 miliar"), rupiah);
    for text in ["enam truk", "puluhan truk", "1.998 ton", "tembus Rp5,8 miliar", "293 desa"] {
        assert_eq!(keys(&figure(text)), KEYS, "{text}");
    }
}

#[test]
fn what_is_not_one_number_has_nulls() {
    let vague = figure("puluhan truk");
    assert_eq!([&vague["value"], &vague["low"], &vague["high"]], [&Value::Null; 3]);
    assert_eq!(vague["unit"], "truk");
    let ambiguous = figure("1.998 ton");
    assert_eq!([&ambiguous["value"], &ambiguous["ambiguous"]], [&Value::Null, &json!(true)]);
    assert_eq!(figure("tembus Rp5,8 miliar")["high"], Value::Null);
    assert_eq!(figure("hampir Rp5,8 miliar")["low"], Value::Null);
}

#[test]
fn a_number_is_checked_against_it() {
    for (text, number, code, verdict) in [
        ("351,6 ribu dolar AS", "351607.40", 0, "CONSISTENT"),
        ("351,6 ribu dolar AS", "351700", 1, "INCONSISTENT"),
        ("enam negara", "5", 1, "INCONSISTENT"),
        ("puluhan truk", "30", 0, "UNDECIDABLE"),
        ("1.998 ton", "1998", 0, "AMBIGUOUS"),
    ] {
        let arguments = ["figure", text, "--against", number];
        let table = devisa(arguments).run().ends(code);
        assert!(table.out.ends_with(&format!("verdict  {verdict}\n")), "{}", table.out);
        let answer = devisa(arguments.into_iter().chain(["--format", "json"])).run().ends(code);
        let answer = answer.json();
        assert_eq!(answer["verdict"], verdict, "{text}");
        assert_eq!(keys(&answer).len(), KEYS.len() + 1);
        if matches!(verdict, "UNDECIDABLE" | "AMBIGUOUS") {
            assert_eq!(table.err, format!("warning: the figure is {verdict}\n"));
        }
    }
}

#[test]
fn what_is_no_figure_is_refused() {
    let answer = devisa(["figure", "mahal sekali"]).run().ends(3);
    let answer = answer.says(&["\"mahal sekali\": figure.unreadable: expected a figure"]);
    assert_eq!(answer.out, "");
}
