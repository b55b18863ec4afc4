//! Corrections.

use proptest::prelude::*;

use super::*;
use crate::{
    meta::Meta,
    name::MilestoneName,
    shipment::{
        Timeline,
        milestone::{Classifier, Milestone, MilestoneFacts},
    },
};

fn name(id: usize) -> MilestoneName {
    MilestoneName::parse(&format!("shipments/a/milestones/m{id}")).unwrap()
}

fn milestone(id: usize, code: Code, classifier: Classifier, corrects: Option<usize>) -> Milestone {
    let event_time = Timestamp::from_micros(i64::try_from(id).unwrap());
    let corrects = corrects.map(name);
    Milestone {
        name: name(id),
        meta: Meta::new(now(), Provenance::default()),
        facts: MilestoneFacts { code, classifier, event_time, location: None, corrects },
    }
}

fn actual(id: usize, code: Code, corrects: Option<usize>) -> Milestone {
    milestone(id, code, Classifier::Actual, corrects)
}

fn progress(milestones: &[Milestone]) -> Progress {
    milestones.iter().cloned().collect::<Timeline>().progress()
}

#[test]
fn a_correction_replaces_the_corrected_one_whole() {
    let loaded = actual(0, Code::Loaded, None);
    let gated = actual(1, Code::GatedIn, Some(0));
    assert_eq!(
        progress(&[loaded.clone(), gated.clone()]),
        progress(&[actual(1, Code::GatedIn, None)])
    );
    let not_yet = milestone(1, Code::Loaded, Classifier::Estimated, Some(0));
    assert_eq!(progress(&[loaded.clone(), not_yet]), Progress::default());
    let planned = milestone(0, Code::Loaded, Classifier::Planned, None);
    let happened = actual(1, Code::Loaded, Some(0));
    assert_eq!(progress(&[planned, happened]), progress(&[actual(1, Code::Loaded, None)]));
    let departed = actual(2, Code::Departed, Some(1));
    assert_eq!(progress(&[loaded, gated, departed.clone()]), progress(&[departed]));
}

#[test]
fn a_corrected_taking_back_gives_back() {
    let loaded = actual(0, Code::Loaded, None);
    let rolled = actual(1, Code::Rolled, None);
    let booked = actual(2, Code::Booked, Some(1));
    assert_eq!(progress(&[loaded.clone(), rolled.clone()]), Progress::default());
    assert_eq!(progress(&[loaded.clone(), rolled, booked]), progress(&[loaded]));
}

#[test]
fn plans_are_no_facts() {
    for classifier in [Classifier::Planned, Classifier::Estimated] {
        assert_eq!(progress(&[milestone(0, Code::Loaded, classifier, None)]), Progress::default());
    }
}

#[test]
fn only_what_stands_can_be_corrected() {
    let milestones = [
        actual(0, Code::Loaded, None),
        actual(1, Code::GatedIn, Some(0)),
        actual(2, Code::Released, None),
    ];
    let timeline: Timeline = milestones.into_iter().collect();
    let rule = |id| timeline.check_correction(&name(id)).map_err(|broken| broken.rule().to_owned());
    assert_eq!(rule(0), Err("corrects.corrected".to_owned()));
    assert_eq!(rule(1), Ok(()));
    assert_eq!(rule(2), Err("corrects.released".to_owned()));
    assert_eq!(rule(3), Err("reference.exists".to_owned()));
    assert!(timeline.contains(&name(2)) && !timeline.contains(&name(3)));
    assert_eq!(timeline.standing().map(|m| m.name.clone()).collect::<Vec<_>>(), [name(1), name(2)]);
}

#[test]
fn it_arrived_on_the_day_of_the_last_arrival_that_stands() {
    let days =
        |milestones: &[Milestone]| milestones.iter().cloned().collect::<Timeline>().arrival_date();
    let on = |id, code, corrects, time: &str| {
        let mut milestone = actual(id, code, corrects);
        milestone.facts.event_time = Timestamp::parse(time).unwrap();
        milestone
    };
    let arrived = on(1, Code::Arrived, None, "2025-12-10T18:00:00Z");
    // Already the next day in Jakarta.
    assert_eq!(days(std::slice::from_ref(&arrived)), Some(date("2025-12-11")));
    let corrected = on(2, Code::Arrived, Some(1), "2025-12-12T00:00:00Z");
    assert_eq!(days(&[arrived.clone(), corrected]), Some(date("2025-12-12")));
    let expected = milestone(3, Code::Arrived, Classifier::Estimated, None);
    assert_eq!(days(&[expected]), None);
    let returned = on(4, Code::Returned, None, "2025-12-20T00:00:00Z");
    assert_eq!(days(&[arrived.clone(), returned.clone()]), None);
    let again = on(5, Code::Arrived, None, "2026-01-05T00:00:00Z");
    assert_eq!(days(&[arrived, returned, again]), Some(date("2026-01-05")));
}

/// Milestones of which each may correct one before it that none corrects yet.
fn any_timeline() -> impl Strategy<Value = Vec<Milestone>> {
    let one = (
        proptest::sample::select(Code::ALL.to_vec()),
        proptest::sample::select(Classifier::ALL.to_vec()),
        proptest::option::of(any::<proptest::sample::Index>()),
    );
    proptest::collection::vec(one, 0..10).prop_map(|drawn| {
        let mut timeline = Timeline::default();
        let mut milestones = Vec::new();
        for (id, (code, classifier, corrects)) in drawn.into_iter().enumerate() {
            let corrects = corrects.filter(|_| id > 0).map(|index| index.index(id));
            let corrects = corrects.filter(|id| timeline.check_correction(&name(*id)).is_ok());
            let milestone = milestone(id, code, classifier, corrects);
            timeline.add(milestone.clone());
            milestones.push(milestone);
        }
        milestones
    })
}

proptest! {
    #[test]
    fn the_order_of_recording_does_not_matter(
        (milestones, shuffled) in
            any_timeline().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle()))
    ) {
        prop_assert_eq!(progress(&milestones), progress(&shuffled));
    }

    #[test]
    fn the_corrected_might_as_well_not_be_there(milestones in any_timeline()) {
        let timeline: Timeline = milestones.iter().cloned().collect();
        let standing: Vec<_> = timeline.standing().cloned().map(|mut milestone| {
            milestone.facts.corrects = None;
            milestone
        }).collect();
        prop_assert_eq!(timeline.progress(), progress(&standing));
    }
}
