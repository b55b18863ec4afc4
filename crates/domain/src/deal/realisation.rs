//! Realisations: an amount of a shipment's line that draws a deal down.
//!
//! Invariant: the realisations of a line never exceed its value as last heard of; one that is
//! hidden counts nowhere.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{agreement::Deal, shipped::Shipped};
use crate::{
    meta::Meta,
    money::Money,
    name::{DealName, RealisationName, ShipmentName},
    provenance::Provenance,
    refusal::{Refusal, RuleBroken},
    shipment::State,
    time::Timestamp,
};

/// How far a realisation has come, by its shipment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Standing {
    /// The shipment is under way and may still be realised.
    Pending,
    /// The shipment is realised.
    Realised,
    /// The shipment cannot be realised as things stand; the deal has the amount back.
    Freed,
}

impl Standing {
    /// The short name, as enum values are written in filters.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Realised => "REALISED",
            Self::Freed => "FREED",
        }
    }
}

/// What a caller asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RealisationDraft {
    /// The name it shall have.
    pub name: RealisationName,
    /// The shipment.
    pub shipment: ShipmentName,
    /// The line's place in it, from 0.
    pub line_index: u32,
    /// How much of the line, above zero.
    pub amount: Money,
    /// Where that comes from.
    pub provenance: Provenance,
}

/// A realisation on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Realisation {
    /// Its name, under its deal's.
    pub name: RealisationName,
    /// Version, times, provenance.
    pub meta: Meta,
    /// The shipment.
    pub shipment: ShipmentName,
    /// The line's place in it, from 0.
    pub line_index: u32,
    /// How much of the line; lowered when the line falls below the sum of its realisations.
    pub amount: Money,
    /// How far it has come.
    pub standing: Standing,
}

impl Realisation {
    /// A realisation of a deal by a shipment as last heard of, beside the `others` of that
    /// shipment.
    ///
    /// # Errors
    /// [`Refusal::StateForbids`] of the deal and of the shipment; `line_index.range` at
    /// `realisation.line_index`; [`Refusal::CurrencyMismatch`], [`Refusal::SellerNotInShipment`],
    /// [`Refusal::LineExceeded`].
    pub fn create(
        draft: &RealisationDraft,
        deal: &Deal,
        shipped: &Shipped,
        others: &[Self],
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        deal.check_takes_realisations()?;
        check_shipment(shipped)?;
        check_line(draft, deal, shipped)?;
        check_room(draft, shipped, others)?;
        Ok(Self {
            name: draft.name.clone(),
            meta: Meta::new(now, draft.provenance.clone()),
            shipment: draft.shipment.clone(),
            line_index: draft.line_index,
            amount: draft.amount,
            standing: shipped.standing(),
        })
    }

    /// The deal that it draws down.
    pub fn deal(&self) -> DealName {
        DealName::new(self.name.deal.clone())
    }

    /// What counts as realised: the amount while the shipment is, else nothing.
    pub fn effective_amount(&self) -> Money {
        let minor = if self.standing == Standing::Realised { self.amount.minor() } else { 0 };
        Money::from_minor(minor, self.amount.currency())
    }

    /// The realisation, hidden for good.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when it is hidden already; [`Refusal::EtagMismatch`].
    pub fn deleted(&self, etag: &str, now: Timestamp) -> Result<Self, Refusal> {
        if self.meta.is_deleted() {
            return Err(Refusal::NotFound { resource: self.name.to_string() });
        }
        self.meta.check_etag(&self.name, etag)?;
        Ok(Self { meta: self.meta.deleted(now), ..self.clone() })
    }

    /// As it is after `amount`, in minor units, and `standing` became these; none when they were
    /// already.
    pub fn moved(&self, amount: i64, standing: Standing, now: Timestamp) -> Option<Self> {
        if (amount, standing) == (self.amount.minor(), self.standing) {
            return None;
        }
        let amount = Money::from_minor(amount, self.amount.currency());
        Some(Self { amount, standing, meta: self.meta.touched(now), ..self.clone() })
    }
}

