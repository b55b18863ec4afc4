//! Exchange rates.

use devisa_domain::{
    money::{Currency, NamedRate},
    name::{ExchangeRateName, Id},
    refusal::{Checks, Refusal, RuleBroken, Violation},
    registry::{
        exchange_rate::{ExchangeRate, ExchangeRateFacts, RateKind, RateSeries, Units, Validity},
        record::{Draft, Stated},
    },
    time::Date,
};
use prost::Name;
use rust_decimal::Decimal;

use super::{maybe_text, part, render_text, same_values};
use crate::{
    convert::common::{
        nonempty, positive_decimal, provenance, render_date, render_decimal, render_provenance,
        render_timestamp, required, required_date,
    },
    google_type,
    registry::v1 as wire,
};

same_values! {
    parse_kind, render_kind: wire::RateKind, RateKind { Jisdor, KursPajak, House }
}

/// Reads a request to record a rate.
///
/// # Errors
/// All violations of `exchange_rate_id` and `exchange_rate`.
pub fn parse_create_exchange_rate(
    request: wire::CreateExchangeRateRequest,
) -> Result<Draft<ExchangeRateName, ExchangeRateFacts>, Refusal> {
    let wire::CreateExchangeRateRequest {
        exchange_rate_id,
        exchange_rate,
        request_id: _,
        validate_only: _,
    } = request;
    let mut checks = Checks::new();
    let id = checks.keep("exchange_rate_id", Id::parse_or_generate(&exchange_rate_id));
    let stated = part(&mut checks, "exchange_rate", exchange_rate, parse_exchange_rate);
    match (id, stated) {
        (Some(id), Some(stated)) => Ok(Draft { name: ExchangeRateName::new(id), stated }),
        _ => Err(checks.into_violations().into()),
    }
}

fn parse_exchange_rate(
    message: wire::ExchangeRate,
) -> Result<Stated<ExchangeRateFacts>, Vec<Violation>> {
    let wire::ExchangeRate {
        name: _,
        base_currency,
        quote_currency,
        kind,
        units,
        rate,
        valid_from,
        valid_to,
        source,
        provenance: origin,
        etag: _,
        create_time: _,
        update_time: _,
    } = message;
    let mut checks = Checks::new();
    let series = parse_series(&mut checks, kind, &base_currency, &quote_currency);
    let units = checks.keep("units", Units::parse(units));
    let rate = checks.keep("rate", parse_rate(rate.as_ref()));
    let validity = parse_validity(&mut checks, valid_from.as_ref(), valid_to.as_ref());
    let source = checks.keep("source", maybe_text(&source));
    let origin = provenance(origin.as_ref(), &wire::ExchangeRate::full_name());
    let provenance = checks.keep_part("provenance", origin);
    match (series, units, rate, validity, source, provenance) {
        (Some(series), Some(units), Some(rate), Some(validity), Some(source), Some(provenance)) => {
            let facts = ExchangeRateFacts { series, units, rate, validity, source };
            Ok(Stated { facts, provenance })
        }
        _ => Err(checks.into_violations()),
    }
}

fn parse_series(checks: &mut Checks, kind: i32, base: &str, quote: &str) -> Option<RateSeries> {
    let base = checks.keep("base_currency", parse_currency(base));
    let quote = checks.keep("quote_currency", parse_currency(quote));
    let kind = checks.keep("kind", parse_kind(kind));
    // That both are one currency is told even where the kind is wrong, which fails the call anyway.
    let series = RateSeries::new(kind.unwrap_or(RateKind::House), base?, quote?);
    let series = checks.keep_part("", series.map_err(|violation| vec![violation]))?;
    kind.map(|_| series)
}

fn parse_currency(code: &str) -> Result<Currency, RuleBroken> {
    nonempty(code, Currency::parse)
}

fn parse_validity(
    checks: &mut Checks,
    from: Option<&google_type::Date>,
    to: Option<&google_type::Date>,
) -> Option<Validity> {
    let from = checks.keep("valid_from", required_date(from));
    let to = checks.keep("valid_to", required_date(to));
    checks.keep_part("", Validity::new(from?, to?).map_err(|violation| vec![violation]))
}

