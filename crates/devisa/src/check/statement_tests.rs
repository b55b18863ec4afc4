//! Tests of reading statements.

use super::*;
use crate::exit::Exit;

const RELEASE: &str = "\
title: Pelepasan ekspor Desa Devisa
source: ANTARA Jatim
event_date: 2025-11-26
statement_date: 2025-11-27
figures:
  - {text: \"351,6 ribu dolar AS\", metric: release_value, of: releases/jatim-2025-11}
  - text: 293 desa
    metric: enrolment_count
    of: programmes/lpei-desa-devisa
    filter: 'region = \"35\"'
    as_of: 2025-11-30
pairs:
  - [\"351,6 ribu dolar AS\", \"Rp5,8 miliar\"]
";

fn refused(text: &str) -> Vec<String> {
    let failure = read("s.yaml", text).unwrap_err();
    assert_eq!(failure.exit, Exit::Refused);
    failure.message.lines().skip(1).map(ToOwned::to_owned).collect()
}

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 11, day).unwrap()
}

#[test]
fn a_statement_is_read_with_its_defaults() {
    let statement = read("s.yaml", RELEASE).unwrap();
    assert_eq!(statement.title, "Pelepasan ekspor Desa Devisa");
    assert_eq!(statement.statement_date, Some(day(27)));
    let [value, count] = &statement.figures[..] else { panic!("two figures") };
    assert_eq!((value.as_of, count.as_of), (day(26), day(30)));
    assert_eq!((value.filter.as_str(), count.filter.as_str()), ("", "region = \"35\""));
    assert_eq!(count.figure.text(), "293 desa");
    let pairs = statement.pairs.unwrap();
    assert_eq!((pairs.pairs.len(), pairs.date), (1, day(26)));
    assert!(pairs.feasibility.rates().is_some());
}

#[test]
fn unknown_keys_are_refused_where_they_stand() {
    let text = RELEASE.replace("source:", "sourc:").replace("as_of:", "asOf:");
    assert_eq!(
        refused(&text),
        [
            "s.yaml:2:1: a statement has no key sourc; keys: title, source, event_date, \
             statement_date, figures, pairs",
            "s.yaml:11:5: a figure has no key asOf; keys: text, metric, of, filter, as_of",
        ]
    );
}

#[test]
fn every_figure_is_checked_where_it_stands() {
    let text = "\
event_date: 2025-11-26
figures:
  - {text: bukan angka, metric: release_value, of: releases/a}
  - {text: enam truk, metric: release_trucks, of: releases/a}
  - {text: 40 ton, metric: release_weight, of: releases/a}
  - {text: enam truk, metric: release_truck_count}
  - {text: enam truk, metric: release_truck_count, of: releases/a, as_of: 26-11-2025}
  - enam truk
";
    let problems = refused(text);
    assert!(problems[0].starts_with("s.yaml:3:12: \"bukan angka\": figure.unreadable"));
    assert!(problems[1].starts_with("s.yaml:4:31: no metric is called \"release_trucks\"; "));
    assert!(problems[2].starts_with("s.yaml:5:28: no metric is called \"release_weight\"; "));
    assert!(problems[2].contains("release_net_weight"), "{}", problems[2]);
    assert_eq!(problems[3], "s.yaml:6:5: a figure needs `of`");
    let date = "s.yaml:7:75: expected a date such as 2025-11-26, found \"26-11-2025\"";
    assert_eq!(problems[4], date);
    assert_eq!(problems[5], "s.yaml:8:5: expected a mapping, found a single value");
    assert_eq!(problems.len(), 6);
}

#[test]
fn pairs_are_checked_where_they_stand() {
    let text = "\
event_date: 2025-11-26
pairs:
  - [\"12 ribu dolar AS\", \"Rp198 juta\"]
  - [\"12 ribu dolar AS\"]
";
    let problems = refused(text);
    assert!(problems[0].starts_with("s.yaml:4:5: a pair is one amount stated twice"));
    let text =
        text.replace("[\"12 ribu dolar AS\"]", "[\"12 ribu dolar AS\", \"1.120 miliar rupiah\"]");
    let problems = refused(&text);
    assert!(problems[0].starts_with("s.yaml:4:26: pair.ambiguous"), "{problems:?}");
    let text = text.replace("1.120 miliar rupiah", "enam truk");
    assert!(refused(&text)[0].starts_with("s.yaml:4:26: pair.currency"));
}

#[test]
fn every_malformed_pair_is_told_at_once() {
    let text = "\
event_date: 2025-11-26
pairs:
  - [bukan angka, mahal sekali]
  - [\"12 ribu dolar AS\", \"Rp198 juta\"]
  - [\"12 ribu dolar AS\"]
  - [\"12 ribu dolar AS\", \"12 dolar AS\"]
  - [enam truk, puluhan juta rupiah]
  - Rp5
  - [RM5 juta, Rp5 juta]
";
    let told: Vec<_> = refused(text);
    let places = ["3:6", "3:19", "5:5", "8:5", "6:5", "7:6", "7:17", "9:5"];
    assert_eq!(told.len(), places.len(), "{told:#?}");
    for (told, place) in told.iter().zip(places) {
        assert!(told.starts_with(&format!("s.yaml:{place}: ")), "{place}: {told}");
    }
    assert!(told[7].contains("pair.currency: expected USD and IDR, found MYR and IDR"), "{told:?}");
}

#[test]
fn a_date_is_needed_where_something_rests_on_it() {
    let text = "\
figures: [{text: enam truk, metric: release_truck_count, of: releases/a}]
pairs: [[12 ribu dolar AS, Rp198 juta]]
";
    assert_eq!(
        refused(text),
        [
            "s.yaml:1:11: a figure needs `as_of` where the statement has no `event_date`",
            "s.yaml:2:8: pairs need an `event_date`: its exchange rates are compared",
        ]
    );
    assert_eq!(refused("title: x\n"), ["s.yaml:1:1: a statement needs `figures` or `pairs`"]);
}
