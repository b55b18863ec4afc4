//! What the shipment service's lists can be filtered by, and what that means.

use devisa_domain::time::Timestamp;
use devisa_proto::{
    common::v1::Tier,
    shipment::v1::{Milestone, Release, Shipment, milestone, release, shipment::State},
};

use crate::list::{Predicate, equality, times};

/// Comparisons of shipments.
pub fn shipments(at: Timestamp) -> Vec<Predicate<Shipment>> {
    let mut all = times(at);
    all.extend(equality("release", "releases/r1", |s: &Shipment| s.release.clone()));
    all.extend(equality("exporter", "organisations/a", |s: &Shipment| s.exporter.clone()));
    let destination = |s: &Shipment| s.destination_region_code.clone();
    all.extend(equality("destination_region_code", "KR", destination));
    for number in 1..=9 {
        let state = State::try_from(number).unwrap_or_default();
        let name = state.as_str_name();
        all.push(Predicate::new(format!("state = {name}"), move |s: &Shipment| s.state() == state));
    }
    all.push(Predicate::new("state != CANCELLED", |s: &Shipment| s.state() != State::Cancelled));
    for tier in [Tier::Released, Tier::Realised] {
        let name = tier.as_str_name();
        all.push(Predicate::new(format!("tier = {name}"), move |s: &Shipment| s.tier() == tier));
        all.push(Predicate::new(format!("tier != {name}"), move |s: &Shipment| s.tier() != tier));
    }
    let chapter = |s: &Shipment| s.lines.iter().any(|line| line.hs_code.starts_with("19"));
    all.push(Predicate::new("hs_chapter:\"19\"", chapter));
    all.push(Predicate::new("hs_chapter != \"19\"", move |s: &Shipment| !chapter(s)));
    all
}

/// Comparisons of releases.
pub fn releases(at: Timestamp) -> Vec<Predicate<Release>> {
    let mut all = times(at);
    for state in [release::State::Planned, release::State::Released, release::State::Cancelled] {
        let name = state.as_str_name();
        all.push(Predicate::new(format!("state = {name}"), move |r: &Release| r.state() == state));
        all.push(Predicate::new(format!("state != {name}"), move |r: &Release| r.state() != state));
    }
    all
}

/// Comparisons of milestones.
pub fn milestones(at: Timestamp) -> Vec<Predicate<Milestone>> {
    use milestone::{Classifier, Code};
    let mut all = times(at);
    for code in [Code::Released, Code::Loaded, Code::Rolled] {
        let name = code.as_str_name();
        all.push(Predicate::new(format!("code = {name}"), move |m: &Milestone| m.code() == code));
        all.push(Predicate::new(format!("code != {name}"), move |m: &Milestone| m.code() != code));
    }
    for sure in [Classifier::Planned, Classifier::Actual] {
        let name = sure.as_str_name().trim_start_matches("CLASSIFIER_");
        all.push(Predicate::new(format!("classifier = {name}"), move |m: &Milestone| {
            m.classifier() == sure
        }));
    }
    all
}
