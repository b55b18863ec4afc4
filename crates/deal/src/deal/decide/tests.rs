//! Decisions on values, without a database.
#![allow(clippy::unwrap_used)]

use devisa_domain::{
    deal::{DealFacts, DealInput, Instrument, ReviewState, StatedValue, plausibility::Known},
    money::{Currency, Money},
    name::DealName,
    provenance::Provenance,
    refusal::RuleBroken,
    time::Timestamp,
};
use devisa_ledger::GuardSeen;
use devisa_proto::mask::UpdateMask;
use prost_types::FieldMask;

use super::*;
use crate::deal::load::{SessionDeals, Surroundings};
use devisa_domain::deal::ReviewCommand;

/// 27 November 2025, 09:00 in Jakarta.
const NOW: Timestamp = Timestamp::from_micros(1_764_208_800_000_000);
const SESSION: &str = "sessions/malaysia";

fn by(actor: &str) -> Moment {
    Moment { now: NOW, actor: actor.to_owned() }
}

fn name(id: &str) -> DealName {
    format!("deals/{id}").parse().unwrap()
}

fn draft(id: &str, dollars: i64) -> DealDraft {
    let facts = DealFacts {
        session: Some(SESSION.parse().unwrap()),
        seller: format!("organisations/{id}").parse().unwrap(),
        buyer: "organisations/buyer".parse().unwrap(),
        instrument: Instrument::Loi,
        goods: Vec::new(),
        value: Money::from_minor(dollars * 100, Currency::USD),
        stated_values: Vec::<StatedValue>::new(),
        term_months: None,
        sign_date: Some("2025-11-26".parse().unwrap()),
    };
    let stated = DealInput { facts, provenance: Provenance::default() };
    DealDraft { name: name(id), stated }
}

fn written(id: &str, dollars: i64) -> Deal {
    Deal::create(&draft(id, dollars), deed(&by("attache"))).unwrap()
}

fn signed_deal(id: &str, dollars: i64) -> Deal {
    written(id, dollars).signed(None, deed(&by("attache"))).unwrap()
}

/// The session with other signed deals; nothing is known of sizes and rates.
fn at_session(others: Vec<Deal>) -> Option<Surroundings> {
    let guard = GuardSeen::new(SESSION, 3);
    let session = SessionDeals { name: SESSION.parse().unwrap(), guard, others };
    Some(Surroundings { sessions: vec![session], known: Known::default() })
}

fn existing(deal: Deal, surroundings: Option<Surroundings>) -> Existing {
    Existing { deal, absent: Vec::new(), surroundings }
}

fn events(decision: &Decision<wire::Deal>) -> Vec<(&str, &str)> {
    decision.change.events().collect()
}

fn reason<T>(answer: Result<T, Refusal>) -> String {
    format!("{:?}", answer.err().unwrap().reason())
}

#[test]
fn a_deal_is_drafted_once_between_parties_that_exist() {
    let of = |is_taken, absent| create(&NewDeal { is_taken, absent }, &draft("a", 5), &by("ann"));
    let created = of(false, Vec::new()).unwrap();
    assert_eq!(created.response.name, "deals/a");
    assert_eq!(events(&created), [("devisa.deal.v1.deal.created", "deals/a")]);
    assert_eq!(reason(of(true, Vec::new())), "ResourceExists");
    let absent = RuleBroken::missing().at("deal.seller");
    let refused = of(false, vec![absent.clone()]).unwrap_err();
    assert_eq!(refused, Refusal::Invalid(vec![absent]));
}

fn change(id: &str, path: &str, patch: wire::Deal) -> UpdateDeal {
    let mask = FieldMask { paths: vec![path.to_owned()] };
    let mask = UpdateMask::parse::<wire::Deal>(Some(&mask)).unwrap();
    UpdateDeal { name: name(id), patch, mask }
}

fn term(months: i32) -> UpdateDeal {
    let patch = wire::Deal { term_months: months, ..wire::Deal::default() };
    change("a", "term_months", patch)
}

fn into_session(session: &str) -> UpdateDeal {
    let patch = wire::Deal { session: session.to_owned(), ..wire::Deal::default() };
    change("a", "session", patch)
}

#[test]
fn a_draft_changes_and_no_change_is_none() {
    let snapshot = existing(written("a", 5), None);
    let changed = update(&snapshot, &term(12), &by("ann")).unwrap();
    assert_eq!(events(&changed), [("devisa.deal.v1.deal.updated", "deals/a")]);
    let same = update(&snapshot, &into_session(SESSION), &by("ann")).unwrap();
    assert!(same.change.is_empty());
    let mut stale = term(12);
    stale.patch.etag = "\"9\"".to_owned();
    assert_eq!(reason(update(&snapshot, &stale, &by("ann"))), "EtagMismatch");
    let signed = existing(signed_deal("a", 5), None);
    assert_eq!(reason(update(&signed, &term(12), &by("ann"))), "StateForbids");
}

