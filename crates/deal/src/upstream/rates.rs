//! Exchange rates of the registry.

use std::collections::{BTreeMap, BTreeSet};

use devisa_domain::{
    deal::plausibility::{OFFICIAL_KINDS, OfficialRate, RateKey},
    money::Currency,
    refusal::{Reason, Refusal},
    registry::exchange_rate::RateKind,
};
use devisa_proto::{
    convert::{common::render_date, deal::plausibility::parse_official_rate},
    registry::v1::{
        self as wire, ResolveExchangeRateRequest,
        exchange_rate_service_client::ExchangeRateServiceClient,
    },
};
use devisa_server::{Caller, bounded, outgoing::Failure};
use futures::{StreamExt, TryStreamExt, stream};

use super::{NAME, Registry};

/// How many rates are asked for at a time.
const AT_ONCE: usize = 8;

impl Registry {
    /// The official rates into rupiah that were in force, where there were any.
    ///
    /// # Errors
    /// [`Refusal::UpstreamUnavailable`].
    pub(crate) async fn official_rates(
        &self,
        caller: &Caller,
        needed: BTreeSet<RateKey>,
    ) -> Result<BTreeMap<RateKey, OfficialRate>, Refusal> {
        let asked = stream::iter(needed).map(|key| async move {
            let rate = self.official_rate(caller, key).await?;
            Ok::<_, Refusal>(rate.map(|rate| (key, rate)))
        });
        let found: Vec<_> = asked.buffer_unordered(AT_ONCE).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn official_rate(
        &self,
        caller: &Caller,
        key: RateKey,
    ) -> Result<Option<OfficialRate>, Refusal> {
        for kind in OFFICIAL_KINDS {
            if let Some(rate) = self.rate(caller, kind, key).await? {
                return Ok(Some(rate));
            }
        }
        Ok(None)
    }

    async fn rate(
        &self,
        caller: &Caller,
        kind: RateKind,
        (currency, date): RateKey,
    ) -> Result<Option<OfficialRate>, Refusal> {
        let key = (kind, currency, date);
        if let Some(rate) = self.rates.get(&key).await {
            return Ok(Some(rate));
        }
        let outgoing = self.outgoing(caller);
        let mut client = bounded!(ExchangeRateServiceClient::new(self.channel.clone()));
        let request = ResolveExchangeRateRequest {
            kind: wire_kind(kind).into(),
            base_currency: currency.code().to_owned(),
            quote_currency: Currency::IDR.code().to_owned(),
            date: Some(render_date(date)),
        };
        match outgoing.send(request, |request| client.resolve_exchange_rate(request)).await {
            Ok(rate) => {
                let rate = parse_official_rate(&rate).map_err(unreadable)?;
                self.rates.insert(key, rate.clone()).await;
                Ok(Some(rate))
            }
            Err(Failure::Unavailable(refusal)) => Err(refusal),
            Err(Failure::Refused(detail)) if detail.is(Reason::RateMissing) => Ok(None),
            Err(Failure::Refused(detail)) => Err(outgoing.unexpected(&detail)),
        }
    }
}

fn wire_kind(kind: RateKind) -> wire::RateKind {
    match kind {
        RateKind::Jisdor => wire::RateKind::Jisdor,
        RateKind::KursPajak => wire::RateKind::KursPajak,
        RateKind::House => wire::RateKind::House,
    }
}

fn unreadable(violations: Vec<devisa_domain::refusal::Violation>) -> Refusal {
    let detail = Refusal::Invalid(violations).to_string();
    tracing::error!(detail, "the registry answered with a rate that is none");
    Refusal::UpstreamUnavailable {
        service: NAME.to_owned(),
        detail: "it answered with a rate that cannot be read".to_owned(),
    }
}
