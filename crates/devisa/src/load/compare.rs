//! Whether a resource on record is the one that a data set gives.
//!
//! Invariant: only fields that the data set gives are compared, and by what they mean: numbers by
//! value, identifiers in the normal form that the services keep, sets without order.

use devisa_domain::{
    identifier::{
        container::ContainerNumber, country::RegionCode, hs::HsCode, npwp::Npwp,
        origin::OriginForm, peb::AjuNumber, plate::Plate, port::PortCode,
    },
    money::Currency,
};
use devisa_proto::mask::POOL;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, ReflectMessage, Value};
use rust_decimal::Decimal;

use crate::{
    output,
    yaml::{Content, Entry, Node},
};

const UNORDERED_LIST: i32 = 6;

/// The fields given in `entries` whose values on record are others, each with both values.
pub(super) fn differences<'n>(
    entries: impl IntoIterator<Item = &'n Entry>,
    given: &DynamicMessage,
    found: &DynamicMessage,
) -> Vec<String> {
    let mut differences = Vec::new();
    fields("", entries, given, found, &mut differences);
    differences
}

fn fields<'n>(
    path: &str,
    entries: impl IntoIterator<Item = &'n Entry>,
    given: &DynamicMessage,
    found: &DynamicMessage,
    differences: &mut Vec<String>,
) {
    for entry in entries.into_iter().filter(|entry| !entry.value.is_null()) {
        let Some(field) = given.descriptor().get_field_by_name(&entry.key) else { continue };
        let path = match path {
            "" => entry.key.clone(),
            path => format!("{path}.{}", entry.key),
        };
        let (given, found) = (given.get_field(&field), found.get_field(&field));
        match (&*given, &*found, &entry.value.content) {
            (Value::List(given), Value::List(found), Content::List(nodes))
                if !is_unordered(&field) =>
            {
                items(&path, &field, nodes, (given, found), differences);
            }
            (given, found, _) => value(&path, &field, &entry.value, (given, found), differences),
        }
    }
}

fn items(
    path: &str,
    field: &FieldDescriptor,
    nodes: &[Node],
    (given, found): (&[Value], &[Value]),
    differences: &mut Vec<String>,
) {
    if given.len() != found.len() {
        let (given, found) = (given.len(), found.len());
        differences.push(format!("{path} (given {given} of them, found {found})"));
        return;
    }
    for (index, (node, pair)) in nodes.iter().zip(given.iter().zip(found)).enumerate() {
        value(&format!("{path}[{index}]"), field, node, pair, differences);
    }
}

fn value(
    path: &str,
    field: &FieldDescriptor,
    node: &Node,
    (given, found): (&Value, &Value),
    differences: &mut Vec<String>,
) {
    let written = match (given, found, &node.content) {
        (Value::Message(given), Value::Message(found), Content::Map(entries)) => {
            let written = (meaning_of_message(given), meaning_of_message(found));
            let (Some(given), Some(found)) = written else {
                return fields(path, entries, given, found, differences);
            };
            (given, found)
        }
        _ => (meaning(field, given), meaning(field, found)),
    };
    if written.0 != written.1 {
        let (given, found) = written;
        let or_nothing = |text: String| if text.is_empty() { "nothing".to_owned() } else { text };
        let (given, found) = (or_nothing(given), or_nothing(found));
        differences.push(format!("{path} (given {given}, found {found})"));
    }
}

/// What a value means, as text: equal texts, equal meaning.
fn meaning(field: &FieldDescriptor, value: &Value) -> String {
    match value {
        Value::String(text) => normal(field, text),
        Value::List(items) => {
            let mut items: Vec<_> = items.iter().map(|item| meaning(field, item)).collect();
            items.sort();
            items.join(", ")
        }
        Value::Message(message) => {
            meaning_of_message(message).unwrap_or_else(|| output::json(message).to_string())
        }
        Value::EnumNumber(number) => match field.kind() {
            Kind::Enum(kind) => {
                kind.get_value(*number).map(|v| v.name().to_owned()).unwrap_or_default()
            }
            _ => number.to_string(),
        },
        value => value.to_string(),
    }
}

/// What a message that is one value means; none for those that are many.
fn meaning_of_message(message: &DynamicMessage) -> Option<String> {
    let text = |name| output::cell(message, name);
    Some(match message.descriptor().full_name() {
        "google.type.Decimal" => {
            let value = text("value");
            Decimal::from_str_exact(&value).map_or(value, |number| number.normalize().to_string())
        }
        "google.type.Money" => {
            let amount = message.transcode_to().ok()?;
            if amount == devisa_proto::google_type::Money::default() {
                return Some(String::new());
            }
            output::money(&amount)
        }
        "google.type.Date" => match (text("year"), text("month"), text("day")) {
            (year, _, _) if year.is_empty() => String::new(),
            (year, month, day) => format!("{year:0>4}-{month:0>2}-{day:0>2}"),
        },
        // Instants are kept to the microsecond.
        "google.protobuf.Timestamp" => {
            let nanos: u32 = text("nanos").parse().unwrap_or_default();
            format!("{}.{:06} s", text("seconds"), nanos / 1_000)
        }
        "google.protobuf.FieldMask" => {
            let paths = message.get_field_by_name("paths")?;
            let mut paths: Vec<_> = paths.as_list()?.iter().filter_map(Value::as_str).collect();
            paths.sort_unstable();
            paths.join(", ")
        }
        _ => return None,
    })
}

