//! What the shipment service's lists can be filtered by, and what that means.

use devisa_domain::time::Timestamp;
use devisa_proto::{
    common::v1::Tier,
    shipment::v1::{
        Milestone, Release, Shipment, Sponsorship, milestone, release, shipment::State, sponsorship,
    },
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

/// Comparisons of sponsorships.
pub fn sponsorships(at: Timestamp) -> Vec<Predicate<Sponsorship>> {
    let mut all = times(at);
    all.extend(equality("release", "releases/r1", |s: &Sponsorship| s.release.clone()));
    all.extend(equality("shipment", "shipments/s1", |s: &Sponsorship| s.shipment.clone()));
    all.extend(equality("sponsor", "organisations/buyer", |s: &Sponsorship| s.sponsor.clone()));
    for number in 1..=5 {
        let kind = sponsorship::Kind::try_from(number).unwrap_or_default();
        let name = kind.as_str_name();
        all.push(Predicate::new(format!("kind = {name}"), move |s: &Sponsorship| s.kind() == kind));
    }
    all.push(Predicate::new("kind != BOOTH", |s: &Sponsorship| {
        s.kind() != sponsorship::Kind::Booth
    }));
    all
}

/// By what totals are grouped and filtered.
#[derive(Clone, Debug)]
pub struct Dimensions {
    /// Where it goes.
    pub destination: String,
    /// With which release; empty for none.
    pub release: String,
    /// What it is called in statistics.
    pub commodity: String,
    /// Its HS chapter; empty for none.
    pub hs_chapter: String,
    /// Where it was made, or `UNKNOWN`; empty while lines are not split.
    pub regency: String,
    /// Who exports it.
    pub exporter: String,
    /// The month of its tier's date.
    pub month: String,
    /// The year of its tier's date.
    pub year: String,
}

/// Comparisons of totals.
pub fn dimensions() -> Vec<Predicate<Dimensions>> {
    let mut all = vec![];
    all.extend(equality("destination_region_code", "KR", |d: &Dimensions| d.destination.clone()));
    all.extend(equality("release", "releases/r1", |d: &Dimensions| d.release.clone()));
    all.extend(equality("release", "", |d: &Dimensions| d.release.clone()));
    all.extend(equality("commodity", "Kopi", |d: &Dimensions| d.commodity.clone()));
    all.extend(equality("hs_chapter", "19", |d: &Dimensions| d.hs_chapter.clone()));
    all.extend(equality("regency", "35.25", |d: &Dimensions| d.regency.clone()));
    all.extend(equality("regency", "UNKNOWN", |d: &Dimensions| d.regency.clone()));
    all.extend(equality("exporter", "organisations/a", |d: &Dimensions| d.exporter.clone()));
    all.extend(equality("month", "2025-11", |d: &Dimensions| d.month.clone()));
    all.extend(equality("year", "2025", |d: &Dimensions| d.year.clone()));
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
