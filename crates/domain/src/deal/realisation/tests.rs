#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::{
    deal::{
        shipped::{ShippedFacts, ShippedLine},
        tests::{Sketch, deed, noon},
    },
    money::Currency,
    name::MilestoneName,
    refusal::Reason,
    shipment::{Classifier, Code, Milestone, MilestoneFacts},
    tier::Tier,
};

fn usd(cents: i64) -> Money {
    Money::from_minor(cents, Currency::USD)
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_micros(noon("2025-11-27").micros() + minute * 60_000_000)
}

fn facts(version: i64, state: State, tier: Option<Tier>, lines: &[i64]) -> ShippedFacts {
    let line = |cents: &i64| ShippedLine {
        value: usd(*cents),
        producers: ["organisations/producer".parse().unwrap()].into(),
    };
    ShippedFacts {
        version,
        exporter: "organisations/exporter".parse().unwrap(),
        exporter_of_record: Some("organisations/record".parse().unwrap()),
        lines: lines.iter().map(line).collect(),
        state,
        tier,
        create_time: at(0),
        update_time: at(version),
    }
}

fn shipped(state: State, tier: Option<Tier>, lines: &[i64]) -> Shipped {
    let mut shipped = Shipped::unheard("shipments/s".parse().unwrap());
    assert!(shipped.hear(facts(1, state, tier, lines), "1"));
    shipped
}

fn milestone(id: &str, code: Code, minute: i64) -> Milestone {
    let name: MilestoneName = format!("shipments/s/milestones/{id}").parse().unwrap();
    let facts = MilestoneFacts {
        code,
        classifier: Classifier::Actual,
        event_time: at(minute),
        location: None,
        corrects: None,
    };
    Milestone { name, meta: Meta::new(at(minute), Provenance::default()), facts }
}

fn draft(id: &str, line_index: u32, cents: i64) -> RealisationDraft {
    RealisationDraft {
        name: format!("deals/d/realisations/{id}").parse().unwrap(),
        shipment: "shipments/s".parse().unwrap(),
        line_index,
        amount: usd(cents),
        provenance: Provenance::default(),
    }
}

fn deal(seller: &str) -> Deal {
    Sketch::new(seller, usd(10_000)).signed()
}

fn create(draft: &RealisationDraft, deal: &Deal, shipped: &Shipped) -> Result<Realisation, Reason> {
    Realisation::create(draft, deal, shipped, &[], at(1)).map_err(|refusal| refusal.reason())
}

#[test]
fn a_realisation_stands_as_its_shipment_does() {
    let standing = |shipped: &Shipped| create(&draft("r", 0, 5), &deal("exporter"), shipped);
    let of = |state, tier| standing(&shipped(state, tier, &[100])).map(|r| r.standing);
    assert_eq!(of(State::Ready, None), Ok(Standing::Pending));
    assert_eq!(of(State::Departed, Some(Tier::Released)), Ok(Standing::Pending));
    assert_eq!(of(State::Loaded, Some(Tier::Realised)), Ok(Standing::Realised));
    assert_eq!(of(State::Draft, None), Err(Reason::StateForbids));
    assert_eq!(of(State::Cancelled, None), Err(Reason::StateForbids));
}

#[test]
fn what_was_left_ashore_is_freed_until_it_is_loaded_later() {
    let mut shipped = shipped(State::GatedIn, Some(Tier::Released), &[100]);
    assert!(shipped.pass(milestone("loaded", Code::Loaded, 1)));
    assert!(shipped.pass(milestone("short", Code::ShortShipped, 2)));
    assert!(!shipped.pass(milestone("short", Code::ShortShipped, 2)));
    assert_eq!(shipped.standing(), Standing::Freed);
    shipped.pass(milestone("again", Code::Loaded, 3));
    assert_eq!(shipped.standing(), Standing::Pending);
    shipped.pass(milestone("back", Code::Returned, 4));
    assert_eq!(shipped.standing(), Standing::Freed);
    let mut slip = milestone("slip", Code::GatedIn, 4);
    slip.facts.corrects = Some("shipments/s/milestones/back".parse().unwrap());
    shipped.pass(slip);
    assert_eq!(shipped.standing(), Standing::Pending);
}

