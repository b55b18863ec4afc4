//! Releases.

mod audit;
mod decide;
mod dispatch;
mod load;
mod rows;
mod rpc;

pub(crate) use audit::audit;
pub(crate) use load::{WithTotals, members_guard};
pub(crate) use rows::Entity;

use devisa_domain::{
    money::Overflow,
    refusal::{Refusal, RuleBroken},
    shipment::{Shipment, Totals},
};

/// What a release comes to, by its members.
///
/// # Errors
/// `sum.overflow` at `totals`.
pub(crate) fn totals<'a>(
    members: impl IntoIterator<Item = &'a Shipment>,
) -> Result<Totals, Refusal> {
    Totals::of(members).map_err(|overflow: Overflow| {
        Refusal::field("totals", RuleBroken::new("sum.overflow", overflow.to_string()))
    })
}
