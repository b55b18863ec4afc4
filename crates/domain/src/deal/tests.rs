//! Lifecycles and reviews, and what the tests of plausibility build on.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;

use super::{
    plausibility::{Finding, Known, evaluate_alone},
    *,
};
use crate::{
    money::{Currency, Money},
    name::DealName,
    provenance::Provenance,
    refusal::{Reason, Refusal},
    tier::Tier,
    time::{Date, Timestamp, start_of_jakarta_day},
};

pub(super) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

pub(super) fn noon(date: &str) -> Timestamp {
    Timestamp::from_micros(start_of_jakarta_day(day(date)).micros() + 12 * 3_600_000_000)
}

pub(super) fn deed(actor: &str) -> Deed<'_> {
    Deed { now: noon("2025-11-27"), actor }
}

/// A deal in the making, for tests.
#[derive(Clone)]
pub(super) struct Sketch {
    name: DealName,
    input: DealInput,
}

fn created(sketch: Sketch) -> Result<Deal, Refusal> {
    let draft = DealDraft { name: sketch.name, stated: sketch.input };
    Deal::create(&draft, deed("attache"))
}

impl Sketch {
    pub(super) fn new(id: &str, value: Money) -> Self {
        let facts = DealFacts {
            session: Some("sessions/malaysia".parse().unwrap()),
            seller: format!("organisations/{id}").parse().unwrap(),
            buyer: "organisations/cemara-ayu".parse().unwrap(),
            instrument: Instrument::Loi,
            goods: Vec::new(),
            value,
            stated_values: Vec::new(),
            term_months: None,
            sign_date: Some(day("2025-11-26")),
        };
        let name = format!("deals/{id}").parse().unwrap();
        Self { name, input: DealInput { facts, provenance: Provenance::default() } }
    }

    pub(super) fn stated(mut self, text: &str) -> Self {
        self.input.facts.stated_values.push(StatedValue::new(text, None).unwrap());
        self
    }

    pub(super) fn term(mut self, months: i32) -> Self {
        self.input.facts.term_months = Some(TermMonths::parse(months).unwrap());
        self
    }

    fn unsigned(mut self) -> Self {
        self.input.facts.sign_date = None;
        self
    }

    pub(super) fn draft(self) -> Deal {
        created(self.unsigned()).unwrap()
    }

    pub(super) fn signed(self) -> Deal {
        created(self).unwrap().signed(None, deed("signer")).unwrap()
    }
}

fn usd(cents: i64) -> Money {
    Money::from_minor(cents, Currency::USD)
}

fn hats() -> Sketch {
    Sketch::new("sang-bamboo", usd(23_950_000_000))
}

/// Above the ceiling of a medium firm, without needing a rate.
fn huge() -> Money {
    Money::from_minor(5_000_000_000_001, Currency::IDR)
}

fn small() -> Money {
    Money::from_minor(100, Currency::IDR)
}

fn found_of(value: Money) -> Vec<Finding> {
    evaluate_alone(&Sketch::new("x", value).signed(), &Known::default())
}

fn confirm() -> ReviewCommand {
    let judgement = Judgement::Confirm { evidence_uri: "https://example.org/loi".to_owned() };
    ReviewCommand { judgement, note: String::new() }
}

fn correct(value: Money) -> ReviewCommand {
    let evidence_uri = "https://example.org/loi".to_owned();
    ReviewCommand { judgement: Judgement::Correct { value, evidence_uri }, note: "slip".to_owned() }
}

fn dispute() -> ReviewCommand {
    let judgement = Judgement::Dispute { evidence_uri: String::new() };
    ReviewCommand { judgement, note: String::new() }
}

#[test]
fn the_tier_follows_from_the_paper_alone() {
    let tiers = Instrument::ALL.map(Instrument::tier);
    let (promised, agreed) = (Tier::Potential, Tier::Contracted);
    assert_eq!(tiers, [promised, promised, agreed, agreed]);
}

