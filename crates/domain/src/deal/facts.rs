//! What a caller may say of a deal.

use serde::{Deserialize, Serialize};

use super::{goods::Goods, instrument::Instrument, stated_value::StatedValue};
use crate::{
    money::Money,
    name::{DealName, OrganisationName, SessionName},
    refusal::{Checks, RuleBroken, Violation},
    registry::record::{Draft, Stated},
    time::Date,
};

/// Over how many months a deal runs, 1 to 600.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "i32", into = "i32")]
pub struct TermMonths(u16);

impl TermMonths {
    /// Reads a number of months.
    ///
    /// # Errors
    /// `term_months.range` outside 1 to 600.
    pub fn parse(months: i32) -> Result<Self, RuleBroken> {
        let in_range = (1..=600).contains(&months).then(|| u16::try_from(months).ok()).flatten();
        in_range
            .map(Self)
            .ok_or_else(|| RuleBroken::expected("term_months.range", "1 to 600", months))
    }

    /// The months.
    pub fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<i32> for TermMonths {
    type Error = RuleBroken;
    fn try_from(months: i32) -> Result<Self, RuleBroken> {
        Self::parse(months)
    }
}

impl From<TermMonths> for i32 {
    fn from(months: TermMonths) -> Self {
        Self::from(months.0)
    }
}

/// The facts of a deal, but for their provenance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DealFacts {
    /// The session at which it was made.
    pub session: Option<SessionName>,
    /// Who sells.
    pub seller: OrganisationName,
    /// Who buys; a person may be one.
    pub buyer: OrganisationName,
    /// The kind of paper.
    pub instrument: Instrument,
    /// What is sold.
    pub goods: Vec<Goods>,
    /// What it is worth over its whole term.
    pub value: Money,
    /// The value as it was stated in public.
    pub stated_values: Vec<StatedValue>,
    /// Over how many months; none when unknown.
    pub term_months: Option<TermMonths>,
    /// The day it was signed, Asia/Jakarta.
    pub sign_date: Option<Date>,
}

/// All a caller may say of a deal.
pub type DealInput = Stated<DealFacts>;

/// A deal that shall be created.
pub type DealDraft = Draft<DealName, DealFacts>;

/// The most kinds of goods a deal has.
pub const MAX_GOODS: usize = 50;

/// The commodity of a deal whose goods have several.
pub const MIXED: &str = "MIXED";

/// The most stated values a deal has.
pub const MAX_STATED_VALUES: usize = 10;

impl DealFacts {
    /// Checks what holds between fields and against the calendar; `today` is the date in Jakarta.
    ///
    /// # Errors
    /// `deal.parties` at `buyer` when seller and buyer are one, `date.future` at `sign_date`.
    pub fn check(&self, today: Date) -> Result<(), Vec<Violation>> {
        let mut checks = Checks::new();
        checks.ensure(self.seller != self.buyer, "buyer", || {
            RuleBroken::expected(
                "deal.parties",
                "another organisation than the seller",
                &self.buyer,
            )
        });
        if let Some(date) = self.sign_date {
            checks.keep("sign_date", not_in_future(date, today));
        }
        checks.finish(())
    }

    /// What the goods are called in statistics: [`MIXED`] when they have several names, empty when
    /// none is known.
    pub fn commodity(&self) -> &str {
        let mut named = self.goods.iter().filter_map(|goods| goods.commodity.as_ref());
        match named.next() {
            None => "",
            Some(first) if named.all(|other| other == first) => first.as_str(),
            Some(_) => MIXED,
        }
    }

    /// The names of the fields in which `other` differs, in the order of the resource.
    pub fn differing(&self, other: &Self) -> Vec<&'static str> {
        let Self {
            session,
            seller,
            buyer,
            instrument,
            goods,
            value,
            stated_values,
            term_months,
            sign_date,
        } = self;
        let fields = [
            ("session", *session != other.session),
            ("seller", *seller != other.seller),
            ("buyer", *buyer != other.buyer),
            ("instrument", *instrument != other.instrument),
            ("goods", *goods != other.goods),
            ("value", *value != other.value),
            ("stated_values", *stated_values != other.stated_values),
            ("term_months", *term_months != other.term_months),
            ("sign_date", *sign_date != other.sign_date),
        ];
        fields.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
    }
}

/// Requires a business date that has come.
///
/// # Errors
/// `date.future`.
pub fn not_in_future(date: Date, today: Date) -> Result<Date, RuleBroken> {
    if date <= today {
        return Ok(date);
    }
    Err(RuleBroken::expected("date.future", format!("a date up to {today}"), date))
}
