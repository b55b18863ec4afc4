//! Tests of whole histories.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;

use super::*;
use crate::{name::Id, provenance::Provenance};

fn day(day: u32) -> Date {
    Date::from_ymd_opt(2025, 1, day).unwrap()
}

fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

fn decree() -> DecreeName {
    DecreeName::parse("programmes/p/decrees/d").unwrap()
}

fn wedani(proposed: u32) -> Enrolment {
    let code = VillageCode::parse("35.25.11.2009").unwrap();
    let name = EnrolmentName::new(Id::parse("p").unwrap(), code);
    let facts = EnrolmentFacts { cluster: None, lead_commodity: None };
    let stated = Stated { facts, provenance: Provenance::default() };
    let proposal = Proposal { draft: Draft { name, stated }, effective_date: day(proposed) };
    Enrolment::new(&proposal, at(0), "ann")
}

fn to(state: State, date: u32) -> Advance {
    Advance::new(state, day(date), state.needs_decree().then(decree), None).unwrap()
}

/// Advances in the order given; the record time is the position, from 1.
fn history(proposed: u32, steps: &[(State, u32)]) -> Result<Enrolment, Refusal> {
    steps.iter().zip(1..).try_fold(wedani(proposed), |enrolment, ((state, date), now)| {
        enrolment.advance(to(*state, *date), at(now), "ben")
    })
}

#[test]
fn only_a_designation_names_a_decree_and_none_needs_a_reason() {
    for state in State::ALL {
        assert!(Advance::new(state, day(1), None, None).is_ok(), "{state}");
        let decreed = Advance::new(state, day(1), Some(decree()), None);
        let broken = decreed.err().map(|v| (v.field, v.broken.rule().to_owned()));
        let unexpected = Some(("decree".to_owned(), "decree.unexpected".to_owned()));
        assert_eq!(broken, unexpected.filter(|_| state != State::Designated), "{state}");
    }
}

fn undecreed(enrolment: &Enrolment, date: u32) -> Result<Enrolment, Refusal> {
    let advance = Advance::new(State::Designated, day(date), None, None).unwrap();
    enrolment.advance(advance, at(9), "ben")
}

#[test]
fn a_designation_without_a_decree_is_a_return_from_suspension() {
    use State::{Candidate, Designated, Inaugurated, Revoked, Suspended};
    let missing = Refusal::field("decree", RuleBroken::missing());
    for before in [&[][..], &[(Candidate, 2)]] {
        assert_eq!(undecreed(&history(1, before).unwrap(), 5), Err(missing.clone()));
    }
    let suspended = history(1, &[(Designated, 2), (Suspended, 3)]).unwrap();
    let returned = undecreed(&suspended, 5).unwrap();
    assert_eq!(returned.history.last().decree, Some(decree()));
    // On the day before its suspension there is nothing to return from.
    assert!(matches!(undecreed(&suspended, 2), Err(Refusal::StateForbids { .. })));
    for after in [(Inaugurated, 3), (Revoked, 3)] {
        let elsewhere = history(1, &[(Designated, 2), after]).unwrap();
        assert!(matches!(undecreed(&elsewhere, 5), Err(Refusal::StateForbids { .. })));
    }
}

#[test]
fn a_return_takes_over_the_decree_of_the_designation_it_goes_back_to() {
    use State::{Proposed, Revoked, Suspended};
    let second = DecreeName::parse("programmes/p/decrees/e").unwrap();
    let again = Advance::designation(second.clone(), day(5));
    let first_life = [(State::Designated, 2), (Revoked, 3), (Proposed, 4)];
    let twice = history(1, &first_life).unwrap().advance(again, at(8), "ben").unwrap();
    let suspended = twice.advance(to(Suspended, 6), at(9), "ben").unwrap();
    let returned = undecreed(&suspended, 7).unwrap();
    assert_eq!(returned.history.last().decree, Some(second));
    let other = DecreeName::parse("programmes/p/decrees/f").unwrap();
    let named = suspended.advance(Advance::designation(other.clone(), day(7)), at(9), "ben");
    assert_eq!(named.unwrap().history.last().decree, Some(other));
}

#[test]
fn the_whole_chain_and_what_it_leaves_behind() {
    use State::{Candidate, Designated, Inaugurated, UnderAssessment};
    let chain = [(UnderAssessment, 2), (Candidate, 3), (Designated, 4), (Inaugurated, 5)];
    let enrolment = history(1, &chain).unwrap();
    assert_eq!(enrolment.state(), Inaugurated);
    assert_eq!(enrolment.history.effective_date(), day(1));
    assert_eq!(enrolment.history.decree(), Some(&decree()));
    assert_eq!(enrolment.meta.version, 5);
    assert_eq!(enrolment.history.entries()[3].actor, "ben");
}

