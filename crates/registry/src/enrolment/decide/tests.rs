//! Decisions on values, without a database.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use devisa_domain::{
    identifier::{text::Text, village_code::VillageCode},
    name::{DecreeName, Id},
    provenance::Provenance,
    registry::{
        decree::{DeclaredVillages, DecreeFacts},
        enrolment::{EnrolmentFacts, State},
        programme::ProgrammeFacts,
        record::{Draft, Record, Stated},
    },
    time::{Date, Timestamp},
};

use super::*;

fn moment(micros: i64) -> Moment {
    Moment { now: Timestamp::from_micros(micros), actor: "ann".to_owned() }
}

fn day(day: u32) -> Date {
    Date::from_ymd_opt(2025, 1, day).unwrap()
}

fn name() -> EnrolmentName {
    EnrolmentName::new(Id::parse("p").unwrap(), VillageCode::parse("35.25.11.2009").unwrap())
}

fn stated<F>(facts: F) -> Stated<F> {
    Stated { facts, provenance: Provenance::default() }
}

fn proposal() -> Proposal {
    let facts = EnrolmentFacts { cluster: None, lead_commodity: None };
    Proposal { draft: Draft { name: name(), stated: stated(facts) }, effective_date: day(1) }
}

fn programme() -> Programme {
    let facts = ProgrammeFacts { display_name: Text::parse("P").unwrap(), owner: None };
    let name = ProgrammeName::new(Id::parse("p").unwrap());
    Record::new(&Draft { name, stated: stated(facts) }, Timestamp::from_micros(1))
}

fn decree(issued: u32, region: &str) -> Decree {
    let facts = DecreeFacts {
        number: Text::parse("1").unwrap(),
        issue_date: day(issued),
        issuer: Text::parse("LPEI").unwrap(),
        declared_villages: DeclaredVillages::parse(1).unwrap(),
        region: Some(region.parse().unwrap()),
    };
    let name = DecreeName::parse("programmes/p/decrees/d").unwrap();
    Record::new(&Draft { name, stated: stated(facts) }, Timestamp::from_micros(1))
}

fn designation(date: u32, etag: &str) -> AdvanceCommand {
    let named = Some(DecreeName::parse("programmes/p/decrees/d").unwrap());
    let advance = Advance::new(State::Designated, day(date), named, None).unwrap();
    AdvanceCommand { name: name(), advance, etag: etag.to_owned() }
}

fn proposed() -> Enrolment {
    Enrolment::new(&proposal(), Timestamp::from_micros(5), "ann")
}

#[test]
fn a_village_is_proposed_once_to_an_existing_programme() {
    let absent = Snapshot { programme: None, existing: None };
    let refused = propose(&absent, &proposal(), &moment(9)).unwrap_err();
    assert_eq!(refused, Refusal::NotFound { resource: "programmes/p".to_owned() });

    let twice = Snapshot { programme: Some(programme()), existing: Some(proposed()) };
    let refused = propose(&twice, &proposal(), &moment(9)).unwrap_err();
    assert_eq!(refused, Refusal::id_taken("enrolment.village", &name()));

    let once = Snapshot { programme: Some(programme()), existing: None };
    let decided = propose(&once, &proposal(), &moment(9)).unwrap();
    assert_eq!(decided.response.history[0].actor, "ann");
    assert!(!decided.change.is_empty());
}

#[test]
fn a_designation_needs_a_decree_that_can_make_it() {
    let of = |decree: Option<Decree>, date| {
        let standing = Standing { enrolment: Some(proposed()), decree };
        match advance(&standing, &designation(date, ""), &moment(9)) {
            Ok(decided) => vec![decided.response.decree],
            Err(Refusal::Invalid(broken)) => {
                broken.into_iter().map(|v| format!("{} {}", v.field, v.broken.rule())).collect()
            }
            Err(other) => panic!("{other}"),
        }
    };
    assert_eq!(of(None, 5), ["decree reference.exists"]);
    let both = ["decree decree.region", "effective_date decree.issue_date"];
    assert_eq!(of(Some(decree(7, "33")), 5), both);
    assert_eq!(of(Some(decree(5, "35.25")), 5), ["programmes/p/decrees/d"]);
}

#[test]
fn the_etag_is_compared_before_anything_else() {
    let standing = Standing { enrolment: Some(proposed()), decree: None };
    let refused = advance(&standing, &designation(5, "\"2\""), &moment(9)).unwrap_err();
    assert!(matches!(refused, Refusal::EtagMismatch { .. }), "{refused}");
    let nobody = Standing { enrolment: None, decree: None };
    let refused = advance(&nobody, &designation(5, "\"2\""), &moment(9)).unwrap_err();
    assert!(matches!(refused, Refusal::NotFound { .. }), "{refused}");
}