#[test]
fn a_seller_has_part_in_the_line() {
    let shipped = shipped(State::Ready, None, &[100]);
    for seller in ["exporter", "record", "producer"] {
        assert!(create(&draft("r", 0, 5), &deal(seller), &shipped).is_ok(), "{seller}");
    }
    let other = create(&draft("r", 0, 5), &deal("other"), &shipped);
    assert_eq!(other.unwrap_err(), Reason::SellerNotInShipment);
}

#[test]
fn a_line_is_never_exceeded() {
    let (shipped, deal) = (shipped(State::Ready, None, &[100, 7]), deal("exporter"));
    let first = create(&draft("a", 0, 60), &deal, &shipped).unwrap();
    let beside = |draft: &RealisationDraft| {
        let others = std::slice::from_ref(&first);
        Realisation::create(draft, &deal, &shipped, others, at(2)).map_err(|r| r.reason())
    };
    assert!(beside(&draft("b", 0, 40)).is_ok());
    assert_eq!(beside(&draft("b", 0, 41)).unwrap_err(), Reason::LineExceeded);
    assert!(beside(&draft("b", 1, 7)).is_ok());
    assert_eq!(beside(&draft("b", 2, 1)).unwrap_err(), Reason::FieldInvalid);
    let rupiah =
        RealisationDraft { amount: Money::from_minor(1, Currency::IDR), ..draft("b", 0, 1) };
    assert_eq!(beside(&rupiah).unwrap_err(), Reason::CurrencyMismatch);
}

#[test]
fn what_was_heard_later_stands() {
    let mut shipped = Shipped::unheard("shipments/s".parse().unwrap());
    assert_eq!(shipped.standing(), Standing::Freed);
    // Asked for, before its events came.
    assert!(shipped.hear(facts(3, State::Ready, None, &[100]), ""));
    assert!(!shipped.hear(facts(1, State::Draft, None, &[50]), "01"));
    assert!(shipped.hear(facts(3, State::Ready, None, &[100]), "03"));
    assert!(!shipped.hear(facts(2, State::Draft, None, &[50]), "02"));
    assert!(!shipped.hear(facts(3, State::Ready, None, &[100]), "03"));
    // After a restore, a later place in the log may hold an earlier version.
    assert!(shipped.hear(facts(2, State::Draft, None, &[50]), "10"));
    assert_eq!(shipped.line(0).unwrap().value, usd(50));
}

#[test]
fn a_line_that_falls_lowers_the_newest_first() {
    let (before, deal) = (shipped(State::Ready, None, &[100]), deal("exporter"));
    let realise = |id, cents, minute| {
        Realisation::create(&draft(id, 0, cents), &deal, &before, &[], at(minute)).unwrap()
    };
    let all = [realise("b", 30, 2), realise("a", 40, 1), realise("c", 30, 3)];
    assert_eq!(follow(&before, &all, at(9)), []);
    let lowered = follow(&shipped(State::Ready, None, &[50]), &all, at(9));
    let amounts: Vec<_> =
        lowered.iter().map(|r| (r.name.realisation.to_string(), r.amount.minor())).collect();
    assert_eq!(amounts, [("b".to_owned(), 10), ("c".to_owned(), 0)]);
}

/// What may happen to deals and to the shipment that draws them down.
#[derive(Clone, Debug)]
enum Step {
    Realise { deal: usize, line: u32, cents: i64 },
    Hide(usize),
    Hear { state: State, tier: Option<Tier>, lines: Vec<i64> },
    Lapse(usize),
    Withdraw(usize),
    Correct(usize, i64),
}

fn step() -> impl Strategy<Value = Step> {
    let state = prop::sample::select(State::ALL.to_vec());
    let tier = prop::sample::select(vec![None, Some(Tier::Released), Some(Tier::Realised)]);
    let lines = prop::collection::vec(1..300_i64, 2);
    prop_oneof![
        4 => (0..2_usize, 0..2_u32, 1..200_i64)
            .prop_map(|(deal, line, cents)| Step::Realise { deal, line, cents }),
        1 => (0..8_usize).prop_map(Step::Hide),
        3 => (state, tier, lines)
            .prop_map(|(state, tier, lines)| Step::Hear { state, tier, lines }),
        1 => (0..2_usize).prop_map(Step::Lapse),
        1 => (0..2_usize).prop_map(Step::Withdraw),
        1 => (0..2_usize, 1..300_i64).prop_map(|(deal, cents)| Step::Correct(deal, cents)),
    ]
}

