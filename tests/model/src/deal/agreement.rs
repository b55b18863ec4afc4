//! Deals.

use std::collections::BTreeSet;

use devisa_proto::{
    common::v1::Tier,
    deal::v1::{
        CreateDealRequest, Deal, DealReview, Finding, FindingOutcome, LapseDealRequest,
        ReviewDealRequest, ReviewDecision, SignDealRequest, UpdateDealRequest, WithdrawDealRequest,
        deal::{Instrument, State},
        deal_review::State as Review,
        review_decision::Decision,
    },
};
use tonic::Code;

use super::{
    Deals,
    plausibility::{STATED, is_signed, over_realised},
};
use crate::{
    answer::{Answer, Faults, Refused},
    keeper::Moment,
    money::{cents, of_cents},
    resource::{Resource, Taken, check_free, check_mask, date, get, overlay, wire_time},
    taken,
};

const FIELDS: &[Taken<Deal>] = taken!(
    Deal: session, seller, buyer, instrument, goods, value, stated_values, term_months, sign_date,
    provenance,
);
const OUTPUTS: &[&str] = &[
    "name",
    "state",
    "tier",
    "review",
    "realised",
    "pending",
    "closed",
    "balance",
    "etag",
    "create_time",
    "update_time",
];

fn mismatch(field: &str) -> Refused {
    const REASON: &str = "CURRENCY_MISMATCH";
    let fields = vec![(field.to_owned(), REASON.to_owned())];
    Refused { fields, ..Refused::because(Code::InvalidArgument, REASON) }
}

/// What is wrong with a deal by itself.
fn check(deal: &Deal) -> Answer<()> {
    let mut faults = Faults::default();
    faults.required(!deal.seller.is_empty(), "deal.seller");
    faults.required(!deal.buyer.is_empty(), "deal.buyer");
    faults.required(deal.instrument() != Instrument::Unspecified, "deal.instrument");
    faults.required(deal.value.is_some(), "deal.value");
    let positive = deal.value.is_none() || cents(deal.value.as_ref()) > 0;
    faults.unless(positive, "deal.value", "MONEY_POSITIVE");
    let months = (0..=600).contains(&deal.term_months);
    faults.unless(months, "deal.term_months", "TERM_MONTHS_RANGE");
    for (index, goods) in deal.goods.iter().enumerate() {
        faults.required(!goods.description.is_empty(), &format!("deal.goods[{index}].description"));
    }
    let mut other = None;
    for (index, stated) in deal.stated_values.iter().enumerate() {
        let known = STATED.iter().find(|known| known.0 == stated.text);
        let (Some((_, currency, [low, end])), Some(amount)) = (known, &stated.amount) else {
            continue;
        };
        let field = format!("deal.stated_values[{index}].amount");
        let inside = (low * 100..end * 100).contains(&cents(Some(amount)));
        if amount.currency_code != *currency {
            other = other.or(Some(mismatch(&field)));
        } else {
            faults.unless(inside, &field, "STATED_VALUE_INTERVAL");
        }
    }
    Refused::together(faults.none().err().into_iter().chain(other)).map_or(Ok(()), Err)
}

/// What is wrong with a draft on a day.
fn check_draft(deal: &Deal, moment: &Moment) -> Answer<()> {
    let mut faults = Faults::default();
    faults.unless(deal.seller != deal.buyer, "deal.buyer", "DEAL_PARTIES");
    let signed = date(deal.sign_date.as_ref());
    let past = signed.is_none_or(|day| day <= moment.today());
    faults.unless(past, "deal.sign_date", "DATE_FUTURE");
    faults.none()
}

/// The deal with what follows from its facts and from what has become of its value.
fn drawn(mut deal: Deal, [realised, pending, closed]: [i64; 3]) -> Deal {
    let value = cents(deal.value.as_ref());
    let currency = deal.value.clone().unwrap_or_default().currency_code;
    deal.tier = match deal.instrument() {
        Instrument::Loi | Instrument::Mou => Tier::Potential,
        _ => Tier::Contracted,
    }
    .into();
    deal.realised = Some(of_cents(realised, &currency));
    deal.pending = Some(of_cents(pending, &currency));
    deal.closed = Some(of_cents(closed, &currency));
    deal.balance = Some(of_cents(value - realised - pending - closed, &currency));
    if is_signed(&deal) {
        let all = realised >= value;
        deal.state = if all { State::Fulfilled } else { State::Signed }.into();
    }
    deal
}

