//! `devisa load`: what is wrong is told with file, line and column and nothing is written; what is
//! there already stays as it is.
#![allow(clippy::unwrap_used)]

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    binary::{Answer, Process, devisa, source, up},
    watching::{events_until, watch},
};

const SERVICES: [&str; 3] = ["registry", "shipment", "deal"];

/// A data set, and everything that is wrong with it: where, and what.
type Case = (&'static str, &'static [(&'static str, &'static str)]);

/// What can be told without a server.
const UNREADABLE: &[Case] = &[
    ("", &[("1:1", "the file is empty")]),
    ("programmes:\n\t- id: p\n", &[("2:", "")]),
    ("programmes: &all []\n", &[("1:18", "anchors (&name) are not accepted")]),
    ("programmes: []\n---\ndecrees: []\n", &[("2:1", "a second document is not accepted")]),
    ("- id: p\n", &[("1:1", "expected a mapping, found a list")]),
    ("moons: []\n", &[("1:1", "a data set has no key moons; keys: programmes, decrees, ")]),
    ("villages: []\n", &[("1:1", "a data set has no key villages; keys: ")]),
    ("programmes: {id: p}\n", &[("1:13", "expected a list, found a mapping")]),
    (
        "programmes:\n  - id: p\n    title: P\n    displayName: P\n    name: programmes/p\n",
        &[
            ("3:5", "Programme has no field title; fields: display_name, owner"),
            ("4:5", "write display_name, not displayName"),
            ("5:5", "name cannot be given; it is made of `parent` and `id`"),
        ],
    ),
    (
        "programmes:\n  - id: p\n    display_name: P\n    display_name: Q\n",
        &[("4:5", "display_name stands here twice, first at FILE:3:5")],
    ),
    (
        "programmes:\n  - {id: p, display_name: P}\n  - {id: q}\n  - {id: p, display_name: Q}\n",
        &[("4:5", "programmes/p is given twice, first at FILE:2:5")],
    ),
    (
        "organisations:\n  - display_name: O\n  - id: Big!\n  - {id: o, parent: programmes/p}\n",
        &[
            ("2:5", "an item of organisations needs an `id`"),
            ("3:9", "resource_id.form: "),
            ("4:21", "organisations have no parent"),
        ],
    ),
    (
        "decrees:\n  - id: d\n    declared_village_count: many\n  - id: e\n    parent: villages/p\n",
        &[
            ("2:5", "an item of decrees needs a `parent`, such as programmes/…"),
            ("3:29", "expected a whole number, found \"many\""),
            ("5:13", "expected the name of a parent, programmes/…, found \"villages/p\""),
        ],
    ),
    (
        "deals:\n  - id: d\n    instrument: LOAN\n    state: SIGNED\n    sign: maybe\n    value: [1]\n",
        &[
            ("3:17", "Instrument has no value LOAN; values: LOI, MOU, CONTRACT, PURCHASE_ORDER"),
            ("4:5", "state of Deal is set by Devisa and cannot be given"),
            ("5:11", "expected true or false, found a single value"),
            ("6:12", "expected an amount such as USD 53200.00, found a list"),
        ],
    ),
    (
        "sessions:\n  - {id: a, session_date: 2025-02-30}\n  - {id: b, session_date: 26-11-2025}\n",
        &[
            ("2:27", "expected a date such as 2025-11-26, found \"2025-02-30\""),
            ("3:27", "expected a date such as 2025-11-26, found \"26-11-2025\""),
        ],
    ),
    (
        "shipments:\n  - id: s\n    lines:\n      - value: USD 1,5\n      - value: RP 5\n      - value: JPY 1.5\n      - net_kg: 1e3\n",
        &[
            ("4:16", "expected an amount such as USD 53200.00, found \"USD 1,5\""),
            (
                "5:16",
                "expected an amount such as USD 53200.00, found \"RP 5\": currency_code.unknown: ",
            ),
            (
                "6:16",
                "expected an amount such as USD 53200.00, found \"JPY 1.5\": money.decimals: ",
            ),
            ("7:17", "expected a number such as 12.50, found \"1e3\""),
        ],
    ),
    (
        "milestones:\n  - id: m\n    parent: shipments/s\n    event_time: 2025-11-26\n",
        &[("4:17", "expected an instant such as 2025-11-26T09:00:00+07:00, found \"2025-11-26\"")],
    ),
    (
        "enrolments:\n  - {id: 35.25.11.209, parent: programmes/p}\n",
        &[("2:10", "village_code.form: expected PP.RR.DD.VVVV in digits")],
    ),
    (
        "releases:\n  - id: r\n    provenance:\n      synthetic_fields: [place, colour]\n",
        &[("4:33", "field_mask.unknown_path: ")],
    ),
];

