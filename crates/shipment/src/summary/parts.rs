//! What totals are taken of, as the database sees it: lines, or the parts of lines by regency, with
//! every dimension in a column of its own.

use devisa_domain::{conversion::Dated, tier::Tier, time::Date};
use devisa_ledger::{Error, Filter, Ledger, days, sum};
use devisa_proto::convert::shipment::summary::{Dimension, SummaryQuery};
use sea_orm::{
    AccessMode, Condition, ConnectionTrait, DatabaseTransaction, DbBackend, IsolationLevel,
    QueryResult,
    sea_query::{Alias, Expr, ExprTrait, Func, Query, SelectStatement},
};

/// The column that holds a dimension.
fn column(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Destination => "destination_region_code",
        Dimension::Release => "release",
        Dimension::Commodity => "commodity",
        Dimension::HsChapter => "hs_chapter",
        Dimension::Regency => "regency",
        Dimension::Exporter => "exporter",
        Dimension::Month => "month",
        Dimension::Year => "year",
    }
}

/// The value of a group in one currency, on one day where days are told apart.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) keys: Vec<String>,
    pub(super) dated: Dated,
}

/// How many shipments and lines a group has.
#[derive(Clone, Debug)]
pub(super) struct Count {
    pub(super) keys: Vec<String>,
    pub(super) shipments: usize,
    pub(super) lines: usize,
}

/// Everything that is summed, read from one state of the database.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) cells: Vec<Cell>,
    pub(super) counts: Vec<Count>,
    pub(super) total: Count,
}

/// Reads what matches, by the dimensions asked for.
///
/// # Errors
/// The database's.
pub(super) async fn read(
    ledger: &Ledger,
    query: &SummaryQuery,
    filter: &Filter,
) -> Result<Found, Error> {
    let scope = Scope::new(query, filter);
    let snapshot = snapshot(ledger).await?;
    let cells = scope.cells(&snapshot).await?;
    let counts = scope.counts(&snapshot, &scope.columns).await?;
    let total = scope.counts(&snapshot, &[]).await?;
    snapshot.commit().await?;
    let none = || Count { keys: Vec::new(), shipments: 0, lines: 0 };
    Ok(Found { cells, counts, total: total.into_iter().next().unwrap_or_else(none) })
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

/// Which parts are summed, and by which columns.
struct Scope {
    parts: SelectStatement,
    matching: Condition,
    columns: Vec<&'static str>,
    /// Lines are split by regency only where that is asked for.
    by_regency: bool,
    by_day: bool,
}

impl Scope {
    fn new(query: &SummaryQuery, filter: &Filter) -> Self {
        let by_regency = query.group_by.contains(&Dimension::Regency)
            || filter.names(column(Dimension::Regency));
        Self {
            parts: parts(query.tier, by_regency),
            matching: days::within("date", &query.period).add(filter.condition()),
            columns: query.group_by.iter().copied().map(column).collect(),
            by_regency,
            by_day: query.conversion.is_some(),
        }
    }

    async fn cells(&self, snapshot: &DatabaseTransaction) -> Result<Vec<Cell>, Error> {
        let mut query = self.grouped(&self.columns);
        sum::select(&mut query, "value_minor");
        if self.by_day {
            query.column(Alias::new("date")).add_group_by([Expr::col(Alias::new("date"))]);
        }
        let cell = |row: &QueryResult| {
            // Without a conversion nobody looks at the day.
            let date = if self.by_day { days::read(row, "date")? } else { Date::default() };
            let dated = Dated { money: sum::read(row)?, date };
            Ok(Cell { keys: keys(row, &self.columns)?, dated })
        };
        snapshot.query_all(&query).await?.iter().map(cell).collect()
    }

    async fn counts(
        &self,
        snapshot: &DatabaseTransaction,
        columns: &[&'static str],
    ) -> Result<Vec<Count>, Error> {
        let lines = match self.by_regency {
            false => "COUNT(*)",
            true => "COUNT(DISTINCT shipment || '/' || CAST(line_index AS TEXT))",
        };
        let mut query = self.grouped(columns);
        query
            .expr_as(Expr::cust("COUNT(DISTINCT shipment)"), Alias::new("shipments"))
            .expr_as(Expr::cust(lines), Alias::new("lines"));
        let count = |row: &QueryResult| {
            let (shipments, lines) = (row.try_get("", "shipments")?, row.try_get("", "lines")?);
            let keys = keys(row, columns)?;
            Ok(Count { keys, shipments: number(shipments), lines: number(lines) })
        };
        snapshot.query_all(&query).await?.iter().map(count).collect()
    }

    fn grouped(&self, columns: &[&'static str]) -> SelectStatement {
        let mut query = Query::select();
        query.from_subquery(self.parts.clone(), Alias::new("part"));
        query.cond_where(self.matching.clone());
        for column in columns {
            query.column(Alias::new(*column)).add_group_by([Expr::col(Alias::new(*column))]);
        }
        query
    }
}

fn keys(row: &QueryResult, columns: &[&str]) -> Result<Vec<String>, Error> {
    columns.iter().map(|column| Ok(row.try_get("", column)?)).collect()
}

fn number(count: i64) -> usize {
    usize::try_from(count).unwrap_or_default()
}

/// The lines, or their parts by regency, of the shipments that reached a tier.
fn parts(tier: Tier, by_regency: bool) -> SelectStatement {
    let date = date_of(tier);
    let mut parts = Query::select();
    parts
        .from(Alias::new("shipment"))
        .inner_join(
            Alias::new("shipment_line"),
            of("shipment_line", "shipment").eq(of("shipment", "name")),
        )
        .expr_as(of("shipment", "name"), Alias::new("shipment"))
        .columns(
            ["destination_region_code", "exporter", "release"]
                .map(|name| (Alias::new("shipment"), Alias::new(name))),
        )
        .columns(
            ["line_index", "hs_chapter", "commodity", "currency"]
                .map(|name| (Alias::new("shipment_line"), Alias::new(name))),
        )
        .expr_as(date.clone(), Alias::new("date"))
        .expr_as(days::month(date.clone()), Alias::new("month"))
        .expr_as(days::year(date), Alias::new("year"))
        .cond_where(reached(tier));
    if tier == Tier::Released {
        let named = of("release", "name").eq(of("shipment", "release"));
        parts.left_join(Alias::new("release"), named);
    }
    let value = if by_regency { "shipment_part" } else { "shipment_line" };
    parts.column((Alias::new(value), Alias::new("value_minor")));
    if by_regency {
        let same = Condition::all()
            .add(of("shipment_part", "shipment").eq(of("shipment_line", "shipment")))
            .add(of("shipment_part", "line_index").eq(of("shipment_line", "line_index")));
        parts
            .inner_join(Alias::new("shipment_part"), same)
            .column((Alias::new("shipment_part"), Alias::new("regency")));
    }
    parts
}

/// The shipments that reached a tier. RELEASED counts whatever came after.
fn reached(tier: Tier) -> Condition {
    let reached = match tier {
        Tier::Released => of("shipment", "released").eq(1),
        _ => of("shipment", "tier").eq(tier.as_str()),
    };
    Condition::all().add(reached).add(of("shipment", "state").ne("CANCELLED"))
}

/// The date of a tier.
fn date_of(tier: Tier) -> Expr {
    match tier {
        Tier::Released => Func::coalesce([of("release", "event_date"), Expr::val("")]).into(),
        _ => of("shipment", "realised_date"),
    }
}

fn of(table: &'static str, column: &'static str) -> Expr {
    Expr::col((Alias::new(table), Alias::new(column)))
}
