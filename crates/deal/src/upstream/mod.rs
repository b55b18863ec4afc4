//! What the registry knows: which organisations exist, how large they are, which rates were in
//! force.
//!
//! Invariant: only that an organisation exists and is not deleted, and that a rate was in force, are
//! cached, for ten seconds, in which a deletion may go unnoticed; "there is none" never is, nor a size class, which may
//! change under a reviewer's eyes. A registry that does not answer is one refusal,
//! `UPSTREAM_UNAVAILABLE`.

mod organisations;
mod rates;

use std::{fmt, time::Duration};

use devisa_domain::{
    deal::plausibility::OfficialRate, money::Currency, name::OrganisationName,
    registry::exchange_rate::RateKind, time::Date,
};
use devisa_server::{Caller, Outgoing, ServiceChannel};
use moka::future::Cache;

const NAME: &str = "registry";
const CACHED_FOR: Duration = Duration::from_secs(10);
const MOST_CACHED: u64 = 10_000;

/// A client of the registry. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Registry {
    channel: ServiceChannel,
    organisations: Cache<OrganisationName, ()>,
    rates: Cache<(RateKind, Currency, Date), OfficialRate>,
}

impl Registry {
    pub(crate) fn new(channel: ServiceChannel) -> Self {
        Self { channel, organisations: cache(), rates: cache() }
    }

    fn outgoing(&self, caller: &Caller) -> Outgoing {
        Outgoing::new(caller, NAME)
    }
}

fn cache<K, V>() -> Cache<K, V>
where
    K: std::hash::Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    Cache::builder().max_capacity(MOST_CACHED).time_to_live(CACHED_FOR).build()
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").finish_non_exhaustive()
    }
}