#[test]
fn a_signed_deal_that_moves_is_evaluated_where_it_goes() {
    let elsewhere = into_session("sessions/other");
    let unloaded = existing(signed_deal("a", 5), None);
    assert_eq!(reason(update(&unloaded, &elsewhere, &by("ann"))), "Contention");
    let loaded = existing(signed_deal("a", 5), at_session(Vec::new()));
    let moved = update(&loaded, &elsewhere, &by("ann")).unwrap();
    assert_eq!(moved.response.session, "sessions/other");
    assert_eq!(moved.change.guards().collect::<Vec<_>>(), [SESSION]);
    // A draft counts nowhere: it moves without.
    let draft = existing(written("a", 5), None);
    assert!(update(&draft, &elsewhere, &by("ann")).is_ok());
}

fn signature() -> SignDeal {
    SignDeal { name: name("hats"), sign_date: None, etag: String::new() }
}

#[test]
fn a_signature_evaluates_all_deals_of_the_session_in_one_change() {
    let others = ["a", "b", "c"].map(|id| signed_deal(id, 4_700)).to_vec();
    let snapshot = existing(written("hats", 239_500_000), at_session(others));
    let signed = sign(&snapshot, &signature(), &by("ann")).unwrap();
    let review = signed.response.review.as_ref().unwrap();
    assert_eq!(review.state(), wire::deal_review::State::Held);
    let broken: Vec<_> = review.findings.iter().map(|finding| finding.rule.as_str()).collect();
    assert!(broken.contains(&"session_outlier"), "{broken:?}");
    assert_eq!(events(&signed)[0], ("devisa.deal.v1.deal.signed", "deals/hats"));
    // Nothing is known of rates, so each of the others now has a rule that cannot be evaluated.
    let evaluated = events(&signed)[1..].iter().map(|(kind, _)| *kind).collect::<Vec<_>>();
    assert_eq!(evaluated, ["devisa.deal.v1.deal.evaluated"; 3]);
    assert_eq!(signed.change.guards().collect::<Vec<_>>(), [SESSION]);
}

#[test]
fn only_a_draft_is_signed_and_never_without_being_evaluated() {
    let unloaded = existing(written("hats", 5), None);
    assert_eq!(reason(sign(&unloaded, &signature(), &by("ann"))), "Contention");
    let signed = existing(signed_deal("hats", 5), at_session(Vec::new()));
    assert_eq!(reason(sign(&signed, &signature(), &by("ann"))), "StateForbids");
    let stale = SignDeal { etag: "\"2\"".to_owned(), ..signature() };
    assert_eq!(reason(sign(&unloaded, &stale, &by("ann"))), "EtagMismatch");
}

fn judged(judgement: Judgement) -> ReviewDeal {
    let command = ReviewCommand { judgement, note: String::new() };
    ReviewDeal { name: name("hats"), command, etag: String::new() }
}

fn evidence() -> String {
    "https://example.org/loi.pdf".to_owned()
}

#[test]
fn a_judgement_that_changes_no_value_evaluates_nothing() {
    let snapshot = existing(signed_deal("hats", 5), None);
    let confirm = judged(Judgement::Confirm { evidence_uri: evidence() });
    let confirmed = review(&snapshot, &confirm, &by("reviewer")).unwrap();
    assert_eq!(events(&confirmed), [("devisa.deal.v1.deal.reviewed", "deals/hats")]);
    assert_eq!(confirmed.change.guards().count(), 0);
    // Whoever signed it cannot.
    assert_eq!(reason(review(&snapshot, &confirm, &by("attache"))), "SamePrincipal");
}

#[test]
fn a_corrected_value_is_evaluated_as_if_it_were_new() {
    let value = Money::from_minor(1_450_000, Currency::USD);
    let correct = judged(Judgement::Correct { value, evidence_uri: evidence() });
    assert!(corrects(&correct));
    let unloaded = existing(signed_deal("hats", 239_500_000), None);
    assert_eq!(reason(review(&unloaded, &correct, &by("reviewer"))), "Contention");
    let others = ["a", "b", "c"].map(|id| signed_deal(id, 4_700)).to_vec();
    let loaded = existing(signed_deal("hats", 239_500_000), at_session(others));
    let corrected = review(&loaded, &correct, &by("reviewer")).unwrap();
    let response = corrected.response.review.as_ref().unwrap();
    assert_eq!(response.state(), wire::deal_review::State::Corrected);
    assert_eq!(response.decisions.len(), 1);
    assert_eq!(loaded.deal.review().state(), ReviewState::None);
}
