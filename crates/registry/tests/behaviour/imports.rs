//! Decrees that come with their villages.

use devisa_proto::{
    common::v1::Provenance,
    registry::v1::{
        CountEnrolmentsRequest, Decree, Enrolment, GetDecreeRequest, GetEnrolmentRequest,
        ImportDecreeRequest, ImportDecreeResponse, enrolment::State,
    },
};
use devisa_testkit::{Expected, TestDatabase, assert_refused, on_both_databases};
use prost_types::FieldMask;
use tonic::{Code, Response, Status};

use crate::world::{UUID, World, absent, date, invalid, refused, taken};

on_both_databases!(
    a_decree_designates_its_villages,
    what_waits_for_a_decree_is_advanced,
    every_other_enrolment_is_named,
    an_import_is_refused_with_all_its_faults,
    an_import_is_whole_or_nothing,
    an_import_is_repeated_safely,
    events_come_in_a_fixed_order,
    what_the_decree_tells_of_its_source_is_kept,
);

const WEDANI: &str = "35.25.11.2009";
const KUPANG: &str = "35.15.05.2006";
const TEMON: &str = "35.01.06.2013";
const KARE: &str = "35.19.05.2001";

fn decree() -> Decree {
    Decree {
        number: "SK-1".to_owned(),
        issue_date: Some(date(2024, 8, 7)),
        issuer: "LPEI".to_owned(),
        declared_village_count: 72,
        region: "35".to_owned(),
        ..Default::default()
    }
}

pub(crate) fn import(villages: &[&str]) -> ImportDecreeRequest {
    ImportDecreeRequest {
        parent: "programmes/lpei".to_owned(),
        decree_id: "i".to_owned(),
        decree: Some(decree()),
        villages: villages.iter().map(|village| (*village).to_owned()).collect(),
        ..Default::default()
    }
}

pub(crate) async fn send(
    world: &World,
    r: ImportDecreeRequest,
) -> Result<ImportDecreeResponse, Status> {
    world.decrees().import_decree(r).await.map(Response::into_inner)
}

async fn enrolment(world: &World, code: &str) -> Result<Enrolment, Status> {
    let name = format!("programmes/lpei/enrolments/{code}");
    let request = GetEnrolmentRequest { name };
    world.enrolments().get_enrolment(request).await.map(Response::into_inner)
}

fn steps(enrolment: &Enrolment) -> Vec<(State, i32)> {
    let day =
        |entry: &devisa_proto::registry::v1::EnrolmentEntry| entry.effective_date.unwrap().day;
    enrolment.history.iter().map(|entry| (entry.state(), day(entry))).collect()
}

async fn a_decree_designates_its_villages(database: TestDatabase) {
    let world = World::new(database).await;
    world.programme().await;
    let named = format!("villages/{KUPANG}");
    let made = send(&world, import(&[WEDANI, &named])).await.unwrap();
    let decree = made.decree.unwrap();
    assert_eq!(decree.name, "programmes/lpei/decrees/i");
    assert_eq!(made.created_count, 2);
    let names: Vec<_> = made.enrolments.iter().map(|enrolment| enrolment.name.as_str()).collect();
    let expected = [KUPANG, WEDANI].map(|code| format!("programmes/lpei/enrolments/{code}"));
    assert_eq!(names, expected, "in order of the codes");
    let get = GetDecreeRequest { name: decree.name.clone() };
    let found = world.decrees().get_decree(get).await.unwrap().into_inner();
    assert_eq!(found, decree);
    for made in &made.enrolments {
        let code = made.name.rsplit('/').next().unwrap();
        assert_eq!(&enrolment(&world, code).await.unwrap(), made);
        assert_eq!((made.state(), made.decree.as_str()), (State::Designated, &*decree.name));
        assert_eq!(made.effective_date, Some(date(2024, 8, 7)));
        assert_eq!(steps(made), [(State::Proposed, 7), (State::Designated, 7)]);
        assert_eq!(made.etag, "\"1\"");
    }
    let request = CountEnrolmentsRequest {
        parent: "programmes/lpei".to_owned(),
        region: "35".to_owned(),
        as_of: Some(date(2024, 8, 7)),
        ..Default::default()
    };
    let count = world.enrolments().count_enrolments(request).await.unwrap().into_inner();
    assert_eq!((count.listed_count, count.declared_count), (2, Some(72)));
    let later = world.step(WEDANI, State::Inaugurated, date(2024, 9, 1)).await.unwrap();
    assert_eq!(later.history.len(), 3);
}