/// An identifier in the form in which the services keep it.
fn normal(field: &FieldDescriptor, text: &str) -> String {
    let parent = field.parent_message().name().to_owned();
    let normal = match (parent.as_str(), field.name()) {
        (_, "hs_code") => HsCode::parse(text).map(|code| code.to_string()),
        (_, "region_code" | "destination_region_code") => {
            RegionCode::parse(text).map(|code| code.to_string())
        }
        (_, "npwp") => Npwp::parse(text).map(|npwp| npwp.to_string()),
        (_, "truck_plate") => Plate::parse(text).map(|plate| plate.to_string()),
        (_, "container_number") => ContainerNumber::parse(text).map(|number| number.to_string()),
        (_, "port_of_loading" | "port_of_discharge") => {
            PortCode::parse(text).map(|port| port.to_string())
        }
        ("Declaration", "aju") => AjuNumber::parse(text).map(|aju| aju.to_string()),
        ("OriginProof", "form") => OriginForm::parse(text).map(|form| form.to_string()),
        (_, "base_currency" | "quote_currency") => {
            Currency::parse(text).map(|currency| currency.to_string())
        }
        _ => return text.to_owned(),
    };
    normal.unwrap_or_else(|_| text.to_owned())
}

fn is_unordered(field: &FieldDescriptor) -> bool {
    let Some(behavior) = POOL.get_extension_by_name("google.api.field_behavior") else {
        return false;
    };
    let options = field.options();
    let behaviors = options.get_extension(&behavior);
    behaviors.as_list().unwrap_or_default().contains(&Value::EnumNumber(UNORDERED_LIST))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        catalogue,
        load::walk,
        yaml::{self, Problems},
    };

    fn compare(message: &str, given: &str, found: &str) -> Vec<String> {
        let descriptor = catalogue::message(message).unwrap();
        let read = |text: &str| {
            let root = yaml::parse("a.yaml", text).unwrap();
            let mut problems = Problems::default();
            let message = walk::read(&mut problems, &descriptor, root.map().unwrap(), |_| true);
            assert_eq!(problems.lines(), Vec::<String>::new());
            (root, message)
        };
        let (root, given) = read(given);
        differences(root.map().unwrap(), &given, &read(found).1)
    }

    #[test]
    fn only_what_is_given_is_compared() {
        let found = "exporter: organisations/a\nport_of_loading: IDSUB\nlines:\n  - {description: x, hs_code: \"091011\", value: USD 5}\n";
        let given = "exporter: organisations/a\nlines: [{description: x}]\nstate:\n";
        assert_eq!(compare("devisa.shipment.v1.Shipment", given, found), Vec::<String>::new());
    }

    #[test]
    fn values_are_compared_by_what_they_mean() {
        let found = "port_of_loading: IDSUB\ndestination_region_code: KR\nlines:\n  - {hs_code: \"09101100\", net_kg: 12.5, value: USD 5.00}\n";
        let given = "port_of_loading: IDTPE\ndestination_region_code: kr\nlines:\n  - {hs_code: 0910.11.00, net_kg: 12.50, value: {currency_code: USD, units: 5}}\n";
        assert_eq!(compare("devisa.shipment.v1.Shipment", given, found), Vec::<String>::new());
        let found = "npwp: \"0013000666091000\"\nroles: [BUYER, SPONSOR]\n";
        let given = "npwp: 01.300.066.6-091.000\nroles: [SPONSOR, BUYER]\n";
        assert_eq!(compare("devisa.registry.v1.Organisation", given, found), Vec::<String>::new());
        let found = "event_time: 2025-11-26T02:00:00.000001Z\n";
        let given = "event_time: 2025-11-26T09:00:00.0000019+07:00\n";
        assert_eq!(compare("devisa.shipment.v1.Milestone", given, found), Vec::<String>::new());
    }

    #[test]
    fn every_difference_is_named_with_both_values() {
        let found = "place: Surabaya\nevent_date: 2025-11-26\nprovenance: {note: b, synthetic_fields: [place]}\n";
        let given = "place: Gresik\nevent_date: 2025-11-27\nofficiant: X\nprovenance: {note: a, synthetic_fields: [place, event_date]}\n";
        assert_eq!(
            compare("devisa.shipment.v1.Release", given, found),
            [
                "place (given Gresik, found Surabaya)",
                "event_date (given 2025-11-27, found 2025-11-26)",
                "officiant (given X, found nothing)",
                "provenance.note (given a, found b)",
                "provenance.synthetic_fields (given event_date, place, found place)",
            ]
        );
    }

    #[test]
    fn lists_differ_in_length_or_in_an_item() {
        let found = "lines: [{value: USD 5}, {value: USD 6}]\nunits: [{}]\n";
        let given = "lines: [{value: USD 5}, {value: USD 7.50}]\nunits: []\n";
        assert_eq!(
            compare("devisa.shipment.v1.Shipment", given, found),
            ["lines[1].value (given USD 7.50, found USD 6.00)", "units (given 0 of them, found 1)",]
        );
    }

    #[test]
    fn a_default_that_is_given_counts() {
        let found = "units: [{container_provisional: true}]\nprovenance: {note: x}\n";
        let given = "units: [{container_provisional: false}]\nprovenance: {note: \"\"}\n";
        assert_eq!(
            compare("devisa.shipment.v1.Shipment", given, found),
            [
                "units[0].container_provisional (given false, found true)",
                "provenance.note (given nothing, found x)",
            ]
        );
    }
}