fn check_shipment(shipped: &Shipped) -> Result<(), Refusal> {
    let state = shipped.facts.as_ref().map_or(State::Draft, |facts| facts.state);
    if !matches!(state, State::Draft | State::Cancelled) {
        return Ok(());
    }
    Err(Refusal::StateForbids {
        resource: shipped.name.to_string(),
        state: state.to_string(),
        action: "CreateRealisation".to_owned(),
        detail: "the shipment must be READY or later and not CANCELLED".to_owned(),
    })
}

fn check_line(draft: &RealisationDraft, deal: &Deal, shipped: &Shipped) -> Result<(), Refusal> {
    let (Some(facts), Some(line)) = (&shipped.facts, shipped.line(draft.line_index)) else {
        let lines = shipped.facts.as_ref().map_or(0, |facts| facts.lines.len());
        let expected = format!("the place of one of {lines} lines, from 0");
        let broken = RuleBroken::expected("line_index.range", expected, draft.line_index);
        return Err(Refusal::field("realisation.line_index", broken));
    };
    let currency = deal.facts().value.currency();
    let fields = [("amount", draft.amount), ("line_index", line.value)];
    for (field, money) in fields {
        if money.currency() != currency {
            return Err(Refusal::CurrencyMismatch {
                field: format!("realisation.{field}"),
                expected: currency.to_string(),
                found: money.currency().to_string(),
            });
        }
    }
    let seller = &deal.facts().seller;
    if facts.has_part(line, seller) {
        return Ok(());
    }
    Err(Refusal::SellerNotInShipment {
        seller: seller.to_string(),
        shipment: shipped.name.to_string(),
        line_index: draft.line_index,
    })
}

fn check_room(
    draft: &RealisationDraft,
    shipped: &Shipped,
    others: &[Realisation],
) -> Result<(), Refusal> {
    let Some(line) = shipped.line(draft.line_index) else { return Ok(()) };
    let taken = others.iter().filter(|other| other.line_index == draft.line_index);
    let taken: i128 = taken.map(|other| i128::from(other.amount.minor())).sum();
    if taken + i128::from(draft.amount.minor()) <= i128::from(line.value.minor()) {
        return Ok(());
    }
    let taken = i64::try_from(taken).unwrap_or(i64::MAX);
    Err(Refusal::LineExceeded {
        shipment: shipped.name.to_string(),
        line_index: draft.line_index,
        value: line.value.to_string(),
        taken: Money::from_minor(taken, line.value.currency()).to_string(),
        asked: draft.amount.to_string(),
    })
}

/// What becomes of a shipment's realisations, none of them hidden, now that this was heard of it:
/// those that change. Where a line fell below their sum, they are lowered, the newest first, until
/// they fit; a line that is gone or in another currency has room for none.
pub fn follow(shipped: &Shipped, realisations: &[Realisation], now: Timestamp) -> Vec<Realisation> {
    let mut oldest_first: Vec<_> = realisations.iter().collect();
    oldest_first.sort_by_key(|of| (of.meta.create_time, &of.name));
    let mut room: BTreeMap<u32, i64> = BTreeMap::new();
    let mut moved = Vec::new();
    for realisation in oldest_first {
        let left = room.entry(realisation.line_index).or_insert_with(|| {
            let line = shipped.line(realisation.line_index).map(|line| line.value);
            let same = line.filter(|value| value.currency() == realisation.amount.currency());
            same.map_or(0, Money::minor)
        });
        let amount = realisation.amount.minor().min(*left);
        *left -= amount;
        moved.extend(realisation.moved(amount, shipped.standing(), now));
    }
    moved
}

/// What is realised and what is pending by a deal's realisations, none of them hidden.
///
/// # Errors
/// `sum.overflow` when all amounts together do not fit, whatever counts of them.
pub fn totals<'a>(
    realisations: impl IntoIterator<Item = &'a Realisation>,
) -> Result<(i64, i64), RuleBroken> {
    let (mut realised, mut pending, mut all) = (0_i64, 0_i64, 0_i64);
    for Realisation { amount, standing, .. } in realisations {
        all = all.checked_add(amount.minor()).ok_or_else(|| {
            let detail = "the realisations of the deal exceed 64 bits of minor units";
            RuleBroken::new("sum.overflow", detail)
        })?;
        match standing {
            Standing::Realised => realised += amount.minor(),
            Standing::Pending => pending += amount.minor(),
            Standing::Freed => {}
        }
    }
    Ok((realised, pending))
}

#[cfg(test)]
mod tests;
