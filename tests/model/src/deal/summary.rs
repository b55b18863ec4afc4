//! Totals of one tier, made anew from every deal.

use std::collections::BTreeSet;

use devisa_domain::time::Date;
use devisa_proto::{
    common::v1::Tier,
    deal::v1::{
        Deal, DealGroup,
        deal::State,
        deal_review::State as Review,
        summarize_deals_request::Dimension::{self, *},
    },
    google_type::Money,
    totals::v1::Conversion,
};

use super::{Deals, Dimensions};
use crate::{
    answer::Answer,
    conversion::{Dated, convert},
    list::Predicate,
    money::sum,
    resource::date,
};

/// The groups in order of their keys, their total, and the rates that were used.
#[derive(Clone, Debug, PartialEq)]
pub struct Grouped {
    /// The groups.
    pub groups: Vec<DealGroup>,
    /// What they come to together.
    pub total: DealGroup,
    /// The names of the rates.
    pub rates: Vec<String>,
}

/// What totals are asked for.
#[derive(Debug)]
pub struct Asked<'a> {
    /// Of which tier.
    pub tier: Tier,
    /// Whether held deals count.
    pub include_held: bool,
    /// By what.
    pub group_by: &'a [Dimension],
    /// From a day on, up to, not including, another.
    pub period: [Option<Date>; 2],
    /// Both of these hold.
    pub both: [Option<&'a Predicate<Dimensions>>; 2],
    /// Into which currency.
    pub conversion: Option<Conversion>,
}

/// A deal that was signed, its keys, and how it counts.
struct Part<'d> {
    keys: Vec<String>,
    deal: &'d Deal,
    day: Date,
}

impl Part<'_> {
    fn is_held(&self) -> bool {
        let review = self.deal.review.as_ref().map_or(Review::Unspecified, |r| r.state());
        self.is_in_force() && matches!(review, Review::Held | Review::Disputed)
    }

    fn is_in_force(&self) -> bool {
        matches!(self.deal.state(), State::Signed | State::Fulfilled)
    }
}

fn dimensions(state: &Deals, deal: &Deal, day: Date) -> Dimensions {
    let session = state.sessions.get(&deal.session);
    let mut named = deal.goods.iter().map(|goods| &goods.commodity).filter(|name| !name.is_empty());
    let commodity = match named.next() {
        None => String::new(),
        Some(first) if named.all(|other| other == first) => first.clone(),
        Some(_) => "MIXED".to_owned(),
    };
    Dimensions {
        session: deal.session.clone(),
        seller: deal.seller.clone(),
        buyer: deal.buyer.clone(),
        office: session.map(|session| session.office.clone()).unwrap_or_default(),
        commodity,
        month: day.format("%Y-%m").to_string(),
    }
}

/// Sums the deals of a tier that were signed, whatever became of them.
///
/// # Errors
/// `RATE_MISSING`.
pub fn summarize(state: &Deals, asked: &Asked<'_>) -> Answer<Grouped> {
    let [first, end] = asked.period;
    let mut parts = vec![];
    for deal in state.deals.values().filter(|deal| state.was_signed(deal)) {
        let day = date(deal.sign_date.as_ref()).unwrap_or_default();
        let of = dimensions(state, deal, day);
        let inside = first.is_none_or(|first| first <= day) && end.is_none_or(|end| day < end);
        let picked = asked.both.iter().flatten().all(|predicate| (predicate.holds)(&of));
        if deal.tier() != asked.tier || !inside || !picked {
            continue;
        }
        let key = |dimension: &Dimension| match dimension {
            Session => of.session.clone(),
            Seller => of.seller.clone(),
            Buyer => of.buyer.clone(),
            Office => of.office.clone(),
            Commodity => of.commodity.clone(),
            Month => of.month.clone(),
            Unspecified => String::new(),
        };
        parts.push(Part { keys: asked.group_by.iter().map(key).collect(), deal, day });
    }
    let keys: BTreeSet<_> = parts.iter().map(|part| part.keys.clone()).collect();
    let own = |keys: &Vec<String>| {
        let keys = keys.clone();
        parts.iter().filter(move |part| part.keys == keys)
    };
    let mut groups: Vec<_> = keys
        .iter()
        .map(|keys| DealGroup { keys: keys.clone(), ..group(own(keys), asked.include_held) })
        .collect();
    let mut total = group(parts.iter(), asked.include_held);
    let mut rates = BTreeSet::new();
    if let Some(conversion) = &asked.conversion {
        let dated = |held: bool| -> Vec<Dated> {
            let counts = |part: &&Part<'_>| match held {
                true => part.is_held(),
                false => part.is_in_force() && (asked.include_held || !part.is_held()),
            };
            let amount = |part: &Part<'_>| (part.deal.value.clone().unwrap_or_default(), part.day);
            keys.iter().map(|keys| own(keys).filter(counts).map(amount).collect()).collect()
        };
        let counted = convert(&state.rates, conversion, &dated(false))?;
        let held = convert(&state.rates, conversion, &dated(true))?;
        let amounts = groups.iter_mut().zip(counted.0).zip(held.0);
        for ((group, counted), held) in amounts {
            group.converted_value = Some(counted);
            group.held_converted_value = Some(held);
        }
        total.converted_value = Some(counted.1);
        total.held_converted_value = Some(held.1);
        rates.extend(counted.2);
        rates.extend(held.2);
    }
    Ok(Grouped { groups, total, rates: rates.into_iter().collect() })
}

fn group<'p>(parts: impl Iterator<Item = &'p Part<'p>>, include_held: bool) -> DealGroup {
    let parts: Vec<_> = parts.collect();
    let those = |which: &dyn Fn(&Part<'_>) -> bool| -> (i32, Vec<Money>) {
        let own: Vec<_> = parts.iter().filter(|part| which(part)).collect();
        let values = own.iter().filter_map(|part| part.deal.value.as_ref());
        (i32::try_from(own.len()).unwrap_or(i32::MAX), sum(values))
    };
    let counts = |part: &Part<'_>| part.is_in_force() && (include_held || !part.is_held());
    let (deal_count, values) = those(&counts);
    let (held_count, held_values) = those(&|part| part.is_held());
    let (lapsed_count, lapsed_values) = those(&|part| part.deal.state() == State::Lapsed);
    let (withdrawn_count, withdrawn_values) = those(&|part| part.deal.state() == State::Withdrawn);
    DealGroup {
        keys: vec![],
        deal_count,
        values,
        held_count,
        held_values,
        converted_value: None,
        held_converted_value: None,
        lapsed_count,
        lapsed_values,
        withdrawn_count,
        withdrawn_values,
    }
}
