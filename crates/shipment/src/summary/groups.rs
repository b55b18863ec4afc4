//! Totals of one tier by groups, summed by the database.
//!
//! Invariant: a page's groups and the total are read from one snapshot; sums are exact or refused.

use std::collections::BTreeMap;

use devisa_domain::{
    identifier::country::RegionCode,
    money::{Currency, Money, Sums},
    name::ReleaseName,
    refusal::{Refusal, RuleBroken},
    tier::Tier,
};
use devisa_ledger::{Error, Field, FilterSchema, Ledger, PageArgs};
use devisa_proto::convert::shipment::summary::{Dimension, Group, Summary, SummaryQuery};
use sea_orm::{
    AccessMode, Condition, ConnectionTrait, DatabaseTransaction, DbBackend, IsolationLevel,
    QueryResult,
    sea_query::{Alias, Expr, ExprTrait, Order, Query, SelectStatement},
};

use crate::shipment;

/// The two halves of a sum of minor units: each fits into 64 bits for as many rows as there can be.
const HALF: i64 = 1 << 32;

/// What totals can be filtered by: the dimensions.
pub(super) fn filters() -> FilterSchema {
    FilterSchema::new([
        Field::normalised("destination_region_code", "destination_region_code", |code| {
            RegionCode::parse(code).map(|code| code.to_string())
        }),
        Field::normalised("release", "release", release_or_none),
    ])
}

fn release_or_none(name: &str) -> Result<String, RuleBroken> {
    if name.is_empty() {
        return Ok(String::new());
    }
    ReleaseName::parse(name).map(|name| name.to_string())
}

/// The column that holds a dimension.
fn column(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Destination => "destination_region_code",
        Dimension::Release => "release",
    }
}

/// Sums the shipments of a tier by groups.
///
/// # Errors
/// [`Refusal::FilterInvalid`], [`Refusal::PageTokenInvalid`], `page_size.negative`; `sum.overflow`
/// at `values`; the database's.
pub(super) async fn summarize(
    ledger: &Ledger,
    query: &SummaryQuery,
    filter: &str,
    args: &PageArgs<'_>,
) -> Result<Summary, Error> {
    let size = args.size()?;
    let scope = Scope {
        columns: query.group_by.iter().copied().map(column).collect(),
        matching: matching(query.tier).add(filters().parse(filter)?.condition()),
    };
    let after = ledger.tokens().start(args)?;
    let snapshot = snapshot(ledger).await?;
    let total = scope.total(&snapshot).await?;
    let groups = scope.groups(&snapshot, &total, after.as_deref(), size + 1).await?;
    snapshot.commit().await?;
    let page = ledger.tokens().cut(groups, size, args, |group| group.keys.clone());
    let next_page_token = page.next_page_token;
    Ok(Summary { tier: query.tier, groups: page.items, total, next_page_token })
}

/// Several queries over one state of the database.
async fn snapshot(ledger: &Ledger) -> Result<DatabaseTransaction, Error> {
    let reader = ledger.reader();
    // SQLite reads one snapshot in every transaction and knows no levels.
    if reader.get_database_backend() != DbBackend::Postgres {
        return Ok(reader.begin().await?);
    }
    let (level, access) = (IsolationLevel::RepeatableRead, AccessMode::ReadOnly);
    Ok(reader.begin_with_config(Some(level), Some(access)).await?)
}

/// The shipments that reached a tier. RELEASED counts whatever came after.
fn matching(tier: Tier) -> Condition {
    let shipment = |column: &str| Expr::col(Alias::new(column));
    let reached = match tier {
        Tier::Released => shipment("released").eq(1),
        _ => shipment("tier").eq(tier.as_str()),
    };
    Condition::all().add(reached).add(shipment("state").ne("CANCELLED"))
}

/// Which shipments are summed, and by which columns.
struct Scope {
    columns: Vec<&'static str>,
    matching: Condition,
}

impl Scope {
    async fn total(&self, snapshot: &DatabaseTransaction) -> Result<Group, Error> {
        let whole = Scope { columns: Vec::new(), matching: self.matching.clone() };
        let found = whole.read(snapshot, None, 1).await?;
        Ok(found.into_iter().next().unwrap_or_default())
    }

    async fn groups(
        &self,
        snapshot: &DatabaseTransaction,
        total: &Group,
        after: Option<&[String]>,
        limit: usize,
    ) -> Result<Vec<Group>, Error> {
        if !self.columns.is_empty() {
            return self.read(snapshot, after, limit).await;
        }
        let whole = (total.shipments > 0 && after.is_none()).then(|| total.clone());
        Ok(whole.into_iter().collect())
    }

    async fn read(
        &self,
        snapshot: &DatabaseTransaction,
        after: Option<&[String]>,
        limit: usize,
    ) -> Result<Vec<Group>, Error> {
        let counted = self.counted(snapshot, after, limit).await?;
        let last = counted.last().map(|group| group.keys.clone());
        let mut valued = self.valued(snapshot, after, last.as_deref()).await?;
        let fill = |group: Group| {
            let (lines, values) = valued.remove(&group.keys).unwrap_or_default();
            Group { lines, values, ..group }
        };
        Ok(counted.into_iter().map(fill).collect())
    }