fn drawing(deal: &Deal) -> [i64; 3] {
    [&deal.realised, &deal.pending, &deal.closed].map(|money| cents(money.as_ref()))
}

fn holds(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.outcome() == FindingOutcome::Broken)
}

/// A field of a deal.
type Of = fn(&Deal) -> &String;

impl Deals {
    /// What is wrong with a request to write a draft.
    ///
    /// # Errors
    /// The violations.
    pub fn check_create_deal(&self, request: &CreateDealRequest) -> Answer<()> {
        let deal = request.deal.clone().unwrap_or_default();
        Refused::telling(check(&deal), self.check_references(&deal, None))
    }

    /// What is wrong with a request to change a deal, whatever the deal's version is.
    ///
    /// # Errors
    /// The violations.
    pub fn check_update_deal(&self, request: &UpdateDealRequest) -> Answer<()> {
        let patch = request.deal.clone().unwrap_or_default();
        let mask = request.update_mask.as_ref();
        check_mask(&self.deals, &patch, mask, FIELDS, OUTPUTS, |next, current| {
            let references = self.check_references(next, Some(current));
            Refused::both(check(next), references).map(|_| ())
        })
    }

    /// Writes a draft.
    ///
    /// # Errors
    /// As the contract says.
    pub fn create_deal(
        &mut self,
        moment: &mut Moment,
        request: &CreateDealRequest,
    ) -> Answer<Deal> {
        let name = format!("deals/{}", request.deal_id);
        check_free(&self.deals, &name, "deal_id")?;
        let mut deal = request.deal.clone().unwrap_or_default();
        Refused::both(check_draft(&deal, moment), self.check_references(&deal, None))?;
        deal.state = State::Draft.into();
        deal.review = Some(DealReview { state: Review::None.into(), ..Default::default() });
        self.sign_as_author(&name, moment);
        let deal = drawn(deal, [0, 0, 0]).first(&name, moment.now);
        self.keep_deal(moment, "created", deal)
    }

    fn check_references(&self, deal: &Deal, before: Option<&Deal>) -> Answer<()> {
        let mut faults = Faults::default();
        let fields: [(&str, &str, Of, bool); 3] = [
            (
                "deal.session",
                &deal.session,
                |d| &d.session,
                self.sessions.contains_key(&deal.session),
            ),
            (
                "deal.seller",
                &deal.seller,
                |d| &d.seller,
                self.organisations.contains_key(&deal.seller),
            ),
            ("deal.buyer", &deal.buyer, |d| &d.buyer, self.organisations.contains_key(&deal.buyer)),
        ];
        for (field, name, of, exists) in fields {
            let is_new = before.is_none_or(|before| of(before) != name);
            faults.unless(name.is_empty() || !is_new || exists, field, "REFERENCE_EXISTS");
        }
        faults.none()
    }

    /// Changes the masked fields as far as the state allows it.
    ///
    /// # Errors
    /// As the contract says.
    pub fn update_deal(
        &mut self,
        moment: &mut Moment,
        request: &UpdateDealRequest,
    ) -> Answer<Deal> {
        let patch = request.deal.clone().unwrap_or_default();
        let current = get(&self.deals, &patch.name)?;
        current.check_etag(&patch.etag)?;
        let next = overlay(&current, &patch, request.update_mask.as_ref(), FIELDS, OUTPUTS)?;
        let references = self.check_references(&next, Some(&current));
        if let Err(refused) = check(&next) {
            return Refused::both(Err(refused), references).map(|(deal, ())| deal);
        }
        if next == current {
            return Ok(current);
        }
        let facts = match current.state() {
            State::Draft => check_draft(&next, moment),
            _ => Ok(()),
        };
        let free = Deal {
            session: next.session.clone(),
            provenance: next.provenance.clone(),
            ..current.clone()
        };
        if current.state() != State::Draft && free != next {
            return Err(Refused::state());
        }
        Refused::both(facts, references)?;
        self.sign_as_author(&current.name, moment);
        let next = drawn(next, drawing(&current)).after(&current, moment.now);
        if is_signed(&current) && next.session != current.session {
            return self.conclude(moment, "updated", &current, next);
        }
        self.keep_deal(moment, "updated", next)
    }

