//! State and tier.

use proptest::prelude::*;

use super::*;
use crate::{
    shipment::{
        lifecycle::{Lifecycle, State},
        milestone::Classifier,
    },
    tier::Tier,
};

fn confirmed() -> Lifecycle {
    Lifecycle::draft().confirm().unwrap()
}

fn at(code: Code, time: i64) -> Happened {
    Happened { code, time: Timestamp::from_micros(time) }
}

/// Where a confirmed shipment stands after this.
fn with(happened: &[Happened]) -> Lifecycle {
    confirmed().following(Progress::of(happened))
}

/// The same, for things that happened one after the other.
fn after(codes: &[Code]) -> Lifecycle {
    with(&codes.iter().zip(0..).map(|(code, time)| at(*code, time)).collect::<Vec<_>>())
}

#[test]
fn each_milestone_leads_to_its_state() {
    let states = [
        (Code::Booked, State::Ready),
        (Code::PebLodged, State::Ready),
        (Code::NpeIssued, State::Ready),
        (Code::Stuffed, State::Ready),
        (Code::Released, State::Released),
        (Code::GatedIn, State::GatedIn),
        (Code::Loaded, State::Loaded),
        (Code::Departed, State::Departed),
        (Code::Arrived, State::Arrived),
        (Code::Delivered, State::Delivered),
        (Code::Rolled, State::Ready),
        (Code::ShortShipped, State::Ready),
        (Code::Returned, State::Ready),
    ];
    assert_eq!(states.map(|(code, _)| code), Code::ALL);
    for (code, state) in states {
        assert_eq!(after(&[code]).state(), state, "{code:?}");
    }
}

#[test]
fn what_is_taken_back_no_longer_counts() {
    use Code::{Arrived, Booked, Delivered, Departed, GatedIn, Loaded, Released, Returned};
    let voyage = [Booked, Released, GatedIn, Loaded, Departed];
    for code in [Code::Rolled, Code::ShortShipped] {
        let taken_back = after(&[&voyage[..], &[code]].concat());
        assert_eq!(
            (taken_back.state(), taken_back.tier(true)),
            (State::GatedIn, Some(Tier::Released))
        );
        let again = after(&[&voyage[..], &[code, Loaded]].concat());
        assert_eq!((again.state(), again.tier(true)), (State::Loaded, Some(Tier::Realised)));
        assert_eq!(after(&[Loaded, Arrived, code]).state(), State::Arrived, "it says so");
    }
    let returned = after(&[&voyage[..], &[Arrived, Delivered, Returned]].concat());
    assert_eq!((returned.state(), returned.tier(true)), (State::Released, Some(Tier::Released)));
    assert_eq!(after(&[GatedIn, Loaded, Returned]).state(), State::Ready);
    assert_eq!(after(&[GatedIn, Returned, GatedIn]).state(), State::GatedIn);
}

#[test]
fn late_facts_count_when_they_happened() {
    let rolled = [at(Code::Loaded, 1), at(Code::Rolled, 3)];
    assert_eq!(with(&rolled).state(), State::Ready);
    let late = |time| with(&[&rolled[..], &[at(Code::Departed, time)]].concat()).state();
    assert_eq!(late(2), State::Ready, "before it was rolled");
    assert_eq!(late(3), State::Ready, "at the same time");
    assert_eq!(late(4), State::Departed, "by the later vessel");
    assert_eq!(after(&[Code::Loaded, Code::GatedIn]).state(), State::Loaded);
}

#[test]
fn the_day_of_loading_is_that_of_the_first_loaded_else_departed() {
    let hour = |code, hours: i64| at(code, now().micros() + hours * 3_600_000_000);
    let day = |happened: &[Happened]| with(happened).loaded_date().map(|date| date.to_string());
    assert_eq!(day(&[hour(Code::GatedIn, 0)]), None);
    let mut happened = vec![hour(Code::Departed, 0)];
    assert_eq!(day(&happened).as_deref(), Some("2025-11-26"));
    // Midnight in Jakarta is still the day before in UTC.
    happened.push(hour(Code::Loaded, 12));
    assert_eq!(day(&happened).as_deref(), Some("2025-11-27"));
    happened.push(hour(Code::Loaded, -24));
    assert_eq!(day(&happened).as_deref(), Some("2025-11-25"));
    happened.push(hour(Code::Rolled, -20));
    assert_eq!(day(&happened).as_deref(), Some("2025-11-27"), "the first was taken back");
}

#[test]
fn tiers_need_their_proofs() {
    let cases: [(&[Code], bool, Option<Tier>); 8] = [
        (&[], false, None),
        (&[], true, None),
        (&[Code::GatedIn], true, None),
        (&[Code::Released], true, Some(Tier::Released)),
        (&[Code::Released, Code::Loaded], false, Some(Tier::Released)),
        (&[Code::Loaded], false, None),
        (&[Code::Loaded], true, Some(Tier::Realised)),
        (&[Code::Released, Code::Departed], true, Some(Tier::Realised)),
    ];
    for (codes, declared, tier) in cases {
        assert_eq!(after(codes).tier(declared), tier, "{codes:?} {declared}");
    }
    assert_eq!(after(&[Code::Arrived]).tier(true), None, "arrival is no proof of loading");
}

