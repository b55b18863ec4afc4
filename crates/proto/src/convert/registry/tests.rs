//! What is sent comes back, and everything wrong is told with its path.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod enrolments;
mod exchange_rates;
mod organisations;
mod products;

use devisa_domain::{
    refusal::Refusal,
    registry::{enrolment::Enrolment, record::Record},
    time::{Date, Timestamp},
};
use prost_types::FieldMask;

use super::*;
use crate::{
    common::v1::Provenance,
    google_type::{Date as WireDate, Decimal, Money},
    registry::v1 as wire,
};

fn today() -> Date {
    Date::from_ymd_opt(2025, 11, 26).unwrap()
}

fn now() -> Timestamp {
    Timestamp::from_micros(1_764_115_200_000_001)
}

fn date(year: i32, month: i32, day: i32) -> Option<WireDate> {
    Some(WireDate { year, month, day })
}

fn provenance(field: &str) -> Option<Provenance> {
    Some(Provenance {
        source_uri: "https://jatim.antaranews.com/berita/1008089".to_owned(),
        note: "as printed".to_owned(),
        synthetic_fields: Some(FieldMask { paths: vec![field.to_owned()] }),
    })
}

fn stamp() -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp { seconds: 1_764_115_200, nanos: 1_000 })
}

fn rules<T: std::fmt::Debug>(result: Result<T, Refusal>) -> Vec<(String, String)> {
    match result {
        Err(Refusal::Invalid(violations)) => violations
            .into_iter()
            .map(|violation| (violation.field.clone(), violation.broken.rule().to_owned()))
            .collect(),
        other => panic!("not refused for its fields: {other:?}"),
    }
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(field, rule)| ((*field).to_owned(), (*rule).to_owned())).collect()
}

fn programme() -> wire::Programme {
    wire::Programme {
        name: "programmes/lpei-desa-devisa".to_owned(),
        display_name: "Desa Devisa".to_owned(),
        owner: "LPEI".to_owned(),
        provenance: provenance("owner"),
        etag: "\"1\"".to_owned(),
        create_time: stamp(),
        update_time: stamp(),
    }
}

#[test]
fn a_programme_comes_back() {
    let request = wire::CreateProgrammeRequest {
        programme_id: "lpei-desa-devisa".to_owned(),
        programme: Some(programme()),
        ..Default::default()
    };
    let draft = parse_create_programme(request).unwrap();
    assert_eq!(render_programme(&Record::new(&draft, now())), programme());
}

#[test]
fn a_programme_needs_an_id_and_a_name() {
    let empty = wire::CreateProgrammeRequest::default();
    let missing = [("programme_id", "field.missing"), ("programme", "field.missing")];
    assert_eq!(rules(parse_create_programme(empty)), pairs(&missing));
    let wrong = wire::CreateProgrammeRequest {
        programme_id: "LPEI".to_owned(),
        programme: Some(wire::Programme {
            owner: "x".repeat(201),
            provenance: provenance("colour"),
            ..Default::default()
        }),
        ..Default::default()
    };
    let expected = [
        ("programme_id", "resource_id.form"),
        ("programme.display_name", "field.missing"),
        ("programme.owner", "text.length"),
        ("programme.provenance.synthetic_fields", "field_mask.unknown_path"),
    ];
    assert_eq!(rules(parse_create_programme(wrong)), pairs(&expected));
}

fn decree() -> wire::Decree {
    wire::Decree {
        name: "programmes/p/decrees/2025".to_owned(),
        number: "SK-1/2025".to_owned(),
        issue_date: date(2025, 10, 31),
        issuer: "LPEI".to_owned(),
        declared_village_count: 293,
        region: "35".to_owned(),
        provenance: provenance("number"),
        etag: "\"1\"".to_owned(),
        create_time: stamp(),
        update_time: stamp(),
    }
}

fn create_decree(decree: wire::Decree) -> wire::CreateDecreeRequest {
    wire::CreateDecreeRequest {
        parent: "programmes/p".to_owned(),
        decree_id: "2025".to_owned(),
        decree: Some(decree),
        ..Default::default()
    }
}

#[test]
fn a_decree_comes_back() {
    let draft = parse_create_decree(create_decree(decree()), today()).unwrap();
    assert_eq!(render_decree(&Record::new(&draft, now())), decree());
}

#[test]
fn a_decree_is_not_of_tomorrow() {
    let wrong = wire::Decree {
        issue_date: date(2025, 11, 27),
        declared_village_count: 100_001,
        region: "99".to_owned(),
        ..Default::default()
    };
    let expected = [
        ("decree.number", "field.missing"),
        ("decree.issue_date", "date.future"),
        ("decree.issuer", "field.missing"),
        ("decree.declared_village_count", "declared_village_count.range"),
        ("decree.region", "region.unknown"),
    ];
    assert_eq!(rules(parse_create_decree(create_decree(wrong), today())), pairs(&expected));
    let tomorrow = Date::from_ymd_opt(2025, 11, 27).unwrap();
    let then = wire::Decree { issue_date: date(2025, 11, 27), ..decree() };
    assert!(parse_create_decree(create_decree(then), tomorrow).is_ok());
}