    /// A draft becomes SIGNED.
    ///
    /// # Errors
    /// As the contract says.
    pub fn sign(&mut self, moment: &mut Moment, request: &SignDealRequest) -> Answer<Deal> {
        let current = get(&self.deals, &request.name)?;
        current.check_etag(&request.etag)?;
        if current.state() != State::Draft {
            return Err(Refused::state());
        }
        let mut next = current.clone();
        next.sign_date = request.sign_date.or(current.sign_date);
        let day = date(next.sign_date.as_ref());
        let mut faults = Faults::default();
        faults.required(day.is_some(), "sign_date");
        faults.unless(day <= Some(moment.today()), "sign_date", "DATE_FUTURE");
        faults.none()?;
        next.state = State::Signed.into();
        self.sign_as_author(&next.name, moment);
        self.books.entry(next.name.clone()).or_default().signed = true;
        self.conclude(moment, "signed", &current, next.after(&current, moment.now))
    }

    /// What is wrong with a decision.
    ///
    /// # Errors
    /// The violations.
    pub fn check_review(request: &ReviewDealRequest) -> Answer<()> {
        let decision = request.decision();
        let mut faults = Faults::default();
        faults.required(decision != Decision::Unspecified, "decision");
        let value = request.corrected_value.as_ref();
        let positive = value.is_none_or(|value| cents(Some(value)) > 0);
        faults.unless(positive, "corrected_value", "MONEY_POSITIVE");
        faults.none()?;
        let mut faults = Faults::default();
        let corrects = decision == Decision::Correct;
        faults.unless(corrects || value.is_none(), "corrected_value", "CORRECTED_VALUE_UNEXPECTED");
        faults.required(!corrects || value.is_some(), "corrected_value");
        let proven = decision == Decision::Dispute || !request.evidence_uri.is_empty();
        faults.required(proven, "evidence_uri");
        faults.none()
    }

    /// Decides on a value.
    ///
    /// # Errors
    /// As the contract says.
    pub fn review(&mut self, moment: &mut Moment, request: &ReviewDealRequest) -> Answer<Deal> {
        let current = get(&self.deals, &request.name)?;
        current.check_etag(&request.etag)?;
        if !is_signed(&current) {
            return Err(Refused::state());
        }
        if self.books[&current.name].authors.contains(&moment.actor) {
            return Err(Refused::because(Code::FailedPrecondition, "SAME_PRINCIPAL"));
        }
        let value = request.corrected_value.clone();
        let code = |value: &devisa_proto::google_type::Money| value.currency_code.clone();
        if value.is_some() && value.as_ref().map(code) != current.value.as_ref().map(code) {
            return Err(mismatch("corrected_value"));
        }
        let mut next = current.clone();
        let mut review = next.review.take().unwrap_or_default();
        review.state = match request.decision() {
            Decision::Confirm => Review::Confirmed,
            Decision::Correct => Review::Corrected,
            _ => Review::Disputed,
        }
        .into();
        review.decisions.push(ReviewDecision {
            decision: request.decision,
            previous_value: current.value.clone(),
            corrected_value: value.clone(),
            evidence_uri: request.evidence_uri.clone(),
            note: request.note.clone(),
            actor: moment.actor.clone(),
            decide_time: Some(wire_time(moment.now.max(current.updated()))),
        });
        next.review = Some(review);
        let corrects = value.is_some();
        next.value = value.or(next.value);
        let next = drawn(next, drawing(&current)).after(&current, moment.now);
        if corrects {
            return self.conclude(moment, "reviewed", &current, next);
        }
        self.keep_deal(moment, "reviewed", next)
    }

    /// The time of a SIGNED deal runs out.
    ///
    /// # Errors
    /// As the contract says.
    pub fn lapse(&mut self, moment: &mut Moment, request: &LapseDealRequest) -> Answer<Deal> {
        let current = get(&self.deals, &request.name)?;
        current.check_etag(&request.etag)?;
        if current.state() != State::Signed {
            return Err(Refused::state());
        }
        self.end(moment, "lapsed", &current, State::Lapsed)
    }

