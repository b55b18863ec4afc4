//! Reads rates by kind, pair and day.

use devisa_domain::{
    name::{ExchangeRateName, Id},
    refusal::{MissingRate, Refusal},
    registry::exchange_rate::{ExchangeRate, RateSeries, Validity},
    time::Date,
};
use devisa_ledger::{Error, GuardSeen, Ledger};
use devisa_proto::{
    convert::registry::{ResolveQuery, series_and_validity},
    registry::v1::CreateExchangeRateRequest,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Select};

use super::{
    decide,
    rows::{Column, Entity},
};
use crate::store::{self, Table};

/// What recording a rate rests on.
#[derive(Debug)]
pub(super) struct Snapshot {
    /// The guard of the rate's kind and pair; whoever records one of them moves it.
    pub(super) guard: GuardSeen,
    /// A rate that has its name already.
    pub(super) existing: Option<ExchangeRate>,
    /// The first rate of its kind and pair that is in force on some of its days.
    pub(super) overlapping: Option<ExchangeRate>,
}

/// Loads what recording a rate rests on. The guard is read first.
pub(super) async fn snapshot(
    ledger: &Ledger,
    name: &ExchangeRateName,
    series: &RateSeries,
    validity: &Validity,
) -> Result<Snapshot, Error> {
    let guard = ledger.guard(format!("exchange_rate/{}/{}", series.kind, series.pair())).await?;
    Ok(Snapshot {
        guard,
        existing: store::find::<Entity>(ledger, name).await?,
        overlapping: first(ledger, series, validity).await?,
    })
}

/// What else is wrong with a rate that cannot be read, as far as its name, or its kind, pair and
/// days can.
pub(super) async fn also_wrong(
    ledger: &Ledger,
    asked: &CreateExchangeRateRequest,
) -> Result<Option<Refusal>, Error> {
    let name = Id::parse(&asked.exchange_rate_id).map(ExchangeRateName::new);
    let existing = store::find_if_named::<Entity>(ledger, name).await?;
    let taken = existing.map(|existing| decide::taken(&existing.name));
    let series = asked.exchange_rate.as_ref().and_then(series_and_validity);
    let overlap = match series {
        Some((series, validity)) => first(ledger, &series, &validity)
            .await?
            .map(|other| decide::overlaps(&validity, &other)),
        None => None,
    };
    Ok(Refusal::together(taken.into_iter().chain(overlap)))
}

/// The rate in force on a day.
///
/// # Errors
/// [`Refusal::RateMissing`].
pub(super) async fn resolve(ledger: &Ledger, query: &ResolveQuery) -> Result<ExchangeRate, Error> {
    let ResolveQuery { series, date } = query;
    let day = Validity { from: *date, to: *date };
    let missing = || Refusal::RateMissing {
        kind: series.kind.to_string(),
        missing: vec![MissingRate { pair: series.pair(), dates: vec![date.to_string()] }],
    };
    Ok(first(ledger, series, &day).await?.ok_or_else(missing)?)
}

async fn first(
    ledger: &Ledger,
    series: &RateSeries,
    validity: &Validity,
) -> Result<Option<ExchangeRate>, Error> {
    let of_series = Entity::find()
        .filter(Column::Kind.eq(series.kind.as_str()))
        .filter(Column::BaseCurrency.eq(series.base.code()))
        .filter(Column::QuoteCurrency.eq(series.quote.code()));
    let select = in_force(of_series, validity.from, validity.to).order_by_asc(Column::ValidFrom);
    Ok(select.one(ledger.reader()).await?.map(Entity::resource))
}

/// Those in force on a day from `from` to `to`.
fn in_force(select: Select<Entity>, from: Date, to: Date) -> Select<Entity> {
    select
        .filter(Column::ValidFrom.lte(to.to_string()))
        .filter(Column::ValidTo.gte(from.to_string()))
}