/// What the rules of the services refuse, and where in the file it is.
const REFUSED: &[Case] = &[
    (
        "enrolments:\n  - id: 35.80.01.2001\n    parent: programmes/p\n    effective_date: 2025-01-10\n",
        &[
            ("2:5", "creating programmes/p/enrolments/35.80.01.2001"),
            ("", "FIELD_INVALID: enrolment.village: village_code.unknown: "),
        ],
    ),
    (
        "organisations:\n  - id: o\n    display_name: O\n    region_code: ID\n    village: villages/35.80.01.2001\n",
        &[
            ("5:14", "creating organisations/o"),
            ("", "FIELD_INVALID: organisation.village: village_code.unknown: "),
        ],
    ),
    (
        "organisations:\n  - id: o\n    display_name: O\n    region_code: ID\n    npwp: \"013000667091000\"\n",
        &[
            ("5:11", "creating organisations/o"),
            ("", "FIELD_INVALID: organisation.npwp: npwp.check_digit: "),
        ],
    ),
    (
        "organisations:\n  - id: o\n    region_code: UK\n    nib: \"1\"\n",
        &[
            ("", "FIELD_INVALID\n"),
            ("", "organisation.display_name: field.missing: "),
            ("", "organisation.region_code: region_code.unknown: "),
            ("", "organisation.nib: nib.length: expected 13 digits, found 1"),
        ],
    ),
    (
        "releases:\n  - {id: r, display_name: R}\n",
        &[
            ("2:5", "creating releases/r"),
            ("", "FIELD_MISSING: release.event_date: field.missing: "),
        ],
    ),
    (
        "shipments:\n  - id: s\n    exporter: organisations/none\n    destination_region_code: IN\n    lines: [{description: x, value: USD 1}]\n    units:\n      - container_number: CSQU3054384\n",
        &[
            ("7:27", "creating shipments/s"),
            (
                "",
                "FIELD_INVALID: shipment.units[0].container_number: container_number.check_digit: expected 3, found 4",
            ),
        ],
    ),
    (
        "deals:\n  - id: d\n    seller: organisations/none\n    buyer: organisations/nobody\n    instrument: LOI\n    value: USD 5\n",
        &[("", "deal.seller: reference.exists: "), ("", "deal.buyer: reference.exists: ")],
    ),
];

struct World {
    server: Process,
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        Self { server: up(&folder.path().join("data")), folder }
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let file = self.folder.path().join(name);
        fs::write(&file, text).unwrap();
        file
    }

    fn load(&self, file: &Path) -> Answer {
        devisa(["load", file.to_str().unwrap()]).at(&self.server)
    }

    fn tally(&self, text: &str) -> Value {
        let file = self.file("set.yaml", text);
        devisa(["load", file.to_str().unwrap()]).json_of(&self.server)
    }

    /// Writes something of each service, and tells all of its events up to that.
    fn events(&self, mark: &str) -> Vec<Vec<Value>> {
        let marks = format!(
            "programmes: [{{id: {mark}, display_name: M}}]\n\
             releases: [{{id: {mark}, display_name: M, event_date: 2025-11-26}}]\n\
             sessions: [{{id: {mark}, display_name: M, session_date: 2025-11-26}}]\n"
        );
        assert_eq!(self.tally(&marks)["created"], 3);
        let subjects = ["programmes", "releases", "sessions"].map(|kind| format!("{kind}/{mark}"));
        let until = SERVICES.into_iter().zip(&subjects);
        until.map(|(service, subject)| events_until(&self.server, service, subject)).collect()
    }
}

fn example() -> String {
    fs::read_to_string(source("examples/jatim-2025-11/data.yaml")).unwrap()
}