async fn what_waits_for_a_decree_is_advanced(database: TestDatabase) {
    let world = World::new(database).await;
    world.programme().await;
    for code in [WEDANI, KUPANG, TEMON] {
        world.propose(code, date(2024, 8, 1)).await;
    }
    world.step(KUPANG, State::UnderAssessment, date(2024, 8, 2)).await.unwrap();
    world.step(TEMON, State::Candidate, date(2024, 8, 7)).await.unwrap();
    let made = send(&world, import(&[TEMON, KUPANG, WEDANI, KARE])).await.unwrap();
    assert_eq!((made.created_count, made.enrolments.len()), (1, 4));
    assert!(made.enrolments.iter().all(|enrolment| enrolment.state() == State::Designated));
    let temon = enrolment(&world, TEMON).await.unwrap();
    let expected = [(State::Proposed, 1), (State::Candidate, 7), (State::Designated, 7)];
    assert_eq!(steps(&temon), expected);
    assert_eq!(
        (temon.etag.as_str(), temon.decree.as_str()),
        ("\"3\"", "programmes/lpei/decrees/i")
    );
}

async fn every_other_enrolment_is_named(database: TestDatabase) {
    let world = World::new(database).await;
    world.programme().await;
    world.decree("d", date(2024, 1, 1), 1, "").await;
    for code in [WEDANI, KUPANG] {
        world.propose(code, date(2024, 1, 1)).await;
        world.step(code, State::Designated, date(2024, 2, 1)).await.unwrap();
    }
    world.step(KUPANG, State::Revoked, date(2024, 3, 1)).await.unwrap();
    // Proposed only after the decree: no history has a designation before its proposal.
    world.propose(TEMON, date(2024, 9, 1)).await;
    let before = world.contents().await;
    let answer = send(&world, import(&[WEDANI, KARE, TEMON, KUPANG])).await;
    let fields = [
        ("villages[0]", "ENROLMENT_STATE"),
        ("villages[2]", "ENROLMENT_HISTORY"),
        ("villages[3]", "ENROLMENT_STATE"),
    ];
    let expected =
        Expected { code: Code::FailedPrecondition, reason: "STATE_FORBIDS", fields: &fields };
    let detail = assert_refused(answer, expected);
    assert!(detail.violations[0].description.contains("35.25.11.2009 in DESIGNATED"));
    assert_eq!(detail.metadata.get("action").map(String::as_str), Some("ImportDecree"));
    assert_eq!(world.contents().await, before);
}

async fn an_import_is_refused_with_all_its_faults(database: TestDatabase) {
    let world = World::new(database).await;
    world.programme().await;
    let before = world.contents().await;
    let named = format!("villages/{WEDANI}");
    let wrong = import(&[WEDANI, "35.80.01.2001", &named, "33.01.01.2001", "Wedani", "villages/x"]);
    let fields = [
        ("villages[1]", "VILLAGE_CODE_UNKNOWN"),
        ("villages[2]", "VILLAGES_DUPLICATE"),
        ("villages[3]", "DECREE_REGION"),
        ("villages[4]", "VILLAGE_CODE_FORM"),
        ("villages[5]", "VILLAGE_CODE_FORM"),
    ];
    invalid(send(&world, wrong).await, &fields);
    let nothing = ImportDecreeRequest::default();
    let fields = ["parent", "decree_id", "decree", "villages"].map(|f| (f, "FIELD_MISSING"));
    invalid(send(&world, nothing).await, &fields);
    let many = import(&[WEDANI; 1_001]);
    let refusal = devisa_server::Detail::of(&send(&world, many).await.unwrap_err());
    assert_eq!(
        (refusal.code, refusal.violations[0].reason.as_str()),
        (Code::InvalidArgument, "VILLAGES_COUNT")
    );
    let future = Decree { issue_date: Some(date(2025, 11, 28)), number: String::new(), ..decree() };
    let future = ImportDecreeRequest { decree: Some(future), ..import(&["x"]) };
    let fields = [
        ("decree.number", "FIELD_MISSING"),
        ("decree.issue_date", "DATE_FUTURE"),
        ("villages[0]", "VILLAGE_CODE_FORM"),
    ];
    invalid(send(&world, future).await, &fields);
    let orphan = ImportDecreeRequest { parent: "programmes/no".to_owned(), ..import(&[WEDANI]) };
    absent(send(&world, orphan).await, "programmes/no");
    assert_eq!(world.contents().await, before);
}