#[test]
fn suspension_returns_to_the_state_it_left() {
    use State::{Designated, Inaugurated, Revoked, Suspended};
    assert!(history(1, &[(Designated, 2), (Suspended, 3), (Designated, 4)]).is_ok());
    assert!(history(1, &[(Designated, 2), (Suspended, 3), (Inaugurated, 4)]).is_err());
    assert!(history(1, &[(Designated, 2), (Suspended, 3), (Revoked, 4)]).is_ok());
    let inaugurated = [(Designated, 2), (Inaugurated, 3), (Suspended, 4)];
    let then = |state| [&inaugurated[..], &[(state, 5)]].concat();
    assert!(history(1, &then(Inaugurated)).is_ok());
    assert!(history(1, &then(Designated)).is_err());
}

#[test]
fn a_late_fact_must_fit_the_whole_history() {
    use State::{Candidate, Designated, Inaugurated, Suspended};
    // Between proposal and designation there is room for a candidacy.
    assert!(history(1, &[(Designated, 5), (Candidate, 3)]).is_ok());
    // Each pair around it would be legal, but the return from suspension would not be.
    let returned = [(Designated, 2), (Suspended, 5), (Designated, 7)];
    let inaugurated_late = [&returned[..], &[(Inaugurated, 4)]].concat();
    let refusal = history(1, &inaugurated_late).unwrap_err();
    let Refusal::StateForbids { state, detail, .. } = refusal else { panic!("{refusal}") };
    assert_eq!(state, "DESIGNATED");
    let step = "what follows on 2025-01-07 forbids it: DESIGNATED cannot follow SUSPENDED from \
                INAUGURATED";
    assert!(detail.starts_with(step), "{detail}");
}

#[test]
fn a_late_fact_that_does_not_fit_is_told_what_was_the_case_then() {
    use State::{Candidate, Designated, Revoked, UnderAssessment};
    let designated = [(Candidate, 2), (Designated, 5)];
    let told = |late: &[(State, u32)]| match history(1, &[&designated[..], late].concat()) {
        Err(Refusal::StateForbids { state, detail, .. }) => {
            assert_eq!(state, "DESIGNATED", "the state is that of today");
            detail
        }
        other => panic!("{other:?}"),
    };
    let earlier = "on 2025-01-04 it was CANDIDATE, since 2025-01-02: REVOKED cannot follow CANDIDATE; \
                   what can: DESIGNATED, REJECTED";
    assert_eq!(told(&[(Revoked, 4)]), earlier);
    let later = "what follows on 2025-01-05 forbids it: DESIGNATED cannot follow REJECTED; what can: \
                 PROPOSED";
    assert_eq!(told(&[(State::Rejected, 4)]), later);
    let today = "on 2025-01-06: UNDER_ASSESSMENT cannot follow DESIGNATED; what can: INAUGURATED, \
                 SUSPENDED, REVOKED";
    assert_eq!(told(&[(UnderAssessment, 6)]), today);
}

#[test]
fn a_history_has_an_end() {
    let lives = [State::Rejected, State::Proposed].into_iter().cycle().zip(2..);
    let mut enrolment = wedani(1);
    for (state, now) in lives.take(MAX_ENTRIES - 1) {
        enrolment = enrolment.advance(to(state, 2), at(now), "ben").unwrap();
    }
    let state =
        if enrolment.state() == State::Rejected { State::Proposed } else { State::Rejected };
    let refusal = enrolment.advance(to(state, 2), at(1_000), "ben").unwrap_err();
    let Refusal::StateForbids { detail, .. } = refusal else { panic!("{refusal}") };
    assert_eq!(detail, "its history has 500 entries, and no history has more");
}

#[test]
fn nothing_precedes_the_first_proposal() {
    for state in State::ALL {
        let refusal = wedani(5).advance(to(state, 4), at(1), "ben").unwrap_err();
        let Refusal::StateForbids { detail, .. } = refusal else { panic!("{refusal}") };
        assert!(detail.contains("first proposed on 2025-01-05"), "{detail}");
    }
}

#[test]
fn a_second_life_has_its_own_decree() {
    use State::{Designated, Proposed, Revoked};
    let twice = [(Designated, 2), (Revoked, 3), (Proposed, 4)];
    let enrolment = history(1, &twice).unwrap();
    let second = DecreeName::parse("programmes/p/decrees/e").unwrap();
    let again = Advance::new(Designated, day(5), Some(second.clone()), None).unwrap();
    let enrolment = enrolment.advance(again, at(9), "ben").unwrap();
    assert_eq!(enrolment.history.decree(), Some(&second));
    assert_eq!(enrolment.history.effective_date(), day(1));
}

#[test]
fn what_was_known_is_told_from_what_was_the_case() {
    use State::{Candidate, Designated, Proposed};
    let enrolment = history(1, &[(Designated, 5), (Candidate, 3)]).unwrap();
    let on = |date, known| enrolment.history.state_on(day(date), at(known));
    assert_eq!(on(4, 1), Some(Proposed), "the candidacy was recorded later");
    assert_eq!(on(4, 2), Some(Candidate));
    assert_eq!(on(5, 0), Some(Proposed), "the designation was recorded later");
    assert_eq!(on(5, 2), Some(Designated));
    assert_eq!(enrolment.history.state_on(Date::from_ymd_opt(2024, 12, 31).unwrap(), at(9)), None);
}

