//! What the registry knows of what shipments name.

use devisa_domain::{
    name::{OrganisationName, VillageName},
    refusal::Refusal,
    shipment::party::Party,
};
use devisa_proto::registry::v1::{Organisation, organisation::Role};
use devisa_server::{Caller, ServiceChannel};
use devisa_upstream::{Organisations, Rates};

/// The organisations that were asked for, exist and are not deleted.
pub(crate) type Found = std::collections::BTreeMap<OrganisationName, Party>;

/// A client of the registry. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Registry {
    organisations: Organisations<Party>,
    rates: Rates,
}

impl Registry {
    pub(crate) fn new(channel: ServiceChannel) -> Self {
        let organisations = Organisations::new(channel.clone(), party);
        Self { organisations, rates: Rates::new(channel) }
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
