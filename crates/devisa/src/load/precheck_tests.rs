//! Tests of what is told before the first write.

use super::*;
use crate::load::decide;

fn told(text: &str) -> Vec<String> {
    let sources = [("a.yaml".to_owned(), text.to_owned())];
    let plan = crate::load::plan(&sources).unwrap();
    let todos: Vec<_> = plan.items.iter().map(|item| decide::decide(item, None).unwrap()).collect();
    let failure = check(&todos).err();
    failure.map(|f| f.message.lines().map(str::to_owned).collect()).unwrap_or_default()
}

const SHIPMENT: &str = "\
shipments:
  - id: s
    release: releases/r
    exporter: organisations/o
    destination_region_code: KR
    lines: [{description: x, value: USD 1}]
    confirm: true
";

const COMPLETE: &str = "\
shipments:
  - id: s
    release: releases/r
    exporter: organisations/o
    destination_region_code: KR
    lines: [{description: x, value: USD 1, hs_code: 19059080, net_kg: 1}]
    units: [{}]
    confirm: true
";

const RELEASE: &str =
    "releases: [{id: r, display_name: R, event_date: 2025-11-26, dispatch: true}]\n";

#[test]
fn what_confirming_needs_is_told_before_anything_is_written() {
    let lines = told(SHIPMENT);
    assert!(lines[0].starts_with("a.yaml:6:13: creating shipments/s"), "{lines:?}");
    for field in ["shipment.lines[0].hs_code", "shipment.lines[0].quantity", "shipment.units"] {
        assert!(lines.iter().any(|line| line.contains(field)), "{field} in {lines:?}");
    }
    assert_eq!(told(COMPLETE), Vec::<String>::new());
    assert_eq!(told(&SHIPMENT.replace("    confirm: true\n", "")), Vec::<String>::new());
}

#[test]
fn a_release_does_not_leave_with_drafts_of_the_files() {
    let drafts = format!("{RELEASE}{}", COMPLETE.replace("confirm: true", "confirm: false"));
    let lines = told(&drafts);
    assert!(lines[0].starts_with("a.yaml:1:71: the step `dispatch` of releases/r"), "{lines:?}");
    assert!(lines[1].contains("still DRAFT: shipments/s"), "{lines:?}");
    for fine in ["confirm: true", "cancel: true"] {
        let set = format!("{RELEASE}{}", COMPLETE.replace("confirm: true", fine));
        assert_eq!(told(&set), Vec::<String>::new());
    }
    let elsewhere = COMPLETE.replace("releases/r", "releases/q").replace("confirm: true", "");
    assert_eq!(told(&format!("{RELEASE}{elsewhere}")), Vec::<String>::new());
}

#[test]
fn a_deal_is_not_signed_without_a_date() {
    let deal = "deals: [{id: d, seller: organisations/a, buyer: organisations/b, instrument: LOI, \
                value: USD 5, sign: true}]\n";
    let lines = told(deal);
    assert!(lines[0].contains("the step `sign` of deals/d"), "{lines:?}");
    assert!(lines[2].contains("sign_date  field.missing"), "{lines:?}");
    for dated in ["sign: {sign_date: 2025-11-26}", "sign: true, sign_date: 2025-11-26"] {
        assert_eq!(told(&deal.replace("sign: true", dated)), Vec::<String>::new());
    }
}

#[test]
fn every_item_is_told_at_once() {
    let lines = told(
        "\
programmes: [{id: p}]
decrees: [{id: d, parent: programmes/p, villages: [35.25.11.2009]}]
organisations: [{id: o, display_name: O, region_code: UK}]
exchange_rates: [{id: x, kind: JISDOR}]
sessions: [{id: s, display_name: S}]
enrolments:
  - {id: 35.25.11.2009, parent: programmes/p, effective_date: 2025-01-01, advance: [{state: CANDIDATE}]}
",
    );
    assert_eq!(lines[0], "6 items cannot be loaded; nothing was written");
    let told = lines.join("\n");
    for name in ["programmes/p", "programmes/p/decrees/d", "organisations/o", "sessions/s"] {
        assert!(told.contains(name), "{name} in {told}");
    }
    assert!(told.contains("the step `advance` of programmes/p/enrolments/35.25.11.2009"), "{told}");
}

#[test]
fn which_day_it_is_only_the_services_know() {
    let set = "decrees: [{id: d, parent: programmes/p, number: N, issuer: I, issue_date: 2999-01-01, \
               declared_village_count: 1}]\n";
    assert_eq!(told(set), Vec::<String>::new());
}