#[test]
fn the_clock_may_go_back_but_not_the_record() {
    let enrolment = wedani(1).advance(to(State::Candidate, 2), at(9), "ben").unwrap();
    let enrolment = enrolment.advance(to(State::Designated, 3), at(4), "ben").unwrap();
    assert_eq!(enrolment.history.last().record_time, at(9));
}

#[test]
fn a_stored_history_is_read_only_when_legal() {
    let legal = history(1, &[(State::Designated, 5)]).unwrap();
    let json = serde_json::to_string(&legal).unwrap();
    assert_eq!(serde_json::from_str::<Enrolment>(&json).unwrap(), legal);
    let broken = json.replace("DESIGNATED", "INAUGURATED");
    assert!(serde_json::from_str::<Enrolment>(&broken).is_err());
    assert!(serde_json::from_str::<History>("[]").is_err());
}

/// The rules once more, written as a table of words: the oracle of the properties below.
fn naively_legal(states: &[State]) -> bool {
    let mut left = None;
    let mut before = None;
    for &state in states {
        let name = |state: Option<State>| state.map_or("", State::as_str);
        let legal = match (name(before), state.as_str()) {
            ("" | "REJECTED" | "REVOKED", "PROPOSED") => true,
            ("PROPOSED", "UNDER_ASSESSMENT" | "CANDIDATE" | "DESIGNATED" | "REJECTED") => true,
            ("UNDER_ASSESSMENT", "CANDIDATE" | "DESIGNATED" | "REJECTED") => true,
            ("CANDIDATE", "DESIGNATED" | "REJECTED") => true,
            ("DESIGNATED", "INAUGURATED" | "SUSPENDED" | "REVOKED") => true,
            ("INAUGURATED", "SUSPENDED" | "REVOKED") => true,
            ("SUSPENDED", to) => to == "REVOKED" || to == name(left),
            _ => false,
        };
        if !legal {
            return false;
        }
        if state == State::Suspended {
            left = before;
        }
        before = Some(state);
    }
    true
}

fn any_steps() -> impl Strategy<Value = Vec<(State, u32)>> {
    prop::collection::vec((prop::sample::select(State::ALL.to_vec()), 1_u32..29), 0..40)
}

proptest! {
    /// Whatever is tried in whatever order: exactly the entries that fit the whole history are
    /// taken, and every question about the past is answered as by reading all entries anew.
    #[test]
    fn histories_stay_legal_and_answer_like_a_naive_reading(steps in any_steps()) {
        let mut enrolment = wedani(3);
        // (effective date, record time, state) of all that was taken, in the order of recording.
        let mut taken = vec![(day(3), at(0), State::Proposed)];
        for ((state, date), now) in steps.into_iter().zip(1_i64..) {
            let mut tried = taken.clone();
            tried.push((day(date), at(now), state));
            tried.sort_by_key(|(date, recorded, _)| (*date, *recorded));
            let states: Vec<_> = tried.iter().map(|(_, _, state)| *state).collect();
            let fits = date >= 3 && naively_legal(&states);
            let advanced = enrolment.advance(to(state, date), at(now), "ben");
            prop_assert_eq!(advanced.is_ok(), fits);
            if let Ok(advanced) = advanced {
                enrolment = advanced;
                taken.push((day(date), at(now), state));
            }
        }
        prop_assert_eq!(enrolment.history.effective_date(), day(3));
        let count = i64::try_from(enrolment.history.entries().len()).unwrap();
        prop_assert_eq!(enrolment.meta.version, count);
        for date in 1..29 {
            for known in [0, 1, 7, 20, 40] {
                let naive = taken
                    .iter()
                    .filter(|(from, recorded, _)| *from <= day(date) && *recorded <= at(known))
                    .max_by_key(|(from, recorded, _)| (*from, *recorded))
                    .map(|(_, _, state)| *state);
                prop_assert_eq!(enrolment.history.state_on(day(date), at(known)), naive);
            }
        }
    }

    /// What had been known at an instant was a legal history, too.
    #[test]
    fn every_earlier_knowledge_was_legal(steps in any_steps(), known in 0_i64..41) {
        let mut enrolment = wedani(1);
        for ((state, date), now) in steps.into_iter().zip(1_i64..) {
            enrolment = enrolment.advance(to(state, date), at(now), "ben").unwrap_or(enrolment);
        }
        let entries = enrolment.history.entries().iter();
        let seen: Vec<_> = entries.filter(|entry| entry.record_time <= at(known)).cloned().collect();
        prop_assert!(History::try_from(seen).is_ok());
    }
}
