//! `devisa.shipment.v1.ShipmentService`.

use std::collections::BTreeMap;

use devisa_domain::{
    identifier::country::RegionCode,
    name::{OrganisationName, ReleaseName, ShipmentName},
    refusal::{Refusal, RuleBroken},
    shipment::ShipmentFacts,
};
use devisa_ledger::{Error, Field, FilterSchema};
use devisa_proto::{
    convert::shipment::{
        Creation,
        consignment::{parse_create_shipment, parse_names, parse_reason, render_shipment},
    },
    shipment::v1::{
        BatchGetShipmentsRequest, BatchGetShipmentsResponse, CancelShipmentRequest,
        ConfirmShipmentRequest, CreateShipmentRequest, GetShipmentRequest, ImportShipmentsRequest,
        ListShipmentsRequest, ListShipmentsResponse, Shipment, UpdateShipmentRequest,
        shipment_service_server::ShipmentService,
    },
};
use devisa_server::{Caller, caller, open, refuse};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tonic::{Request, Response, Status, Streaming};

use super::{
    decide::{self, NewSnapshot, UpdateSnapshot},
    import::{Import, Results},
    references::References,
    rows::{Column, Entity},
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
        name: &ShipmentName,
        request: &UpdateShipmentRequest,
    ) -> Result<UpdateSnapshot, Error> {
        let current = store::get::<Entity>(&self.ledger, name).await?;
        let UpdateShipmentRequest { shipment, update_mask, .. } = request;
        let patch = shipment.clone().unwrap_or_default();
        let today = self.ledger.clock().today();
        let stated = decide::patched(&current, &patch, update_mask.as_ref(), today);
        let references = match &stated {
            Ok(stated) => self.references(caller, name, &stated.facts, Some(&current)).await?,
            Err(_) => References::default(),
        };
        Ok(UpdateSnapshot { current, stated, references })
    }

    async fn batch(&self, names: &[ShipmentName]) -> Result<Vec<Shipment>, Error> {
        let texts = names.iter().map(ToString::to_string);
        let select = Entity::find().filter(Column::Name.is_in(texts));
        let rows = select.all(self.ledger.reader()).await?;
        let mut found: BTreeMap<_, _> =
            rows.into_iter().map(|row| (row.name, row.data.0)).collect();
        let take = |name: &ShipmentName| {
            let name = name.to_string();
            let shipment = found.remove(&name).ok_or(Refusal::NotFound { resource: name })?;
            Ok(render_shipment(&shipment))
        };
        names.iter().map(take).collect::<Result<_, Refusal>>().map_err(Error::from)
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
        let (call, message) = open(request, CREATE)?;
        let today = self.ledger.clock().today();
        let creation = parse_create_shipment(&message, today).map_err(refuse)?;
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
        let (call, message) = open(request, UPDATE)?;
        let missing = || refuse(Refusal::field("shipment", RuleBroken::missing()));
        let patch = message.shipment.as_ref().ok_or_else(missing)?;
        let name = store::at("shipment.name", ShipmentName::parse(&patch.name)).map_err(refuse)?;
        let reason = parse_reason(&message.reason).map_err(refuse)?;
        let load = || self.updating(&caller, &name, &message);
        let decided = self.ledger.write(&call, load, |snapshot, moment| {
            decide::update(snapshot, &patch.etag, &reason, moment)
        });
        decided.await.map(Response::new).map_err(refuse)
    }

    async fn confirm_shipment(
        &self,
        request: Request<ConfirmShipmentRequest>,
    ) -> Result<Response<Shipment>, Status> {
        let (call, message) = open(request, CONFIRM)?;
        let name = store::at_name(ShipmentName::parse(&message.name)).map_err(refuse)?;
        let load = || store::get::<Entity>(&self.ledger, &name);
        let decided = self
            .ledger
            .write(&call, load, |current, moment| decide::confirm(current, &message.etag, moment));
        decided.await.map(Response::new).map_err(refuse)
    }

    async fn cancel_shipment(
        &self,
        request: Request<CancelShipmentRequest>,
    ) -> Result<Response<Shipment>, Status> {
        let (call, message) = open(request, CANCEL)?;
        let name = store::at_name(ShipmentName::parse(&message.name)).map_err(refuse)?;
        let reason = parse_reason(&message.reason).map_err(refuse)?;
        let load = || store::get::<Entity>(&self.ledger, &name);
        let decided = self.ledger.write(&call, load, |current, moment| {
            decide::cancel(current, &message.etag, &reason, moment)
        });
        decided.await.map(Response::new).map_err(refuse)
    }

    async fn batch_get_shipments(
        &self,
        request: Request<BatchGetShipmentsRequest>,
    ) -> Result<Response<BatchGetShipmentsResponse>, Status> {
        let names = parse_names(&request.get_ref().names).map_err(refuse)?;
        let shipments = self.batch(&names).await.map_err(refuse)?;
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