/// How a mistake in a file is told. A place may be only a line, and a refusal may name none.
fn told((place, words): &(&str, &str), file: &str) -> String {
    let words = words.replace("FILE", file);
    match *place {
        "" => words,
        line if line.ends_with(':') => format!("{file}:{line}"),
        place => format!("{file}:{place}: {words}"),
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_nothing_is_written() {
    let world = World::new();
    let mut watching = SERVICES.map(|service| watch(&world.server, service));
    let mut unsaid = Vec::new();
    for (text, mistakes) in UNREADABLE.iter().chain(REFUSED) {
        let file = world.file("bad.yaml", text);
        let answer = world.load(&file).ends(3);
        assert_eq!(answer.out, "");
        for mistake in *mistakes {
            let told = told(mistake, file.to_str().unwrap());
            if !answer.has_said(&told) {
                unsaid.push(format!("no {told}\nin {}", answer.err));
            }
        }
        let places = answer.err.matches(&format!("\n{}:", file.display())).count();
        assert!(places == 0 || places == mistakes.len(), "{}", answer.err);
    }
    assert!(unsaid.is_empty(), "{}", unsaid.join("\n"));

    // Whoever watched all along hears of the first good data set, and of nothing before it.
    world.events("good");
    for (watching, subject) in watching.iter_mut().zip(["programmes", "releases", "sessions"]) {
        let first = watching.wait_for(|out, _| serde_json::from_str::<Value>(out).ok());
        assert_eq!(first["subject"], format!("{subject}/good"));
    }
    world.server.stop();
}

#[test]
fn all_files_are_read_before_anything_is_written() {
    let world = World::new();
    let good = world.file("good.yaml", "programmes: [{id: p, display_name: P}]\n");
    let bad = world.file("bad.yaml", "programmes: [{id: q, title: Q}]\nmoons: []\n");
    let worse = world.file("worse.yaml", "programmes: [{id: p, display_name: P}]\n");
    let files = [&good, &bad, &worse].map(|file| file.to_str().unwrap());
    let answer = devisa(["load"].iter().chain(&files)).at(&world.server).ends(3);
    let [good, bad, worse] = files;
    answer.says(&[
        &format!("{bad}:1:22: Programme has no field title"),
        &format!("{bad}:2:1: a data set has no key moons"),
        &format!("{worse}:1:14: programmes/p is given twice, first at {good}:1:14"),
    ]);
    let list = devisa(["list", "programmes"]).json_of(&world.server);
    assert_eq!(list, json!({"programmes": []}));
    world.server.stop();
}

#[test]
fn what_a_later_step_needs_is_asked_for_before_anything_is_written() {
    let world = World::new();
    let set = world.file(
        "set.yaml",
        "programmes: [{id: p, display_name: P}]\n\
         organisations: [{id: o, display_name: O, region_code: ID}]\n\
         shipments:\n\
         \x20 - id: s\n\
         \x20   exporter: organisations/o\n\
         \x20   destination_region_code: KR\n\
         \x20   lines: [{description: x, value: USD 1}]\n\
         \x20   confirm: true\n\
         deals:\n\
         \x20 - {id: d, seller: organisations/o, buyer: organisations/b, instrument: LOI, value: USD 5, sign: true}\n",
    );
    let answer = world.load(&set).ends(3);
    answer.says(&[
        "2 items cannot be loaded; nothing was written",
        &format!("{}:7:13: creating shipments/s", set.display()),
        "shipment.lines[0].hs_code   field.missing",
        "shipment.units              field.missing",
        ": the step `sign` of deals/d",
        "  sign_date  field.missing",
    ]);
    let list = devisa(["list", "programmes"]).json_of(&world.server);
    assert_eq!(list, json!({"programmes": []}));
    world.server.stop();
}

#[test]
fn what_the_server_refuses_stops_there_and_goes_on_the_next_time() {
    let world = World::new();
    let set = |owner: &str| {
        format!(
            "organisations: [{{id: o, display_name: O, region_code: GB}}]\n\
             products: [{{id: p, parent: organisations/{owner}, display_name: P, hs_code: 19059080}}]\n\
             releases: [{{id: r, display_name: R, event_date: 2025-11-26}}]\n"
        )
    };
    let bad = world.file("set.yaml", &set("nobody"));
    let answer = world.load(&bad).ends(3);
    answer.says(&[
        &format!("{}:2:12: creating organisations/nobody/products/p ", bad.display()),
        "\n  before that: created 1, unchanged 0, steps 0; load again to go on from there",
    ]);
    assert_eq!(world.tally(&set("o")), json!({"created": 2, "unchanged": 1, "steps": 0}));
    world.server.stop();
}

#[test]
fn the_same_file_twice_changes_nothing_and_another_one_is_refused_whole() {
    let world = World::new();
    let data = example();
    let first = world.tally(&data);
    assert_ne!(first["steps"], 0);
    let mut before = world.events("a");
    let nothing = json!({"created": 0, "unchanged": first["created"], "steps": 0});
    assert_eq!(world.tally(&data), nothing);
    assert_eq!(world.tally(&data.replace("USD 53200.00", "USD 53200")), nothing, "the same amount");

    let other = data
        .replace("display_name: CV Temon Agro", "display_name: CV Temon")
        .replace("destination_region_code: BD", "destination_region_code: IN")
        .replace("place: Terminal Petikemas Surabaya", "place: Gresik");
    let other = format!("{other}\n").replacen(
        "programmes:\n",
        "programmes:\n  - {id: new, display_name: N}\n",
        1,
    );
    let file = world.file("other.yaml", &other);
    let answer = world.load(&file).ends(3);
    let place = |words: &str| {
        let before = other.split(words).next().unwrap();
        let item = before.rfind("\n  - id: ").unwrap();
        format!("{}:{}:5: ", file.display(), other[..item].lines().count() + 1)
    };
    answer.says(&[
        "what is on record differs from what is given; nothing was written\n",
        &format!("{}organisations/temon-agro: RESOURCE_DIFFERS: display_name (given CV Temon, found CV Temon Agro)", place("display_name: CV Temon\n")),
        "RESOURCE_DIFFERS: destination_region_code (given IN, found BD)",
        "RESOURCE_DIFFERS: place (given Gresik, found Terminal Petikemas Surabaya)",
    ]);
    devisa(["get", "programmes/new"]).at(&world.server).ends(3).says(&["RESOURCE_NOT_FOUND: "]);

    let mut after = world.events("b");
    for (before, after) in before.iter_mut().zip(&mut after) {
        assert_eq!(after.pop().unwrap()["subject"].as_str().unwrap().rsplit('/').next(), Some("b"));
        assert_eq!(before, after, "nothing has happened but the marks");
    }
    world.server.stop();
}
