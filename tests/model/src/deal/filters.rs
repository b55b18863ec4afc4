//! What the deal service's lists and totals can be filtered by, and what that means.

use devisa_domain::time::Timestamp;
use devisa_proto::deal::v1::{
    Deal, Realisation, Session,
    deal::{Instrument, State},
    deal_review::State as Review,
};

use crate::list::{Predicate, equality, times};

fn review(deal: &Deal) -> Review {
    deal.review.as_ref().map_or(Review::Unspecified, |review| review.state())
}

/// Comparisons of deals.
pub fn deals(at: Timestamp) -> Vec<Predicate<Deal>> {
    let mut all = times(at);
    all.extend(equality("session", "sessions/s1", |d: &Deal| d.session.clone()));
    all.extend(equality("seller", "organisations/a", |d: &Deal| d.seller.clone()));
    all.extend(equality("buyer", "organisations/buyer", |d: &Deal| d.buyer.clone()));
    for number in 1..=4 {
        let paper = Instrument::try_from(number).unwrap_or_default();
        let name = paper.as_str_name();
        all.push(Predicate::new(format!("instrument = {name}"), move |d: &Deal| {
            d.instrument() == paper
        }));
    }
    all.push(Predicate::new("instrument != LOI", |d: &Deal| d.instrument() != Instrument::Loi));
    for number in 1..=5 {
        let state = State::try_from(number).unwrap_or_default();
        let name = state.as_str_name().trim_start_matches("STATE_");
        all.push(Predicate::new(format!("state = {name}"), move |d: &Deal| d.state() == state));
        let found = Review::try_from(number).unwrap_or_default();
        let name = found.as_str_name().trim_start_matches("STATE_");
        all.push(Predicate::new(format!("review.state = {name}"), move |d: &Deal| {
            review(d) == found
        }));
    }
    all.push(Predicate::new("state != STATE_DRAFT", |d: &Deal| d.state() != State::Draft));
    all.push(Predicate::new("review.state != NONE", |d: &Deal| review(d) != Review::None));
    all.push(Predicate::new("(state = SIGNED OR state = FULFILLED)", |d: &Deal| {
        matches!(d.state(), State::Signed | State::Fulfilled)
    }));
    all
}

/// Comparisons of sessions.
pub fn sessions(at: Timestamp) -> Vec<Predicate<Session>> {
    times(at)
}

/// Comparisons of realisations.
pub fn realisations(at: Timestamp) -> Vec<Predicate<Realisation>> {
    times(at)
}

/// By what a deal's totals are grouped and filtered.
#[derive(Clone, Debug)]
pub struct Dimensions {
    /// Its session; empty for none.
    pub session: String,
    /// Its seller.
    pub seller: String,
    /// Its buyer.
    pub buyer: String,
    /// Its session's trade office; empty for none.
    pub office: String,
    /// What it sells: `MIXED` for several.
    pub commodity: String,
    /// The month of its signature.
    pub month: String,
}

/// Comparisons of totals.
pub fn dimensions() -> Vec<Predicate<Dimensions>> {
    let mut all = vec![];
    all.extend(equality("session", "sessions/s1", |d: &Dimensions| d.session.clone()));
    all.extend(equality("session", "", |d: &Dimensions| d.session.clone()));
    all.extend(equality("seller", "organisations/a", |d: &Dimensions| d.seller.clone()));
    all.extend(equality("buyer", "organisations/buyer", |d: &Dimensions| d.buyer.clone()));
    all.extend(equality("office", "organisations/c", |d: &Dimensions| d.office.clone()));
    all.extend(equality("office", "", |d: &Dimensions| d.office.clone()));
    all.extend(equality("commodity", "Kopi", |d: &Dimensions| d.commodity.clone()));
    all.extend(equality("commodity", "MIXED", |d: &Dimensions| d.commodity.clone()));
    all.extend(equality("month", "2025-11", |d: &Dimensions| d.month.clone()));
    all
}