async fn an_import_is_whole_or_nothing(database: TestDatabase) {
    let world = World::new(database).await;
    world.programme().await;
    let before = world.contents().await;
    let checked = ImportDecreeRequest { validate_only: true, ..import(&[WEDANI, KUPANG]) };
    assert_eq!(send(&world, checked).await.unwrap().created_count, 2);
    assert_eq!(world.contents().await, before);

    world.decree("i", date(2024, 8, 7), 72, "35").await;
    let before = world.contents().await;
    taken(
        send(&world, import(&[WEDANI])).await,
        "programmes/lpei/decrees/i",
        &[("decree_id", "RESOURCE_EXISTS")],
    );
    absent(enrolment(&world, WEDANI).await, "programmes/lpei/enrolments/35.25.11.2009");
    assert_eq!(world.contents().await, before);
}

async fn an_import_is_repeated_safely(database: TestDatabase) {
    let world = World::new(database).await;
    world.programme().await;
    let request = ImportDecreeRequest { request_id: UUID.to_owned(), ..import(&[WEDANI, KUPANG]) };
    let first = send(&world, request.clone()).await.unwrap();
    let before = world.contents().await;
    assert_eq!(send(&world, request).await.unwrap(), first);
    let other = ImportDecreeRequest { request_id: UUID.to_owned(), ..import(&[TEMON]) };
    refused(send(&world, other).await, Code::InvalidArgument, "REQUEST_ID_REUSED");
    assert_eq!(world.contents().await, before);
}

async fn events_come_in_a_fixed_order(database: TestDatabase) {
    let world = World::new(database).await;
    world.programme().await;
    world.propose(KUPANG, date(2024, 1, 1)).await;
    send(&world, import(&[WEDANI, KUPANG, TEMON])).await.unwrap();
    let events = world.settled(6).await;
    let told: Vec<_> = events[2..]
        .iter()
        .map(|event| {
            let subject = event.subject.rsplit('/').next().unwrap();
            (event.r#type.trim_start_matches("devisa.registry.v1."), subject)
        })
        .collect();
    let expected = [
        ("decree.created", "i"),
        ("enrolment.created", TEMON),
        ("enrolment.advanced", KUPANG),
        ("enrolment.created", WEDANI),
    ];
    assert_eq!(told, expected);
    let times: Vec<_> = events[2..].iter().map(|event| event.time).collect();
    assert!(times.windows(2).all(|pair| pair[0] == pair[1]), "one commit, one instant");
}

async fn what_the_decree_tells_of_its_source_is_kept(database: TestDatabase) {
    let world = World::new(database).await;
    world.programme().await;
    let provenance = Provenance {
        source_uri: "https://example.org/sk".to_owned(),
        note: "a list in print".to_owned(),
        synthetic_fields: Some(FieldMask {
            paths: vec!["number".to_owned(), "issue_date".to_owned()],
        }),
    };
    let sourced = Decree { provenance: Some(provenance.clone()), ..decree() };
    let request = ImportDecreeRequest { decree: Some(sourced), ..import(&[WEDANI]) };
    let made = send(&world, request).await.unwrap().enrolments.remove(0);
    let paths = vec!["effective_date".to_owned()];
    let expected = Provenance { synthetic_fields: Some(FieldMask { paths }), ..provenance };
    assert_eq!(made.provenance, Some(expected));
}
