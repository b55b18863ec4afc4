//! Organisations of the registry.

use std::collections::{BTreeMap, BTreeSet};

use devisa_domain::{
    name::OrganisationName,
    refusal::{Reason, Refusal},
    registry::organisation::Class,
};
use devisa_proto::{
    convert::deal::plausibility::size_class,
    registry::v1::{
        BatchGetOrganisationsRequest, Organisation,
        organisation_service_client::OrganisationServiceClient,
    },
};
use devisa_server::{Caller, Detail, bounded, outgoing::Failure};

use super::Registry;

/// How many organisations the registry gives at once.
const BATCH: usize = 100;

impl Registry {
    /// Those of the organisations that do not exist or are deleted.
    ///
    /// # Errors
    /// [`Refusal::UpstreamUnavailable`].
    pub(crate) async fn absent<'a>(
        &self,
        caller: &Caller,
        names: impl IntoIterator<Item = &'a OrganisationName>,
    ) -> Result<BTreeSet<OrganisationName>, Refusal> {
        let mut unknown = BTreeSet::new();
        for name in names {
            if !self.organisations.contains_key(name) {
                unknown.insert(name.clone());
            }
        }
        let found = self.organisations(caller, &unknown).await?;
        let is_present = |known: &Organisation| known.delete_time.is_none();
        unknown.retain(|name| !found.get(name).is_some_and(is_present));
        Ok(unknown)
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
        let found = self.organisations(caller, names).await?;
        let classed = |(name, organisation)| Some((name, size_class(&organisation)?));
        Ok(found.into_iter().filter_map(classed).collect())
    }

    /// Those of the organisations that exist, deleted ones too: their deals stay.
    async fn organisations(
        &self,
        caller: &Caller,
        names: &BTreeSet<OrganisationName>,
    ) -> Result<BTreeMap<OrganisationName, Organisation>, Refusal> {
        let names: Vec<_> = names.iter().cloned().collect();
        let mut found = BTreeMap::new();
        for batch in names.chunks(BATCH) {
            let organisations = self.batch(caller, batch.to_vec()).await?;
            for (name, organisation) in organisations {
                if organisation.delete_time.is_none() {
                    self.organisations.insert(name.clone(), ()).await;
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
        let outgoing = self.outgoing(caller);
        let mut client = bounded!(OrganisationServiceClient::new(self.channel.clone()));
        while !names.is_empty() {
            let request = BatchGetOrganisationsRequest {
                names: names.iter().map(ToString::to_string).collect(),
            };
            let answer =
                outgoing.send(request, |request| client.batch_get_organisations(request)).await;
            match answer {
                Ok(response) => return Ok(names.into_iter().zip(response.organisations).collect()),
                Err(Failure::Unavailable(refusal)) => return Err(refusal),
                Err(Failure::Refused(detail)) => match absent_one(&detail) {
                    Some(absent) if names.contains(&absent) => {
                        names.retain(|name| *name != absent);
                    }
                    _ => return Err(outgoing.unexpected(&detail)),
                },
            }
        }
        Ok(Vec::new())
    }
}

fn absent_one(detail: &Detail) -> Option<OrganisationName> {
    let resource = detail.is(Reason::ResourceNotFound).then_some(detail.resource.as_deref())??;
    OrganisationName::parse(resource).ok()
}
