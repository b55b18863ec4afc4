//! A deal, from draft to signature and through reviews.
//!
//! Invariant: a SIGNED deal has a sign date; its facts change no more but for `session`, and its
//! value by a review; its authors are all who created, updated or signed it. Whatever its state,
//! value = realised + pending + closed + balance; FULFILLED is a signed deal of which all is
//! realised.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    drawing::{Drawing, over_realised},
    facts::{DealDraft, DealFacts, DealInput, not_in_future},
    plausibility::Finding,
    review::{Judgement, Review, ReviewCommand},
};
use crate::{
    meta::Meta,
    money::Money,
    name::{DealName, SessionName},
    refusal::{Refusal, RuleBroken},
    tier::Tier,
    time::{Date, Timestamp},
};

/// Where a deal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// Being written; counts nowhere.
    Draft,
    /// Signed; counts in totals unless it is held.
    Signed,
    /// Signed, and all of its value is realised; counts as a signed one does.
    Fulfilled,
    /// Signed, and its time ran out: what was still open is closed.
    Lapsed,
    /// Taken back by its parties: what was still open is closed.
    Withdrawn,
}

impl State {
    /// The states of a deal that is in force: signed, and neither lapsed nor withdrawn.
    pub const SIGNED: [Self; 2] = [Self::Signed, Self::Fulfilled];

    /// The short name, as enum values are written in filters.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Signed => "SIGNED",
            Self::Fulfilled => "FULFILLED",
            Self::Lapsed => "LAPSED",
            Self::Withdrawn => "WITHDRAWN",
        }
    }
}

/// What a seller and a buyer agreed on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deal {
    name: DealName,
    meta: Meta,
    facts: DealFacts,
    state: State,
    review: Review,
    /// The principals who created, updated or signed it: they cannot review it.
    authors: BTreeSet<String>,
    /// What has become of its value.
    #[serde(default)]
    drawing: Drawing,
    /// Whether it was ever signed.
    #[serde(default)]
    was_signed: bool,
}

/// When something is done and by whom.
#[derive(Clone, Copy, Debug)]
pub struct Deed<'a> {
    /// The instant.
    pub now: Timestamp,
    /// The principal.
    pub actor: &'a str,
}

impl Deal {
    /// A draft recorded now.
    ///
    /// # Errors
    /// The violations of [`DealFacts::check`], under `deal`.
    pub fn create(draft: &DealDraft, deed: Deed<'_>) -> Result<Self, Refusal> {
        let DealInput { facts, provenance } = draft.stated.clone();
        check(&facts, deed)?;
        Ok(Self {
            name: draft.name.clone(),
            meta: Meta::new(deed.now, provenance),
            facts,
            state: State::Draft,
            review: Review::default(),
            authors: BTreeSet::from([deed.actor.to_owned()]),
            drawing: Drawing::default(),
            was_signed: false,
        })
    }

    /// The deal with other facts; none when they are the same. In DRAFT everything may change,
    /// afterwards `session` and the provenance alone.
    ///
    /// # Errors
    /// [`Refusal::StateForbids`] naming the fields that may no longer change; the violations of
    /// [`DealFacts::check`].
    pub fn updated(&self, input: DealInput, deed: Deed<'_>) -> Result<Option<Self>, Refusal> {
        let differing = self.facts.differing(&input.facts);
        if differing.is_empty() && self.meta.provenance == input.provenance {
            return Ok(None);
        }
        match self.state {
            State::Draft => check(&input.facts, deed)?,
            State::Signed | State::Fulfilled | State::Lapsed | State::Withdrawn => {
                self.check_fixed(&differing)?;
            }
        }
        let mut next = self.touched(deed.now);
        next.meta.provenance = input.provenance;
        next.facts = input.facts;
        next.authors.insert(deed.actor.to_owned());
        Ok(Some(next))
    }

    fn check_fixed(&self, differing: &[&str]) -> Result<(), Refusal> {
        let fixed: Vec<_> = differing.iter().copied().filter(|field| *field != "session").collect();
        if fixed.is_empty() {
            return Ok(());
        }
        let detail = format!(
            "only session and provenance may still change, not {}; ReviewDeal corrects a value",
            fixed.join(", ")
        );
        Err(self.forbids("UpdateDeal", detail))
    }

