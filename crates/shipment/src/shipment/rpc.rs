//! `devisa.shipment.v1.ShipmentService`.

use devisa_domain::{
    identifier::country::RegionCode,
    name::{OrganisationName, ReleaseName, ShipmentName},
    refusal::{Refusal, RuleBroken, both},
    shipment::ShipmentFacts,
};
use devisa_ledger::{Error, Field, FilterSchema};
use devisa_proto::{
    convert::shipment::{
        Creation,
        consignment::{
            ShipmentReferences, UpdateShipment, parse_create_shipment, parse_names, parse_reason,
            parse_update_shipment, render_shipment,
        },
    },
    mask::Said,
    shipment::v1::{
        BatchGetShipmentsRequest, BatchGetShipmentsResponse, CancelShipmentRequest,
        ConfirmShipmentRequest, CreateShipmentRequest, GetShipmentRequest, ImportShipmentsRequest,
        ListShipmentsRequest, ListShipmentsResponse, Shipment, UpdateShipmentRequest,
        shipment_service_server::ShipmentService,
    },
};
use devisa_server::{Caller, caller, open, open_telling, refuse, telling};
use sea_orm::EntityTrait;
use tonic::{Request, Response, Status, Streaming};

use super::{
    decide::{self, NewSnapshot, UpdateSnapshot},
    import::{Import, Results},
    references::References,
    rows::Entity,
};
use crate::{Handlers, store};

const CREATE: &str = "devisa.shipment.v1.ShipmentService/CreateShipment";
const LIST: &str = "devisa.shipment.v1.ShipmentService/ListShipments";
const UPDATE: &str = "devisa.shipment.v1.ShipmentService/UpdateShipment";
const CONFIRM: &str = "devisa.shipment.v1.ShipmentService/ConfirmShipment";
const CANCEL: &str = "devisa.shipment.v1.ShipmentService/CancelShipment";

devisa_server::mutation!(
    CreateShipmentRequest, ConfirmShipmentRequest, CancelShipmentRequest;
    always: UpdateShipmentRequest
);

/// The names of the states that shipments can be filtered by.
const STATES: &[&str] = &[
    "DRAFT",
    "READY",
    "RELEASED",
    "GATED_IN",
    "LOADED",
    "DEPARTED",
    "ARRIVED",
    "DELIVERED",
    "CANCELLED",
];

fn filters() -> FilterSchema {
    FilterSchema::resource([
        Field::reference("release", "release", |name| {
            ReleaseName::parse(name).map(|name| name.to_string())
        }),
        Field::reference("exporter", "exporter", |name| {
            OrganisationName::parse(name).map(|name| name.to_string())
        }),
        Field::enumeration("state", "state", "STATE_", STATES),
        Field::enumeration("tier", "tier", "TIER_", &["RELEASED", "REALISED"]),
        Field::normalised("destination_region_code", "destination_region_code", |code| {
            RegionCode::parse(code).map(|code| code.to_string())
        }),
        Field::has("hs_chapter", "hs_chapters", chapter),
    ])
}

fn chapter(chapter: &str) -> Result<String, RuleBroken> {
    if chapter.len() == 2 && chapter.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(chapter.to_owned());
    }
    Err(RuleBroken::expected("hs_chapter.form", "two digits", format!("{chapter:?}")))
}

impl Handlers {
    pub(super) async fn drafting(
        &self,
        caller: &Caller,
        creation: &Creation<ShipmentName, ShipmentFacts>,
    ) -> Result<NewSnapshot, Error> {
        let Creation { name, facts, .. } = creation;
        let existing = store::find::<Entity>(&self.ledger, name).await?;
        let references = match existing {
            Some(_) => References::default(),
            None => self.references(caller, name, facts, None).await?,
        };
        Ok(NewSnapshot { existing, references })
    }

    async fn updating(
        &self,
        caller: &Caller,
        command: &UpdateShipment,
    ) -> Result<UpdateSnapshot, Error> {
        let name = &command.name;
        let current = store::get::<Entity>(&self.ledger, name).await?;
        let today = self.ledger.clock().today();
        let merged = decide::merged(&current, command);
        let (stated, references) = match decide::stated(&merged, today) {
            Ok(stated) => {
                let facts = &stated.facts;
                let references = self.references(caller, name, facts, Some(&current)).await?;
                (Ok(stated), references)
            }
            Err(refusal) => {
                let named = ShipmentReferences::of(&merged);
                let also = self.also_absent(caller, &named, Some(&current)).await;
                (Err(telling(refusal, also)), References::default())
            }
        };
        Ok(UpdateSnapshot { current, stated, references })
    }

    /// What else is wrong with an update that cannot be read.
    async fn also_wrong(
        &self,
        caller: &Caller,
        asked: &UpdateShipmentRequest,
    ) -> Result<Option<Refusal>, Error> {
        let Some(patch) = &asked.shipment else { return Ok(None) };
        let name = ShipmentName::parse(&patch.name);
        let found = store::find_if_named::<Entity>(&self.ledger, name).await?;
        let Some(current) = found else { return Ok(None) };
        let before = render_shipment(&current);
        let said = Said::of(asked.update_mask.as_ref(), &before, patch);
        let malformed = decide::stated(&said.message, self.ledger.clock().today()).err();
        let named = ShipmentReferences::of(&said.message);
        let absent = self.also_absent(caller, &named, Some(&current)).await.ok().flatten();
        Ok(said.faults(malformed.into_iter().chain(absent)))
    }
}

