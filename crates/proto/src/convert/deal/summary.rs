//! Totals of deals.

use devisa_domain::{
    money::Sums,
    refusal::{Checks, Refusal, RuleBroken},
    tier::Tier,
};

use crate::{
    convert::common::{render_sums, render_tier, required_tier},
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
}

/// Reads a request for totals.
///
/// # Errors
/// [`Refusal::TierRequired`]; `tier.unsupported` at `tier`; `enum.unknown` and
/// `group_by.duplicate` at `group_by[1]`.
pub fn parse_summarize_deals(
    request: &wire::SummarizeDealsRequest,
) -> Result<SummarizeDeals, Refusal> {
    let wire::SummarizeDealsRequest {
        tier,
        include_held,
        filter: _,
        group_by: dimensions,
        page_size: _,
        page_token: _,
    } = request;
    let mut checks = Checks::new();
    let tier = match required_tier(*tier, "tier", &TIERS) {
        Ok(tier) => Some(tier),
        Err(Refusal::Invalid(violations)) => checks.keep_part("", Err(violations)),
        Err(other) => return Err(other),
    };
    let mut group_by = Vec::with_capacity(dimensions.len());
    for (index, number) in dimensions.iter().enumerate() {
        let dimension = parse_dimension(*number).and_then(|dimension| match dimension {
            repeated if group_by.contains(&repeated) => {
                Err(RuleBroken::expected("group_by.duplicate", "each dimension once", "it again"))
            }
            new => Ok(new),
        });
        group_by.extend(checks.keep(format!("group_by[{index}]"), dimension));
    }
    match (tier, checks.is_clean()) {
        (Some(tier), true) => Ok(SummarizeDeals { tier, include_held: *include_held, group_by }),
        _ => Err(checks.into_violations().into()),
    }
}

fn parse_dimension(number: i32) -> Result<Dimension, RuleBroken> {
    use wire::summarize_deals_request::Dimension as Wire;
    match Wire::try_from(number) {
        Ok(Wire::Session) => Ok(Dimension::Session),
        Ok(Wire::Seller) => Ok(Dimension::Seller),
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
}

/// Renders a group.
pub fn render_group(group: &Group) -> wire::DealGroup {
    let Group { keys, deal_count, values, held_count, held_values } = group;
    let count = |number: i64| i32::try_from(number).unwrap_or(i32::MAX);
    wire::DealGroup {
        keys: keys.clone(),
        deal_count: count(*deal_count),
        values: render_sums(values),
        held_count: count(*held_count),
        held_values: render_sums(held_values),
    }
}

/// Renders totals: a page of groups, and the total of them all.
pub fn render_summary(
    tier: Tier,
    groups: &[Group],
    next_page_token: String,
    total: &Group,
) -> wire::SummarizeDealsResponse {
    wire::SummarizeDealsResponse {
        groups: groups.iter().map(render_group).collect(),
        next_page_token,
        total: Some(render_group(total)),
        tier: render_tier(Some(tier)),
    }
}