    /// The draft signed, on `sign_date` or else on the day it already names.
    ///
    /// # Errors
    /// [`Refusal::StateForbids`] unless DRAFT; `field.missing` or `date.future` at `sign_date`.
    pub fn signed(&self, sign_date: Option<Date>, deed: Deed<'_>) -> Result<Self, Refusal> {
        if self.state != State::Draft {
            return Err(self.forbids("SignDeal", "only a DRAFT can be signed".to_owned()));
        }
        let date = sign_date.or(self.facts.sign_date).ok_or_else(RuleBroken::missing);
        let date = date
            .and_then(|date| not_in_future(date, deed.now.jakarta_date()))
            .map_err(|broken| Refusal::field("sign_date", broken))?;
        let mut next = self.touched(deed.now);
        next.state = State::Signed;
        next.was_signed = true;
        next.facts.sign_date = Some(date);
        next.authors.insert(deed.actor.to_owned());
        Ok(next)
    }

    /// The deal with a decision on its value. Any review state may be decided on, and decided on
    /// again. A corrected value stands as if it were new until [`Deal::settled`] says what
    /// plausibility finds of it.
    ///
    /// # Errors
    /// [`Refusal::StateForbids`] unless SIGNED or FULFILLED, [`Refusal::SamePrincipal`] for an author,
    /// [`Refusal::CurrencyMismatch`] at `corrected_value` in another currency than the deal's.
    pub fn reviewed(&self, command: ReviewCommand, deed: Deed<'_>) -> Result<Self, Refusal> {
        if !self.is_signed() {
            let detail = "only a SIGNED or FULFILLED deal can be reviewed".to_owned();
            return Err(self.forbids("ReviewDeal", detail));
        }
        if self.authors.contains(deed.actor) {
            return Err(Refusal::SamePrincipal {
                resource: self.name.to_string(),
                principal: deed.actor.to_owned(),
            });
        }
        let mut next = self.touched(deed.now);
        if let Judgement::Correct { value, .. } = command.judgement {
            self.check_currency(value)?;
            next.facts.value = value;
        }
        let deed = Deed { now: next.meta.update_time, ..deed };
        next.review = self.review.decided(command, self.facts.value, deed);
        Ok(next.refitted())
    }

    /// The signed deal whose time has run out; what is neither realised nor pending is closed.
    /// Whoever says so does not become an author.
    ///
    /// # Errors
    /// [`Refusal::StateForbids`] unless SIGNED.
    pub fn lapsed(&self, deed: Deed<'_>) -> Result<Self, Refusal> {
        if self.state != State::Signed {
            let detail = "only a SIGNED deal can lapse".to_owned();
            return Err(self.forbids("LapseDeal", detail));
        }
        Ok(self.closed(State::Lapsed, deed))
    }

    /// The deal taken back; what is neither realised nor pending is closed. Whoever says so does
    /// not become an author.
    ///
    /// # Errors
    /// [`Refusal::StateForbids`] unless DRAFT or SIGNED.
    pub fn withdrawn(&self, deed: Deed<'_>) -> Result<Self, Refusal> {
        if !matches!(self.state, State::Draft | State::Signed) {
            let detail = "only a DRAFT or SIGNED deal can be withdrawn".to_owned();
            return Err(self.forbids("WithdrawDeal", detail));
        }
        Ok(self.closed(State::Withdrawn, deed))
    }

    fn closed(&self, state: State, deed: Deed<'_>) -> Self {
        let drawing = self.drawing.closing(self.facts.value.minor());
        Self { state, drawing, ..self.touched(deed.now) }
    }

    /// The deal when this much of it is realised and pending; none when it is so already. Whoever
    /// caused it does not become an author.
    pub fn drawn(&self, realised: i64, pending: i64, now: Timestamp) -> Option<Self> {
        let drawing = Drawing { realised, pending, ..self.drawing };
        let mut next = Self { drawing, ..self.clone() }.refitted();
        next.review = next.review.informed(over_realised(next.facts.value, drawing));
        (next != *self).then(|| Self { meta: self.meta.touched(now), ..next })
    }

    /// The same as another version of it.
    #[must_use]
    pub fn at(self, meta: Meta) -> Self {
        Self { meta, ..self }
    }

    /// In the state that follows from what is realised.
    fn refitted(self) -> Self {
        let is_fulfilled = self.drawing.realised >= self.facts.value.minor();
        let state = match self.state {
            State::Signed | State::Fulfilled if is_fulfilled => State::Fulfilled,
            State::Signed | State::Fulfilled => State::Signed,
            other => other,
        };
        Self { state, ..self }
    }

