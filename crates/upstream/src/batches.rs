//! Resources of the registry that are asked for many at once: organisations and products.

use std::{collections::BTreeMap, fmt, hash::Hash};

use devisa_domain::{
    name::{OrganisationName, ProductName},
    refusal::{Reason, Refusal},
};
use devisa_proto::registry::v1::{
    BatchGetOrganisationsRequest, BatchGetProductsRequest, Organisation, Product,
    organisation_service_client::OrganisationServiceClient,
    product_service_client::ProductServiceClient,
};
use devisa_server::{Caller, Detail, Outgoing, ServiceChannel, bounded, outgoing::Failure};

use crate::{REGISTRY, cache::Kept};

/// How many resources the registry gives at once.
const BATCH: usize = 100;

/// The organisations of the registry, of which a service keeps the facts `F` for a while.
pub type Organisations<F> = Known<Organisation, F>;

/// The products of the registry, of any organisation.
pub type Products<F> = Known<Product, F>;

/// A kind of resource that the registry gives in batches.
pub trait Batched: Sized + Send + Sync + 'static {
    /// Its name.
    type Name: Clone + Ord + Hash + fmt::Display + Send + Sync + 'static;

    /// Whether it is deleted.
    fn is_deleted(&self) -> bool;

    /// Asks for some, in the order of their names, all or none.
    fn get(
        channel: ServiceChannel,
        outgoing: &Outgoing,
        names: Vec<String>,
    ) -> impl Future<Output = Result<Vec<Self>, Failure>> + Send;
}

impl Batched for Organisation {
    type Name = OrganisationName;

    fn is_deleted(&self) -> bool {
        self.delete_time.is_some()
    }

    async fn get(
        channel: ServiceChannel,
        outgoing: &Outgoing,
        names: Vec<String>,
    ) -> Result<Vec<Self>, Failure> {
        let mut client = bounded!(OrganisationServiceClient::new(channel));
        let request = BatchGetOrganisationsRequest { names };
        let answer = outgoing.send(request, |request| client.batch_get_organisations(request));
        Ok(answer.await?.organisations)
    }
}

impl Batched for Product {
    type Name = ProductName;

    fn is_deleted(&self) -> bool {
        self.delete_time.is_some()
    }

    async fn get(
        channel: ServiceChannel,
        outgoing: &Outgoing,
        names: Vec<String>,
    ) -> Result<Vec<Self>, Failure> {
        let mut client = bounded!(ProductServiceClient::new(channel));
        let request = BatchGetProductsRequest { parent: "organisations/-".to_owned(), names };
        let answer = outgoing.send(request, |request| client.batch_get_products(request));
        Ok(answer.await?.products)
    }
}

/// The resources of one kind, of which a service keeps the facts `F` for a while. Cheap to clone.
pub struct Known<R: Batched, F> {
    channel: ServiceChannel,
    facts: fn(&R) -> F,
    kept: Kept<R::Name, F>,
}

impl<R: Batched, F: Clone> Clone for Known<R, F> {
    fn clone(&self) -> Self {
        Self { channel: self.channel.clone(), facts: self.facts, kept: self.kept.clone() }
    }
}

impl<R: Batched, F> fmt::Debug for Known<R, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Known").finish_non_exhaustive()
    }
}

impl<R: Batched, F: Clone + Send + Sync + 'static> Known<R, F> {
    /// Over a channel to the registry, which need not be up; `facts` are what is kept of a
    /// resource, so they must be none that a caller expects to change at once.
    pub fn new(channel: ServiceChannel, facts: fn(&R) -> F) -> Self {
        Self { channel, facts, kept: Kept::new() }
    }

    /// The facts of those of the resources that exist and are not deleted. A deletion may go
    /// unnoticed for as long as facts are kept.
    ///
    /// # Errors
    /// [`Refusal::UpstreamUnavailable`].
    pub async fn facts(
        &self,
        caller: &Caller,
        names: &[R::Name],
    ) -> Result<BTreeMap<R::Name, F>, Refusal> {
        let mut found = BTreeMap::new();
        let mut ask = Vec::new();
        for name in names {
            match self.kept.get(name).await {
                Some(facts) => drop(found.insert(name.clone(), facts)),
                None => ask.push(name.clone()),
            }
        }
        let now = self.now(caller, ask).await?;
        let present = now.iter().filter(|(_, resource)| !resource.is_deleted());
        found.extend(present.map(|(name, present)| (name.clone(), (self.facts)(present))));
        Ok(found)
    }

    /// Those of the resources that exist, as they are now, deleted ones too: what names them stays.
    ///
    /// # Errors
    /// [`Refusal::UpstreamUnavailable`].
    pub async fn now(
        &self,
        caller: &Caller,
        mut names: Vec<R::Name>,
    ) -> Result<BTreeMap<R::Name, R>, Refusal> {
        names.sort();
        names.dedup();
        let mut found = BTreeMap::new();
        for batch in names.chunks(BATCH) {
            for (name, resource) in self.batch(caller, batch.to_vec()).await? {
                if !resource.is_deleted() {
                    self.kept.keep(name.clone(), (self.facts)(&resource)).await;
                }
                found.insert(name, resource);
            }
        }
        Ok(found)
    }

    /// A batch is all or none: what the registry says is absent is left out of the next attempt, and
    /// what is too much for one answer is asked for in halves.
    async fn batch(
        &self,
        caller: &Caller,
        mut names: Vec<R::Name>,
    ) -> Result<Vec<(R::Name, R)>, Refusal> {
        let outgoing = Outgoing::new(caller, REGISTRY);
        while !names.is_empty() {
            let texts = names.iter().map(ToString::to_string).collect();
            match R::get(self.channel.clone(), &outgoing, texts).await {
                Ok(resources) => return Ok(names.into_iter().zip(resources).collect()),
                Err(Failure::Unavailable(refusal)) => return Err(refusal),
                Err(Failure::Refused(detail)) if is_too_much(&detail) && names.len() > 1 => {
                    let rest = names.split_off(names.len() / 2);
                    let mut found = Box::pin(self.batch(caller, names)).await?;
                    found.extend(Box::pin(self.batch(caller, rest)).await?);
                    return Ok(found);
                }
                Err(Failure::Refused(detail)) => {
                    let absent = absent(&detail, &names);
                    if absent.is_empty() {
                        return Err(outgoing.unexpected(&detail));
                    }
                    names.retain(|name| !absent.contains(name));
                }
            }
        }
        Ok(Vec::new())
    }
}

/// The resources that the registry says do not exist: at each of their places, and one of them as
/// what the refusal is about.
fn absent<N: Clone + fmt::Display>(detail: &Detail, names: &[N]) -> Vec<N> {
    if !detail.is(Reason::ResourceNotFound) {
        return Vec::new();
    }
    let is_absent = |(place, name): &(usize, &N)| {
        let field = format!("names[{place}]");
        let mut placed = detail.violations.iter();
        detail.resource.as_ref().is_some_and(|resource| *resource == name.to_string())
            || placed.any(|v| v.field == field && v.reason == Reason::ResourceNotFound.as_str())
    };
    names.iter().enumerate().filter(is_absent).map(|(_, name)| name.clone()).collect()
}

/// Whether the registry says that the resources are too large for one answer.
fn is_too_much(detail: &Detail) -> bool {
    detail.violations.iter().any(|violation| violation.reason == "NAMES_BYTES")
}
