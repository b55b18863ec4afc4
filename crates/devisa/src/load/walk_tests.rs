//! Tests of the walk.

use crate::{
    catalogue,
    yaml::{self, Problems},
};

use super::*;

fn walk(message: &str, text: &str) -> (DynamicMessage, Vec<String>) {
    let message = catalogue::message(message).unwrap();
    let root = yaml::parse("a.yaml", text).unwrap();
    let mut problems = Problems::default();
    let read = read(&mut problems, &message, root.map().unwrap(), is_given);
    let lines = problems.lines();
    (read, lines)
}

fn json(message: &DynamicMessage) -> String {
    crate::output::json(message).to_string()
}

#[test]
fn short_forms_are_read_exactly() {
    let text = "\
exporter: organisations/a
incoterm: {code: FOB, place: Tanjung Perak}
lines:
  - {description: Jahe, hs_code: 0901, net_kg: 12.50, value: USD 53200.05}
units: [{}, {container_provisional: true}]
declaration: {peb_date: 2025-11-26}
provenance:
  synthetic_fields: [exporter, lines.net_kg]
";
    let (shipment, problems) = walk("devisa.shipment.v1.Shipment", text);
    assert_eq!(problems, Vec::<String>::new());
    let lines = shipment.get_field_by_name("lines").unwrap().into_owned();
    let line = lines.as_list().unwrap()[0].as_message().unwrap().clone();
    assert_eq!(line.get_field_by_name("hs_code").unwrap().as_str(), Some("0901"));
    let net = line.get_field_by_name("net_kg").unwrap().into_owned();
    let net = net.as_message().unwrap();
    assert_eq!(net.get_field_by_name("value").unwrap().as_str(), Some("12.50"));
    let value = line.get_field_by_name("value").unwrap().into_owned();
    let value = value.as_message().unwrap();
    assert_eq!(value.get_field_by_name("units").unwrap().as_i64(), Some(53200));
    assert_eq!(value.get_field_by_name("nanos").unwrap().as_i32(), Some(50_000_000));
    let units = shipment.get_field_by_name("units").unwrap().into_owned();
    assert_eq!(units.as_list().unwrap().len(), 2);
    assert!(json(&shipment).contains(r#""day":26"#));
}

#[test]
fn enums_take_short_and_full_names() {
    let (deal, problems) = walk("devisa.deal.v1.Deal", "instrument: LOI\n");
    assert!(problems.is_empty());
    assert_eq!(deal.get_field_by_name("instrument").unwrap().as_enum_number(), Some(1));
    let (rate, problems) = walk("devisa.registry.v1.ExchangeRate", "kind: RATE_KIND_HOUSE\n");
    assert!(problems.is_empty());
    assert_eq!(rate.get_field_by_name("kind").unwrap().as_enum_number(), Some(3));
    assert_eq!(
        walk("devisa.deal.v1.Deal", "instrument: PKS\n").1,
        ["a.yaml:1:13: Instrument has no value PKS; values: LOI, MOU, CONTRACT, PURCHASE_ORDER"]
    );
}

#[test]
fn names_are_checked_where_they_stand() {
    let text = "\
incoterm:
  code: FOB
  town: Surabaya
exporterOfRecord: organisations/a
state: READY
name: shipments/a
colour: red
lines:
  - {grade: A}
";
    let (_, problems) = walk("devisa.shipment.v1.Shipment", text);
    assert_eq!(problems[0], "a.yaml:3:3: Incoterm has no field town; fields: code, place");
    assert_eq!(problems[1], "a.yaml:4:1: write exporter_of_record, not exporterOfRecord");
    assert_eq!(problems[2], "a.yaml:5:1: state of Shipment is set by Devisa and cannot be given");
    assert!(problems[3].starts_with("a.yaml:6:1: name cannot be given"));
    assert!(problems[4].starts_with("a.yaml:7:1: Shipment has no field colour; fields: release, "));
    assert!(problems[5].starts_with("a.yaml:9:6: ShipmentLine has no field grade; fields: "));
    assert_eq!(problems.len(), 6);
}

#[test]
fn values_are_checked_where_they_stand() {
    let text = "\
event_date: 26-11-2025
place: [a]
provenance: {synthetic_fields: [eventDate, place]}
";
    let (_, problems) = walk("devisa.shipment.v1.Release", text);
    assert_eq!(
        problems[0],
        "a.yaml:1:13: expected a date such as 2025-11-26, found \"26-11-2025\""
    );
    assert_eq!(problems[1], "a.yaml:2:8: expected a single value, found a list");
    assert!(problems[2].starts_with("a.yaml:3:33: "), "{}", problems[2]);
    assert_eq!(problems.len(), 3);
}

#[test]
fn amounts_are_never_guessed() {
    let refused = |value: &str| {
        let text = format!("value: {value}\n");
        !walk("devisa.deal.v1.Deal", &text).1.is_empty()
    };
    for value in ["53200", "USD 53,200.00", "USD 1.001", "KRW 1.5", "RP 5", "USD 1e3", "USD .5"] {
        assert!(refused(value), "{value}");
    }
    for value in ["USD 53200", "USD -1.50", "{currency_code: USD, units: 5}", "KRW 5"] {
        assert!(!refused(value), "{value}");
    }
    let (_, problems) = walk("devisa.registry.v1.Decree", "declared_village_count: 12x\n");
    assert_eq!(problems, ["a.yaml:1:25: expected a whole number, found \"12x\""]);
}

#[test]
fn instants_need_an_offset() {
    let walk = |text: &str| walk("devisa.shipment.v1.Milestone", text).1;
    assert!(walk("event_time: 2025-11-26T09:00:00+07:00\n").is_empty());
    assert_eq!(walk("event_time: 2025-11-26\n").len(), 1);
    assert_eq!(walk("event_time: {seconds: 1}\n").len(), 1);
}

#[test]
fn nothing_is_an_absent_field() {
    let (release, problems) = walk("devisa.shipment.v1.Release", "place:\nofficiant: ~\n");
    assert!(problems.is_empty());
    assert_eq!(release.fields().count(), 0);
}
