//! Decisions on values, without a database.
#![allow(clippy::unwrap_used)]

use devisa_domain::{provenance::Provenance, time::Timestamp};

use super::*;

fn moment() -> Moment {
    Moment { now: Timestamp::from_micros(9), actor: "ann".to_owned() }
}

fn facts(office: Option<&str>) -> SessionFacts {
    SessionFacts {
        display_name: "Business matching".parse().unwrap(),
        session_date: "2025-11-26".parse().unwrap(),
        office: office.map(|office| office.parse().unwrap()),
        place: None,
    }
}

fn stated(office: Option<&str>) -> Stated<SessionFacts> {
    Stated { facts: facts(office), provenance: Provenance::default() }
}

fn draft(office: Option<&str>) -> SessionDraft {
    SessionDraft { name: "sessions/s".parse().unwrap(), stated: stated(office) }
}

fn session() -> Session {
    Session::new(&draft(None), Timestamp::from_micros(5))
}

const OFFICE: Option<&str> = Some("organisations/office");

/// The field and the rule of a refusal.
fn rule<T>(answer: Result<T, Refusal>) -> String {
    match answer.err().unwrap() {
        Refusal::Invalid(broken) => format!("{} {}", broken[0].field, broken[0].broken.rule()),
        other => format!("{:?}", other.reason()),
    }
}

#[test]
fn a_session_is_recorded_once_with_an_office_that_exists() {
    let of = |is_taken, office_is_absent| {
        create(&Snapshot { is_taken, office_is_absent }, &draft(OFFICE), &moment())
    };
    let created = of(false, false).unwrap();
    assert_eq!(created.response.office, "organisations/office");
    let events: Vec<_> = created.change.events().collect();
    assert_eq!(events, [("devisa.deal.v1.session.created", "sessions/s")]);
    assert_eq!(rule(of(false, true)), "session.office reference.exists");
    // That the name is taken is told before anything else.
    assert_eq!(rule(of(true, true)), "ResourceExists");
}

#[test]
fn a_change_is_told_and_no_change_is_none() {
    let of = |office, office_is_absent, etag: &str| {
        let stated = Ok(stated(office));
        let snapshot = UpdateSnapshot { current: session(), stated, office_is_absent };
        update(&snapshot, etag, &moment())
    };
    let changed = of(OFFICE, false, "\"1\"").unwrap();
    assert_eq!((changed.response.etag.as_str(), changed.change.events().count()), ("\"2\"", 1));
    let same = of(None, false, "").unwrap();
    assert!(same.change.is_empty());
    assert_eq!(same.response.etag, "\"1\"");
    assert_eq!(rule(of(OFFICE, true, "")), "session.office reference.exists");
    assert_eq!(rule(of(OFFICE, true, "\"2\"")), "EtagMismatch");
}

#[test]
fn what_a_session_is_to_be_is_read_under_its_field() {
    let message = wire::Session { place: "KL".to_owned(), ..render_session(&session()) };
    assert_eq!(super::stated(&message).unwrap().facts.place.unwrap().as_str(), "KL");
    let emptied = wire::Session { display_name: String::new(), ..message };
    assert_eq!(rule(super::stated(&emptied)), "session.display_name field.missing");
}
