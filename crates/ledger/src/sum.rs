//! Exact sums of money, taken by the database.
//!
//! Invariant: a sum is exact. A value's billions and its rest are summed apart: for as many rows as
//! there can be, neither sum overflows before the two meet here.

use devisa_domain::money::{Currency, Sum};
use sea_orm::{
    QueryResult,
    sea_query::{Alias, Expr, SelectStatement},
};

use crate::error::{Error, StorageError};

const BILLION: i64 = 1_000_000_000;

/// Adds the sum of a column of minor units to a query that groups by the column `currency`.
pub fn select(query: &mut SelectStatement, column: &str) {
    let part = |operator| {
        Expr::cust(format!("CAST(COALESCE(SUM({column} {operator} {BILLION}), 0) AS BIGINT)"))
    };
    query
        .column(Alias::new("currency"))
        .add_group_by([Expr::col(Alias::new("currency"))])
        .expr_as(part("/"), Alias::new("billions"))
        .expr_as(part("%"), Alias::new("rest"));
}

/// Reads the sum of a row of such a query.
///
/// # Errors
/// The database's.
pub fn read(row: &QueryResult) -> Result<Sum, Error> {
    let (billions, rest): (i64, i64) = (row.try_get("", "billions")?, row.try_get("", "rest")?);
    let code: String = row.try_get("", "currency")?;
    let currency = Currency::parse(&code)
        .map_err(|broken| StorageError::Broken(format!("stored currency: {broken}")))?;
    let minor = i128::from(billions) * i128::from(BILLION) + i128::from(rest);
    Ok(Sum::from_minor(minor, currency))
}
