//! Exchange rates of the registry.

use std::collections::{BTreeMap, BTreeSet};

use devisa_domain::{
    conversion::{self, Conversion, RateKey},
    money::{Currency, NamedRate},
    refusal::{Reason, Refusal, Violation},
    registry::exchange_rate::RateKind,
    time::Date,
};
use devisa_proto::{
    convert::{
        common::render_date,
        registry::{parse_named_rate, render_rate_kind},
    },
    registry::v1::{
        ResolveExchangeRateRequest, exchange_rate_service_client::ExchangeRateServiceClient,
    },
};
use devisa_server::{Caller, Outgoing, ServiceChannel, bounded, outgoing::Failure};
use futures::{StreamExt, TryStreamExt, stream};

use crate::{REGISTRY, cache::Kept};

/// How many rates are asked for at a time.
const AT_ONCE: usize = 8;

/// Which rate: its kind, its pair and the day on which it was in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RateOf {
    /// The kind of rate.
    pub kind: RateKind,
    /// The currency converted from.
    pub base: Currency,
    /// The currency converted to, another one.
    pub quote: Currency,
    /// The day.
    pub date: Date,
}

/// The exchange rates of the registry. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Rates {
    channel: ServiceChannel,
    kept: Kept<RateOf, NamedRate>,
}

impl Rates {
    /// Over a channel to the registry, which need not be up.
    pub fn new(channel: ServiceChannel) -> Self {
        Self { channel, kept: Kept::new() }
    }

    /// A conversion with every rate that it needs.
    ///
    /// # Errors
    /// [`Refusal::RateMissing`] naming every pair and day without a rate;
    /// [`Refusal::UpstreamUnavailable`].
    pub async fn of(
        &self,
        caller: &Caller,
        conversion: Conversion,
        needed: BTreeSet<RateKey>,
    ) -> Result<conversion::Rates, Refusal> {
        let Conversion { kind, quote } = conversion;
        let find = |key: RateKey| async move {
            let (base, date) = key;
            self.find(caller, RateOf { kind, base, quote, date }).await
        };
        let found = each(&needed, find).await?;
        conversion.with_rates(&needed, found)
    }

    /// A rate, if one is on record.
    ///
    /// # Errors
    /// [`Refusal::UpstreamUnavailable`].
    pub async fn find(&self, caller: &Caller, asked: RateOf) -> Result<Option<NamedRate>, Refusal> {
        if let Some(rate) = self.kept.get(&asked).await {
            return Ok(Some(rate));
        }
        let outgoing = Outgoing::new(caller, REGISTRY);
        let mut client = bounded!(ExchangeRateServiceClient::new(self.channel.clone()));
        let RateOf { kind, base, quote, date } = asked;
        let request = ResolveExchangeRateRequest {
            kind: render_rate_kind(kind),
            base_currency: base.code().to_owned(),
            quote_currency: quote.code().to_owned(),
            date: Some(render_date(date)),
        };
        match outgoing.send(request, |request| client.resolve_exchange_rate(request)).await {
            Ok(rate) => {
                let rate = parse_named_rate(&rate).map_err(unreadable)?;
                self.kept.keep(asked, rate.clone()).await;
                Ok(Some(rate))
            }
            Err(Failure::Unavailable(refusal)) => Err(refusal),
            Err(Failure::Refused(detail)) if detail.is(Reason::RateMissing) => Ok(None),
            Err(Failure::Refused(detail)) => Err(outgoing.unexpected(&detail)),
        }
    }
}

/// Asks for each of the keys, a few at a time; those of which nothing is found are left out.
///
/// # Errors
/// The first that `find` reports.
pub async fn each<V, F>(
    keys: &BTreeSet<RateKey>,
    find: impl Fn(RateKey) -> F,
) -> Result<BTreeMap<RateKey, V>, Refusal>
where
    F: Future<Output = Result<Option<V>, Refusal>>,
{
    let find = &find;
    let asked = stream::iter(keys.iter().copied()).map(|key| async move {
        let found = find(key).await?;
        Ok::<_, Refusal>(found.map(|found| (key, found)))
    });
    let found: Vec<_> = asked.buffer_unordered(AT_ONCE).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

fn unreadable(violations: Vec<Violation>) -> Refusal {
    let detail = Refusal::Invalid(violations).to_string();
    tracing::error!(detail, "the registry answered with a rate that is none");
    Refusal::UpstreamUnavailable {
        service: REGISTRY.to_owned(),
        detail: "it answered with a rate that cannot be read".to_owned(),
    }
}
