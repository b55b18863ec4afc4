//! Tests of the answer, for scripts and for people, with made-up verdicts.

use devisa_domain::{
    figure::feasibility,
    money::{Currency, Money, NamedRate},
    registry::exchange_rate::RateKind,
};

use super::*;
use crate::check::{pairs::RateOnRecord, render::render, statement::StatedPairs};

fn decimal(value: &str) -> Option<Decimal> {
    Some(Decimal { value: value.to_owned() })
}

fn figure(text: &str) -> Figure {
    Figure::parse(text).unwrap()
}

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 11, day).unwrap()
}

fn value() -> FigureReport {
    let answer = ClaimVerdict {
        verdict: Verdict::Consistent.into(),
        low: decimal("351550"),
        high: decimal("351700"),
        found: decimal("351607.40"),
        explanation: "found USD 351,607.40, within [351,550, 351,700)".to_owned(),
        ..Default::default()
    };
    let of = "releases/a".to_owned();
    FigureReport { figure: figure("351,6 ribu dolar AS"), metric: "release_value", of, answer }
}

fn villages() -> FigureReport {
    let answer = ClaimVerdict {
        verdict: Verdict::Inconsistent.into(),
        low: decimal("294"),
        high: decimal("295"),
        found: decimal("1293"),
        listed: Some(13),
        coverage: decimal("0.0101"),
        held: true,
        explanation: "found 1,293, the text says 294".to_owned(),
        ..Default::default()
    };
    let of = "programmes/p".to_owned();
    FigureReport { figure: figure("294 desa"), metric: "enrolment_count", of, answer }
}

fn pairs(stated: &[(&str, &str)]) -> PairsReport {
    let pairs: Vec<_> = stated.iter().map(|(a, b)| (figure(a), figure(b))).collect();
    let feasibility = feasibility(&pairs).unwrap();
    let on_record = |digits: &str, source: &str| {
        let (base, quote) = (Currency::parse("USD").unwrap(), Currency::IDR);
        let rate = rust_decimal::Decimal::from_str_exact(digits).unwrap();
        let rate = NamedRate { name: "exchangeRates/r".to_owned(), base, quote, units: 1, rate };
        let inside = feasibility.rates().and_then(|rates| rates.contains_named(&rate));
        let inside = inside.unwrap_or_default();
        Some(RateOnRecord { rate, valid_from: Some(day(26)), source: source.to_owned(), inside })
    };
    let rates = vec![
        (RateKind::Jisdor, None),
        (RateKind::KursPajak, on_record("16738.00", "KMK 26/MK/EF.2/2025")),
        (RateKind::House, on_record("16500", "")),
    ];
    PairsReport { stated: StatedPairs { pairs, feasibility, date: day(26) }, rates }
}

fn uncoloured(report: &Report) -> String {
    anstream::adapter::strip_str(&render(report)).to_string()
}

fn usd(minor: i64) -> Sums {
    Sums::of([Money::from_minor(minor, Currency::parse("USD").unwrap())])
}

fn beside() -> Beside {
    let sponsorship = SponsorshipBeside {
        name: "sponsorships/c".to_owned(),
        sponsor: "organisations/pelindo".to_owned(),
        display_name: "Pelindo".to_owned(),
        ended: vec![("Pelindo III".to_owned(), NaiveDate::from_ymd_opt(2021, 10, 1).unwrap())],
        kind: "CONTAINER",
        in_kind_value: None,
        note: String::new(),
    };
    let release = ReleaseBeside {
        name: "releases/a".to_owned(),
        released: usd(35_160_740),
        realised: Sums::default(),
        sponsorships: vec![sponsorship],
    };
    let potential = Promises {
        value: DealTotals { values: usd(1_939_000), held: usd(5_000) },
        realised: DealTotals { values: usd(100_000), held: usd(0) },
        pending: DealTotals { values: usd(39_000), held: usd(2_000) },
        balance: DealTotals { values: usd(1_800_000), held: usd(3_000) },
    };
    let (name, contracted) = ("sessions/a".to_owned(), Promises::default());
    Beside {
        releases: vec![release],
        sessions: vec![SessionBeside { name, potential, contracted }],
        deals: vec![deal("deals/kept", [30_000, 20_000, 0]), deal("deals/untouched", [0, 0, 0])],
    }
}

