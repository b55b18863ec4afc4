//! Deals as resources.

use devisa_domain::{
    deal::{
        Deal, DealDraft, DealFacts, DealInput, Goods, Instrument, State, StatedFault, StatedValue,
        TermMonths,
        facts::{MAX_GOODS, MAX_STATED_VALUES},
    },
    identifier::{hs::HsCode, text::Text},
    name::{DealName, Id, OrganisationName, SessionName},
    refusal::{Checks, Refusal, RuleBroken, Violation, both},
};
use prost::Name;

use super::review::render_review;
use crate::{
    convert::common::{
        enumeration, money, nonempty, optional, optional_date, positive_money, provenance,
        render_date, render_money, render_provenance, render_tier, render_timestamp, required,
    },
    deal::v1 as wire,
    google_type,
};

/// Reads a request to create a deal.
///
/// # Errors
/// All violations at once, among them [`Refusal::CurrencyMismatch`] when a stated amount is in
/// another currency than its text.
pub fn parse_create_deal(request: wire::CreateDealRequest) -> Result<DealDraft, Refusal> {
    let wire::CreateDealRequest { deal_id, deal, request_id: _, validate_only: _ } = request;
    let id = Id::parse_or_generate(&deal_id).map_err(|broken| Refusal::field("deal_id", broken));
    let stated = required(deal).map_err(|broken| Refusal::field("deal", broken));
    let (id, stated) = both(id, stated.and_then(|deal| parse_deal(&deal)))?;
    Ok(DealDraft { name: DealName::new(id), stated })
}

/// The resources that a deal names, as far as their names are well formed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DealReferences {
    /// The session.
    pub session: Option<SessionName>,
    /// The seller.
    pub seller: Option<OrganisationName>,
    /// The buyer.
    pub buyer: Option<OrganisationName>,
}

impl DealReferences {
    /// Those of a message.
    pub fn of(deal: &wire::Deal) -> Self {
        Self {
            session: SessionName::parse(&deal.session).ok(),
            seller: OrganisationName::parse(&deal.seller).ok(),
            buyer: OrganisationName::parse(&deal.buyer).ok(),
        }
    }

    /// Those that `before` did not have in the same field.
    #[must_use]
    pub fn beyond(self, before: &DealFacts) -> Self {
        Self {
            session: self.session.filter(|name| before.session.as_ref() != Some(name)),
            seller: self.seller.filter(|name| before.seller != *name),
            buyer: self.buyer.filter(|name| before.buyer != *name),
        }
    }
}

impl From<&DealFacts> for DealReferences {
    fn from(facts: &DealFacts) -> Self {
        Self {
            session: facts.session.clone(),
            seller: Some(facts.seller.clone()),
            buyer: Some(facts.buyer.clone()),
        }
    }
}

/// Reads what a caller may say of a deal; its fields are named as those of `deal`.
///
/// # Errors
/// As [`parse_create_deal`].
pub fn parse_deal(deal: &wire::Deal) -> Result<DealInput, Refusal> {
    let wire::Deal {
        name: _,
        session,
        seller,
        buyer,
        instrument,
        goods,
        value,
        stated_values,
        term_months,
        sign_date,
        state: _,
        tier: _,
        review: _,
        provenance: origin,
        etag: _,
        create_time: _,
        update_time: _,
        realised: _,
        pending: _,
        closed: _,
        balance: _,
    } = deal;
    let mut checks = Checks::new();
    let mut mismatch = None;
    let session = checks.keep("session", optional(session, SessionName::parse));
    let seller = checks.keep("seller", OrganisationName::parse(seller));
    let buyer = checks.keep("buyer", OrganisationName::parse(buyer));
    let instrument = checks.keep("instrument", parse_instrument(*instrument));
    let goods = parse_goods(&mut checks, goods);
    let value = checks.keep("value", positive_money(value.as_ref()));
    let stated_values = parse_stated_values(&mut checks, &mut mismatch, stated_values);
    let term_months = checks.keep("term_months", parse_term(*term_months));
    let sign_date = checks.keep("sign_date", optional_date(sign_date.as_ref()));
    let origin = provenance(origin.as_ref(), &wire::Deal::full_name());
    let provenance = checks.keep_part("provenance", origin);
    let facts = (|| {
        Some(DealFacts {
            session: session?,
            seller: seller?,
            buyer: buyer?,
            instrument: instrument?,
            goods,
            value: value?,
            stated_values,
            term_months: term_months?,
            sign_date: sign_date?,
        })
    })();
    match (checks.finish(()), mismatch, facts, provenance) {
        (Ok(()), None, Some(facts), Some(provenance)) => Ok(DealInput { facts, provenance }),
        (Ok(()), Some(mismatch), ..) => Err(mismatch),
        (Ok(()), None, ..) => unreachable!("what could not be read left a violation"),
        (Err(violations), mismatch, ..) => {
            let broken = Refusal::Invalid(under_deal(violations));
            Err(mismatch.into_iter().fold(broken, Refusal::and))
        }
    }
}

fn under_deal(violations: Vec<Violation>) -> Vec<Violation> {
    violations.into_iter().map(|violation| violation.under("deal")).collect()
}

fn parse_instrument(number: i32) -> Result<Instrument, RuleBroken> {
    use wire::deal::Instrument as Wire;
    match enumeration(number)? {
        Wire::Unspecified => Err(RuleBroken::missing()),
        Wire::Loi => Ok(Instrument::Loi),
        Wire::Mou => Ok(Instrument::Mou),
        Wire::Contract => Ok(Instrument::Contract),
        Wire::PurchaseOrder => Ok(Instrument::PurchaseOrder),
    }
}

fn parse_term(months: i32) -> Result<Option<TermMonths>, RuleBroken> {
    if months == 0 { Ok(None) } else { TermMonths::parse(months).map(Some) }
}