    /// Refuses a realisation where the deal does not take one.
    ///
    /// # Errors
    /// [`Refusal::StateForbids`] unless SIGNED or FULFILLED.
    pub fn check_takes_realisations(&self) -> Result<(), Refusal> {
        if self.is_signed() {
            return Ok(());
        }
        let detail = "only a SIGNED or FULFILLED deal is drawn down".to_owned();
        Err(self.forbids("CreateRealisation", detail))
    }

    fn check_currency(&self, corrected: Money) -> Result<(), Refusal> {
        let (expected, found) = (self.facts.value.currency(), corrected.currency());
        if expected == found {
            return Ok(());
        }
        Err(Refusal::CurrencyMismatch {
            field: "corrected_value".to_owned(),
            expected: expected.to_string(),
            found: found.to_string(),
        })
    }

    /// The deal, changed by this very call, with what plausibility finds of it.
    #[must_use]
    pub fn settled(&self, findings: Vec<Finding>) -> Self {
        Self { review: self.review.evaluated(self.with_own(findings)), ..self.clone() }
    }

    /// The deal evaluated because another one changed; none when nothing new is found. Whoever
    /// caused it does not become an author.
    pub fn evaluated(&self, findings: Vec<Finding>, now: Timestamp) -> Option<Self> {
        let review = self.review.evaluated(self.with_own(findings));
        (review != self.review).then(|| Self { review, ..self.touched(now) })
    }

    /// What plausibility finds, with what the deal itself says.
    fn with_own(&self, mut findings: Vec<Finding>) -> Vec<Finding> {
        findings.extend(over_realised(self.facts.value, self.drawing));
        findings
    }

    fn touched(&self, now: Timestamp) -> Self {
        Self { meta: self.meta.touched(now), ..self.clone() }
    }

    fn forbids(&self, action: &str, detail: String) -> Refusal {
        Refusal::StateForbids {
            resource: self.name.to_string(),
            state: self.state.as_str().to_owned(),
            action: action.to_owned(),
            detail,
        }
    }
}

impl Deal {
    /// Its name.
    pub fn name(&self) -> &DealName {
        &self.name
    }

    /// Version, times and provenance.
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// What was said of it, its value corrected where a review did so.
    pub fn facts(&self) -> &DealFacts {
        &self.facts
    }

    /// The session at which it was made.
    pub fn session(&self) -> Option<&SessionName> {
        self.facts.session.as_ref()
    }

    /// Where it stands.
    pub fn state(&self) -> State {
        self.state
    }

    /// Whether it is in force: SIGNED or FULFILLED.
    pub fn is_signed(&self) -> bool {
        State::SIGNED.contains(&self.state)
    }

    /// Whether it was ever signed; a withdrawn draft was not.
    pub fn was_signed(&self) -> bool {
        self.was_signed || self.is_signed()
    }

    /// Whether it is on record that it was signed.
    pub fn bears_signature(&self) -> bool {
        self.was_signed
    }

    /// What has become of its value.
    pub fn drawing(&self) -> Drawing {
        self.drawing
    }

    /// What is realised: left, declared and loaded.
    pub fn realised(&self) -> Money {
        self.amount(self.drawing.realised)
    }

    /// What is under way and may still be realised.
    pub fn pending(&self) -> Money {
        self.amount(self.drawing.pending)
    }

    /// What its lapse or withdrawal took back.
    pub fn closed_amount(&self) -> Money {
        self.amount(self.drawing.closed)
    }

    /// What of its value is neither realised nor pending nor closed; negative when more was
    /// shipped than agreed.
    pub fn balance(&self) -> Money {
        self.amount(self.drawing.balance(self.facts.value.minor()))
    }

    fn amount(&self, minor: i64) -> Money {
        Money::from_minor(minor, self.facts.value.currency())
    }

    /// The value tier, by its instrument.
    pub fn tier(&self) -> Tier {
        self.facts.instrument.tier()
    }

    /// What was found about its value, and decided.
    pub fn review(&self) -> &Review {
        &self.review
    }

    /// Who created, updated or signed it.
    pub fn authors(&self) -> impl Iterator<Item = &str> {
        self.authors.iter().map(String::as_str)
    }
}

fn check(facts: &DealFacts, deed: Deed<'_>) -> Result<(), Refusal> {
    facts.check(deed.now.jakarta_date()).map_err(|violations| {
        Refusal::Invalid(violations.into_iter().map(|v| v.under("deal")).collect())
    })
}