#[test]
fn a_draft_is_signed_on_its_own_or_the_named_day() {
    let draft = hats().draft();
    assert_eq!((draft.state(), draft.meta().version), (State::Draft, 1));
    let missing = draft.signed(None, deed("a")).unwrap_err();
    assert_eq!(missing.reason(), Reason::FieldMissing);
    let early = draft.signed(Some(day("2025-11-28")), deed("a")).unwrap_err();
    assert!(early.to_string().starts_with("sign_date: date.future"), "{early}");
    let signed = draft.signed(Some(day("2025-11-26")), deed("signer")).unwrap();
    assert!(signed.is_signed());
    assert_eq!(signed.facts().sign_date, Some(day("2025-11-26")));
    assert_eq!(signed.meta().version, 2);
    assert_eq!(signed.authors().collect::<Vec<_>>(), ["attache", "signer"]);
    let again = signed.signed(None, deed("signer")).unwrap_err();
    assert_eq!(again.reason(), Reason::StateForbids);
    let named = hats().signed().facts().sign_date;
    assert_eq!(named, Some(day("2025-11-26")));
}

#[test]
fn the_calendar_and_the_parties_are_checked_at_once() {
    let mut sketch = hats();
    sketch.input.facts.buyer = sketch.input.facts.seller.clone();
    sketch.input.facts.sign_date = Some(day("2025-11-28"));
    let refusal = created(sketch).unwrap_err();
    let Refusal::Invalid(violations) = refusal else { panic!("{refusal}") };
    let fields: Vec<_> = violations.iter().map(|v| (&v.field[..], v.broken.rule())).collect();
    assert_eq!(fields, [("deal.buyer", "deal.parties"), ("deal.sign_date", "date.future")]);
}

#[test]
fn everything_changes_in_draft() {
    let draft = hats().draft();
    let mut changed = hats().unsigned();
    assert_eq!(draft.updated(changed.input.clone(), deed("b")).unwrap(), None);
    changed.input.facts.value = usd(1);
    changed.input.facts.instrument = Instrument::Contract;
    let next = draft.updated(changed.input.clone(), deed("b")).unwrap().unwrap();
    assert_eq!((next.facts().value, next.tier()), (usd(1), Tier::Contracted));
    assert_eq!(next.authors().collect::<Vec<_>>(), ["attache", "b"]);
}

#[test]
fn signed_only_session_and_provenance_change() {
    let signed = hats().signed();
    let mut changed = hats().input;
    changed.facts.session = None;
    changed.provenance.note = "moved".to_owned();
    let next = signed.updated(changed.clone(), deed("b")).unwrap().unwrap();
    assert_eq!((next.session(), &next.meta().provenance.note[..]), (None, "moved"));
    changed.facts.value = usd(1);
    changed.facts.seller = "organisations/other".parse().unwrap();
    let refusal = signed.updated(changed, deed("b")).unwrap_err();
    assert_eq!(refusal.reason(), Reason::StateForbids);
    assert!(refusal.to_string().contains("not seller, value;"), "{refusal}");
}

#[test]
fn only_signed_deals_are_reviewed_and_only_by_others() {
    let draft = hats().draft().reviewed(confirm(), deed("reviewer")).unwrap_err();
    assert_eq!(draft.reason(), Reason::StateForbids);
    let signed = hats().signed();
    for author in ["attache", "signer"] {
        let refusal = signed.reviewed(confirm(), deed(author)).unwrap_err();
        assert_eq!(refusal.reason(), Reason::SamePrincipal);
    }
    let rupiah = signed.reviewed(correct(small()), deed("reviewer")).unwrap_err();
    assert_eq!(rupiah.reason(), Reason::CurrencyMismatch);
}

#[test]
fn a_correction_keeps_the_old_value_and_counts_unless_it_is_implausible_too() {
    let held = Sketch::new("x", huge()).signed().settled(found_of(huge()));
    assert_eq!(held.review().state(), ReviewState::Held);
    let corrected = held.reviewed(correct(small()), deed("reviewer")).unwrap();
    let plausible = corrected.settled(found_of(small()));
    assert_eq!(plausible.review().state(), ReviewState::Corrected);
    assert_eq!(plausible.review().findings(), []);
    assert_eq!(plausible.facts().value, small());
    let [decision] = plausible.review().decisions() else { panic!() };
    assert_eq!((decision.previous_value, decision.corrected_value), (huge(), Some(small())));
    assert_eq!(corrected.settled(found_of(huge())).review().state(), ReviewState::Held);
    // Later evaluations, because of other deals, leave a corrected value alone.
    let later = plausible.evaluated(found_of(huge()), noon("2025-11-28")).unwrap();
    assert_eq!(later.review().state(), ReviewState::Corrected);
}

