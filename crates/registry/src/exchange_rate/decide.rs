//! What may happen to exchange rates.

use devisa_domain::{
    name::ExchangeRateName,
    refusal::{Refusal, RuleBroken},
    registry::{
        exchange_rate::{ExchangeRate, ExchangeRateFacts, Validity},
        record::Draft,
    },
};
use devisa_ledger::{Change, Decision, Moment};
use devisa_proto::{convert::registry::render_exchange_rate, registry::v1 as wire};

use super::{load::Snapshot, rows::ActiveModel};
use crate::events::EXCHANGE_RATE_CREATED;

/// Records a rate, unless its name is taken or another one of its kind and pair is in force on some
/// of its days.
pub(super) fn create(
    snapshot: &Snapshot,
    draft: &Draft<ExchangeRateName, ExchangeRateFacts>,
    moment: &Moment,
) -> Result<Decision<wire::ExchangeRate>, Refusal> {
    let taken = snapshot.existing.as_ref().map(|_| taken(&draft.name));
    let validity = &draft.stated.facts.validity;
    let overlap = snapshot.overlapping.as_ref().map(|other| overlaps(validity, other));
    if let Some(refusal) = Refusal::together(taken.into_iter().chain(overlap)) {
        return Err(refusal);
    }
    let rate = ExchangeRate::new(draft, moment.now);
    let response = render_exchange_rate(&rate);
    let change = Change::new().guard(&snapshot.guard).insert(ActiveModel::from(&rate)).event(
        EXCHANGE_RATE_CREATED,
        &rate.name,
        None,
        &response,
    );
    Ok(Decision { change, response })
}

/// That another rate has the name already.
pub(super) fn taken(name: &ExchangeRateName) -> Refusal {
    Refusal::id_taken("exchange_rate_id", name)
}

/// That another rate is in force on days of the new one, at the end that lies among them.
pub(super) fn overlaps(validity: &Validity, other: &ExchangeRate) -> Refusal {
    let (name, taken) = (&other.name, &other.facts.validity);
    let begins_before = validity.from < taken.from;
    let field = if begins_before { "exchange_rate.valid_to" } else { "exchange_rate.valid_from" };
    let found = if begins_before { validity.to } else { validity.from };
    let expected = format!("a day outside {} to {}, when {name} is in force", taken.from, taken.to);
    let broken = RuleBroken::expected("validity.overlap", expected, found);
    Refusal::RateOverlaps { other: name.to_string() }.at(field, broken)
}
