//! `devisa.totals.v1`: of which days totals are taken, and into which currency they are converted.

use devisa_domain::{
    conversion::{Conversion, Rates},
    money::Currency,
    refusal::{Checks, RuleBroken, Violation},
    time::Period,
};

use super::{
    common::{nonempty, optional_date, render_decimal},
    registry::{parse_rate_kind, render_rate_kind},
};
use crate::totals::v1 as wire;

/// Reads the dimensions to group by; at `group_by[1]` those of `parse`, and `group_by.duplicate`
/// for one that was named before.
pub fn parse_dimensions<D: PartialEq>(
    checks: &mut Checks,
    numbers: &[i32],
    parse: impl Fn(i32) -> Result<D, RuleBroken>,
) -> Vec<D> {
    let mut read: Vec<D> = Vec::with_capacity(numbers.len());
    for (index, number) in numbers.iter().enumerate() {
        let dimension = parse(*number).and_then(|dimension| match dimension {
            again if read.contains(&again) => {
                Err(RuleBroken::expected("group_by.duplicate", "each dimension once", "it again"))
            }
            new => Ok(new),
        });
        read.extend(checks.keep(format!("group_by[{index}]"), dimension));
    }
    read
}

/// Reads a period; absent is all of time.
///
/// # Errors
/// `date.form` at `start_date` and `end_date`, `date.order` at `end_date`.
pub fn parse_period(period: Option<&wire::Period>) -> Result<Period, Vec<Violation>> {
    let Some(wire::Period { start_date, end_date }) = period else { return Ok(Period::default()) };
    let mut checks = Checks::new();
    let start = checks.keep("start_date", optional_date(start_date.as_ref()));
    let end = checks.keep("end_date", optional_date(end_date.as_ref()));
    let (Some(start), Some(end)) = (start, end) else { return Err(checks.into_violations()) };
    let period = checks.keep("end_date", Period::new(start, end)).unwrap_or_default();
    checks.finish(period)
}

/// Reads a conversion; absent is none.
///
/// # Errors
/// `field.missing`, `enum.unknown` at `kind`; `field.missing`, `currency_code.unknown` at
/// `quote_currency`.
pub fn parse_conversion(
    conversion: Option<&wire::Conversion>,
) -> Result<Option<Conversion>, Vec<Violation>> {
    let Some(wire::Conversion { kind, quote_currency }) = conversion else { return Ok(None) };
    let mut checks = Checks::new();
    let kind = checks.keep("kind", parse_rate_kind(*kind));
    let quote = checks.keep("quote_currency", nonempty(quote_currency, Currency::parse));
    match (kind, quote) {
        (Some(kind), Some(quote)) => Ok(Some(Conversion { kind, quote })),
        _ => Err(checks.into_violations()),
    }
}

/// Renders the rates that a conversion used.
pub fn render_rates(rates: Option<&Rates>) -> Vec<wire::AppliedRate> {
    let Some(rates) = rates else { return Vec::new() };
    let kind = render_rate_kind(rates.conversion().kind);
    let applied = rates.applied().into_iter().map(|rate| wire::AppliedRate {
        exchange_rate: rate.name.clone(),
        kind,
        base_currency: rate.base.code().to_owned(),
        quote_currency: rate.quote.code().to_owned(),
        units: i32::try_from(rate.units).unwrap_or_default(),
        rate: Some(render_decimal(rate.rate)),
    });
    applied.collect()
}
