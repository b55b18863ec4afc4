//! Enrolments and their count.

use super::*;

fn enrolment() -> wire::Enrolment {
    let proposed = wire::EnrolmentEntry {
        state: wire::enrolment::State::Proposed.into(),
        effective_date: date(2025, 1, 2),
        record_time: stamp(),
        actor: "ann".to_owned(),
        ..Default::default()
    };
    wire::Enrolment {
        name: "programmes/p/enrolments/35.25.11.2009".to_owned(),
        village: "villages/35.25.11.2009".to_owned(),
        effective_date: date(2025, 1, 2),
        state: wire::enrolment::State::Proposed.into(),
        cluster: "Tenun".to_owned(),
        lead_commodity: "sarung".to_owned(),
        decree: String::new(),
        history: vec![proposed],
        provenance: provenance("cluster"),
        etag: "\"1\"".to_owned(),
        create_time: stamp(),
        update_time: stamp(),
    }
}

fn create_enrolment(enrolment: wire::Enrolment) -> wire::CreateEnrolmentRequest {
    wire::CreateEnrolmentRequest {
        parent: "programmes/p".to_owned(),
        enrolment: Some(enrolment),
        ..Default::default()
    }
}

#[test]
fn an_enrolment_comes_back() {
    let proposal = parse_create_enrolment(create_enrolment(enrolment()), today()).unwrap();
    assert_eq!(render_enrolment(&Enrolment::new(&proposal, now(), "ann")), enrolment());
}

#[test]
fn a_village_is_of_the_national_list() {
    let of = |village: &str| {
        let message = wire::Enrolment { village: village.to_owned(), ..enrolment() };
        rules(parse_create_enrolment(create_enrolment(message), today()))
    };
    assert_eq!(
        of("villages/35.80.01.2001"),
        pairs(&[("enrolment.village", "village_code.unknown")])
    );
    assert_eq!(of("villages/35.25"), pairs(&[("enrolment.village", "village_code.form")]));
    assert_eq!(of("35.25.11.2009"), pairs(&[("enrolment.village", "resource_name.form")]));
    assert_eq!(of(""), pairs(&[("enrolment.village", "field.missing")]));
}

fn advance(state: i32) -> wire::AdvanceEnrolmentRequest {
    wire::AdvanceEnrolmentRequest {
        name: "programmes/p/enrolments/35.25.11.2009".to_owned(),
        state,
        effective_date: date(2025, 2, 1),
        ..Default::default()
    }
}

#[test]
fn an_advance_tells_all_that_is_wrong() {
    let parse = |request| rules(parse_advance_enrolment(request, today()));
    let empty = [
        ("name", "field.missing"),
        ("state", "field.missing"),
        ("effective_date", "field.missing"),
    ];
    assert_eq!(parse(wire::AdvanceEnrolmentRequest::default()), pairs(&empty));

    let unknown = wire::AdvanceEnrolmentRequest { effective_date: date(2025, 2, 30), ..advance(9) };
    let expected = [("state", "enum.unknown"), ("effective_date", "date.form")];
    assert_eq!(parse(unknown), pairs(&expected));

    let suspended = wire::AdvanceEnrolmentRequest {
        decree: "programmes/q/decrees/d".to_owned(),
        effective_date: date(2025, 11, 27),
        ..advance(7)
    };
    let expected = [
        ("effective_date", "date.future"),
        ("decree", "decree.programme"),
        ("decree", "decree.unexpected"),
    ];
    assert_eq!(parse(suspended), pairs(&expected));
}

#[test]
fn a_count_has_defaults() {
    let request =
        wire::CountEnrolmentsRequest { parent: "programmes/p".to_owned(), ..Default::default() };
    let CountCommand { query, .. } = parse_count_enrolments(request, now()).unwrap();
    assert_eq!(query.states, devisa_domain::registry::enrolment::State::STANDING);
    assert_eq!((query.as_of, query.known_at), (today(), now()));
    let wrong = wire::CountEnrolmentsRequest {
        states: vec![4, 0, 77],
        region: "35.2".to_owned(),
        as_of: date(2025, 0, 0),
        known_at: Some(prost_types::Timestamp { seconds: 0, nanos: -1 }),
        ..Default::default()
    };
    let expected = [
        ("parent", "field.missing"),
        ("states[1]", "field.missing"),
        ("states[2]", "enum.unknown"),
        ("region", "region.form"),
        ("as_of", "date.form"),
        ("known_at", "timestamp.range"),
    ];
    assert_eq!(rules(parse_count_enrolments(wrong, now())), pairs(&expected));
}
