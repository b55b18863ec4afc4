//! `devisa up --example` and `devisa check`: the release of 26 November 2025 and every published
//! figure about it, line by line, for people and for scripts.
#![allow(clippy::unwrap_used)]

use std::{fs, path::PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::binary::{Process, devisa, keys, source, up};

const CEILING: &str = "IDR 4,008,751,000,000 is 80.2 times the sales ceiling of IDR 50,000,000,000";
const OUTLIER: &str = "USD 239,500,000.00 is 50,957 times the median USD 4,700.00 of the other 3";

/// What is published, the verdict, what is found, and what the explanation must say.
const FIGURES: [(&str, &str, &str, &[&str]); 16] = [
    ("351,6 ribu dolar AS", "CONSISTENT", "USD 351,607.40", &["within [351,550, 351,700)"]),
    ("53.200 dolar AS", "CONSISTENT", "USD 53,200.00", &["within [53,199.5, 53,201)"]),
    ("14.661 dolar AS", "CONSISTENT", "USD 14,661.00", &["within [14,660.5, 14,662)"]),
    ("6.686,40 dolar AS", "CONSISTENT", "USD 6,686.40", &["within [6,686.4, 6,686.41)"]),
    ("200.000 dolar AS", "CONSISTENT", "USD 200,000.00", &["within [199,999.5, 200,001)"]),
    ("37.060 dolar AS", "CONSISTENT", "USD 37,060.00", &["within [37,059.5, 37,061)"]),
    ("40.000 dolar AS", "CONSISTENT", "USD 40,000.00", &["within [39,999.5, 40,001)"]),
    ("enam truk", "CONSISTENT", "6", &["the text says 6"]),
    ("enam negara", "INCONSISTENT", "5", &["(AU, BD, IN, KR, NL), the text says 6"]),
    ("293 desa", "CONSISTENT", "293", &["declared 293 villages", "13 listed; coverage 0.0444"]),
    ("72 desa", "CONSISTENT", "72", &["declared by the decree", "1 listed; coverage 0.0139"]),
    (
        "Rp3,9 triliun",
        "CONSISTENT HELD",
        "IDR 3,900,000,000,000",
        &["within [3,850,000,000,000, 4,000,000,000,000)", CEILING, OUTLIER],
    ),
    ("Rp44 juta", "CONSISTENT", "IDR 44,000,000", &["within [43,500,000, 45,000,000)"]),
    ("Rp198 juta", "CONSISTENT", "IDR 198,000,000", &["within [197,500,000, 199,000,000)"]),
    ("Rp77,7 juta", "CONSISTENT", "IDR 77,700,000", &["within [77,650,000, 77,800,000)"]),
    ("empat UKM", "CONSISTENT HELD", "4", &["the text says 4", "deals/sang-bamboo held", CEILING]),
];

/// The lines below the figures.
const BELOW: [&[&str]; 19] = [
    &["One amount in two currencies"],
    &["351,6 ribu dolar AS", "Rp5,8 miliar"],
    &["239,5 juta dolar AS", "Rp3,9 triliun"],
    &["2.690 dolar AS", "Rp44 juta"],
    &["12 ribu dolar AS", "Rp198 juta"],
    &["4,7 ribu dolar AS", "Rp77,7 juta"],
    &["FEASIBLE: any rate in [16349.1613, 16704.9488) IDR for 1 USD explains them all"],
    &["Rates in force on 2025-11-26"],
    &["JISDOR", "-", "none on record"],
    &["KURS_PAJAK", "16,738", "outside", "KMK 26/MK/EF.2/2025, from 2025-11-26"],
    &["HOUSE", "16,500", "inside", "Angka rupiah siaran pers Jawa Timur, from 2025-11-01"],
    &["Beside the figures"],
    &["releases/jatim-2025-11"],
    &["RELEASED", "USD 351,607.40"],
    &["REALISED", "0"],
    &["sponsored", "CONTAINER by Pelindo (\"Pelindo III\" until 2021-10-01)"],
    &["sessions/malaysia-2025-11"],
    &["POTENTIAL", "USD 19,390.00", "USD 239,500,000.00", "USD 239,519,390.00"],
    &["Some of this is contradicted by the records."],
];

/// A figure's row, its continuation lines put together.
#[derive(Debug, Default)]
struct Row {
    published: String,
    verdict: String,
    found: String,
    why: String,
}

/// The rows of the table of figures in what `check` prints.
fn rows(text: &str) -> Vec<Row> {
    let table = text.lines().skip_while(|line| !line.starts_with("PUBLISHED "));
    let mut lines = table.take_while(|line| !line.is_empty());
    let header = lines.next().unwrap();
    let [verdict, why] = ["VERDICT", "WHY"].map(|name| header.find(name).unwrap());
    let mut rows: Vec<Row> = Vec::new();
    for line in lines {
        let (cells, reason) = (line.get(..why).unwrap_or(line), line.get(why..).unwrap_or(""));
        let (published, cells) = cells.split_at(verdict.min(cells.len()));
        if !published.trim().is_empty() {
            rows.push(Row { published: published.trim().to_owned(), ..Row::default() });
        }
        let row = rows.last_mut().unwrap();
        let mut cells = cells.trim().splitn(2, ' ');
        append(&mut row.verdict, cells.next().unwrap_or_default());
        append(&mut row.found, cells.next().unwrap_or_default());
        append(&mut row.why, reason);
    }
    rows
}

fn append(text: &mut String, more: &str) {
    if !text.is_empty() && !more.trim().is_empty() {
        text.push(' ');
    }
    text.push_str(more.trim());
}

/// The cells of a line: what two or more spaces part.
fn cells(line: &str) -> Vec<&str> {
    line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect()
}

fn is_the_table(text: &str) {
    let rows = rows(text);
    assert_eq!(rows.len(), FIGURES.len(), "{text}");
    for (row, (published, verdict, found, why)) in rows.iter().zip(FIGURES) {
        let told = (row.published.as_str(), row.verdict.as_str(), row.found.as_str());
        assert_eq!(told, (published, verdict, found));
        for words in why {
            assert!(row.why.contains(words), "{published}: no {words:?} in {}", row.why);
        }
    }
    let mut lines = text.lines();
    for expected in BELOW {
        // In this order, each after the one before.
        assert!(lines.any(|line| cells(line) == expected), "no {expected:?} in\n{text}");
    }
}

fn is_the_json(answer: &Value) {
    assert_eq!(keys(answer), ["beside", "consistent", "figures", "pairs", "title"]);
    assert_eq!(answer["title"], "Pelepasan ekspor Desa Devisa");
    assert_eq!(answer["consistent"], false);
    figures_are(answer["figures"].as_array().unwrap());
    pairs_are(&answer["pairs"]);
    beside_is(&answer["beside"]);
}

fn figures_are(figures: &[Value]) {
    assert_eq!(figures.len(), FIGURES.len());
    for (figure, (published, verdict, found, why)) in figures.iter().zip(FIGURES) {
        #[rustfmt::skip]
        assert_eq!(keys(figure), [
            "coverage", "explanation", "found", "held", "high", "listed", "low", "metric", "of",
            "text", "verdict",
        ]);
        assert_eq!(figure["text"], published);
        let held = figure["held"].as_bool().unwrap();
        let told =
            format!("{}{}", figure["verdict"].as_str().unwrap(), if held { " HELD" } else { "" });
        assert_eq!(told, verdict, "{published}");
        assert_eq!(plain(figure["found"].as_str().unwrap()), plain(found), "{published}");
        let explanation = figure["explanation"].as_str().unwrap();
        let words = why.iter().map(|words| words.split("; coverage").next().unwrap());
        for words in words {
            assert!(explanation.contains(words), "{published}: no {words:?} in {explanation}");
        }
    }
    let of = |text: &str| figures.iter().find(|figure| figure["text"] == text).unwrap();
    let release = of("351,6 ribu dolar AS");
    assert_eq!([&release["low"], &release["high"]], ["351550", "351700"]);
    assert_eq!([&release["listed"], &release["coverage"]], [&Value::Null; 2]);
    let villages = of("293 desa");
    assert_eq!((&villages["listed"], &villages["coverage"]), (&json!(13), &json!("0.0444")));
    assert_eq!(villages["metric"], "enrolment_count");
    assert_eq!(villages["of"], "programmes/lpei-desa-devisa");
}

/// A number without currency, separators and trailing zeros: `351607.4`.
fn plain(text: &str) -> String {
    let number: String = text.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
    match number.contains('.') {
        true => number.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => number,
    }
}

fn pairs_are(pairs: &Value) {
    let rate = |kind, rate, from, source, inside| json!({"kind": kind, "rate": rate, "valid_from": from, "source": source, "inside": inside});
    let null = Value::Null;
    let rates = json!([
        rate("JISDOR", null.clone(), null.clone(), null.clone(), null),
        rate(
            "KURS_PAJAK",
            "16738".into(),
            "2025-11-26".into(),
            "KMK 26/MK/EF.2/2025".into(),
            false.into()
        ),
        rate(
            "HOUSE",
            "16500".into(),
            "2025-11-01".into(),
            "Angka rupiah siaran pers Jawa Timur".into(),
            true.into()
        ),
    ]);
    let expected = json!({
        "feasible": true, "low": "16349.1613", "high": "16704.9488", "conflict": [], "rates": rates,
    });
    assert_eq!(pairs, &expected);
}

fn beside_is(beside: &Value) {
    assert_eq!(keys(beside), ["deals", "releases", "sessions"]);
    let usd = |amount: &str| json!([{"currency_code": "USD", "amount": amount}]);
    let [release] = beside["releases"].as_array().unwrap().as_slice() else { panic!("{beside}") };
    assert_eq!(release["name"], "releases/jatim-2025-11");
    assert_eq!((&release["released"], &release["realised"]), (&usd("351607.40"), &json!([])));
    let [sponsor] = release["sponsorships"].as_array().unwrap().as_slice() else {
        panic!("{release}")
    };
    assert_eq!(
        (&sponsor["kind"], &sponsor["sponsor_display_name"]),
        (&json!("CONTAINER"), &json!("Pelindo"))
    );
    let ended = json!([{"name": "Pelindo III", "valid_to": "2021-10-01"}]);
    assert_eq!(sponsor["ended_aliases"], ended);
    let [session] = beside["sessions"].as_array().unwrap().as_slice() else { panic!("{beside}") };
    assert_eq!(session["name"], "sessions/malaysia-2025-11");
    let totals = |values: &Value, held: &Value, with_held: &Value| json!({"values": values, "held": held, "with_held": with_held});
    let promises = |value: Value, kept: Value| {
        let mut promises = value.clone();
        promises["realised"] = kept.clone();
        promises["pending"] = kept;
        promises["balance"] = value;
        promises
    };
    let zero = usd("0.00");
    let promised = totals(&usd("19390.00"), &usd("239500000.00"), &usd("239519390.00"));
    assert_eq!(session["potential"], promises(promised, totals(&zero, &zero, &zero)));
    let none = totals(&json!([]), &json!([]), &json!([]));
    assert_eq!(session["contracted"], promises(none.clone(), none));
    for deal in beside["deals"].as_array().unwrap() {
        assert_eq!(deal["realised"]["amount"], "0.00", "{deal}");
        assert_eq!(deal["balance"], deal["value"], "nothing of it was shipped: {deal}");
    }
}

fn example(more: &[&str]) -> Process {
    let arguments = ["up", "--example", "--listen", "127.0.0.1:0"];
    devisa(arguments.iter().chain(more)).start()
}

/// Its files are where it says; when it goes they go too.
fn folder_of(server: &Process) -> PathBuf {
    let said = server.out();
    let (_, rest) = said.split_once("data in ").unwrap();
    PathBuf::from(rest.lines().next().unwrap())
}

#[test]
fn people_see_every_figure_checked_and_the_server_goes_on() {
    let mut server = example(&[]);
    let end = "contradicted by the records.\n";
    server.wait_for(|out, _| out.contains(end).then_some(()));
    let shown = server.out();
    let next = format!("\nTry: export DEVISA_SERVER={}\n     devisa list villages", server.url());
    assert!(shown.contains(&next), "{shown}");
    assert!(shown.contains("\nexamples/jatim-2025-11/data.yaml: created "), "{shown}");
    assert!(shown.contains(", unchanged 0, steps "), "{shown}");
    is_the_table(&shown);

    let held = "warning: 2 figures are HELD: consistent is not plausible\n";
    let statement = source("examples/jatim-2025-11/statement.yaml");
    let check = || devisa(["check", &statement]);
    let table = check().at(&server).ends(1);
    assert!(shown.ends_with(&table.out), "what `up` showed is what `check` shows\n{}", table.out);
    assert_eq!(table.err, held);
    let again = devisa(["check", &statement, "--format", "json"]).at(&server).ends(1);
    is_the_json(&again.json());

    let folder = folder_of(&server);
    assert!(folder.join("registry.db").is_file(), "{}", folder.display());
    assert_eq!(server.stop().err, held);
    assert!(!folder.exists(), "{} is left behind", folder.display());
}

#[test]
fn scripts_read_nothing_but_the_answer() {
    let mut server = example(&["--format", "json"]);
    let answer = server.wait_for(|out, _| serde_json::from_str(out).ok());
    is_the_json(&answer);
    server.stop();
}

#[test]
fn a_folder_of_ones_own_is_kept_and_loaded_once() {
    let folder = TempDir::new().unwrap();
    let arguments = ["--data-dir", folder.path().to_str().unwrap()];
    let loaded = || {
        let mut server = example(&arguments);
        server.wait_for(|out, _| out.contains("contradicted by").then_some(()));
        let shown = server.stop().out;
        is_the_table(&shown);
        let tally = shown.split_once("data.yaml: ").unwrap().1;
        tally.lines().next().unwrap().to_owned()
    };
    let first = loaded();
    let created = first.strip_prefix("created ").unwrap().split(',').next().unwrap();
    assert_ne!(created, "0");
    assert_eq!(loaded(), format!("created 0, unchanged {created}, steps 0"));
    let kept = up(folder.path());
    let list = devisa(["list", "shipments"]).json_of(&kept);
    assert_eq!(list["shipments"].as_array().unwrap().len(), 6);
    kept.stop();
}

#[test]
fn what_nothing_contradicts_ends_with_0_and_what_is_doubtful_with_a_warning() {
    let folder = TempDir::new().unwrap();
    let server = up(folder.path());
    let data = source("examples/jatim-2025-11/data.yaml");
    devisa(["load", &data]).at(&server).ends(0);
    let file = folder.path().join("statement.yaml");
    let check = |figures: &str, pairs: &str| {
        let text = format!("event_date: 2025-11-26\nfigures: [{figures}]\npairs: [{pairs}]\n");
        fs::write(&file, text).unwrap();
        devisa(["check", file.to_str().unwrap()]).at(&server)
    };
    let truck =
        |text| format!("{{text: {text}, metric: release_truck_count, of: releases/jatim-2025-11}}");
    let fine = check(&truck("enam truk"), "").ends(0);
    assert!(
        fine.out.contains("\nNothing of this is contradicted by the records.\n"),
        "{}",
        fine.out
    );
    assert_eq!(fine.err, "");

    let vague = check(&truck("puluhan truk"), "").ends(0);
    let warning = "warning: 1 figure is UNDECIDABLE: text and records cannot be compared\n";
    assert_eq!(vague.err, warning);

    check(&truck("lima truk"), "").ends(1);
    // The second pair asks for another rate than the first.
    let infeasible =
        check("", r#"["1.000 dolar AS", "Rp16 juta"], ["2.000 dolar AS", "Rp64 juta"]"#);
    let infeasible = infeasible.ends(1);
    let why = "INFEASIBLE: no one rate explains both\n  1.000 dolar AS = Rp16 juta\n  2.000 dolar AS = Rp64 juta\n";
    assert!(infeasible.out.contains(why), "{}", infeasible.out);
    let json =
        devisa(["check", file.to_str().unwrap(), "--format", "json"]).at(&server).ends(1).json();
    let conflict = json!([["1.000 dolar AS", "Rp16 juta"], ["2.000 dolar AS", "Rp64 juta"]]);
    assert_eq!(json["pairs"]["conflict"], conflict);
    assert_eq!(json["pairs"]["feasible"], false);
    assert_eq!(json["consistent"], false);
    server.stop();
}
