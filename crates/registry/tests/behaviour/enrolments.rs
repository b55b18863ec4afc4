use devisa_proto::registry::v1::{
    AdvanceEnrolmentRequest, CreateEnrolmentRequest, Enrolment, GetEnrolmentRequest,
    ListEnrolmentsRequest, enrolment::State,
};
use devisa_testkit::{TestDatabase, on_both_databases};
use tonic::Code;

use crate::world::{UUID, World, absent, date, invalid, proposal, refused, step, taken};

const WEDANI: &str = "35.25.11.2009";
const TEMON: &str = "35.01.06.2013";

on_both_databases!(
    a_village_is_proposed_once,
    every_step_is_allowed_or_refused,
    what_a_step_needs,
    a_decree_must_be_able_to_designate,
    a_return_from_suspension_needs_no_decree,
    a_late_fact_finds_its_place,
    a_stale_etag_is_refused,
    a_repeated_step_is_taken_once,
    steps_at_once_make_one_legal_history,
    enrolments_are_filtered,
);

async fn a_village_is_proposed_once(database: TestDatabase) {
    let world = World::new(database).await;
    absent(
        world.enrolments().create_enrolment(proposal(WEDANI, date(2025, 1, 1))).await,
        "programmes/lpei",
    );
    world.programme().await;
    let proposed = world.propose(WEDANI, date(2025, 1, 1)).await;
    assert_eq!(proposed.name, "programmes/lpei/enrolments/35.25.11.2009");
    assert_eq!(proposed.state(), State::Proposed);
    assert_eq!((proposed.history.len(), proposed.history[0].actor.as_str()), (1, "local"));
    let get = |name: &str| GetEnrolmentRequest { name: name.to_owned() };
    let found = world.enrolments().get_enrolment(get(&proposed.name)).await.unwrap().into_inner();
    assert_eq!(found, proposed);
    let again = world.enrolments().create_enrolment(proposal(WEDANI, date(2025, 1, 2))).await;
    taken(again, &proposed.name, &[("enrolment.village", "RESOURCE_EXISTS")]);
    let none = "programmes/lpei/enrolments/35.01.06.2013";
    absent(world.enrolments().get_enrolment(get(none)).await, none);
    let unknown = proposal("35.80.01.2001", date(2025, 12, 1));
    let unknown = world.enrolments().create_enrolment(unknown).await;
    let fields = [
        ("enrolment.village", "VILLAGE_CODE_UNKNOWN"),
        ("enrolment.effective_date", "DATE_FUTURE"),
    ];
    invalid(unknown, &fields);
    let empty = CreateEnrolmentRequest {
        enrolment: Some(Enrolment::default()),
        ..proposal(WEDANI, date(2025, 1, 1))
    };
    let fields =
        [("enrolment.village", "FIELD_MISSING"), ("enrolment.effective_date", "FIELD_MISSING")];
    invalid(world.enrolments().create_enrolment(empty).await, &fields);
}

/// The ways to a state, and what may follow it.
fn lifecycle() -> Vec<(Vec<State>, Vec<State>)> {
    use State::{
        Candidate as C, Designated as D, Inaugurated as I, Proposed as P, Rejected as X,
        Revoked as R, Suspended as S, UnderAssessment as U,
    };
    vec![
        (vec![], vec![U, C, D, X]),
        (vec![U], vec![C, D, X]),
        (vec![C], vec![D, X]),
        (vec![D], vec![I, S, R]),
        (vec![D, I], vec![S, R]),
        (vec![X], vec![P]),
        (vec![D, R], vec![P]),
        (vec![D, S], vec![D, R]),
        (vec![D, I, S], vec![I, R]),
    ]
}

async fn every_step_is_allowed_or_refused(database: TestDatabase) {
    let world = World::new(database).await;
    world.programme().await;
    world.decree("d", date(2024, 1, 1), 9, "").await;
    let villages = devisa_domain::village::after(None, Some("35.25"));
    for ((way, next), village) in lifecycle().into_iter().zip(villages) {
        let code = village.code.to_string();
        let mut last = world.propose(&code, date(2025, 1, 1)).await;
        for state in &way {
            last = world.step(&code, *state, date(2025, 1, 2)).await.unwrap();
            assert_eq!(last.state(), *state);
        }
        let before = world.contents().await;
        for to in (1..=8).map(|number| State::try_from(number).unwrap()) {
            let mut request = step(&code, to, date(2025, 1, 2));
            request.validate_only = next.contains(&to);
            let answer = world.enrolments().advance_enrolment(request).await;
            if next.contains(&to) {
                assert_eq!(answer.unwrap().into_inner().state(), to, "{way:?} to {to:?}");
            } else {
                refused(answer, Code::FailedPrecondition, "STATE_FORBIDS");
            }
        }
        assert_eq!(world.contents().await, before, "after {way:?}");
        assert_eq!(last.effective_date, Some(date(2025, 1, 1)));
        let designated = way.contains(&State::Designated);
        assert_eq!(last.decree.is_empty(), !designated);
    }
}