#[test]
fn steps_are_forbidden_from_the_wrong_states() {
    let cancelled = Lifecycle::draft().cancel().unwrap();
    assert_eq!(confirmed().confirm().unwrap_err().state, State::Ready);
    assert_eq!(cancelled.confirm().unwrap_err().state, State::Cancelled);
    assert_eq!(cancelled.cancel().unwrap_err().state, State::Cancelled);
    assert_eq!(after(&[Code::Released]).cancel().unwrap_err().state, State::Released);
    assert_eq!(after(&[Code::Stuffed]).cancel().unwrap().state(), State::Cancelled);
    assert_eq!(Lifecycle::draft().released().unwrap_err().state, State::Draft);
    assert_eq!(cancelled.released().unwrap_err().state, State::Cancelled);
    for classifier in Classifier::ALL {
        let is_actual = classifier == Classifier::Actual;
        assert_eq!(Lifecycle::draft().check_milestone(classifier).is_err(), is_actual);
        assert_eq!(confirmed().check_milestone(classifier), Ok(()));
        assert_eq!(cancelled.check_milestone(classifier).unwrap_err().state, State::Cancelled);
    }
}

#[test]
fn states_and_codes_have_their_wire_names() {
    for state in State::ALL {
        assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
    }
    for code in Code::ALL {
        assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        let has_none = matches!(code, Code::Rolled | Code::ShortShipped | Code::Returned);
        assert_eq!(code.dcsa().len(), if has_none { 0 } else { 4 });
    }
}

fn any_happened() -> impl Strategy<Value = Vec<Happened>> {
    let codes = proptest::sample::select(Code::ALL.to_vec());
    // Few instants, so that some fall together.
    let happened = (codes, 0..6_i64).prop_map(|(code, time)| at(code, time));
    proptest::collection::vec(happened, 0..12)
}

/// What nothing ever takes back.
fn onward(happened: Vec<Happened>) -> Vec<Happened> {
    let takes_back = |code| Code::ALL.into_iter().any(|other| other.is_taken_back_by(code));
    happened.into_iter().filter(|event| !takes_back(event.code)).collect()
}

proptest! {
    #[test]
    fn the_order_of_recording_does_not_matter(
        (happened, shuffled) in
            any_happened().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle()))
    ) {
        prop_assert_eq!(Progress::of(&happened), Progress::of(&shuffled));
    }

    #[test]
    fn a_repetition_changes_nothing(happened in any_happened()) {
        let twice = [&happened[..], &happened[..]].concat();
        prop_assert_eq!(Progress::of(&happened), Progress::of(&twice));
    }

    #[test]
    fn nothing_falls_back_unless_it_is_taken_back(
        happened in any_happened(), declared in any::<bool>()
    ) {
        let happened = onward(happened);
        let mut before = confirmed();
        for count in 0..=happened.len() {
            let next = with(&happened[..count]);
            prop_assert!(next.state() >= before.state());
            prop_assert!(next.tier(declared) >= before.tier(declared));
            prop_assert!(next.is_released() >= before.is_released());
            before = next;
        }
    }

    #[test]
    fn the_state_is_that_of_the_furthest(happened in any_happened()) {
        let happened = onward(happened);
        let furthest = happened.iter().map(|event| with(&[*event]).state()).max();
        prop_assert_eq!(with(&happened).state(), furthest.unwrap_or(State::Ready));
    }

    #[test]
    fn taking_back_never_raises(happened in any_happened(), time in 0..6_i64) {
        for code in [Code::Rolled, Code::ShortShipped, Code::Returned] {
            let taken_back = with(&[&happened[..], &[at(code, time)]].concat());
            prop_assert!(taken_back.state() <= with(&happened).state());
            prop_assert!(taken_back.tier(true) <= with(&happened).tier(true));
            prop_assert_eq!(taken_back.is_released(), with(&happened).is_released());
        }
    }

    #[test]
    fn only_what_is_later_outlives_a_taking_back(happened in any_happened()) {
        let last = |code| with(&[&happened[..], &[at(code, 6)]].concat());
        prop_assert!(last(Code::Returned).state() <= State::Released);
        prop_assert!(last(Code::Rolled).tier(true) <= Some(Tier::Released));
        let again = [&happened[..], &[at(Code::Returned, 6), at(Code::Loaded, 7)]].concat();
        prop_assert_eq!(with(&again).state(), State::Loaded);
    }

    #[test]
    fn leaving_at_a_release_adds_to_the_set(happened in any_happened(), time in 0..6_i64) {
        let whole = with(&[&happened[..], &[at(Code::Released, time)]].concat());
        prop_assert_eq!(with(&happened).released().unwrap(), whole);
    }

    #[test]
    fn a_declaration_only_raises_the_tier(happened in any_happened()) {
        prop_assert!(with(&happened).tier(true) >= with(&happened).tier(false));
    }
}