/// A deal of USD 1,000.00 of which so much was realised, is pending and was closed.
fn deal(name: &str, [realised, pending, closed]: [i64; 3]) -> DealBeside {
    let part = |minor| Money::from_minor(minor, Currency::parse("USD").unwrap());
    DealBeside {
        name: name.to_owned(),
        value: part(100_000),
        realised: part(realised),
        pending: part(pending),
        closed: part(closed),
        balance: part(100_000 - realised - pending - closed),
    }
}

fn report(figures: Vec<FigureReport>, pairs: Option<PairsReport>) -> Report {
    Report {
        title: "Pelepasan ekspor".to_owned(),
        source: "ANTARA".to_owned(),
        event_date: Some(day(26)),
        statement_date: Some(day(27)),
        figures,
        pairs,
        beside: beside(),
    }
}

const FEASIBLE: [(&str, &str); 2] =
    [("351,6 ribu dolar AS", "Rp5,8 miliar"), ("239,5 juta dolar AS", "Rp3,9 triliun")];

#[test]
fn the_json_has_exactly_these_keys() {
    let json = report(vec![value(), villages()], Some(pairs(&FEASIBLE))).to_json();
    let usd = |amount: &str| json!({"currency_code": "USD", "amount": amount});
    let none = json!({"values": [], "held": [], "with_held": []});
    let expected = json!({
        "title": "Pelepasan ekspor",
        "consistent": false,
        "figures": [
            {"text": "351,6 ribu dolar AS", "metric": "release_value", "of": "releases/a",
             "verdict": "CONSISTENT", "low": "351550", "high": "351700", "found": "351607.40",
             "listed": null, "coverage": null, "held": false,
             "explanation": "found USD 351,607.40, within [351,550, 351,700)"},
            {"text": "294 desa", "metric": "enrolment_count", "of": "programmes/p",
             "verdict": "INCONSISTENT", "low": "294", "high": "295", "found": "1293",
             "listed": 13, "coverage": "0.0101", "held": true,
             "explanation": "found 1,293, the text says 294"},
        ],
        "pairs": {
            "feasible": true, "low": json["pairs"]["low"], "high": json["pairs"]["high"],
            "conflict": [],
            "rates": [
                {"kind": "JISDOR", "rate": null, "valid_from": null, "source": null,
                 "inside": null},
                {"kind": "KURS_PAJAK", "rate": "16738", "valid_from": "2025-11-26",
                 "source": "KMK 26/MK/EF.2/2025", "inside": false},
                {"kind": "HOUSE", "rate": "16500", "valid_from": "2025-11-26", "source": null,
                 "inside": true},
            ],
        },
        "beside": {
            "releases": [{
                "name": "releases/a",
                "released": [{"currency_code": "USD", "amount": "351607.40"}],
                "realised": [],
                "sponsorships": [{
                    "name": "sponsorships/c", "sponsor": "organisations/pelindo",
                    "sponsor_display_name": "Pelindo",
                    "ended_aliases": [{"name": "Pelindo III", "valid_to": "2021-10-01"}],
                    "kind": "CONTAINER", "in_kind_value": null, "note": "",
                }],
            }],
            "sessions": [{
                "name": "sessions/a",
                "potential": {
                    "values": [usd("19390.00")], "held": [usd("50.00")],
                    "with_held": [usd("19440.00")],
                    "realised": {"values": [usd("1000.00")], "held": [usd("0.00")],
                                 "with_held": [usd("1000.00")]},
                    "pending": {"values": [usd("390.00")], "held": [usd("20.00")],
                                "with_held": [usd("410.00")]},
                    "balance": {"values": [usd("18000.00")], "held": [usd("30.00")],
                                "with_held": [usd("18030.00")]},
                },
                "contracted": {
                    "values": [], "held": [], "with_held": [], "realised": none, "pending": none,
                    "balance": none,
                },
            }],
            "deals": [
                {"name": "deals/kept", "value": usd("1000.00"), "realised": usd("300.00"),
                 "pending": usd("200.00"), "closed": usd("0.00"), "balance": usd("500.00")},
                {"name": "deals/untouched", "value": usd("1000.00"), "realised": usd("0.00"),
                 "pending": usd("0.00"), "closed": usd("0.00"), "balance": usd("1000.00")},
            ],
        },
    });
    assert_eq!(json, expected);
    assert!(json["pairs"]["low"].is_string() && json["pairs"]["high"].is_string());
}