async fn what_a_step_needs(database: TestDatabase) {
    let world = World::new(database).await;
    let advance = async |request| world.enrolments().advance_enrolment(request).await;
    let empty = [
        ("name", "FIELD_MISSING"),
        ("state", "FIELD_MISSING"),
        ("effective_date", "FIELD_MISSING"),
    ];
    invalid(advance(AdvanceEnrolmentRequest::default()).await, &empty);
    let decreed = AdvanceEnrolmentRequest {
        decree: "programmes/lpei/decrees/d".to_owned(),
        ..step(WEDANI, State::Candidate, date(2025, 11, 28))
    };
    let fields = [("decree", "DECREE_UNEXPECTED"), ("effective_date", "DATE_FUTURE")];
    invalid(advance(decreed).await, &fields);
    let foreign = AdvanceEnrolmentRequest {
        decree: "programmes/other/decrees/d".to_owned(),
        ..step(WEDANI, State::Designated, date(2025, 1, 1))
    };
    invalid(advance(foreign).await, &[("decree", "DECREE_PROGRAMME")]);
    let nobody = advance(step(WEDANI, State::Candidate, date(2025, 1, 1))).await;
    absent(nobody, "programmes/lpei/enrolments/35.25.11.2009");
}

async fn a_decree_must_be_able_to_designate(database: TestDatabase) {
    let world = World::new(database).await;
    world.programme().await;
    world.propose(WEDANI, date(2025, 1, 1)).await;
    let designate = async |day| world.step(WEDANI, State::Designated, date(2025, 2, day)).await;
    invalid(designate(1).await, &[("decree", "REFERENCE_EXISTS")]);
    world.decree("d", date(2025, 2, 5), 1, "35.01").await;
    let fields = [("decree", "DECREE_REGION"), ("effective_date", "DECREE_ISSUE_DATE")];
    invalid(designate(4).await, &fields);
    world.propose(TEMON, date(2025, 1, 1)).await;
    let designated = world.step(TEMON, State::Designated, date(2025, 2, 5)).await.unwrap();
    assert_eq!(designated.decree, "programmes/lpei/decrees/d");
}

async fn a_return_from_suspension_needs_no_decree(database: TestDatabase) {
    let world = World::new(database).await;
    world.programme().await;
    world.decree("d", date(2025, 1, 1), 1, "").await;
    world.propose(WEDANI, date(2025, 1, 1)).await;
    let undecreed = async |day| {
        let request = AdvanceEnrolmentRequest {
            decree: String::new(),
            ..step(WEDANI, State::Designated, date(2025, 2, day))
        };
        world.enrolments().advance_enrolment(request).await
    };
    invalid(undecreed(1).await, &[("decree", "FIELD_MISSING")]);
    world.step(WEDANI, State::Designated, date(2025, 2, 2)).await.unwrap();
    world.step(WEDANI, State::Suspended, date(2025, 2, 3)).await.unwrap();
    let returned = undecreed(4).await.unwrap().into_inner();
    let decrees: Vec<_> = returned.history.iter().map(|entry| entry.decree.as_str()).collect();
    let decree = "programmes/lpei/decrees/d";
    assert_eq!(decrees, ["", decree, "", decree]);
    assert_eq!((returned.state(), returned.decree.as_str()), (State::Designated, decree));
}

async fn a_late_fact_finds_its_place(database: TestDatabase) {
    let world = World::new(database).await;
    world.programme().await;
    world.decree("d", date(2025, 1, 1), 1, "").await;
    world.propose(WEDANI, date(2025, 1, 10)).await;
    world.step(WEDANI, State::Designated, date(2025, 3, 1)).await.unwrap();
    let late = world.step(WEDANI, State::Candidate, date(2025, 2, 1)).await.unwrap();
    let states: Vec<_> = late.history.iter().map(|entry| entry.state()).collect();
    assert_eq!(states, [State::Proposed, State::Candidate, State::Designated]);
    assert_eq!((late.state(), late.etag.as_str()), (State::Designated, "\"3\""));

    let early = world.step(WEDANI, State::UnderAssessment, date(2025, 1, 9)).await;
    refused(early, Code::FailedPrecondition, "STATE_FORBIDS");
    world.step(WEDANI, State::Suspended, date(2025, 5, 1)).await.unwrap();
    world.step(WEDANI, State::Designated, date(2025, 6, 1)).await.unwrap();
    // Beside its neighbours it would be legal; but then the suspension could not end so.
    let between = world.step(WEDANI, State::Inaugurated, date(2025, 4, 1)).await;
    refused(between, Code::FailedPrecondition, "STATE_FORBIDS");
}

