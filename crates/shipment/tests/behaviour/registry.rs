//! A registry that knows a few organisations and can be switched off. The service under test meets
//! it as it meets the real one: over its generated client.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use devisa_domain::refusal::Refusal;
use devisa_proto::registry::v1::{
    BatchGetOrganisationsRequest, BatchGetOrganisationsResponse, CreateOrganisationRequest,
    DeleteOrganisationRequest, GetOrganisationRequest, ListOrganisationsRequest,
    ListOrganisationsResponse, Organisation, UndeleteOrganisationRequest,
    UpdateOrganisationRequest,
    organisation::Role,
    organisation_service_server::{OrganisationService, OrganisationServiceServer},
};
use devisa_server::{Limits, ServiceChannel, Stack, channel, refuse};
use tonic::{Request, Response, Status};

/// The organisations: a few exporters, a producer, a buyer and a sponsor.
const KNOWN: [(&str, &str, Role, &str); 6] = [
    ("organisations/a", "PT A", Role::Exporter, "villages/35.25.11.2009"),
    ("organisations/b", "PT B", Role::Exporter, ""),
    ("organisations/c", "PT C", Role::Aggregator, ""),
    ("organisations/maker", "Maker", Role::Producer, "villages/35.01.06.2013"),
    ("organisations/buyer", "Buyer BHD", Role::Buyer, ""),
    ("organisations/pelindo", "Pelindo", Role::Sponsor, ""),
];

/// A switch and a counter of the calls that arrived.
#[derive(Clone, Debug, Default)]
pub(crate) struct FakeRegistry {
    down: Arc<AtomicBool>,
    calls: Arc<AtomicUsize>,
}

impl FakeRegistry {
    pub(crate) fn channel(&self) -> ServiceChannel {
        let server = OrganisationServiceServer::new(self.clone());
        channel::local(Stack::builder(&Limits::default()).add_service(server).build())
    }

    pub(crate) fn switch_off(&self) {
        self.down.store(true, Ordering::SeqCst);
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

fn organisation(name: &str) -> Result<Organisation, Status> {
    let known = KNOWN.iter().find(|known| known.0 == name);
    let absent = || refuse(Refusal::NotFound { resource: name.to_owned() });
    let (name, display_name, role, village) = known.ok_or_else(absent)?;
    Ok(Organisation {
        name: (*name).to_owned(),
        display_name: (*display_name).to_owned(),
        roles: vec![(*role).into()],
        village: (*village).to_owned(),
        ..Default::default()
    })
}

#[tonic::async_trait]
impl OrganisationService for FakeRegistry {
    async fn create_organisation(
        &self,
        _: Request<CreateOrganisationRequest>,
    ) -> Result<Response<Organisation>, Status> {
        unreachable!("the shipment service does not ask this")
    }

    async fn get_organisation(
        &self,
        _: Request<GetOrganisationRequest>,
    ) -> Result<Response<Organisation>, Status> {
        unreachable!("the shipment service does not ask this")
    }

    async fn list_organisations(
        &self,
        _: Request<ListOrganisationsRequest>,
    ) -> Result<Response<ListOrganisationsResponse>, Status> {
        unreachable!("the shipment service does not ask this")
    }

    async fn update_organisation(
        &self,
        _: Request<UpdateOrganisationRequest>,
    ) -> Result<Response<Organisation>, Status> {
        unreachable!("the shipment service does not ask this")
    }

    async fn delete_organisation(
        &self,
        _: Request<DeleteOrganisationRequest>,
    ) -> Result<Response<Organisation>, Status> {
        unreachable!("the shipment service does not ask this")
    }

    async fn undelete_organisation(
        &self,
        _: Request<UndeleteOrganisationRequest>,
    ) -> Result<Response<Organisation>, Status> {
        unreachable!("the shipment service does not ask this")
    }

    async fn batch_get_organisations(
        &self,
        request: Request<BatchGetOrganisationsRequest>,
    ) -> Result<Response<BatchGetOrganisationsResponse>, Status> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        if self.down.load(Ordering::SeqCst) {
            return Err(Status::unavailable("down"));
        }
        let names = request.into_inner().names;
        let organisations = names.iter().map(|name| organisation(name));
        let organisations = organisations.collect::<Result<_, _>>()?;
        Ok(Response::new(BatchGetOrganisationsResponse { organisations }))
    }
}
