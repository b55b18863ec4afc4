//! What the registry knows of what deals name: which organisations exist, how large they are, which
//! rates were in force.

use std::collections::{BTreeMap, BTreeSet};

use devisa_domain::{
    deal::plausibility::{OFFICIAL_KINDS, OfficialRate, RateKey},
    money::Currency,
    name::OrganisationName,
    refusal::Refusal,
    registry::organisation::Class,
};
use devisa_proto::convert::deal::plausibility::size_class;
use devisa_server::{Caller, ServiceChannel};
use devisa_upstream::{Organisations, RateOf, Rates, each};

/// A client of the registry. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Registry {
    /// Only that one exists is kept: a size class may change under a reviewer's eyes.
    organisations: Organisations<()>,
    rates: Rates,
}

impl Registry {
    pub(crate) fn new(channel: ServiceChannel) -> Self {
        let organisations = Organisations::new(channel.clone(), |_| ());
        Self { organisations, rates: Rates::new(channel) }
    }

    /// Those of the organisations that do not exist.
    ///
    /// # Errors
    /// [`Refusal::UpstreamUnavailable`].
    pub(crate) async fn absent<'a>(
        &self,
        caller: &Caller,
        names: impl IntoIterator<Item = &'a OrganisationName>,
    ) -> Result<BTreeSet<OrganisationName>, Refusal> {
        let names: Vec<_> = names.into_iter().cloned().collect();
        let found = self.organisations.facts(caller, &names).await?;
        Ok(names.into_iter().filter(|name| !found.contains_key(name)).collect())
    }

    /// The size classes of the organisations, as they are now; without those that have none.
    ///
    /// # Errors
    /// [`Refusal::UpstreamUnavailable`].
    pub(crate) async fn size_classes(
        &self,
        caller: &Caller,
        names: &BTreeSet<OrganisationName>,
    ) -> Result<BTreeMap<OrganisationName, Class>, Refusal> {
        let found = self.organisations.now(caller, names.iter().cloned().collect()).await?;
        let classed = |(name, organisation)| Some((name, size_class(&organisation)?));
        Ok(found.into_iter().filter_map(classed).collect())
    }

    /// The official rates into rupiah that were in force, where there were any.
    ///
    /// # Errors
    /// [`Refusal::UpstreamUnavailable`].
    pub(crate) async fn official_rates(
        &self,
        caller: &Caller,
        needed: &BTreeSet<RateKey>,
    ) -> Result<BTreeMap<RateKey, OfficialRate>, Refusal> {
        each(needed, |key| self.official_rate(caller, key)).await
    }

    async fn official_rate(
        &self,
        caller: &Caller,
        (base, date): RateKey,
    ) -> Result<Option<OfficialRate>, Refusal> {
        for kind in OFFICIAL_KINDS {
            let asked = RateOf { kind, base, quote: Currency::IDR, date };
            if let Some(rate) = self.rates.find(caller, asked).await? {
                return Ok(Some(OfficialRate { kind, rate }));
            }
        }
        Ok(None)
    }

    /// The exchange rates.
    pub(crate) fn rates(&self) -> &Rates {
        &self.rates
    }
}
