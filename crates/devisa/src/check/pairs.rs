//! The rates on record beside the pairs of a statement.

use chrono::NaiveDate;
use devisa_domain::{
    figure::Feasibility,
    money::{Currency, NamedRate},
    registry::exchange_rate::RateKind,
};
use devisa_proto::{
    convert::common::{optional_date, render_date},
    registry::v1::{
        ExchangeRate, RateKind as WireKind, ResolveExchangeRateRequest,
        exchange_rate_service_client::ExchangeRateServiceClient,
    },
};
use rust_decimal::Decimal;
use tonic::Code;

use super::statement::StatedPairs;
use crate::{
    client::{self, Client, patiently, within_deadline},
    exit::Failure,
};

/// Pairs, and the rates in force on their day.
#[derive(Clone, Debug)]
pub(super) struct PairsReport {
    /// The pairs.
    pub(super) stated: StatedPairs,
    /// Each kind of rate, with the one on record where there is one.
    pub(super) rates: Vec<(RateKind, Option<RateOnRecord>)>,
}

/// A rate in force on the day of the pairs.
#[derive(Clone, Debug)]
pub(super) struct RateOnRecord {
    /// The rate.
    pub(super) rate: NamedRate,
    /// The first day on which it is in force.
    pub(super) valid_from: Option<NaiveDate>,
    /// Where it was published; may be empty.
    pub(super) source: String,
    /// Whether it explains all pairs.
    pub(super) inside: bool,
}

impl RateOnRecord {
    /// The rate for one unit of its base currency.
    pub(super) fn for_one(&self) -> Decimal {
        self.rate.rate.checked_div(Decimal::from(self.rate.units)).unwrap_or(self.rate.rate)
    }
}

impl StatedPairs {
    /// The currencies of the first pair: of one unit, and that the rate is in.
    pub(super) fn currencies(&self) -> Option<(Currency, Currency)> {
        let (first, second) = self.pairs.first()?;
        first.currency().zip(second.currency())
    }
}

impl PairsReport {
    /// Whether one rate explains all pairs.
    pub(super) fn is_feasible(&self) -> bool {
        self.stated.feasibility.rates().is_some()
    }

    /// The bounds of the rates that do, rounded inward; none where none does.
    pub(super) fn bounds(&self) -> (Option<Decimal>, Option<Decimal>) {
        self.stated.feasibility.rates().map(|rates| rates.bounds()).unwrap_or_default()
    }

    /// The pairs in conflict, as they were stated.
    pub(super) fn conflict(&self) -> impl Iterator<Item = [&str; 2]> {
        let positions = self.stated.feasibility.conflict().iter();
        let pairs = positions.filter_map(|position| self.stated.pairs.get(*position));
        pairs.map(|(first, second)| [first.text(), second.text()])
    }
}

/// Looks up the rates in force on the day of the pairs.
pub(super) async fn compare(client: &Client, stated: StatedPairs) -> Result<PairsReport, Failure> {
    let mut rates = Vec::new();
    for kind in RateKind::ALL {
        let found = resolve(client, kind, &stated).await?;
        let rate = found.map(|rate| on_record(&rate, &stated.feasibility)).transpose()?;
        rates.push((kind, rate));
    }
    Ok(PairsReport { stated, rates })
}

/// The rate in force, whichever way round it is on record.
async fn resolve(
    client: &Client,
    kind: RateKind,
    stated: &StatedPairs,
) -> Result<Option<ExchangeRate>, Failure> {
    let Some((base, quote)) = stated.currencies() else { return Ok(None) };
    for (base, quote) in [(base, quote), (quote, base)] {
        let request = ResolveExchangeRateRequest {
            kind: wire(kind).into(),
            base_currency: base.code().to_owned(),
            quote_currency: quote.code().to_owned(),
            date: Some(render_date(stated.date)),
        };
        let asking = || async {
            let request = within_deadline(request.clone());
            let mut rates = ExchangeRateServiceClient::new(client.channel());
            rates.resolve_exchange_rate(request).await
        };
        match patiently(asking).await {
            Ok(found) => return Ok(Some(found.into_inner())),
            Err(status) if status.code() == Code::NotFound => {}
            Err(status) => return Err(client::failure(&status)),
        }
    }
    Ok(None)
}

fn wire(kind: RateKind) -> WireKind {
    match kind {
        RateKind::Jisdor => WireKind::Jisdor,
        RateKind::KursPajak => WireKind::KursPajak,
        RateKind::House => WireKind::House,
    }
}

fn on_record(found: &ExchangeRate, feasibility: &Feasibility) -> Result<RateOnRecord, Failure> {
    let rate = named(found)
        .ok_or_else(|| Failure::internal(format!("{} was answered unreadable", found.name)))?;
    let inside = feasibility.rates().and_then(|rates| rates.contains_named(&rate));
    Ok(RateOnRecord {
        rate,
        valid_from: optional_date(found.valid_from.as_ref()).ok().flatten(),
        source: found.source.clone(),
        inside: inside.unwrap_or(false),
    })
}

fn named(found: &ExchangeRate) -> Option<NamedRate> {
    Some(NamedRate {
        name: found.name.clone(),
        base: Currency::parse(&found.base_currency).ok()?,
        quote: Currency::parse(&found.quote_currency).ok()?,
        units: u32::try_from(found.units).ok().filter(|units| *units > 0)?,
        rate: Decimal::from_str_exact(&found.rate.as_ref()?.value).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use devisa_domain::figure::{Figure, feasibility};
    use devisa_proto::google_type;

    use super::*;

    #[test]
    fn a_rate_is_compared_whichever_way_round_it_is_quoted() {
        let figure = |text: &str| Figure::parse(text).unwrap();
        let pairs = [(figure("12 ribu dolar AS"), figure("Rp198 juta"))];
        let feasibility = feasibility(&pairs).unwrap();
        let rate = |base: &str, quote: &str, units: i32, value: &str| {
            let rate = Some(google_type::Decimal { value: value.to_owned() });
            let (base_currency, quote_currency) = (base.to_owned(), quote.to_owned());
            let found =
                ExchangeRate { base_currency, quote_currency, units, rate, ..Default::default() };
            on_record(&found, &feasibility).map(|rate| (rate.inside, rate.for_one().to_string()))
        };
        assert_eq!(rate("USD", "IDR", 1, "16500").unwrap(), (true, "16500".to_owned()));
        assert_eq!(rate("USD", "IDR", 100, "1650000").unwrap(), (true, "16500".to_owned()));
        assert!(!rate("USD", "IDR", 1, "18000").unwrap().0);
        assert!(rate("IDR", "USD", 1, "0.00006061").unwrap().0);
        assert!(rate("USD", "IDR", 1, "x").is_err());
    }
}
