//! What `list`, `get` and `summarize` print of the release of 26 November 2025, for people.
#![allow(clippy::unwrap_used)]

use std::process::Command;

use tempfile::TempDir;

use crate::binary::{Process, binary, devisa, source, up};

const DESTINATIONS: &str = "\
RELEASED
DESTINATION  SHIPMENTS  LINES           VALUE
AU                   1      1   USD 40,000.00
BD                   1      1   USD 53,200.00
IN                   1      1  USD 200,000.00
KR                   2      2   USD 51,721.00
NL                   1      1    USD 6,686.40
total                6      6  USD 351,607.40
";

const SELLERS: &str = "\
POTENTIAL
SELLER                       DEALS          VALUE  HELD          HELD VALUE
organisations/artha-rimpang      1   USD 4,700.00     0                   0
organisations/dona-doni          1   USD 2,690.00     0                   0
organisations/sang-bamboo        0              0     1  USD 239,500,000.00
organisations/temon-agro         1  USD 12,000.00     0                   0
total                            3  USD 19,390.00     1  USD 239,500,000.00
";

/// A server with the example.
fn loaded(folder: &TempDir) -> Process {
    let server = up(folder.path());
    devisa(["load", &source("examples/jatim-2025-11/data.yaml")]).at(&server).ends(0);
    server
}

#[test]
fn tables_are_aligned_and_amounts_whole() {
    let folder = TempDir::new().unwrap();
    let server = loaded(&folder);
    let out = |arguments: &[&str]| devisa(arguments).at(&server).ends(0).out;

    assert_eq!(
        out(&["summarize", "shipments", "--tier", "RELEASED", "--group-by", "destination"]),
        DESTINATIONS
    );
    assert_eq!(out(&["summarize", "deals", "--tier", "potential", "--by", "SELLER"]), SELLERS);
    let with_held = out(&["summarize", "deals", "--tier", "POTENTIAL", "--include-held"]);
    assert!(with_held.contains("  USD 239,519,390.00  "), "{with_held}");

    let deals = out(&["list", "deals"]);
    let lines: Vec<_> = deals.lines().collect();
    assert_eq!(lines.len(), 5, "{deals}");
    let ends = ["VALUE", "USD 4,700.00", "USD 12,000.00", "USD 2,690.00", "USD 239,500,000.00"];
    let columns: Vec<_> =
        lines.iter().zip(ends).map(|(line, end)| line.find(end).map(|at| at + end.len())).collect();
    assert!(columns[0].is_some() && columns.iter().all(|end| *end == columns[0]), "{deals}");

    let release = out(&["get", "releases/jatim-2025-11"]);
    for line in [
        "dispatch_time             2025-11-26T00:00:00+07:00",
        "totals.truck_count        6",
        "totals.destinations       AU, BD, IN, KR, NL",
        "totals.values             USD 351,607.40",
    ] {
        assert!(release.lines().any(|found| found == line), "no {line:?} in\n{release}");
    }
    server.stop();
}

#[test]
fn lists_tell_what_they_leave_out() {
    let folder = TempDir::new().unwrap();
    let server = loaded(&folder);
    let deals = devisa(["list", "deals", "--limit", "3"]).at(&server).ends(0);
    assert_eq!(deals.out.lines().count(), 1 + 3);
    assert_eq!(deals.err, "warning: only the first 3; --limit 0 lists all\n");
    let pages = ["list", "decrees", "--parent", "programmes/lpei-desa-devisa", "--page-size", "2"];
    let decrees = devisa(pages).json_of(&server);
    assert_eq!(decrees["decrees"].as_array().unwrap().len(), 9);
    let none = devisa(["list", "deals", "--filter", "state = DRAFT"]).at(&server).ends(0);
    assert_eq!(none.out, "no deals\n");
    server.stop();
}

#[test]
fn what_is_asked_wrongly_is_refused_with_what_to_do() {
    let folder = TempDir::new().unwrap();
    let server = up(folder.path());
    for (arguments, says) in [
        (&["get", "deals/none"][..], "RESOURCE_NOT_FOUND: deals/none does not exist"),
        (&["get", "deals/No"], "FIELD_INVALID: name: resource_id.form: "),
        (&["list", "deals", "--filter", "colour = 1"], "FILTER_INVALID: filter: "),
        (&["list", "deals", "--filter", "state = SOLD"], "found \"SOLD\""),
        (
            &["list", "decrees", "--parent", "programmes/none"],
            "RESOURCE_NOT_FOUND: programmes/none",
        ),
        (&["summarize", "deals"], "values of two tiers are never added"),
        (&["summarize", "shipments", "--tier", "POTENTIAL"], "FIELD_INVALID: tier: "),
    ] {
        let answer = devisa(arguments).at(&server).ends(3).says(&[says]);
        assert_eq!(answer.out, "");
    }
    server.stop();
}

#[test]
fn narrow_lines_and_plain_locales_change_no_word() {
    let folder = TempDir::new().unwrap();
    let server = loaded(&folder);
    let narrow = |arguments: &[&str], columns: &str| {
        let command = devisa(arguments).env("COLUMNS", columns);
        command.env("LC_ALL", "C").env("NO_COLOR", "1").at(&server).ends(0).out
    };
    let shown = narrow(&["get", "deals/sang-bamboo"], "20");
    let widest = shown.lines().map(|line| line.chars().count()).max();
    assert!(widest.unwrap() <= 60, "{shown}");
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().concat();
    assert_eq!(words(&shown), words(&narrow(&["get", "deals/sang-bamboo"], "200")));
    // A name is never broken, a long text never makes a table wide.
    let listed = narrow(&["list", "deals", "--columns", "name,review.findings.explanation"], "20");
    let held = listed.lines().find(|line| line.starts_with("deals/sang-bamboo  ")).unwrap();
    assert!(held.ends_with("...") && held.chars().count() <= 102, "{held}");
    server.stop();
}

#[test]
fn a_reader_that_has_enough_is_no_failure() {
    let folder = TempDir::new().unwrap();
    let server = up(folder.path());
    // More than a pipe holds.
    let script = r#""$0" list villages --limit 5000 --server "$1" | head -1"#;
    let mut shell = Command::new("bash");
    shell.args(["-o", "pipefail", "-c", script]).arg(binary()).arg(server.url());
    let answer = shell.output().unwrap();
    assert!(answer.status.success(), "{answer:?}");
    assert!(answer.stdout.starts_with(b"NAME  "), "{answer:?}");
    let said = String::from_utf8(answer.stderr).unwrap();
    assert!(!said.contains("devisa: ") && !said.contains("panic"), "{said}");
    server.stop();
}
