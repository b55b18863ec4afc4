#![allow(clippy::unwrap_used)]

use devisa_domain::refusal::{Refusal, RuleBroken};

use super::{Field, Filter, FilterSchema};

fn schema() -> FilterSchema {
    FilterSchema::resource([
        Field::text("exporter", "exporter"),
        Field::reference("release", "release", |name| {
            let broken = RuleBroken::expected("resource_name.form", "releases/{release}", name);
            name.strip_prefix("releases/").map(|_| name.to_owned()).ok_or(broken)
        }),
        Field::enumeration("state", "state", "STATE_", &["DRAFT", "READY", "RELEASED"]),
        Field::prefix("region", "village"),
        Field::has("roles", "roles", |role| Ok(role.to_owned())),
        Field::within("valid_on", "valid_from", "valid_to"),
        Field::month("month", "month"),
        Field::year("year", "month"),
    ])
}

fn filter(text: &str) -> Filter {
    schema().parse(text).unwrap()
}

fn refusal(text: &str) -> (Option<usize>, String) {
    match schema().parse(text).unwrap_err() {
        Refusal::FilterInvalid { offset, detail, .. } => (offset, detail),
        other => unreachable!("{other:?}"),
    }
}

fn holds(text: &str) -> bool {
    filter(text).holds(|column| match column {
        "exporter" => "organisations/a",
        "state" => "READY",
        "village" => "35.25.11.2009",
        "roles" => "|BUYER|EXPORTER|",
        "valid_from" => "2025-11-26",
        "valid_to" => "2025-12-02",
        "month" => "2025-11",
        "create_time" => "1764122400000000",
        _ => "",
    })
}

#[test]
fn values_of_one_field_are_alternatives() {
    for text in [
        "state = DRAFT OR state = STATE_READY",
        "(state = DRAFT OR state = READY)",
        "(state = DRAFT OR (state = READY OR state = RELEASED))",
        r#"exporter = "organisations/a" AND (state = DRAFT OR state = READY)"#,
        // OR binds tighter than AND.
        r#"exporter = "organisations/a" AND state = DRAFT OR state = READY"#,
        r#"(exporter = "organisations/a" AND state = READY) AND region = "35.25""#,
        r#"month < "2025-01" OR month >= "2025-11""#,
    ] {
        assert!(holds(text), "{text}");
    }
    assert!(!holds("state = DRAFT OR state = RELEASED"));
    assert!(!holds(r#"exporter = "organisations/b" AND state = DRAFT OR state = READY"#));
}

#[test]
fn every_operator_compares() {
    for (text, expected) in [
        ("state != DRAFT", true),
        (r#"release = """#, true),
        (r#"release != """#, false),
        (r#"release = "releases/a""#, false),
        (r#"release = "" OR release = "releases/a""#, true),
        ("state != READY", false),
        (r#"region = "35""#, true),
        (r#"region != "35""#, false),
        (r#"region = "35.25.12""#, false),
        (r#"region != "35.25.12""#, true),
        ("roles:EXPORTER", true),
        ("roles = BUYER", true),
        ("roles = BUY", false),
        ("roles != SPONSOR", true),
        ("roles != BUYER", false),
        (r#"valid_on = "2025-11-26""#, true),
        (r#"valid_on = "2025-12-02""#, true),
        (r#"valid_on = "2025-12-03""#, false),
        (r#"valid_on != "2025-12-03""#, true),
        (r#"create_time = "2025-11-26T09:00:00+07:00""#, true),
        (r#"create_time = "2025-11-26T09:00:00+00:00""#, false),
        (r#"create_time = "2025-11-26T02:00:00Z""#, true),
        (r#"create_time != "2025-11-26T02:00:00Z""#, false),
        (r#"create_time > "2025-11-26T01:59:59.999999Z""#, true),
        (r#"create_time >= "2025-11-26T02:00:00Z""#, true),
        (r#"create_time < "2025-11-26T02:00:00Z""#, false),
        (r#"create_time <= "2025-11-26T02:00:00Z""#, true),
        (r#"month > "2025-10""#, true),
        (r#"month <= "2025-10""#, false),
    ] {
        assert_eq!(holds(text), expected, "{text}");
    }
}

#[test]
fn values_are_asked_for_by_equality_alone() {
    let states = filter("state = DRAFT OR state = READY");
    assert_eq!(states.one_of("state").unwrap(), Some(vec!["DRAFT", "READY"]));
    assert_eq!(states.one_of("region").unwrap(), None);
    assert!(states.names("state") && !states.names("region"));
    assert!(states.only("state").is_err());
    assert_eq!(filter("state = DRAFT").only("state").unwrap(), Some("DRAFT"));
    assert!(filter("state != DRAFT").one_of("state").is_err());
    assert!(filter("state = DRAFT AND state = READY").one_of("state").is_err());
}

#[test]
fn empty_text_filters_nothing() {
    assert!(filter("").clauses.is_empty());
    assert!(filter("  ").clauses.is_empty());
}

#[test]
fn a_syntax_error_names_its_byte() {
    for (text, offset) in [
        ("state = ", 8),
        ("(state = DRAFT", 14),
        ("state = DRAFT AND", 17),
        ("state=DRAFT OR ", 15),
        ("state == DRAFT", 7),
        (r#"exporter = "organisations/a"#, 11),
    ] {
        let (found, detail) = refusal(text);
        assert_eq!(found, Some(offset), "{text}: {detail}");
    }
}

#[test]
fn what_the_schema_does_not_list_is_refused() {
    for (text, part) in [
        ("color = RED", "found color"),
        ("state = LOST", "expected one of DRAFT, READY"),
        ("state > DRAFT", "state: expected = !=, found >"),
        ("exporter:a", "exporter: expected = !=, found :"),
        ("create_time:a", "create_time: expected = != < <= > >=, found :"),
        ("state = DRAFT OR roles = BUYER", "state OR roles: expected OR between values of one"),
        ("(state = DRAFT AND roles = BUYER) OR state = READY", "found AND inside of OR"),
        ("NOT state = DRAFT", "joined by AND"),
        ("-state = DRAFT", "joined by AND"),
        ("state = DRAFT OR NOT state = READY", "joined by AND"),
        ("state = DRAFT state = READY", "joined by AND"),
        ("draft", "joined by AND"),
        (r#"region = "99""#, "region: region"),
        (r#"valid_on = "26 November""#, "valid_on: date.form"),
        (r#"create_time > "yesterday""#, "timestamp.form"),
        (r#"month = "2025-13""#, "month.form"),
        (r#"month = "2025""#, "month.form"),
        ("year = 25", "year.form"),
        ("state = f(x)", "single value"),
        ("state = (DRAFT OR READY)", "single value"),
    ] {
        let (offset, detail) = refusal(text);
        assert!(detail.contains(part), "{text}: {detail}");
        assert_eq!(offset, None, "{text}");
    }
    assert!(refusal(&"a".repeat(2_001)).1.contains("2000 bytes"));
}