fn at_most(checks: &mut Checks, field: &str, rule: &str, most: usize, found: usize) {
    checks.ensure(found <= most, field, || {
        RuleBroken::expected(rule, format!("at most {most}"), found)
    });
}

fn parse_goods(checks: &mut Checks, goods: &[wire::DealGoods]) -> Vec<Goods> {
    at_most(checks, "goods", "goods.count", MAX_GOODS, goods.len());
    let read = goods.iter().take(MAX_GOODS).enumerate().filter_map(|(index, goods)| {
        checks.keep_part(&format!("goods[{index}]"), parse_one_goods(goods))
    });
    read.collect()
}

fn parse_one_goods(goods: &wire::DealGoods) -> Result<Goods, Vec<Violation>> {
    let wire::DealGoods { description, hs_code, commodity } = goods;
    let mut checks = Checks::new();
    let description = checks.keep("description", Text::parse(description));
    let hs_code = checks.keep("hs_code", optional(hs_code, HsCode::parse));
    let commodity = checks.keep("commodity", optional(commodity, Text::parse));
    match (description, hs_code, commodity) {
        (Some(description), Some(hs_code), Some(commodity)) => {
            Ok(Goods { description, hs_code, commodity })
        }
        _ => Err(checks.into_violations()),
    }
}

fn parse_stated_values(
    checks: &mut Checks,
    mismatch: &mut Option<Refusal>,
    stated: &[wire::StatedValue],
) -> Vec<StatedValue> {
    at_most(checks, "stated_values", "stated_values.count", MAX_STATED_VALUES, stated.len());
    let mut read = Vec::new();
    for (index, stated) in stated.iter().take(MAX_STATED_VALUES).enumerate() {
        let at = format!("stated_values[{index}]");
        let wire::StatedValue { text, amount } = stated;
        let amount_read = amount.as_ref().map(money).transpose();
        let Some(amount) = checks.keep(format!("{at}.amount"), amount_read) else {
            // The text still has faults of its own to tell.
            if let Err(StatedFault::Text(broken)) = StatedValue::new(text, None) {
                checks.push(broken.at(format!("{at}.text")));
            }
            continue;
        };
        match StatedValue::new(text, amount) {
            Ok(value) => read.push(value),
            Err(StatedFault::Text(broken)) => checks.push(broken.at(format!("{at}.text"))),
            Err(StatedFault::Amount(broken)) => checks.push(broken.at(format!("{at}.amount"))),
            Err(StatedFault::Currency { expected, found }) => {
                mismatch.get_or_insert_with(|| Refusal::CurrencyMismatch {
                    field: format!("deal.{at}.amount"),
                    expected: expected.to_string(),
                    found: found.to_string(),
                });
            }
        }
    }
    read
}

/// Reads the name of a deal that a request is about.
///
/// # Errors
/// `field.missing`, `resource_name.form`, or the rule that the id breaks.
pub fn parse_deal_name(name: &str) -> Result<DealName, RuleBroken> {
    nonempty(name, DealName::parse)
}

/// Renders a deal.
pub fn render_deal(deal: &Deal) -> wire::Deal {
    let DealFacts {
        session,
        seller,
        buyer,
        instrument,
        goods,
        value,
        stated_values,
        term_months,
        sign_date,
    } = deal.facts();
    let meta = deal.meta();
    wire::Deal {
        name: deal.name().to_string(),
        session: session.as_ref().map(ToString::to_string).unwrap_or_default(),
        seller: seller.to_string(),
        buyer: buyer.to_string(),
        instrument: render_instrument(*instrument).into(),
        goods: goods.iter().map(render_goods).collect(),
        value: Some(render_money(*value)),
        stated_values: stated_values.iter().map(render_stated_value).collect(),
        term_months: term_months.map(i32::from).unwrap_or_default(),
        sign_date: sign_date.map(render_date),
        state: render_state(deal.state()).into(),
        tier: render_tier(Some(deal.tier())),
        review: Some(render_review(deal.review())),
        provenance: render_provenance(&meta.provenance),
        etag: meta.etag(),
        create_time: Some(render_timestamp(meta.create_time)),
        update_time: Some(render_timestamp(meta.update_time)),
        realised: Some(render_money(deal.realised())),
        pending: Some(render_money(deal.pending())),
        closed: Some(render_money(deal.closed_amount())),
        balance: Some(render_money(deal.balance())),
    }
}

fn render_instrument(instrument: Instrument) -> wire::deal::Instrument {
    use wire::deal::Instrument as Wire;
    match instrument {
        Instrument::Loi => Wire::Loi,
        Instrument::Mou => Wire::Mou,
        Instrument::Contract => Wire::Contract,
        Instrument::PurchaseOrder => Wire::PurchaseOrder,
    }
}

fn render_state(state: State) -> wire::deal::State {
    match state {
        State::Draft => wire::deal::State::Draft,
        State::Signed => wire::deal::State::Signed,
        State::Fulfilled => wire::deal::State::Fulfilled,
        State::Lapsed => wire::deal::State::Lapsed,
        State::Withdrawn => wire::deal::State::Withdrawn,
    }
}

fn render_goods(goods: &Goods) -> wire::DealGoods {
    let Goods { description, hs_code, commodity } = goods;
    wire::DealGoods {
        description: description.to_string(),
        hs_code: hs_code.as_ref().map(ToString::to_string).unwrap_or_default(),
        commodity: commodity.as_ref().map(ToString::to_string).unwrap_or_default(),
    }
}

fn render_stated_value(stated: &StatedValue) -> wire::StatedValue {
    let amount: Option<google_type::Money> = stated.amount().map(render_money);
    wire::StatedValue { text: stated.text().to_owned(), amount }
}
