//! What may change, and when.

use super::*;
use crate::{
    identifier::{
        incoterm::Incoterm,
        origin::{OriginForm, OriginNumber},
        port::PortCode,
    },
    shipment::{declaration::OriginProof, lifecycle::State, update::Update},
    tier::Tier,
};

fn update(
    shipment: &Shipment,
    reason: &str,
    change: impl FnOnce(&mut ShipmentFacts),
) -> Result<Option<Shipment>, Refusal> {
    let mut facts = shipment.facts.clone();
    change(&mut facts);
    let provenance = shipment.meta.provenance.clone();
    let update = Update { facts, provenance, reason: reason.to_owned() };
    shipment.updated(update, shipment.parties.clone(), "ani", now())
}

#[test]
fn a_draft_may_change_in_everything() {
    let after = update(&draft(), "", |facts| {
        facts.release = None;
        facts.destination = RegionCode::parse("NL").unwrap();
        facts.lines = vec![line(5)];
        facts.units.clear();
    });
    let after = after.unwrap().unwrap();
    assert_eq!(after.meta.version, 2);
    assert_eq!(after.values.get(Currency::USD).unwrap().minor(), 5);
    assert!(after.change_reasons.is_empty());
}

#[test]
fn an_equal_update_changes_nothing() {
    assert_eq!(update(&draft(), "", |_| ()), Ok(None));
    let cancelled = draft().cancelled("", now()).unwrap();
    assert_eq!(update(&cancelled, "", |_| ()), Ok(None));
}

#[test]
fn nothing_changes_once_cancelled() {
    let cancelled = draft().cancelled("", now()).unwrap();
    let refusal = update(&cancelled, "", |facts| facts.declaration = peb()).unwrap_err();
    assert_eq!(forbidden(refusal).0, "CANCELLED");
}

#[test]
fn some_fields_are_fixed_from_ready_on() {
    type Change = fn(&mut ShipmentFacts);
    let fixed: [(&str, Change); 5] = [
        ("release", |facts| facts.release = None),
        ("exporter", |facts| facts.exporter = OrganisationName::parse("organisations/b").unwrap()),
        ("exporter_of_record", |facts| facts.exporter_of_record = Some(facts.exporter.clone())),
        ("incoterm", |facts| facts.incoterm = Some(Incoterm::parse("FOB", "Perak").unwrap())),
        ("destination_region_code", |facts| facts.destination = RegionCode::parse("AU").unwrap()),
    ];
    for (field, change) in fixed {
        let (state, detail) = forbidden(update(&ready(), "why", change).unwrap_err());
        assert_eq!(
            (state.as_str(), detail),
            ("READY", format!("{field} may change only in DRAFT"))
        );
    }
    let both = update(&ready(), "why", |facts| {
        facts.release = None;
        facts.incoterm = Some(Incoterm::parse("FOB", "Perak").unwrap());
    });
    assert_eq!(forbidden(both.unwrap_err()).1, "release, incoterm may change only in DRAFT");
}

#[test]
fn some_fields_stay_open_until_delivery() {
    let delivered = reach(&ready(), Code::Delivered);
    let after = update(&delivered, "", |facts| {
        facts.declaration = peb();
        facts.port_of_loading = Some(PortCode::parse("IDSUB").unwrap());
        facts.port_of_discharge = Some(PortCode::parse("KRPUS").unwrap());
        facts.consignee = Some(facts.exporter.clone());
        facts.units.push(TransportUnit::default());
    });
    assert_eq!(after.unwrap().unwrap().state(), State::Delivered);
}

#[test]
fn a_changed_line_needs_a_reason() {
    let change = |facts: &mut ShipmentFacts| facts.lines[1] = line(300);
    assert_eq!(rules(&update(&ready(), "", change).unwrap_err()), [("reason", "field.missing")]);
    let after = update(&ready(), "weighed again", change).unwrap().unwrap();
    let [told] = &after.change_reasons[..] else { panic!("one change") };
    assert_eq!((told.actor.as_str(), told.reason.as_str()), ("ani", "weighed again"));
    assert_eq!(after.values.get(Currency::USD).unwrap().minor(), 400);
}