#[tonic::async_trait]
impl ShipmentService for Handlers {
    type ImportShipmentsStream = Results;

    async fn create_shipment(
        &self,
        request: Request<CreateShipmentRequest>,
    ) -> Result<Response<Shipment>, Status> {
        let caller = caller(&request)?.clone();
        let today = self.ledger.clock().today();
        let parse = |message| parse_create_shipment(&message, today);
        let named = request.get_ref().shipment.as_ref().map(ShipmentReferences::of);
        let named = named.unwrap_or_default();
        let also = async || self.also_absent(&caller, &named, None).await;
        let (call, creation) = open_telling(request, CREATE, parse, also).await?;
        let load = || self.drafting(&caller, &creation);
        let decided = self
            .ledger
            .write(&call, load, |snapshot, moment| decide::create(snapshot, &creation, moment));
        decided.await.map(Response::new).map_err(refuse)
    }

    async fn get_shipment(
        &self,
        request: Request<GetShipmentRequest>,
    ) -> Result<Response<Shipment>, Status> {
        let name = store::at_name(ShipmentName::parse(&request.get_ref().name)).map_err(refuse)?;
        let shipment = store::get::<Entity>(&self.ledger, &name).await.map_err(refuse)?;
        Ok(Response::new(render_shipment(&shipment)))
    }

    async fn list_shipments(
        &self,
        request: Request<ListShipmentsRequest>,
    ) -> Result<Response<ListShipmentsResponse>, Status> {
        let ListShipmentsRequest { page_size, page_token, filter } = request.into_inner();
        let (filter, page_token) = (filter.as_str(), page_token.as_str());
        let args = store::ListArgs { method: LIST, parent: "", filter, page_size, page_token };
        let page = store::list(&self.ledger, Entity::find(), filters(), &args, render_shipment);
        let page = page.await.map_err(refuse)?;
        let shipments = page.items;
        let next_page_token = page.next_page_token;
        Ok(Response::new(ListShipmentsResponse { shipments, next_page_token }))
    }

    async fn update_shipment(
        &self,
        request: Request<UpdateShipmentRequest>,
    ) -> Result<Response<Shipment>, Status> {
        let caller = caller(&request)?.clone();
        let asked = request.get_ref().clone();
        let parse = |message| parse_update_shipment(&message);
        let also = async || self.also_wrong(&caller, &asked).await;
        let (call, command) = open_telling(request, UPDATE, parse, also).await?;
        let load = || self.updating(&caller, &command);
        let decided = self
            .ledger
            .write(&call, load, |snapshot, moment| decide::update(snapshot, &command, moment));
        decided.await.map(Response::new).map_err(refuse)
    }

    async fn confirm_shipment(
        &self,
        request: Request<ConfirmShipmentRequest>,
    ) -> Result<Response<Shipment>, Status> {
        let parse = |message: ConfirmShipmentRequest| {
            Ok((store::at_name(ShipmentName::parse(&message.name))?, message.etag))
        };
        let (call, (name, etag)) = open(request, CONFIRM, parse)?;
        let load = || store::get::<Entity>(&self.ledger, &name);
        let decided = self
            .ledger
            .write(&call, load, |current, moment| decide::confirm(current, &etag, moment));
        decided.await.map(Response::new).map_err(refuse)
    }

    async fn cancel_shipment(
        &self,
        request: Request<CancelShipmentRequest>,
    ) -> Result<Response<Shipment>, Status> {
        let parse = |message: CancelShipmentRequest| {
            let name = store::at_name(ShipmentName::parse(&message.name));
            let (name, reason) = both(name, parse_reason(&message.reason))?;
            Ok((name, reason, message.etag))
        };
        let (call, (name, reason, etag)) = open(request, CANCEL, parse)?;
        let load = || store::get::<Entity>(&self.ledger, &name);
        let decided = self
            .ledger
            .write(&call, load, |current, moment| decide::cancel(current, &etag, &reason, moment));
        decided.await.map(Response::new).map_err(refuse)
    }

    async fn batch_get_shipments(
        &self,
        request: Request<BatchGetShipmentsRequest>,
    ) -> Result<Response<BatchGetShipmentsResponse>, Status> {
        let names = parse_names(&request.get_ref().names).map_err(refuse)?;
        let shipments = store::get_all::<Entity>(&self.ledger, &names).await.map_err(refuse)?;
        let shipments = shipments.iter().map(render_shipment).collect();
        let shipments = store::whole(shipments).map_err(refuse)?;
        Ok(Response::new(BatchGetShipmentsResponse { shipments }))
    }

    async fn import_shipments(
        &self,
        request: Request<Streaming<ImportShipmentsRequest>>,
    ) -> Result<Response<Results>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(Import::new(self.clone(), caller, request.into_inner()).results()))
    }
}