    /// The groups with their numbers of shipments, in order of their keys.
    async fn counted(
        &self,
        snapshot: &DatabaseTransaction,
        after: Option<&[String]>,
        limit: usize,
    ) -> Result<Vec<Group>, Error> {
        let mut query = self.grouped(after);
        query.expr_as(Expr::cust("COUNT(*)"), Alias::new("shipments")).limit(limit as u64);
        for column in &self.columns {
            query.order_by(Alias::new(*column), Order::Asc);
        }
        let group = |row: &QueryResult| {
            let shipments = count(row.try_get("", "shipments")?);
            Ok(Group { keys: self.keys(row)?, shipments, ..Group::default() })
        };
        let rows = snapshot.query_all(&query).await?;
        let groups = rows.iter().map(group).collect::<Result<Vec<_>, Error>>()?;
        // Without GROUP BY the database counts to 0 where nothing matches.
        Ok(groups.into_iter().filter(|group| group.shipments > 0).collect())
    }

    /// Lines and values of the groups up to `last`.
    async fn valued(
        &self,
        snapshot: &DatabaseTransaction,
        after: Option<&[String]>,
        last: Option<&[String]>,
    ) -> Result<BTreeMap<Vec<String>, (usize, Sums)>, Error> {
        let mut query = self.grouped(after);
        let line = |column: &str| (Alias::new("shipment_line"), Alias::new(column));
        query
            .inner_join(
                shipment::line::Entity,
                Expr::col(line("shipment")).equals((Alias::new("shipment"), Alias::new("name"))),
            )
            .column(Alias::new("currency"))
            .expr_as(Expr::cust("COUNT(*)"), Alias::new("lines"))
            .expr_as(half("/"), Alias::new("high"))
            .expr_as(half("%"), Alias::new("low"))
            .add_group_by([Expr::col(Alias::new("currency"))]);
        if let Some(last) = last.filter(|_| !self.columns.is_empty()) {
            query.cond_where(self.beyond(last).not());
        }
        let mut groups: BTreeMap<Vec<String>, (usize, Sums)> = BTreeMap::new();
        for row in snapshot.query_all(&query).await? {
            let (lines, values) = groups.entry(self.keys(&row)?).or_default();
            *lines += count(row.try_get("", "lines")?);
            values.add(sum(&row)?).map_err(|overflow| overflowed(overflow.to_string()))?;
        }
        Ok(groups)
    }

    fn grouped(&self, after: Option<&[String]>) -> SelectStatement {
        let mut query = Query::select();
        query.from(shipment::Entity).cond_where(self.matching.clone());
        for column in &self.columns {
            query.column(Alias::new(*column));
            query.add_group_by([Expr::col(Alias::new(*column))]);
        }
        if let Some(after) = after {
            query.cond_where(self.beyond(after));
        }
        query
    }

    /// The groups behind a key: greater in the first column in which they differ.
    fn beyond(&self, key: &[String]) -> Condition {
        let pairs: Vec<_> = self.columns.iter().zip(key).collect();
        (0..pairs.len()).fold(Condition::any(), |any, place| {
            let same = pairs[..place].iter().fold(Condition::all(), |all, (column, value)| {
                all.add(Expr::col(Alias::new(**column)).eq(value.as_str()))
            });
            let (column, value) = pairs[place];
            any.add(same.add(Expr::col(Alias::new(*column)).gt(value.as_str())))
        })
    }

    fn keys(&self, row: &QueryResult) -> Result<Vec<String>, Error> {
        let key = |column: &&str| Ok(row.try_get("", column)?);
        self.columns.iter().map(key).collect()
    }
}

/// One half of the sum of the values, which does not overflow where the sum might.
fn half(operator: &'static str) -> Expr {
    Expr::cust(format!("CAST(SUM(value_minor {operator} {HALF}) AS BIGINT)"))
}

fn sum(row: &QueryResult) -> Result<Money, Error> {
    let (high, low): (i64, i64) = (row.try_get("", "high")?, row.try_get("", "low")?);
    let code: String = row.try_get("", "currency")?;
    let currency = Currency::parse(&code)
        .map_err(|broken| sea_orm::DbErr::Type(format!("stored currency: {broken}")))?;
    let minor = i128::from(high) * i128::from(HALF) + i128::from(low);
    let minor = i64::try_from(minor)
        .map_err(|_| overflowed(devisa_domain::money::Overflow(currency).to_string()))?;
    Ok(Money::from_minor(minor, currency))
}

fn overflowed(detail: String) -> Refusal {
    Refusal::field("values", RuleBroken::new("sum.overflow", detail))
}

fn count(number: i64) -> usize {
    usize::try_from(number).unwrap_or_default()
}
