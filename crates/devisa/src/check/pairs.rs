//! One amount stated in two currencies: the rates that explain all pairs, and the rates on record.

use devisa_domain::{
    figure::{Feasibility, Figure, feasibility},
    money::{Currency, NamedRate},
    refusal::Violation,
};
use devisa_proto::{
    convert::common::render_date,
    registry::v1::{
        ExchangeRate, RateKind, ResolveExchangeRateRequest,
        exchange_rate_service_client::ExchangeRateServiceClient,
    },
};
use rust_decimal::Decimal;
use tonic::Code;

use super::statement::{self, Statement};
use crate::{
    client::{self, Client, patiently, within_deadline},
    exit::Failure,
    yaml::Problems,
};

/// The kinds of rates that are laid beside the pairs.
const KINDS: [RateKind; 3] = [RateKind::Jisdor, RateKind::KursPajak, RateKind::House];

/// What became of the pairs of a statement.
#[derive(Clone, Debug)]
pub(super) struct PairsAnswer {
    /// The currency converted from, and to.
    pub(super) currencies: (Currency, Currency),
    /// Whether one rate explains all of them, and which.
    pub(super) feasibility: Feasibility,
    /// The pairs in conflict.
    pub(super) conflict: Vec<[String; 2]>,
    /// One entry for each kind.
    pub(super) rates: Vec<RateBeside>,
}

/// A rate on record beside the pairs.
#[derive(Clone, Debug)]
pub(super) struct RateBeside {
    /// The kind.
    pub(super) kind: RateKind,
    /// The rate in force on the day, and whether it explains all pairs.
    pub(super) found: Option<(ExchangeRate, bool)>,
}

impl RateBeside {
    /// The kind's short name.
    pub(super) fn kind_name(&self) -> &'static str {
        self.kind.as_str_name().trim_start_matches("RATE_KIND_")
    }
}

impl PairsAnswer {
    /// Whether one rate explains all pairs.
    pub(super) fn is_feasible(&self) -> bool {
        self.feasibility.rates().is_some()
    }

    /// The bounds of the rates, rounded inward.
    pub(super) fn bounds(&self) -> (Option<Decimal>, Option<Decimal>) {
        self.feasibility.rates().map(|rates| rates.bounds()).unwrap_or_default()
    }
}

/// Evaluates the pairs and looks the rates up.
pub(super) async fn answer(
    client: &Client,
    statement: &Statement,
) -> Result<Option<PairsAnswer>, Failure> {
    let Some(mut answer) = evaluate(statement)? else { return Ok(None) };
    for kind in KINDS {
        let rate = resolve(client, statement, kind, answer.currencies).await?;
        let found = rate.map(|rate| {
            let is_inside = is_inside(&answer.feasibility, &rate);
            (rate, is_inside)
        });
        answer.rates.push(RateBeside { kind, found });
    }
    Ok(Some(answer))
}

/// Evaluates the pairs; none when there are none.
pub(super) fn evaluate(statement: &Statement) -> Result<Option<PairsAnswer>, Failure> {
    let Some(first) = statement.pairs.first() else { return Ok(None) };
    let figures: Vec<(Figure, Figure)> =
        statement.pairs.iter().map(|pair| pair.figures.clone()).collect();
    let feasibility = feasibility(&figures).map_err(|violations| refused(statement, violations))?;
    let currencies = (first.figures.0.currency(), first.figures.1.currency());
    let (Some(base), Some(quote)) = currencies else {
        return Err(Failure::internal("pairs without currencies were evaluated"));
    };
    let conflict = feasibility.conflict().iter().filter_map(|index| statement.pairs.get(*index));
    let conflict = conflict.map(|pair| pair.texts().map(ToOwned::to_owned)).collect();
    Ok(Some(PairsAnswer { currencies: (base, quote), feasibility, conflict, rates: Vec::new() }))
}

fn refused(statement: &Statement, violations: Vec<Violation>) -> Failure {
    let mut problems = Problems::default();
    for violation in violations {
        let message = violation.broken.to_string();
        match statement::problem(&statement.pairs, &violation.field, message) {
            Ok(problem) => {
                problems.keep::<()>(Err(problem));
            }
            Err(failure) => return failure,
        }
    }
    match problems.finish() {
        Err(failure) => failure,
        Ok(()) => Failure::internal("pairs were refused without a reason"),
    }
}

/// The rate in force on the day, whichever way round it is on record.
async fn resolve(
    client: &Client,
    statement: &Statement,
    kind: RateKind,
    (base, quote): (Currency, Currency),
) -> Result<Option<ExchangeRate>, Failure> {
    for (base, quote) in [(base, quote), (quote, base)] {
        let request = ResolveExchangeRateRequest {
            kind: kind.into(),
            base_currency: base.code().to_owned(),
            quote_currency: quote.code().to_owned(),
            date: Some(render_date(statement.event_date)),
        };
        let answered = patiently(|| async {
            let mut service = ExchangeRateServiceClient::new(client.channel());
            service.resolve_exchange_rate(within_deadline(request.clone())).await
        });
        match answered.await {
            Ok(rate) => return Ok(Some(rate.into_inner())),
            Err(status) if status.code() == Code::NotFound => {}
            Err(status) => return Err(client::failure(&status)),
        }
    }
    Ok(None)
}

/// Whether a rate on record explains all pairs; none does where no rate can.
fn is_inside(feasibility: &Feasibility, rate: &ExchangeRate) -> bool {
    let named = named(rate);
    let inside = feasibility.rates().zip(named).and_then(|(rates, rate)| rates.contains_named(&rate));
    inside.unwrap_or(false)
}

fn named(rate: &ExchangeRate) -> Option<NamedRate> {
    Some(NamedRate {
        name: rate.name.clone(),
        base: Currency::parse(&rate.base_currency).ok()?,
        quote: Currency::parse(&rate.quote_currency).ok()?,
        units: u32::try_from(rate.units).ok()?,
        rate: Decimal::from_str_exact(&rate.rate.as_ref()?.value).ok()?,
    })
}