/// Two deals and the one shipment that draws both down, as the service keeps them.
struct Ledger {
    deals: [Deal; 2],
    realisations: Vec<Realisation>,
    shipped: Shipped,
    heard: i64,
}

impl Ledger {
    fn take(&mut self, step: Step, minute: i64) {
        let now = at(minute);
        match step {
            Step::Realise { deal, line, cents } => {
                let mut wanted = draft(&format!("r{minute}"), line, cents);
                wanted.name.deal = self.deals[deal].name().deal.clone();
                let others = &self.realisations;
                let made =
                    Realisation::create(&wanted, &self.deals[deal], &self.shipped, others, now);
                self.realisations.extend(made);
            }
            Step::Hide(which) if which < self.realisations.len() => {
                self.realisations.remove(which);
            }
            Step::Hide(_) => {}
            Step::Hear { state, tier, lines } => {
                self.heard += 1;
                let facts = facts(self.heard, state, tier, &lines);
                self.shipped.hear(facts, &format!("{:04}", self.heard));
                for next in follow(&self.shipped, &self.realisations, now) {
                    let of = self.realisations.iter_mut().find(|one| one.name == next.name);
                    *of.unwrap() = next;
                }
            }
            Step::Lapse(deal) => self.change(deal, |deal| deal.lapsed(deed("anyone"))),
            Step::Withdraw(deal) => self.change(deal, |deal| deal.withdrawn(deed("anyone"))),
            Step::Correct(deal, cents) => self.change(deal, |deal| {
                let judgement = crate::deal::Judgement::Correct {
                    value: usd(cents),
                    evidence_uri: "https://example.org".to_owned(),
                };
                let command = crate::deal::ReviewCommand { judgement, note: String::new() };
                deal.reviewed(command, deed("reviewer"))
            }),
        }
        for deal in &mut self.deals {
            let own = self.realisations.iter().filter(|one| one.deal() == *deal.name());
            let (realised, pending) = totals(own).unwrap();
            if let Some(drawn) = deal.drawn(realised, pending, now) {
                *deal = drawn;
            }
        }
    }

    fn change(&mut self, deal: usize, change: impl Fn(&Deal) -> Result<Deal, Refusal>) {
        if let Ok(changed) = change(&self.deals[deal]) {
            self.deals[deal] = changed;
        }
    }

    /// Nothing is lost and nothing is made up.
    fn check(&self) {
        for deal in &self.deals {
            let parts = [deal.realised(), deal.pending(), deal.closed_amount(), deal.balance()];
            let sum: i64 = parts.iter().map(|part| part.minor()).sum();
            assert_eq!(sum, deal.facts().value.minor(), "{deal:?}");
            let effective: i64 = self
                .realisations
                .iter()
                .filter(|one| one.deal() == *deal.name())
                .map(|one| one.effective_amount().minor())
                .sum();
            assert_eq!(effective, deal.realised().minor());
            let fulfilled = deal.realised().minor() >= deal.facts().value.minor();
            if deal.is_signed() {
                assert_eq!(deal.state() == crate::deal::State::Fulfilled, fulfilled);
            }
        }
        for (index, line) in (0..).zip(&self.shipped.facts.as_ref().unwrap().lines) {
            let own = self.realisations.iter().filter(|one| one.line_index == index);
            let sum: i64 = own.map(|one| one.amount.minor()).sum();
            assert!(sum <= line.value.minor(), "line {index}: {sum} of {}", line.value);
        }
    }
}

proptest! {
    #[test]
    fn value_is_conserved_and_lines_are_never_exceeded(
        steps in prop::collection::vec(step(), 1..40)
    ) {
        let deal = |id: &str, cents| Sketch::new(id, usd(cents)).signed();
        let mut ledger = Ledger {
            deals: [deal("exporter", 150), deal("producer", 90)],
            realisations: Vec::new(),
            shipped: shipped(State::Ready, None, &[200, 100]),
            heard: 1,
        };
        for (step, minute) in steps.into_iter().zip(1..) {
            ledger.take(step, minute);
            ledger.check();
        }
    }
}