#[test]
fn pairs_in_conflict_are_given_as_stated() {
    let stated = [FEASIBLE[0], ("12 ribu dolar AS", "Rp298 juta"), FEASIBLE[1]];
    let report = report(vec![value()], Some(pairs(&stated)));
    assert!(!report.is_consistent());
    let json = report.to_json();
    assert_eq!(json["pairs"]["feasible"], false);
    assert!(json["pairs"]["low"].is_null() && json["pairs"]["high"].is_null());
    assert_eq!(json["pairs"]["conflict"].as_array().unwrap().len(), 2);
    assert_eq!(json["pairs"]["conflict"][0], json!(["12 ribu dolar AS", "Rp298 juta"]));
    assert_eq!(json["pairs"]["rates"][2]["inside"], false);
    assert!(uncoloured(&report).contains("INFEASIBLE: no one rate explains both\n  12 ribu"));
}

#[test]
fn only_what_is_wrong_makes_it_inconsistent() {
    let with = |verdict: Verdict| {
        let mut figure = value();
        figure.answer.verdict = verdict.into();
        report(vec![figure], None)
    };
    assert!(with(Verdict::Consistent).warnings().is_empty());
    for verdict in [Verdict::Consistent, Verdict::Ambiguous, Verdict::Undecidable] {
        assert!(with(verdict).is_consistent());
    }
    assert!(!with(Verdict::Inconsistent).is_consistent());
    let warnings = with(Verdict::Undecidable).warnings();
    assert_eq!(warnings, ["1 figure is UNDECIDABLE: text and records cannot be compared"]);
    let mut held = value();
    held.answer.held = true;
    let held = report(vec![held.clone(), held], None);
    assert!(held.is_consistent());
    assert_eq!(held.warnings(), ["2 figures are HELD: consistent is not plausible"]);
    assert_eq!(
        held.to_json()["pairs"],
        json!({"feasible": true, "low": null, "high": null, "conflict": [], "rates": []})
    );
}

#[test]
fn people_get_aligned_columns() {
    let report = report(vec![value(), villages()], Some(pairs(&FEASIBLE)));
    let text = uncoloured(&report);
    let expected = "\
Pelepasan ekspor
ANTARA, event 2025-11-26, statement 2025-11-27

PUBLISHED            VERDICT                FOUND  WHY
351,6 ribu dolar AS  CONSISTENT";
    assert!(text.starts_with(expected), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    let line = |start: &str| text.lines().find(|line| line.trim_start().starts_with(start));
    let rate = line("KURS_PAJAK").unwrap();
    assert!(rate.contains("16,738") && rate.contains("outside"), "{text}");
    assert!(line("HOUSE").unwrap().contains("inside"), "{text}");
    assert!(line("JISDOR").unwrap().contains("none on record"), "{text}");
    let counted = line("294 desa").unwrap();
    assert!(counted.contains("1,293  the text says 294; coverage 0.0101"), "{text}");
    assert!(line("351,6 ribu").unwrap().ends_with("within [351,550, 351,700)"), "{text}");
    assert!(text.contains("CONTAINER by Pelindo (\"Pelindo III\" until 2021-10-01)"), "{text}");
    assert!(line("REALISED").unwrap().ends_with(" 0"), "{text}");
    let promised = "\
sessions/a
              WITHOUT HELD DEALS       HELD  WITH HELD DEALS
  POTENTIAL        USD 19,390.00  USD 50.00    USD 19,440.00
    realised        USD 1,000.00   USD 0.00     USD 1,000.00
    pending           USD 390.00  USD 20.00       USD 410.00
    balance        USD 18,000.00  USD 30.00    USD 18,030.00
  CONTRACTED                   0          0                0
";
    assert!(text.contains(promised), "{text}");
    let kept = "\
deals/kept
  value     USD 1,000.00
  realised    USD 300.00
  pending     USD 200.00
  closed        USD 0.00
  balance     USD 500.00";
    assert!(text.contains(kept), "{text}");
    assert!(!text.contains("deals/untouched"), "{text}");
}

#[test]
fn a_weight_is_shown_in_kilograms() {
    let answer = ClaimVerdict {
        verdict: Verdict::Consistent.into(),
        found: decimal("21500.5"),
        explanation: "found 21,500.5 kg (21.5005 ton), within [20.5, 22)".to_owned(),
        ..Default::default()
    };
    let (metric, of) = ("release_net_weight", "releases/a".to_owned());
    let weight = FigureReport { figure: figure("21 ton"), metric, of, answer };
    let text = render(&report(vec![weight], None));
    let line = text.lines().find(|line| line.starts_with("21 ton")).unwrap();
    assert!(line.contains("  21,500.5 kg  (21.5005 ton), within [20.5, 22)"), "{line}");
}