#[test]
fn decisions_stay_in_order_when_the_clock_jumps_back() {
    let signed = hats().signed();
    let earlier = Deed { now: noon("2020-01-01"), actor: "reviewer" };
    let reviewed = signed.reviewed(confirm(), earlier).unwrap();
    let [decision] = reviewed.review().decisions() else { panic!() };
    assert_eq!(decision.decide_time, signed.meta().update_time);
    assert_eq!(reviewed.meta().update_time, signed.meta().update_time);
}

#[test]
fn an_evaluation_that_finds_nothing_new_is_no_change() {
    let held = Sketch::new("x", huge()).signed().settled(found_of(huge()));
    assert_eq!(held.evaluated(found_of(huge()), noon("2025-11-28")), None);
    let relieved = held.evaluated(Vec::new(), noon("2025-11-28")).unwrap();
    assert_eq!(relieved.review().state(), ReviewState::Held);
    assert_eq!(relieved.authors().collect::<Vec<_>>(), held.authors().collect::<Vec<_>>());
    assert_eq!(relieved.meta().version, held.meta().version + 1);
}

/// What may happen to a signed deal.
#[derive(Clone, Debug)]
enum Step {
    Evaluate(bool),
    Confirm,
    Correct(bool),
    Dispute,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        any::<bool>().prop_map(Step::Evaluate),
        Just(Step::Confirm),
        any::<bool>().prop_map(Step::Correct),
        Just(Step::Dispute),
    ]
}

fn findings(broken: bool) -> Vec<Finding> {
    if broken { found_of(huge()) } else { Vec::new() }
}

#[test]
fn a_deal_has_one_commodity_several_or_none() {
    let of = |commodities: &[Option<&str>]| {
        let mut sketch = Sketch::new("a", Money::from_minor(1, Currency::USD));
        let goods = |commodity: &Option<&str>| Goods {
            description: "Goods".parse().unwrap(),
            hs_code: None,
            commodity: commodity.map(|commodity| commodity.parse().unwrap()),
        };
        sketch.input.facts.goods = commodities.iter().map(goods).collect();
        sketch.input.facts.commodity().to_owned()
    };
    assert_eq!(of(&[]), "");
    assert_eq!(of(&[None]), "");
    assert_eq!(of(&[Some("ginger"), None, Some("ginger")]), "ginger");
    assert_eq!(of(&[Some("ginger"), Some("sugar")]), facts::MIXED);
}

proptest! {
    /// A state other than NONE is left by a review alone, evaluation is idempotent, and no decision
    /// is ever lost.
    #[test]
    fn a_deal_never_leaves_held_without_a_review(steps in proptest::collection::vec(step(), 0..12)) {
        let mut deal = Sketch::new("x", small()).signed();
        for step in steps {
            let before = deal.clone();
            let review = |command| before.reviewed(command, deed("reviewer")).unwrap();
            match step {
                Step::Evaluate(broken) => {
                    let next = before.evaluated(findings(broken), noon("2025-11-28"));
                    deal = next.unwrap_or_else(|| before.clone());
                    let (was, is) = (before.review().state(), deal.review().state());
                    let moved = was == ReviewState::None && is == ReviewState::Held;
                    prop_assert!(was == is || moved, "{was:?} to {is:?}");
                    prop_assert_eq!(deal.review().decisions(), before.review().decisions());
                    prop_assert_eq!(deal.evaluated(findings(broken), noon("2025-11-28")), None);
                }
                Step::Confirm => deal = review(confirm()),
                Step::Correct(broken) => deal = review(correct(small())).settled(findings(broken)),
                Step::Dispute => deal = review(dispute()),
            }
            let held_back = deal.review().state().is_held_back();
            prop_assert!(!held_back || deal.review().state() != ReviewState::Confirmed);
            let kept = &deal.review().decisions()[..before.review().decisions().len()];
            prop_assert_eq!(kept, before.review().decisions());
        }
    }

    #[test]
    fn a_stored_deal_reads_back_as_itself(cents in 1_i64.., broken: bool) {
        let deal = Sketch::new("x", usd(cents)).stated("Rp44 juta").signed();
        let deal = deal.settled(findings(broken));
        let json = serde_json::to_string(&deal).unwrap();
        prop_assert_eq!(serde_json::from_str::<Deal>(&json).unwrap(), deal);
    }
}
