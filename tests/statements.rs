//! `devisa check` with a statement that is wrong: every mistake with its place, exit code 3. And what
//! stands beside the figures of one that is right.
#![allow(clippy::unwrap_used)]

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::binary::{devisa, source, up};

/// A statement that cannot be read, and all that is wrong with it.
const UNREADABLE: &str = "\
title: T
colour: red
event_date: 2025-11-31
figures:
  - {text: enam, metric: moon_count, of: releases/r}
  - {text: mahal sekali, metric: release_value, of: releases/r}
  - {metric: release_value}
  - {text: enam, metric: release_truck_count, of: releases/r, page: 2}
pairs:
  - [1 dolar AS]
";
const MISTAKES: [&str; 8] = [
    "2:1: a statement has no key colour; keys: title, source, event_date, statement_date, figures",
    "3:13: expected a date such as 2025-11-26, found \"2025-11-31\"",
    "5:26: no metric is called \"moon_count\"; metrics: enrolment_count, ",
    "6:12: \"mahal sekali\": figure.unreadable: ",
    "7:5: a figure needs `text`",
    "7:5: a figure needs `of`",
    "8:63: a figure has no key page; keys: text, metric, of, filter, as_of",
    "10:5: a pair is one amount stated twice: ",
];

/// What only the records can tell: a figure, and what is said of it.
const REFUSED: [(&str, &str, &str); 5] = [
    (
        "{text: enam truk, metric: release_truck_count, of: releases/none}",
        ":4:5: the figure",
        "RESOURCE_NOT_FOUND: releases/none does not exist",
    ),
    (
        "{text: enam truk, metric: release_truck_count, of: shipments/kerupuk}",
        ":4:56: the figure",
        "FIELD_INVALID: claims[1].of: resource_name.form: ",
    ),
    (
        "{text: 293 desa, metric: enrolment_count, of: programmes/lpei-desa-devisa, filter: x = 1}",
        ":4:88: the figure",
        "FILTER_INVALID",
    ),
    (
        "{text: 293 desa, metric: enrolment_count, of: programmes/none, filter: 'region = \"35\"'}",
        ":4:5: the figure",
        "RESOURCE_NOT_FOUND: programmes/none does not exist",
    ),
    (
        "{text: Rp5 juta, metric: session_value, of: sessions/malaysia-2025-11, filter: tier = RELEASED}",
        ":4:84: the figure",
        "FILTER_INVALID",
    ),
];

#[test]
fn every_mistake_is_told_with_its_place_before_a_server_is_asked() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("statement.yaml");
    fs::write(&file, UNREADABLE).unwrap();
    let file = file.to_str().unwrap();
    let check = || devisa(["check", file]).env("DEVISA_SERVER", "http://127.0.0.1:1");
    let answer = check().run().ends(3);
    for mistake in MISTAKES {
        let told = format!("\n{file}:{mistake}");
        assert!(answer.err.contains(&told), "no {told}\nin {}", answer.err);
    }
    assert_eq!(answer.err.lines().count(), 1 + MISTAKES.len(), "{}", answer.err);

    for (text, told) in [
        ("", ":1:1: the file is empty"),
        ("title: T\n", ":1:1: a statement needs `figures` or `pairs`"),
        ("pairs: [[1 dolar AS, Rp1]]\n", ":1:8: pairs need an `event_date`"),
        (
            "figures: [{text: enam, metric: release_truck_count, of: releases/r}]\n",
            ":1:11: a figure needs `as_of` where the statement has no `event_date`",
        ),
        ("event_date: 2025-11-26\npairs: [[1 dolar AS, enam truk]]\n", ":2:"),
        ("event_date: 2025-11-26\npairs: [[1 dolar AS, 2 dolar AS]]\n", ":2:"),
    ] {
        fs::write(file, text).unwrap();
        check().run().ends(3).says(&[&format!("{file}{told}")]);
    }
}

#[test]
fn what_the_records_cannot_answer_is_told_with_its_place() {
    let folder = TempDir::new().unwrap();
    let server = up(&folder.path().join("data"));
    let data = source("examples/jatim-2025-11/data.yaml");
    devisa(["load", &data]).at(&server).ends(0);
    let file = folder.path().join("statement.yaml");
    let good = "{text: enam truk, metric: release_truck_count, of: releases/jatim-2025-11}";
    for (figure, place, why) in REFUSED {
        let text = format!("event_date: 2025-11-26\nfigures:\n  - {good}\n  - {figure}\n");
        fs::write(&file, text).unwrap();
        let file = file.to_str().unwrap();
        let answer = devisa(["check", file]).at(&server).ends(3);
        let answer = answer.says(&[&format!("{file}{place}"), why]);
        assert_eq!(answer.out, "", "no half of an answer");
    }
    server.stop();
}

/// More was shipped than a contract of the session says, and one of its letters has lapsed.
fn a_session_kept_more_than_promised() -> String {
    let data = fs::read_to_string(source("examples/pacitan-2026-02/data.yaml")).unwrap();
    let lapsed = "  - {id: lapsed, session: sessions/malaysia-2025-11, seller: organisations/temon-agro, \
                  buyer: organisations/orient-biotech, instrument: LOI, value: USD 7.00, \
                  sign_date: 2025-11-26, sign: true, lapse: true}\n";
    let contract = "  - id: temon-agro-contract\n";
    let in_session = format!("{lapsed}{contract}    session: sessions/malaysia-2025-11\n");
    let data = data.replace(contract, &in_session);
    data.replace("    value: IDR 500000000.00\n", "    value: IDR 400000000.00\n")
}

#[test]
fn promises_of_a_session_are_followed_to_the_vessel() {
    let folder = TempDir::new().unwrap();
    let server = up(&folder.path().join("data"));
    let (data, statement) = (folder.path().join("data.yaml"), folder.path().join("statement.yaml"));
    fs::write(&data, a_session_kept_more_than_promised()).unwrap();
    let figure = "{text: satu, metric: session_deal_count, of: sessions/malaysia-2025-11, \
                  filter: tier = CONTRACTED}";
    fs::write(&statement, format!("event_date: 2026-02-12\nfigures:\n  - {figure}\n")).unwrap();
    devisa(["load", data.to_str().unwrap()]).at(&server).ends(0);
    let deal = devisa(["get", "deals/temon-agro-contract"]).json_of(&server);
    assert_eq!(deal["state"], "STATE_FULFILLED");

    let checked = devisa(["check", statement.to_str().unwrap()]).json_of(&server);
    let session = &checked["beside"]["sessions"][0];
    let total = |of: &Value| {
        assert_eq!((&of["held"], &of["values"]), (&json!([]), &of["with_held"]), "{of}");
        let [amount] = of["values"].as_array().unwrap().as_slice() else { panic!("{of}") };
        format!("{} {}", amount["currency_code"], amount["amount"]).replace('"', "")
    };
    let parts = |tier: &str| {
        let promises = &session[tier];
        [promises, &promises["realised"], &promises["pending"], &promises["balance"]].map(total)
    };
    assert_eq!(
        parts("contracted"),
        ["IDR 400000000.00", "IDR 465217391.30", "IDR 0.00", "IDR -65217391.30"]
    );
    assert_eq!(parts("potential"), ["USD 12000.00", "USD 0.00", "USD 0.00", "USD 12000.00"]);
    server.stop();
}
