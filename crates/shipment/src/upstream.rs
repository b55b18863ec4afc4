//! What the registry knows of the organisations that shipments name.
//!
//! Invariant: only that an organisation exists and is not deleted is cached, with the facts a
//! shipment keeps of it, for ten seconds, in which its deletion may go unnoticed; "there is none"
//! never is. A registry that does not answer is one refusal,
//! `UPSTREAM_UNAVAILABLE`.

use std::{collections::BTreeMap, fmt, time::Duration};

use devisa_domain::{
    name::{OrganisationName, VillageName},
    refusal::{Reason, Refusal},
    shipment::party::Party,
};
use devisa_proto::registry::v1::{
    BatchGetOrganisationsRequest, Organisation, organisation::Role,
    organisation_service_client::OrganisationServiceClient,
};
use devisa_server::{Caller, Detail, Outgoing, ServiceChannel, bounded, outgoing::Failure};
use moka::future::Cache;

const NAME: &str = "registry";
const CACHED_FOR: Duration = Duration::from_secs(10);
const MOST_CACHED: u64 = 10_000;
/// How many organisations the registry gives at once.
const BATCH: usize = 100;

/// The organisations that were asked for, exist and are not deleted.
pub(crate) type Found = BTreeMap<OrganisationName, Party>;

/// A client of the registry. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Registry {
    channel: ServiceChannel,
    parties: Cache<OrganisationName, Party>,
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").finish_non_exhaustive()
    }
}

impl Registry {
    pub(crate) fn new(channel: ServiceChannel) -> Self {
        let parties = Cache::builder().max_capacity(MOST_CACHED).time_to_live(CACHED_FOR).build();
        Self { channel, parties }
    }

    /// Those of the organisations that exist and are not deleted.
    ///
    /// # Errors
    /// [`Refusal::UpstreamUnavailable`].
    pub(crate) async fn parties(
        &self,
        caller: &Caller,
        names: &[OrganisationName],
    ) -> Result<Found, Refusal> {
        let mut found = Found::new();
        let mut ask = Vec::new();
        for name in names {
            match self.parties.get(name).await {
                Some(party) => drop(found.insert(name.clone(), party)),
                None => ask.push(name.clone()),
            }
        }
        for batch in ask.chunks(BATCH) {
            for (name, party) in self.batch(caller, batch.to_vec()).await? {
                self.parties.insert(name.clone(), party.clone()).await;
                found.insert(name, party);
            }
        }
        Ok(found)
    }

    /// A batch is all or none: what the registry says is absent is left out of the next attempt.
    async fn batch(
        &self,
        caller: &Caller,
        mut names: Vec<OrganisationName>,
    ) -> Result<Vec<(OrganisationName, Party)>, Refusal> {
        let outgoing = Outgoing::new(caller, NAME);
        let mut client = bounded!(OrganisationServiceClient::new(self.channel.clone()));
        while !names.is_empty() {
            let texts = names.iter().map(ToString::to_string).collect();
            let request = BatchGetOrganisationsRequest { names: texts };
            let answer =
                outgoing.send(request, |request| client.batch_get_organisations(request)).await;
            match answer {
                Ok(response) => {
                    let known = names.into_iter().zip(&response.organisations);
                    let known = known.filter(|(_, known)| known.delete_time.is_none());
                    return Ok(known.map(|(name, known)| (name, party(known))).collect());
                }
                Err(Failure::Unavailable(refusal)) => return Err(refusal),
                Err(Failure::Refused(detail)) => match absent(&detail, &names) {
                    Some(place) => drop(names.remove(place)),
                    None => return Err(outgoing.unexpected(&detail)),
                },
            }
        }
        Ok(Vec::new())
    }
}

/// The place of the organisation that the registry says does not exist.
fn absent(detail: &Detail, names: &[OrganisationName]) -> Option<usize> {
    let resource = detail.resource.as_ref().filter(|_| detail.is(Reason::ResourceNotFound))?;
    names.iter().position(|name| name.to_string() == *resource)
}

/// What a shipment keeps of an organisation.
fn party(organisation: &Organisation) -> Party {
    let exports = |role| matches!(role, Role::Exporter | Role::Aggregator | Role::Producer);
    Party {
        display_name: organisation.display_name.clone(),
        village: VillageName::parse(&organisation.village).ok().map(|name| name.village),
        exports: organisation.roles().any(exports),
    }
}
