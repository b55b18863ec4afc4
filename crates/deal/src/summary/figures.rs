//! Published figures against what is on record.

use devisa_domain::{
    deal::{Deal, ReviewState},
    figure::Counted,
    money::{Money, Sums},
    name::SessionName,
    refusal::{Refusal, both},
    tier::Tier,
    time::Date,
};
use devisa_ledger::{Error, Field, FilterSchema, Ledger};
use devisa_proto::convert::{
    deal::{
        figure::{DealMetric, Subject},
        summary::TIERS,
    },
    figure::{Claim, Finding},
};

use crate::{deal, session, store};

/// How many held deals an explanation names.
const MOST_NAMED: usize = 5;

/// Checks one figure.
///
/// # Errors
/// [`Refusal::FilterInvalid`], [`Refusal::NotFound`]; [`Refusal::TierRequired`] for the value of a
/// session whose deals have both tiers.
pub(super) async fn check(ledger: &Ledger, claim: &Claim<DealMetric>) -> Result<Finding, Error> {
    let tier = tier(claim);
    match &claim.of {
        Subject::Deal(name) => {
            let deal = store::find::<deal::Entity>(ledger, name).await?;
            let (tier, deal) = both(tier, deal.ok_or_else(|| claim.absent(name)))?;
            Ok(of_deal(claim, tier, &deal))
        }
        Subject::Session(name) => {
            let session = store::find::<session::Entity>(ledger, name).await?;
            let (tier, _) = both(tier, session.ok_or_else(|| claim.absent(name)))?;
            let deals = deals_of(ledger, name, claim.as_of).await?;
            Ok(of_session(claim, tier, &deals)?)
        }
    }
}

fn tier(claim: &Claim<DealMetric>) -> Result<Option<Tier>, Refusal> {
    const NAMES: &[&str] = &["POTENTIAL", "CONTRACTED"];
    let schema = FilterSchema::new([Field::enumeration("tier", "tier", "TIER_", NAMES)]);
    let placed = |refusal: Refusal| refusal.of_filter_at(claim.path("filter"));
    let filter = schema.parse(claim.filter()).map_err(placed)?;
    let tier = filter.only("tier").map_err(placed)?;
    Ok(TIERS.into_iter().find(|known| tier == Some(known.as_str())))
}

/// The deals of a session that were signed by a day.
async fn deals_of(ledger: &Ledger, name: &SessionName, by: Date) -> Result<Vec<Deal>, Error> {
    let mut deals = deal::signed_of(ledger, name).await?;
    deals.retain(|deal| deal.facts().sign_date.is_some_and(|date| date <= by));
    Ok(deals)
}

/// A deal's value; in another currency, what was stated of it in that.
fn of_deal(claim: &Claim<DealMetric>, tier: Option<Tier>, deal: &Deal) -> Finding {
    let facts = deal.facts();
    if let Some(asked) = tier.filter(|tier| *tier != deal.tier()) {
        let (value, is) = (facts.value, deal.tier());
        let why = format!("found {value}, but the deal is {is}, the filter asks for {asked}");
        return Finding::undecidable(why);
    }
    let stated = facts.stated_values.iter().filter_map(|stated| stated.amount());
    let mut amounts = vec![facts.value];
    for amount in stated {
        if amounts.iter().all(|known| known.currency() != amount.currency()) {
            amounts.push(amount);
        }
    }
    // Each amount is alone in its currency: nothing is added.
    let finding = Finding::of_money(&claim.figure, &Sums::of(amounts.clone()));
    let finding = match without_amount(claim, &amounts, deal) {
        Some(remark) => finding.adding(&remark),
        None => finding,
    };
    let finding = if deal.is_signed() {
        finding
    } else {
        finding.adding(&format!("the deal is {}", deal.state().as_str()))
    };
    match held_back(deal) {
        Some(why) => finding.held(true).adding(&why),
        None => finding,
    }
}

/// Which stated text would answer the claim, if its amount were on record beside it: a text alone
/// stands for every amount that prints so, of which none is the deal's.
fn without_amount(claim: &Claim<DealMetric>, amounts: &[Money], deal: &Deal) -> Option<String> {
    let asked = claim.figure.currency()?;
    if amounts.iter().any(|known| known.currency() == asked) {
        return None;
    }
    let mut stated = deal.facts().stated_values.iter().enumerate();
    let (index, stated) = stated
        .find(|(_, stated)| stated.reading().is_some_and(|(currency, _)| currency == asked))?;
    let (text, field) = (stated.text(), format!("stated_values[{index}].amount"));
    Some(format!("{text:?} is stated without an amount; record it as {field} to decide"))
}

fn of_session(
    claim: &Claim<DealMetric>,
    tier: Option<Tier>,
    deals: &[Deal],
) -> Result<Finding, Refusal> {
    let in_tier = |deal: &&Deal| tier.is_none_or(|tier| tier == deal.tier());
    let deals: Vec<_> = deals.iter().filter(in_tier).collect();
    let finding = match claim.metric {
        DealMetric::SessionDealCount => {
            Finding::of_count(&claim.figure, deals.len() as u64, Counted::Deals)
        }
        DealMetric::SessionValue | DealMetric::DealValue => {
            require_one_tier(claim, &deals)?;
            let sums = Sums::of(deals.iter().map(|deal| deal.facts().value));
            Finding::of_money(&claim.figure, &sums)
        }
    };
    if deals.is_empty() {
        let tier = tier.map(|tier| format!("{tier} ")).unwrap_or_default();
        return Ok(finding.adding(&format!("no {tier}deal was signed by {}", claim.as_of)));
    }
    Ok(naming_held(finding, &deals))
}

/// Values of two tiers are never added.
fn require_one_tier(claim: &Claim<DealMetric>, deals: &[&Deal]) -> Result<(), Refusal> {
    let first = deals.first().map(|deal| deal.tier());
    if deals.iter().all(|deal| Some(deal.tier()) == first) {
        return Ok(());
    }
    let detail = "the session has deals of both tiers; expected tier = POTENTIAL or CONTRACTED";
    Err(Refusal::TierRequired { field: claim.path("filter"), detail: detail.to_owned() })
}

/// Says which of the deals are held from headline totals, and why.
fn naming_held(finding: Finding, deals: &[&Deal]) -> Finding {
    let held: Vec<_> =
        deals.iter().filter_map(|deal| Some((deal.name(), held_back(deal)?))).collect();
    let named = held.iter().take(MOST_NAMED);
    let finding =
        named.fold(finding, |finding, (name, why)| finding.adding(&format!("{name} {why}")));
    let finding = match held.len().checked_sub(MOST_NAMED) {
        Some(more) if more > 0 => finding.adding(&format!("{more} more are held or disputed")),
        _ => finding,
    };
    finding.held(!held.is_empty())
}

/// Why a deal stands beside headline totals: `held: size_ceiling: IDR … is 80.2 times …`.
fn held_back(deal: &Deal) -> Option<String> {
    let review = deal.review();
    let state = match review.state() {
        ReviewState::Held => "held",
        ReviewState::Disputed => "disputed",
        ReviewState::None | ReviewState::Confirmed | ReviewState::Corrected => return None,
    };
    let broken = review.findings().iter().filter(|finding| finding.is_broken());
    let findings: Vec<_> = broken.map(|f| format!("{}: {}", f.rule, f.explanation)).collect();
    if findings.is_empty() {
        return Some(state.to_owned());
    }
    Some(format!("{state}: {}", findings.join("; ")))
}
