//! Totals of deals.

use devisa_domain::{
    conversion::{Conversion, Rates},
    money::{Sum, Sums},
    refusal::{Checks, Refusal, RuleBroken, both},
    tier::Tier,
    time::Period,
};

use crate::{
    convert::{
        common::{render_sum, render_sums, render_tier, required_tier},
        totals::{parse_conversion, parse_dimensions, parse_period, render_rates},
    },
    deal::v1 as wire,
};

/// The tiers that deals have.
pub const TIERS: [Tier; 2] = [Tier::Potential, Tier::Contracted];

/// By what totals are grouped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// The session; empty for deals made at none.
    Session,
    /// The seller.
    Seller,
    /// The buyer.
    Buyer,
    /// The session's trade office; empty for none.
    Office,
    /// The commodity of the goods: `MIXED` for several, empty for none.
    Commodity,
    /// The month of `sign_date`.
    Month,
}

/// A request for totals, read but for its filter and its page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SummarizeDeals {
    /// The tier of every total.
    pub tier: Tier,
    /// Whether held and disputed deals count.
    pub include_held: bool,
    /// The dimensions, in order.
    pub group_by: Vec<Dimension>,
    /// Of which days.
    pub period: Period,
    /// Into which currency as well.
    pub conversion: Option<Conversion>,
}

/// Reads a request for totals.
///
/// # Errors
/// [`Refusal::TierRequired`]; `tier.unsupported` at `tier`; `enum.unknown` and
/// `group_by.duplicate` at `group_by[1]`; those of [`parse_period`] and [`parse_conversion`].
pub fn parse_summarize_deals(
    request: &wire::SummarizeDealsRequest,
) -> Result<SummarizeDeals, Refusal> {
    let wire::SummarizeDealsRequest {
        tier,
        include_held,
        filter: _,
        group_by,
        page_size: _,
        page_token: _,
        period,
        conversion,
    } = request;
    let mut checks = Checks::new();
    let tier = required_tier(*tier, "tier", &TIERS);
    let group_by = parse_dimensions(&mut checks, group_by, parse_dimension);
    let period = checks.keep_part("period", parse_period(period.as_ref()));
    let conversion = checks.keep_part("conversion", parse_conversion(conversion.as_ref()));
    let read = checks.finish(()).map_err(Refusal::from);
    match (both(tier, read)?, period, conversion) {
        ((tier, ()), Some(period), Some(conversion)) => {
            let include_held = *include_held;
            Ok(SummarizeDeals { tier, include_held, group_by, period, conversion })
        }
        _ => unreachable!("what could not be read left a violation"),
    }
}

fn parse_dimension(number: i32) -> Result<Dimension, RuleBroken> {
    use wire::summarize_deals_request::Dimension as Wire;
    match Wire::try_from(number) {
        Ok(Wire::Session) => Ok(Dimension::Session),
        Ok(Wire::Seller) => Ok(Dimension::Seller),
        Ok(Wire::Buyer) => Ok(Dimension::Buyer),
        Ok(Wire::Office) => Ok(Dimension::Office),
        Ok(Wire::Commodity) => Ok(Dimension::Commodity),
        Ok(Wire::Month) => Ok(Dimension::Month),
        Ok(Wire::Unspecified) | Err(_) => {
            Err(RuleBroken::expected("enum.unknown", "a dimension", number))
        }
    }
}

/// A group of deals and what it comes to, in one tier.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// The group's value in each dimension.
    pub keys: Vec<String>,
    /// Deals that count in `values`.
    pub deal_count: i64,
    /// Their value.
    pub values: Sums,
    /// Deals that are held or disputed.
    pub held_count: i64,
    /// Their value.
    pub held_values: Sums,
    /// All of `values` in the currency asked for.
    pub converted: Option<Sum>,
    /// All of `held_values` in the currency asked for.
    pub held_converted: Option<Sum>,
    /// Deals that lapsed.
    pub lapsed_count: i64,
    /// Their value.
    pub lapsed_values: Sums,
    /// Deals that were withdrawn.
    pub withdrawn_count: i64,
    /// Their value.
    pub withdrawn_values: Sums,
}

/// Renders a group.
pub fn render_group(group: &Group) -> wire::DealGroup {
    let Group {
        keys,
        deal_count,
        values,
        held_count,
        held_values,
        converted,
        held_converted,
        lapsed_count,
        lapsed_values,
        withdrawn_count,
        withdrawn_values,
    } = group;
    let count = |number: i64| i32::try_from(number).unwrap_or(i32::MAX);
    wire::DealGroup {
        keys: keys.clone(),
        deal_count: count(*deal_count),
        values: render_sums(values),
        held_count: count(*held_count),
        held_values: render_sums(held_values),
        converted_value: converted.and_then(render_sum),
        held_converted_value: held_converted.and_then(render_sum),
        lapsed_count: count(*lapsed_count),
        lapsed_values: render_sums(lapsed_values),
        withdrawn_count: count(*withdrawn_count),
        withdrawn_values: render_sums(withdrawn_values),
    }
}

/// Totals: a page of groups, and the total of them all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The tier of every total.
    pub tier: Tier,
    /// The groups, ordered by their keys bytewise.
    pub groups: Vec<Group>,
    /// The total of all groups, those on other pages included.
    pub total: Group,
    /// The rates by which it was converted.
    pub rates: Option<Rates>,
    /// The next page's token; empty at the end.
    pub next_page_token: String,
}

/// Renders totals.
pub fn render_summary(summary: Summary) -> wire::SummarizeDealsResponse {
    wire::SummarizeDealsResponse {
        groups: summary.groups.iter().map(render_group).collect(),
        next_page_token: summary.next_page_token,
        total: Some(render_group(&summary.total)),
        tier: render_tier(Some(summary.tier)),
        rates: render_rates(summary.rates.as_ref()),
    }
}
