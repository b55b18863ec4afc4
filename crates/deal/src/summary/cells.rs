//! What totals are taken of, as the database sees it: deals, with every dimension in a column of
//! its own. One statement, so that groups and their total agree.

use devisa_domain::{
    conversion::Dated,
    deal::{ReviewState, State},
    name::{OrganisationName, SessionName},
    refusal::RuleBroken,
    tier::Tier,
    time::Date,
};
use devisa_ledger::{Error, Field, Filter, FilterSchema, Ledger, days, sum};
use devisa_proto::convert::deal::summary::{Dimension, SummarizeDeals};
use sea_orm::{
    ConnectionTrait, QueryResult,
    sea_query::{Alias, Expr, ExprTrait, Func, Query, SelectStatement},
};

/// What totals can be filtered by: the dimensions.
pub(super) fn filters() -> FilterSchema {
    FilterSchema::new([
        Field::reference("session", "session", |name| {
            SessionName::parse(name).map(|name| name.to_string())
        }),
        Field::reference("seller", "seller", organisation),
        Field::reference("buyer", "buyer", organisation),
        Field::reference("office", "office", organisation),
        Field::text("commodity", "commodity"),
        Field::month("month", "month"),
    ])
}

fn organisation(name: &str) -> Result<String, RuleBroken> {
    OrganisationName::parse(name).map(|name| name.to_string())
}

fn column(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Session => "session",
        Dimension::Seller => "seller",
        Dimension::Buyer => "buyer",
        Dimension::Office => "office",
        Dimension::Commodity => "commodity",
        Dimension::Month => "month",
    }
}

/// How deals count in totals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counts {
    /// In the totals.
    In,
    /// Beside them: held or disputed.
    Held,
    /// Beside them: lapsed.
    Lapsed,
    /// Beside them: withdrawn.
    Withdrawn,
}

impl Counts {
    fn of(state: &str, review: &str) -> Self {
        let mut held = ReviewState::ALL.into_iter().filter(|state| state.is_held_back());
        if state == State::Lapsed.as_str() {
            Self::Lapsed
        } else if state == State::Withdrawn.as_str() {
            Self::Withdrawn
        } else if held.any(|held| held.as_str() == review) {
            Self::Held
        } else {
            Self::In
        }
    }

    /// Whether they are in force, and so converted.
    pub(super) fn is_in_force(self) -> bool {
        matches!(self, Self::In | Self::Held)
    }
}

/// The deals of one group, currency, state and review state; of one day where days are told apart.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) keys: Vec<String>,
    pub(super) counts: Counts,
    pub(super) deals: i64,
    pub(super) dated: Dated,
}

/// Reads what matches, by the dimensions asked for.
///
/// # Errors
/// The database's.
pub(super) async fn read(
    ledger: &Ledger,
    command: &SummarizeDeals,
    filter: &Filter,
) -> Result<Vec<Cell>, Error> {
    let columns: Vec<_> = command.group_by.iter().copied().map(column).collect();
    let by_day = command.conversion.is_some();
    let mut select = Query::select();
    select
        .from_subquery(deals(command.tier), Alias::new("agreed"))
        .cond_where(days::within("sign_date", &command.period).add(filter.condition()))
        .expr_as(Expr::cust("COUNT(*)"), Alias::new("deals"));
    let days = by_day.then_some("sign_date");
    for column in columns.iter().copied().chain(["state", "review_state"]).chain(days) {
        select.column(Alias::new(column)).add_group_by([Expr::col(Alias::new(column))]);
    }
    sum::select(&mut select, "value_minor");
    let rows = ledger.reader().query_all(&select).await?;
    rows.iter().map(|row| cell(row, &columns, by_day)).collect()
}

fn cell(row: &QueryResult, columns: &[&str], by_day: bool) -> Result<Cell, Error> {
    let state: String = row.try_get("", "state")?;
    let review: String = row.try_get("", "review_state")?;
    // Without a conversion nobody looks at the day.
    let date = if by_day { days::read(row, "sign_date")? } else { Date::default() };
    Ok(Cell {
        keys: columns.iter().map(|column| row.try_get("", column)).collect::<Result<_, _>>()?,
        counts: Counts::of(&state, &review),
        deals: row.try_get("", "deals")?,
        dated: Dated { money: sum::read(row)?, date },
    })
}

/// The deals of a tier that were signed, whatever became of them.
fn deals(tier: Tier) -> SelectStatement {
    let of = |table: &'static str, column: &'static str| {
        Expr::col((Alias::new(table), Alias::new(column)))
    };
    let columns = [
        "session",
        "seller",
        "buyer",
        "commodity",
        "sign_date",
        "state",
        "review_state",
        "currency",
        "value_minor",
    ];
    let month = days::month(of("deal", "sign_date"));
    let office = Func::coalesce([of("session", "office"), Expr::val("")]);
    let mut deals = Query::select();
    deals
        .from(Alias::new("deal"))
        .left_join(Alias::new("session"), of("session", "name").eq(of("deal", "session")))
        .columns(columns.map(|column| (Alias::new("deal"), Alias::new(column))))
        .expr_as(office, Alias::new("office"))
        .expr_as(month, Alias::new("month"))
        .and_where(of("deal", "state").ne(State::Draft.as_str()))
        .and_where(of("deal", "sign_date").ne(""))
        .and_where(of("deal", "tier").eq(tier.as_str()));
    deals
}
