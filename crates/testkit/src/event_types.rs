//! The types of event that a service has: those that its code names, those that its contract lists,
//! and those that it emits are the same.

use std::{collections::BTreeSet, time::Duration};

use devisa_ledger::{EventQuery, Ledger};
use devisa_proto::FILE_DESCRIPTOR_SET;
use devisa_schema::{Commented, Schema, code_spans};

/// Asserts that the constants in the source of a service's `events.rs`, its list `TYPES`, and what
/// the proto comment of `Event.type` lists for its package are the same.
#[track_caller]
pub fn assert_event_types_listed(package: &str, source: &str, types: &[&str]) {
    let listed = set(types);
    let constants = of_package(package, source.split('"').skip(1).step_by(2));
    assert_same(&constants, "a constant in events.rs", &listed, "in its TYPES");
    let told = of_package(package, code_spans(&comment()));
    let comment = "in the comment of Event.type, proto/devisa/event/v1/event.proto";
    assert_same(&told, comment, &listed, "in TYPES of events.rs");
}

/// Asserts that what a story made a service emit is all that it can emit. On PostgreSQL an event is
/// told when no older transaction of the whole server is still open, so it may be waited for.
pub async fn assert_event_types_emitted(ledger: &Ledger, types: &[&str]) {
    let wanted = set(types);
    let mut emitted = BTreeSet::new();
    for _ in 0..500 {
        let events = ledger.events(&EventQuery::default(), 1_000).await.unwrap();
        emitted = events.into_iter().map(|event| event.r#type).collect();
        if emitted.is_superset(&wanted) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_same(&emitted, "emitted by this story of every transition", &wanted, "in TYPES");
}

/// Asserts that two sets of types are the same, and names only what one of them lacks.
#[track_caller]
fn assert_same(a: &BTreeSet<String>, in_a: &str, b: &BTreeSet<String>, in_b: &str) {
    let only_b = b.difference(a).map(|kind| format!("{kind} is {in_b}, but not {in_a}"));
    let only_a = a.difference(b).map(|kind| format!("{kind} is {in_a}, but not {in_b}"));
    let differing: Vec<_> = only_b.chain(only_a).collect();
    assert!(differing.is_empty(), "{differing:#?}");
}

fn set(types: &[&str]) -> BTreeSet<String> {
    types.iter().map(ToString::to_string).collect()
}

fn of_package<'a>(package: &str, texts: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    let prefix = format!("{package}.");
    texts.filter(|text| text.starts_with(&prefix)).map(ToOwned::to_owned).collect()
}

fn comment() -> String {
    let schema = Schema::decode(FILE_DESCRIPTOR_SET).unwrap();
    let event = schema.message("devisa.event.v1.Event").unwrap();
    event.get_field_by_name("type").unwrap().comment()
}
