//! Organisations of the registry.

use std::{collections::BTreeMap, fmt};

use devisa_domain::{
    name::OrganisationName,
    refusal::{Reason, Refusal},
};
use devisa_proto::registry::v1::{
    BatchGetOrganisationsRequest, Organisation,
    organisation_service_client::OrganisationServiceClient,
};
use devisa_server::{Caller, Detail, Outgoing, ServiceChannel, bounded, outgoing::Failure};

use crate::{REGISTRY, cache::Kept};

/// How many organisations the registry gives at once.
const BATCH: usize = 100;

/// The organisations of the registry, of which a service keeps the facts `F` for a while. Cheap to
/// clone.
#[derive(Clone)]
pub struct Organisations<F> {
    channel: ServiceChannel,
    facts: fn(&Organisation) -> F,
    kept: Kept<OrganisationName, F>,
}

impl<F> fmt::Debug for Organisations<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Organisations").finish_non_exhaustive()
    }
}

impl<F: Clone + Send + Sync + 'static> Organisations<F> {
    /// Over a channel to the registry, which need not be up; `facts` are what is kept of an
    /// organisation, so they must be none that a caller expects to change at once.
    pub fn new(channel: ServiceChannel, facts: fn(&Organisation) -> F) -> Self {
        Self { channel, facts, kept: Kept::new() }
    }

    /// The facts of those of the organisations that exist and are not deleted. A deletion may go
    /// unnoticed for as long as facts are kept.
    ///
    /// # Errors
    /// [`Refusal::UpstreamUnavailable`].
    pub async fn facts(
        &self,
        caller: &Caller,
        names: &[OrganisationName],
    ) -> Result<BTreeMap<OrganisationName, F>, Refusal> {
        let mut found = BTreeMap::new();
        let mut ask = Vec::new();
        for name in names {
            match self.kept.get(name).await {
                Some(facts) => drop(found.insert(name.clone(), facts)),
                None => ask.push(name.clone()),
            }
        }
        let now = self.now(caller, ask).await?;
        let present = now.iter().filter(|(_, organisation)| is_present(organisation));
        found.extend(present.map(|(name, present)| (name.clone(), (self.facts)(present))));
        Ok(found)
    }

    /// Those of the organisations that exist, as they are now, deleted ones too: what names them
    /// stays.
    ///
    /// # Errors
    /// [`Refusal::UpstreamUnavailable`].
    pub async fn now(
        &self,
        caller: &Caller,
        mut names: Vec<OrganisationName>,
    ) -> Result<BTreeMap<OrganisationName, Organisation>, Refusal> {
        names.sort();
        names.dedup();
        let mut found = BTreeMap::new();
        for batch in names.chunks(BATCH) {
            for (name, organisation) in self.batch(caller, batch.to_vec()).await? {
                if is_present(&organisation) {
                    self.kept.keep(name.clone(), (self.facts)(&organisation)).await;
                }
                found.insert(name, organisation);
            }
        }
        Ok(found)
    }

    /// A batch is all or none: what the registry says is absent is left out of the next attempt.
    async fn batch(
        &self,
        caller: &Caller,
        mut names: Vec<OrganisationName>,
    ) -> Result<Vec<(OrganisationName, Organisation)>, Refusal> {
        let outgoing = Outgoing::new(caller, REGISTRY);
        let mut client = bounded!(OrganisationServiceClient::new(self.channel.clone()));
        while !names.is_empty() {
            let texts = names.iter().map(ToString::to_string).collect();
            let request = BatchGetOrganisationsRequest { names: texts };
            let answer =
                outgoing.send(request, |request| client.batch_get_organisations(request)).await;
            match answer {
                Ok(response) => return Ok(names.into_iter().zip(response.organisations).collect()),
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

fn is_present(organisation: &Organisation) -> bool {
    organisation.delete_time.is_none()
}

/// The place of the organisation that the registry says does not exist.
fn absent(detail: &Detail, names: &[OrganisationName]) -> Option<usize> {
    let resource = detail.resource.as_ref().filter(|_| detail.is(Reason::ResourceNotFound))?;
    names.iter().position(|name| name.to_string() == *resource)
}