#[test]
fn every_reason_that_was_given_is_kept() {
    let named = |facts: &mut ShipmentFacts| facts.units.push(TransportUnit::default());
    let after = update(&draft(), "another truck", named).unwrap().unwrap();
    let after = update(&after, "", |facts| facts.units.clear()).unwrap().unwrap();
    let reasons: Vec<_> = after.change_reasons.iter().map(|told| told.reason.as_str()).collect();
    assert_eq!(reasons, ["another truck"]);
    assert_eq!(update(&after, "nothing changes", |_| ()), Ok(None));
}

#[test]
fn the_reasons_of_changes_stay_in_order_when_the_clock_jumps_back() {
    let before = ready();
    let mut facts = before.facts.clone();
    facts.lines[1] = line(300);
    let (provenance, reason) = (before.meta.provenance.clone(), "weighed again".to_owned());
    let update = Update { facts, provenance, reason };
    let earlier = Timestamp::from_micros(before.meta.update_time.micros() - 1);
    let after = before.updated(update, before.parties.clone(), "ani", earlier).unwrap().unwrap();
    assert_eq!(after.change_reasons[0].time, before.meta.update_time);
    assert_eq!(after.meta.update_time, before.meta.update_time);
}

#[test]
fn number_and_order_of_lines_are_fixed_from_ready_on() {
    let added = update(&ready(), "why", |facts| facts.lines.push(line(1)));
    assert_eq!(forbidden(added.unwrap_err()).1, "lines: their number is fixed, 2 to 3");
    let swapped = update(&ready(), "why", |facts| facts.lines.swap(0, 1));
    assert_eq!(forbidden(swapped.unwrap_err()).1, "lines: their order is fixed");
}

#[test]
fn what_was_required_to_confirm_stays_required() {
    let after = update(&ready(), "why", |facts| {
        facts.lines[0].hs_code = None;
        facts.units.clear();
    });
    let expected =
        [("shipment.lines[0].hs_code", "field.missing"), ("shipment.units", "field.missing")];
    assert_eq!(rules(&after.unwrap_err()), expected);
}

#[test]
fn the_declaration_decides_the_tier() {
    let happened = [Code::Released, Code::Loaded].map(|code| Happened { code, time: now() });
    let loaded = ready().following(Progress::of(&happened), now()).unwrap();
    assert_eq!(loaded.tier(), Some(Tier::Released));
    let declared = update(&loaded, "", |facts| facts.declaration = peb()).unwrap().unwrap();
    assert_eq!(declared.tier(), Some(Tier::Realised));
    let taken_back = update(&declared, "", |f| f.declaration = Declaration::default());
    assert_eq!(taken_back.unwrap().unwrap().tier(), Some(Tier::Released));
}

#[test]
fn a_proof_of_origin_is_not_younger_than_the_arrival_unless_it_says_so() {
    let proof = |number: &str, issued: &str| OriginProof {
        form: OriginForm::parse("AK").unwrap(),
        number: OriginNumber::parse(number).unwrap(),
        issue_date: date(issued),
    };
    let rule = |proof: OriginProof, arrived: Option<&str>| {
        proof.check_issued(arrived.map(date)).err().map(|broken| broken.to_string())
    };
    let arrived = Some("2025-12-10");
    assert_eq!(rule(proof("0012345/SBY/2025", "2025-12-10"), arrived), None);
    assert_eq!(rule(proof("0012345/SBY/2025", "2025-12-11"), None), None);
    let told = "issue_date.after_arrival: expected not after the arrival on 2025-12-10, unless \
                number says issued retroactively, found 2025-12-11";
    let late = rule(proof("0012345/SBY/2025", "2025-12-11"), arrived);
    assert_eq!(late.as_deref(), Some(told));
    for number in ["0012345/SBY/2025 issued retroactively", "ISSUED RETROACTIVELY 1/SBY/2025"] {
        assert_eq!(rule(proof(number, "2025-12-11"), arrived), None, "{number}");
    }
}