/// The kind and pair of a rate and its days, where these can be read, whatever else of it cannot.
pub fn series_and_validity(message: &wire::ExchangeRate) -> Option<(RateSeries, Validity)> {
    let wire::ExchangeRate { base_currency, quote_currency, kind, valid_from, valid_to, .. } =
        message;
    let mut checks = Checks::new();
    let series = parse_series(&mut checks, *kind, base_currency, quote_currency);
    Some((series?, parse_validity(&mut checks, valid_from.as_ref(), valid_to.as_ref())?))
}

/// The rate that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResolveQuery {
    /// Its kind and pair.
    pub series: RateSeries,
    /// The day on which it is in force.
    pub date: Date,
}

/// Reads a request for the rate in force on a day.
///
/// # Errors
/// All violations of its fields.
pub fn parse_resolve_exchange_rate(
    request: wire::ResolveExchangeRateRequest,
) -> Result<ResolveQuery, Refusal> {
    let wire::ResolveExchangeRateRequest { kind, base_currency, quote_currency, date } = request;
    let mut checks = Checks::new();
    let series = parse_series(&mut checks, kind, &base_currency, &quote_currency);
    let date = checks.keep("date", required_date(date.as_ref()));
    match (series, date) {
        (Some(series), Some(date)) => Ok(ResolveQuery { series, date }),
        _ => Err(checks.into_violations().into()),
    }
}

/// Reads what converts in a rate that the registry gave, and leaves the rest of it.
///
/// # Errors
/// All violations at once, relative to the rate; the registry keeps none that has any.
pub fn parse_named_rate(rate: &wire::ExchangeRate) -> Result<NamedRate, Vec<Violation>> {
    let wire::ExchangeRate { name, base_currency, quote_currency, units, rate, .. } = rate;
    let mut checks = Checks::new();
    let name = checks.keep("name", ExchangeRateName::parse(name));
    let base = checks.keep("base_currency", parse_currency(base_currency));
    let quote = checks.keep("quote_currency", parse_currency(quote_currency));
    let units = checks.keep("units", Units::parse(*units));
    let rate = checks.keep("rate", parse_rate(rate.as_ref()));
    match (name, base, quote, units, rate) {
        (Some(name), Some(base), Some(quote), Some(units), Some(rate)) => {
            let units = units.get().unsigned_abs();
            Ok(NamedRate { name: name.to_string(), base, quote, units, rate })
        }
        _ => Err(checks.into_violations()),
    }
}

fn parse_rate(rate: Option<&google_type::Decimal>) -> Result<Decimal, RuleBroken> {
    const DECIMALS: u32 = 8;
    required(rate).and_then(|rate| positive_decimal(rate, DECIMALS))
}

/// Reads a kind of rate.
///
/// # Errors
/// `field.missing`, `enum.unknown`.
pub fn parse_rate_kind(number: i32) -> Result<RateKind, RuleBroken> {
    parse_kind(number)
}

/// Renders a kind of rate.
pub fn render_rate_kind(kind: RateKind) -> i32 {
    render_kind(kind)
}

/// Renders a rate.
pub fn render_exchange_rate(rate: &ExchangeRate) -> wire::ExchangeRate {
    let ExchangeRate { name, meta, facts } = rate;
    let ExchangeRateFacts { series, units, rate, validity, source } = facts;
    wire::ExchangeRate {
        name: name.to_string(),
        base_currency: series.base.code().to_owned(),
        quote_currency: series.quote.code().to_owned(),
        kind: render_kind(series.kind),
        units: units.get(),
        rate: Some(render_decimal(*rate)),
        valid_from: Some(render_date(validity.from)),
        valid_to: Some(render_date(validity.to)),
        source: render_text(source.as_ref()),
        provenance: render_provenance(&meta.provenance),
        etag: meta.etag(),
        create_time: Some(render_timestamp(meta.create_time)),
        update_time: Some(render_timestamp(meta.update_time)),
    }
}
