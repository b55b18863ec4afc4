//! What the registry knows of what shipments name.

use std::collections::BTreeSet;

use devisa_domain::{
    identifier::hs::HsCode,
    name::{OrganisationName, ProductName, VillageName},
    refusal::Refusal,
    shipment::{
        ShipmentFacts,
        party::{KnownProduct, Parties, Party},
    },
};
use devisa_proto::{
    convert::shipment::consignment::ShipmentReferences,
    registry::v1::{Organisation, Product, organisation::Role},
};
use devisa_server::{Caller, ServiceChannel};
use devisa_upstream::{Organisations, Products, Rates};

/// The organisations that were asked for, exist and are not deleted.
pub(crate) type Found = std::collections::BTreeMap<OrganisationName, Party>;

/// A client of the registry. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Registry {
    organisations: Organisations<Party>,
    products: Products<KnownProduct>,
    rates: Rates,
}

impl Registry {
    pub(crate) fn new(channel: ServiceChannel) -> Self {
        let organisations = Organisations::new(channel.clone(), party);
        let products = Products::new(channel.clone(), known_product);
        Self { organisations, products, rates: Rates::new(channel) }
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
        self.organisations.facts(caller, names).await
    }

    /// Of what a shipment of these facts names and does not know, what exists and is not deleted.
    ///
    /// # Errors
    /// [`Refusal::UpstreamUnavailable`].
    pub(crate) async fn unknown(
        &self,
        caller: &Caller,
        facts: &ShipmentFacts,
        known: &Parties,
    ) -> Result<Parties, Refusal> {
        let organisations = known.unknown_organisations(facts);
        self.found(caller, &organisations, &known.unknown_products(facts)).await
    }

    /// Of what a message names and is not known, what exists and is not deleted.
    ///
    /// # Errors
    /// [`Refusal::UpstreamUnavailable`].
    pub(crate) async fn named(
        &self,
        caller: &Caller,
        named: &ShipmentReferences,
        known: &Parties,
    ) -> Result<Parties, Refusal> {
        let organisations: BTreeSet<_> = named.organisations.iter().map(|(_, name)| name).collect();
        let products: BTreeSet<_> = named.products.iter().map(|(_, name)| name).collect();
        let organisations =
            organisations.into_iter().filter(|n| !known.organisations.contains_key(n));
        let products = products.into_iter().filter(|name| !known.products.contains_key(name));
        let (organisations, products): (Vec<_>, Vec<_>) =
            (organisations.cloned().collect(), products.cloned().collect());
        self.found(caller, &organisations, &products).await
    }

    async fn found(
        &self,
        caller: &Caller,
        organisations: &[OrganisationName],
        products: &[ProductName],
    ) -> Result<Parties, Refusal> {
        Ok(Parties {
            organisations: self.organisations.facts(caller, organisations).await?,
            products: self.products.facts(caller, products).await?,
            ..Parties::default()
        })
    }

    /// The exchange rates.
    pub(crate) fn rates(&self) -> &Rates {
        &self.rates
    }
}

/// What a shipment keeps of an organisation.
fn party(organisation: &Organisation) -> Party {
    let exports = |role| matches!(role, Role::Exporter | Role::Aggregator | Role::Producer);
    Party {
        display_name: organisation.display_name.clone(),
        village: VillageName::parse(&organisation.village).ok().map(|name| name.village),
        exports: organisation.roles.is_empty() || organisation.roles().any(exports),
    }
}

/// What a shipment keeps of a product.
fn known_product(product: &Product) -> KnownProduct {
    KnownProduct {
        display_name: product.display_name.clone(),
        hs_code: HsCode::parse(&product.hs_code).ok(),
    }
}
