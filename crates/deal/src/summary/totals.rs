//! Totals of one tier by groups: one statement, so that groups and their total agree.

use std::collections::BTreeMap;

use devisa_domain::{
    deal::{ReviewState, State},
    money::{Currency, Money, Overflow, Sums},
    name::{OrganisationName, SessionName},
    refusal::{Refusal, RuleBroken},
};
use devisa_ledger::{Error, Field, FilterSchema, Ledger, Page, PageArgs, StorageError};
use devisa_proto::convert::deal::summary::{Dimension, Group, SummarizeDeals};
use sea_orm::{
    Condition, ConnectionTrait, QueryResult,
    sea_query::{Alias, Expr, ExprTrait, Func, Query, SelectStatement},
};

use crate::deal::{Column, Entity};

/// What totals can be narrowed by: the dimensions.
pub(super) fn filters() -> FilterSchema {
    FilterSchema::new([
        Field::normalised("session", "session", |n| SessionName::parse(n).map(|n| n.to_string())),
        Field::normalised("seller", "seller", |n| {
            OrganisationName::parse(n).map(|n| n.to_string())
        }),
    ])
}

/// A page of groups, by their keys, and the total of all of them.
///
/// # Errors
/// Page refusals; `sum.overflow` at `values`.
pub(super) async fn summarize(
    ledger: &Ledger,
    command: &SummarizeDeals,
    narrowed: Condition,
    args: &PageArgs<'_>,
) -> Result<(Page<Group>, Group), Error> {
    let size = args.size()?;
    let after = ledger.tokens().start(args)?;
    let rows = ledger.reader().query_all(&select(command, narrowed)).await?;
    let cells = rows.iter().map(|row| Cell::of(row, command)).collect::<Result<Vec<_>, Error>>()?;
    let (groups, total) = collect(cells, command.include_held).map_err(too_large)?;
    let follows = |group: &Group| after.as_ref().is_none_or(|after| group.keys > *after);
    let groups = groups.into_iter().filter(follows).take(size + 1).collect();
    Ok((ledger.tokens().cut(groups, size, args, |group| group.keys.clone()), total))
}

/// A sum beyond 64 bits of minor units cannot be told in a `Money`; narrower groups may.
fn too_large(overflow: Overflow) -> Refusal {
    Refusal::field("values", RuleBroken::new("sum.overflow", overflow.to_string()))
}

/// Sums are taken of billions and of the rest apart: neither can overflow before they meet here.
const BILLION: i64 = 1_000_000_000;

fn select(command: &SummarizeDeals, narrowed: Condition) -> SelectStatement {
    let bigint = |expr: Expr| expr.cast_as(Alias::new("BIGINT"));
    let value = || Expr::col(Column::ValueMinor);
    let mut select = Query::select();
    select
        .from(Entity)
        .and_where(Expr::col(Column::State).eq(State::Signed.as_str()))
        .and_where(Expr::col(Column::Tier).eq(command.tier.as_str()))
        .cond_where(narrowed)
        .columns([Column::Currency, Column::ReviewState])
        .group_by_columns([Column::Currency, Column::ReviewState])
        .expr_as(bigint(Func::count(Expr::col(Column::Name)).into()), "deals")
        .expr_as(bigint(Func::sum(value().div(BILLION)).into()), "billions")
        .expr_as(bigint(Func::sum(value().modulo(BILLION)).into()), "rest");
    for dimension in &command.group_by {
        select.column(column(*dimension)).group_by_col(column(*dimension));
    }
    select
}

fn column(dimension: Dimension) -> Column {
    match dimension {
        Dimension::Session => Column::Session,
        Dimension::Seller => Column::Seller,
    }
}

/// The deals of one group, currency and review state.
struct Cell {
    keys: Vec<String>,
    is_held: bool,
    deals: i64,
    value: Result<Money, Overflow>,
}

impl Cell {
    fn of(row: &QueryResult, command: &SummarizeDeals) -> Result<Self, Error> {
        let key = |dimension: &Dimension| match dimension {
            Dimension::Session => row.try_get("", "session"),
            Dimension::Seller => row.try_get("", "seller"),
        };
        let (state, code): (String, String) =
            (row.try_get("", "review_state")?, row.try_get("", "currency")?);
        let currency = Currency::parse(&code)
            .map_err(|broken| StorageError::Broken(format!("stored currency: {broken}")))?;
        let (billions, rest): (i64, i64) = (row.try_get("", "billions")?, row.try_get("", "rest")?);
        let minor = i128::from(billions) * i128::from(BILLION) + i128::from(rest);
        let minor = i64::try_from(minor).map_err(|_| Overflow(currency));
        let held = ReviewState::ALL.into_iter().filter(|state| state.is_held_back());
        Ok(Self {
            keys: command.group_by.iter().map(key).collect::<Result<_, _>>()?,
            is_held: held.map(ReviewState::as_str).any(|held| held == state),
            deals: row.try_get("", "deals")?,
            value: minor.map(|minor| Money::from_minor(minor, currency)),
        })
    }
}

/// Groups by their keys, bytewise, and the total of all.
fn collect(cells: Vec<Cell>, include_held: bool) -> Result<(Vec<Group>, Group), Overflow> {
    let mut groups: BTreeMap<Vec<String>, Group> = BTreeMap::new();
    let mut total = Group::default();
    for cell in cells {
        let group = groups.entry(cell.keys.clone()).or_default();
        for sums in [group, &mut total] {
            add(sums, &cell, include_held)?;
        }
    }
    let keyed = groups.into_iter().map(|(keys, group)| Group { keys, ..group });
    Ok((keyed.collect(), total))
}

fn add(group: &mut Group, cell: &Cell, include_held: bool) -> Result<(), Overflow> {
    let value = cell.value?;
    let count = |deals: &mut i64, sums: &mut Sums| {
        *deals += cell.deals;
        sums.add(value)
    };
    if cell.is_held {
        count(&mut group.held_count, &mut group.held_values)?;
    }
    if include_held || !cell.is_held {
        count(&mut group.deal_count, &mut group.values)?;
    }
    Ok(())
}
