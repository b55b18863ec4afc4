//! `devisa.shipment.v1.SponsorshipService`.

use devisa_domain::{
    name::{OrganisationName, ReleaseName, ShipmentName, SponsorshipName},
    refusal::{Checks, Refusal, RuleBroken},
    shipment::{SponsorshipFacts, sponsorship::Recipient},
};
use devisa_ledger::{Error, Field, FilterSchema};
use devisa_proto::{
    convert::shipment::{
        Creation,
        sponsorship::{parse_create_sponsorship, render_sponsorship},
    },
    shipment::v1::{
        CreateSponsorshipRequest, DeleteSponsorshipRequest, GetSponsorshipRequest,
        ListSponsorshipsRequest, ListSponsorshipsResponse, Sponsorship,
        sponsorship_service_server::SponsorshipService,
    },
};
use devisa_server::{Caller, caller, open, open_telling, refuse};
use sea_orm::EntityTrait;
use tonic::{Request, Response, Status};

use super::{
    decide::{self, Snapshot},
    rows::Entity,
};
use crate::{Handlers, release, shipment, store};

const CREATE: &str = "devisa.shipment.v1.SponsorshipService/CreateSponsorship";
const LIST: &str = "devisa.shipment.v1.SponsorshipService/ListSponsorships";
const DELETE: &str = "devisa.shipment.v1.SponsorshipService/DeleteSponsorship";

devisa_server::mutation!(CreateSponsorshipRequest, DeleteSponsorshipRequest);

fn filters() -> FilterSchema {
    FilterSchema::resource([
        Field::reference("release", "release", |name| {
            ReleaseName::parse(name).map(|name| name.to_string())
        }),
        Field::reference("shipment", "shipment", |name| {
            ShipmentName::parse(name).map(|name| name.to_string())
        }),
        Field::reference("sponsor", "sponsor", |name| {
            OrganisationName::parse(name).map(|name| name.to_string())
        }),
        Field::enumeration(
            "kind",
            "kind",
            "KIND_",
            &["CONTAINER", "FREIGHT", "CERTIFICATE", "BOOTH", "TRAINING"],
        ),
    ])
}

impl Handlers {
    async fn sponsoring(
        &self,
        caller: &Caller,
        creation: &Creation<SponsorshipName, SponsorshipFacts>,
    ) -> Result<Snapshot, Error> {
        let Creation { name, facts, .. } = creation;
        let existing = store::find::<Entity>(&self.ledger, name).await?;
        let recipient_exists = match &facts.recipient {
            Recipient::Release(name) => {
                store::find::<release::Entity>(&self.ledger, name).await?.is_some()
            }
            Recipient::Shipment(name) => {
                store::find::<shipment::Entity>(&self.ledger, name).await?.is_some()
            }
        };
        let names = std::slice::from_ref(&facts.sponsor);
        let sponsor = self.registry.parties(caller, names).await?.remove(&facts.sponsor);
        Ok(Snapshot { existing, sponsor, recipient_exists })
    }

    /// What a sponsorship that cannot be read names although it does not exist.
    async fn also_absent_of_sponsorship(
        &self,
        caller: &Caller,
        stated: &Sponsorship,
    ) -> Result<Option<Refusal>, Error> {
        let mut checks = Checks::new();
        if let Ok(name) = ReleaseName::parse(&stated.release) {
            let found = store::find::<release::Entity>(&self.ledger, &name).await?;
            checks.ensure(found.is_some(), "sponsorship.release", || RuleBroken::absent(&name));
        }
        if let Ok(name) = ShipmentName::parse(&stated.shipment) {
            let found = store::find::<shipment::Entity>(&self.ledger, &name).await?;
            checks.ensure(found.is_some(), "sponsorship.shipment", || RuleBroken::absent(&name));
        }
        if let Ok(name) = OrganisationName::parse(&stated.sponsor) {
            let found = self.registry.parties(caller, std::slice::from_ref(&name)).await;
            // What is found absent here is told even where the registry does not answer.
            let exists = found.map_or(true, |found| found.contains_key(&name));
            checks.ensure(exists, "sponsorship.sponsor", || RuleBroken::absent(&name));
        }
        Ok(checks.finish(()).err().map(Refusal::from))
    }
}

#[tonic::async_trait]
impl SponsorshipService for Handlers {
    async fn create_sponsorship(
        &self,
        request: Request<CreateSponsorshipRequest>,
    ) -> Result<Response<Sponsorship>, Status> {
        let caller = caller(&request)?.clone();
        let stated = request.get_ref().sponsorship.clone().unwrap_or_default();
        let parse = |message| parse_create_sponsorship(&message);
        let also = async || self.also_absent_of_sponsorship(&caller, &stated).await;
        let (call, creation) = open_telling(request, CREATE, parse, also).await?;
        let load = || self.sponsoring(&caller, &creation);
        let decided = self
            .ledger
            .write(&call, load, |snapshot, moment| decide::create(snapshot, &creation, moment));
        decided.await.map(Response::new).map_err(refuse)
    }

    async fn get_sponsorship(
        &self,
        request: Request<GetSponsorshipRequest>,
    ) -> Result<Response<Sponsorship>, Status> {
        let name =
            store::at_name(SponsorshipName::parse(&request.get_ref().name)).map_err(refuse)?;
        let sponsorship = store::get::<Entity>(&self.ledger, &name).await.map_err(refuse)?;
        Ok(Response::new(render_sponsorship(&sponsorship)))
    }

    async fn list_sponsorships(
        &self,
        request: Request<ListSponsorshipsRequest>,
    ) -> Result<Response<ListSponsorshipsResponse>, Status> {
        let ListSponsorshipsRequest { page_size, page_token, filter, show_deleted } =
            request.into_inner();
        let (filter, page_token) = (filter.as_str(), page_token.as_str());
        let args = store::ListArgs { method: LIST, parent: "", filter, page_size, page_token };
        let select = Entity::find();
        let page = store::list_deletable(
            &self.ledger,
            select,
            filters(),
            &args,
            show_deleted,
            render_sponsorship,
        );
        let page = page.await.map_err(refuse)?;
        let sponsorships = page.items;
        let next_page_token = page.next_page_token;
        Ok(Response::new(ListSponsorshipsResponse { sponsorships, next_page_token }))
    }

    async fn delete_sponsorship(
        &self,
        request: Request<DeleteSponsorshipRequest>,
    ) -> Result<Response<Sponsorship>, Status> {
        let parse = |message: DeleteSponsorshipRequest| {
            Ok((store::at_name(SponsorshipName::parse(&message.name))?, message.etag))
        };
        let (call, (name, etag)) = open(request, DELETE, parse)?;
        let load = || store::get::<Entity>(&self.ledger, &name);
        let decided = self
            .ledger
            .write(&call, load, |current, moment| decide::delete(current, &etag, moment));
        decided.await.map(Response::new).map_err(refuse)
    }
}