async fn a_stale_etag_is_refused(database: TestDatabase) {
    let world = World::new(database).await;
    world.programme().await;
    world.propose(WEDANI, date(2025, 1, 1)).await;
    let with = |etag: &str, state| AdvanceEnrolmentRequest {
        etag: etag.to_owned(),
        ..step(WEDANI, state, date(2025, 1, 2))
    };
    let stale = world.enrolments().advance_enrolment(with("\"7\"", State::Candidate)).await;
    refused(stale, Code::Aborted, "ETAG_MISMATCH");
    let fresh = world.enrolments().advance_enrolment(with("\"1\"", State::Candidate)).await;
    assert_eq!(fresh.unwrap().into_inner().etag, "\"2\"");
}

async fn a_repeated_step_is_taken_once(database: TestDatabase) {
    let world = World::new(database).await;
    world.programme().await;
    world.propose(WEDANI, date(2025, 1, 1)).await;
    let request = AdvanceEnrolmentRequest {
        request_id: UUID.to_owned(),
        ..step(WEDANI, State::Candidate, date(2025, 1, 2))
    };
    let first = world.enrolments().advance_enrolment(request.clone()).await.unwrap().into_inner();
    let before = world.contents().await;
    let again = world.enrolments().advance_enrolment(request).await.unwrap().into_inner();
    assert_eq!(again, first);
    let same = world.step(WEDANI, State::Candidate, date(2025, 1, 2)).await;
    refused(same, Code::FailedPrecondition, "STATE_FORBIDS");
    assert_eq!(world.contents().await, before);
}

async fn steps_at_once_make_one_legal_history(database: TestDatabase) {
    let world = World::new(database).await;
    world.programme().await;
    world.propose(WEDANI, date(2025, 1, 1)).await;
    let tries: Vec<_> = (0..6)
        .map(|index| {
            let mut client = world.enrolments();
            let to = if index % 2 == 0 { State::Candidate } else { State::Rejected };
            let request = step(WEDANI, to, date(2025, 1, 2));
            tokio::spawn(async move { client.advance_enrolment(request).await.is_ok() })
        })
        .collect();
    let mut taken = 0;
    for attempt in tries {
        taken += usize::from(attempt.await.unwrap());
    }
    let name = format!("programmes/lpei/enrolments/{WEDANI}");
    let found = world.enrolments().get_enrolment(GetEnrolmentRequest { name }).await.unwrap();
    let found = found.into_inner();
    assert_eq!(found.history.len(), taken + 1);
    assert_eq!(found.etag, format!("\"{}\"", taken + 1));
    // A candidate may still be rejected; nothing follows a rejection but a proposal.
    assert!((1..=2).contains(&taken), "{taken}");
}

async fn enrolments_are_filtered(database: TestDatabase) {
    let world = World::new(database).await;
    world.programme().await;
    let mut request = proposal(WEDANI, date(2025, 1, 1));
    request.enrolment.as_mut().unwrap().lead_commodity = "sarung".to_owned();
    world.enrolments().create_enrolment(request).await.unwrap();
    world.propose(TEMON, date(2025, 1, 1)).await;
    world.step(TEMON, State::Candidate, date(2025, 1, 2)).await.unwrap();
    let list = async |filter: &str| {
        let (parent, filter) = ("programmes/lpei".to_owned(), filter.to_owned());
        let request = ListEnrolmentsRequest { parent, filter, ..Default::default() };
        let page = world.enrolments().list_enrolments(request).await?.into_inner();
        Ok(page.enrolments.into_iter().map(|e| e.village).collect::<Vec<_>>())
    };
    let (wedani, temon) = ("villages/35.25.11.2009", "villages/35.01.06.2013");
    assert_eq!(list("").await.unwrap(), [temon, wedani]);
    assert_eq!(list("state = CANDIDATE").await.unwrap(), [temon]);
    assert_eq!(list("state = STATE_PROPOSED").await.unwrap(), [wedani]);
    assert_eq!(list("region = \"35.25\"").await.unwrap(), [wedani]);
    assert_eq!(list("region = \"35\"").await.unwrap().len(), 2);
    assert_eq!(list("lead_commodity = sarung").await.unwrap(), [wedani]);
    assert_eq!(list("region = \"35.01\" AND state = PROPOSED").await.unwrap(), [""; 0]);
    assert_eq!(list("region = \"35.01\" OR region = \"35.25\"").await.unwrap().len(), 2);
    assert_eq!(list("region != \"35.25\"").await.unwrap(), [temon]);
    assert_eq!(list("state = PROPOSED OR state = DESIGNATED").await.unwrap(), [wedani]);
    let mixed = list("state = PROPOSED OR region = \"35.01\"").await;
    refused(mixed, Code::InvalidArgument, "FILTER_INVALID");
    refused(list("cluster = a").await, Code::InvalidArgument, "FILTER_INVALID");
}