    /// A DRAFT or SIGNED deal is taken back.
    ///
    /// # Errors
    /// As the contract says.
    pub fn withdraw(&mut self, moment: &mut Moment, request: &WithdrawDealRequest) -> Answer<Deal> {
        let current = get(&self.deals, &request.name)?;
        current.check_etag(&request.etag)?;
        if !matches!(current.state(), State::Draft | State::Signed) {
            return Err(Refused::state());
        }
        self.end(moment, "withdrawn", &current, State::Withdrawn)
    }

    fn end(
        &mut self,
        moment: &mut Moment,
        what: &str,
        current: &Deal,
        state: State,
    ) -> Answer<Deal> {
        let [realised, pending, closed] = drawing(current);
        let open = cents(current.balance.as_ref()).max(0);
        let ended = Deal { state: state.into(), ..current.clone() };
        let next = drawn(ended, [realised, pending, closed + open]);
        self.conclude(moment, what, current, next.after(current, moment.now))
    }

    /// Keeps a changed deal, and evaluates it and the signed deals of the sessions that it was and
    /// is of.
    fn conclude(
        &mut self,
        moment: &mut Moment,
        what: &str,
        before: &Deal,
        mut changed: Deal,
    ) -> Answer<Deal> {
        let touched: BTreeSet<_> =
            [&before.session, &changed.session].into_iter().cloned().collect();
        let of = |session: &str, changed: &Deal| {
            let signed = self.deals.values().filter(|d| is_signed(d) && d.session == session);
            let mut all: Vec<_> = signed.filter(|d| d.name != changed.name).cloned().collect();
            if is_signed(changed) && changed.session == session {
                all.push(changed.clone());
            }
            all
        };
        let mut others = vec![];
        for session in touched.iter().filter(|session| !session.is_empty()) {
            let all = of(session, &changed);
            for other in all.iter().filter(|other| other.name != changed.name) {
                let mut next = other.clone();
                settle(&mut next, self.evaluate(other, &all), false);
                if next != *other {
                    others.push(next.after(other, moment.now));
                }
            }
        }
        if is_signed(&changed) {
            let findings = self.evaluate(&changed, &of(&changed.session, &changed));
            settle(&mut changed, findings, what == "reviewed");
        }
        let response = self.keep_deal(moment, what, changed)?;
        for other in others {
            self.keep_deal(moment, "evaluated", other)?;
        }
        Ok(response)
    }

    /// Makes of a deal what its realisations now come to.
    pub(super) fn draw(&mut self, moment: &mut Moment, name: &str) -> Answer<()> {
        let [realised, pending] = self.drawn_by(name);
        let current = get(&self.deals, name)?;
        let [.., closed] = drawing(&current);
        let mut next = drawn(current.clone(), [realised, pending, closed]);
        if drawing(&next) == drawing(&current) {
            return Ok(());
        }
        let mut review = next.review.take().unwrap_or_default();
        review.findings.retain(|finding| finding.outcome() != FindingOutcome::Informs);
        review.findings.extend(over_realised(&next));
        next.review = Some(review);
        let what = match (current.state(), next.state()) {
            (before, after) if before == after => "drawn",
            (_, State::Fulfilled) => "fulfilled",
            _ => "reopened",
        };
        self.keep_deal(moment, what, next.after(&current, moment.now)).map(|_| ())
    }

    fn sign_as_author(&mut self, name: &str, moment: &Moment) {
        self.books.entry(name.to_owned()).or_default().authors.insert(moment.actor.clone());
    }

    /// Whether a deal was ever signed.
    pub(super) fn was_signed(&self, deal: &Deal) -> bool {
        self.books.get(&deal.name).is_some_and(|book| book.signed)
    }

    fn keep_deal(&mut self, moment: &mut Moment, what: &str, deal: Deal) -> Answer<Deal> {
        self.deals.insert(deal.name.clone(), deal.clone());
        moment.tell(&format!("deal.{what}"), &deal);
        Ok(deal)
    }
}

/// Takes what an evaluation found: NONE becomes HELD, and so does a value just corrected.
fn settle(deal: &mut Deal, findings: Vec<Finding>, corrected: bool) {
    let mut review = deal.review.take().unwrap_or_default();
    let free = review.state() == Review::None || corrected;
    if free && holds(&findings) {
        review.state = Review::Held.into();
    }
    review.findings = findings;
    deal.review = Some(review);
}
