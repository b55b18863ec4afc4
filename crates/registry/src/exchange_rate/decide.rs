//! What may happen to exchange rates.

use devisa_domain::{
    name::ExchangeRateName,
    refusal::Refusal,
    registry::{
        exchange_rate::{ExchangeRate, ExchangeRateFacts},
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
    if snapshot.existing.is_some() {
        return Err(Refusal::Exists { resource: draft.name.to_string() });
    }
    if let Some(other) = &snapshot.overlapping {
        return Err(Refusal::RateOverlaps { other: other.name.to_string() });
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
