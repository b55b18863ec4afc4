//! State and tier.

use proptest::prelude::*;

use super::*;
use crate::{
    shipment::lifecycle::{Lifecycle, Progress, State},
    tier::Tier,
    time::Timestamp,
};

/// Noon of 26 November 2025, UTC.
const AT: Timestamp = Timestamp::from_micros(1_764_158_400_000_000);

fn timed(codes: Vec<Code>) -> Vec<(Code, Timestamp)> {
    codes.into_iter().map(|code| (code, AT)).collect()
}

fn confirmed() -> Lifecycle {
    Lifecycle::draft().confirm().unwrap()
}

fn after(codes: &[Code]) -> Lifecycle {
    codes.iter().fold(confirmed(), |lifecycle, code| lifecycle.reach(*code, AT).unwrap())
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
    ];
    for (code, state) in states {
        assert_eq!(after(&[code]).state(), state, "{code:?}");
    }
}

#[test]
fn a_late_fact_changes_no_later_state() {
    assert_eq!(after(&[Code::Loaded, Code::GatedIn]).state(), State::Loaded);
    assert_eq!(after(&[Code::Delivered, Code::Released]).state(), State::Delivered);
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
    for code in Code::ALL {
        assert_eq!(Lifecycle::draft().reach(code, AT).unwrap_err().state, State::Draft);
        assert_eq!(cancelled.reach(code, AT).unwrap_err().state, State::Cancelled);
    }
    assert!(Lifecycle::draft().expect().is_ok() && cancelled.expect().is_err());
}

#[test]
fn states_and_codes_have_their_wire_names() {
    for state in State::ALL {
        assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
    }
    for code in Code::ALL {
        assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        assert_eq!(code.dcsa().len(), 4);
    }
}

fn any_codes() -> impl Strategy<Value = Vec<Code>> {
    proptest::collection::vec(proptest::sample::select(Code::ALL.to_vec()), 0..12)
}

#[test]
fn the_day_of_loading_is_that_of_the_first_loaded_else_departed() {
    let hours = |hours: i64| Timestamp::from_micros(AT.micros() + hours * 3_600_000_000);
    let reach = |lifecycle: Lifecycle, code, at| lifecycle.reach(code, at).unwrap();
    let day = |lifecycle: Lifecycle| lifecycle.loaded_date().map(|date| date.to_string());
    let departed = reach(confirmed(), Code::Departed, hours(0));
    assert_eq!(day(confirmed()), None);
    assert_eq!(day(departed).as_deref(), Some("2025-11-26"));
    // 17:00 UTC is midnight of the next day in Jakarta.
    let loaded = reach(departed, Code::Loaded, hours(5));
    assert_eq!(day(loaded).as_deref(), Some("2025-11-27"));
    let earlier = reach(loaded, Code::Loaded, hours(-24));
    assert_eq!(day(earlier).as_deref(), Some("2025-11-25"));
    assert_eq!(day(reach(earlier, Code::Loaded, hours(48))).as_deref(), Some("2025-11-25"));
}

proptest! {
    #[test]
    fn the_order_of_recording_does_not_matter(codes in any_codes(), seed in any::<u64>()) {
        let mut shuffled = codes.clone();
        let count = shuffled.len();
        let mut state = seed;
        for index in (1..count).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            shuffled.swap(index, usize::try_from(state >> 33).unwrap() % (index + 1));
        }
        prop_assert_eq!(after(&codes), after(&shuffled));
        prop_assert_eq!(Progress::of(timed(codes)), Progress::of(timed(shuffled)));
    }

    #[test]
    fn a_repetition_changes_nothing(codes in any_codes()) {
        let once = after(&codes);
        let twice = codes.iter().fold(once, |lifecycle, code| lifecycle.reach(*code, AT).unwrap());
        prop_assert_eq!(once, twice);
    }

    #[test]
    fn states_and_tiers_never_fall_back(codes in any_codes(), declared in any::<bool>()) {
        let mut before = confirmed();
        for code in codes {
            let next = before.reach(code, AT).unwrap();
            prop_assert!(next.state() >= before.state());
            prop_assert!(next.tier(declared) >= before.tier(declared));
            prop_assert!(next.is_released() >= before.is_released());
            before = next;
        }
    }

    #[test]
    fn the_state_is_that_of_the_furthest(codes in any_codes()) {
        let furthest = codes.iter().map(|code| after(&[*code]).state()).max();
        prop_assert_eq!(after(&codes).state(), furthest.unwrap_or(State::Ready));
    }

    #[test]
    fn a_declaration_only_raises_the_tier(codes in any_codes()) {
        prop_assert!(after(&codes).tier(true) >= after(&codes).tier(false));
    }
}
