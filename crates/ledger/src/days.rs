//! Business dates in columns, `2025-11-26`: text whose bytewise order is theirs.

use devisa_domain::time::{Date, Period};
use sea_orm::{
    Condition, QueryResult,
    sea_query::{Alias, Expr, ExprTrait, Func},
};

use crate::error::{Error, StorageError};

/// That the date in a column lies in a period.
pub fn within(column: &str, period: &Period) -> Condition {
    let date = || Expr::col(Alias::new(column));
    let from = period.start().map(|start| date().gte(start.to_string()));
    let to = period.end().map(|end| date().lt(end.to_string()));
    Condition::all().add_option(from).add_option(to)
}

/// The month of a date, `2025-11`.
pub fn month(date: Expr) -> Expr {
    beginning(date, "7")
}

/// The year of a date, `2025`.
pub fn year(date: Expr) -> Expr {
    beginning(date, "4")
}

fn beginning(text: Expr, length: &'static str) -> Expr {
    let cut = Func::cust(Alias::new("SUBSTR")).arg(text);
    cut.arg(Expr::cust("1")).arg(Expr::cust(length)).into()
}

/// Reads the date in a column.
///
/// # Errors
/// The database's.
pub fn read(row: &QueryResult, column: &str) -> Result<Date, Error> {
    let text: String = row.try_get("", column)?;
    let broken = |_| StorageError::Broken(format!("stored date: {text:?}"));
    Ok(text.parse().map_err(broken)?)
}
