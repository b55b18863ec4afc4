//! `devisa.shipment.v1.MilestoneService`.

use devisa_domain::name::{MilestoneName, ShipmentName};
use devisa_ledger::{Field, FilterSchema};
use devisa_proto::{
    convert::shipment::milestone::{
        parse_batch_record_milestones, parse_record_milestone, render_milestone,
    },
    shipment::v1::{
        BatchRecordMilestonesRequest, BatchRecordMilestonesResponse, GetMilestoneRequest,
        ListMilestonesRequest, ListMilestonesResponse, Milestone, RecordMilestoneRequest,
        milestone_service_server::MilestoneService,
    },
};
use devisa_server::{open, refuse};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tonic::{Request, Response, Status};

use super::{
    decide,
    rows::{Column, Entity},
};
use crate::{Handlers, shipment, store};

const RECORD: &str = "devisa.shipment.v1.MilestoneService/RecordMilestone";
const BATCH: &str = "devisa.shipment.v1.MilestoneService/BatchRecordMilestones";
const LIST: &str = "devisa.shipment.v1.MilestoneService/ListMilestones";

devisa_server::mutation!(RecordMilestoneRequest, BatchRecordMilestonesRequest);

/// The names of the codes that milestones can be filtered by.
const CODES: &[&str] = &[
    "BOOKED",
    "PEB_LODGED",
    "NPE_ISSUED",
    "STUFFED",
    "RELEASED",
    "GATED_IN",
    "LOADED",
    "DEPARTED",
    "ARRIVED",
    "DELIVERED",
    "ROLLED",
    "SHORT_SHIPPED",
    "RETURNED",
];

fn filters() -> FilterSchema {
    FilterSchema::resource([
        Field::enumeration("code", "code", "CODE_", CODES),
        Field::enumeration(
            "classifier",
            "classifier",
            "CLASSIFIER_",
            &["PLANNED", "ESTIMATED", "ACTUAL"],
        ),
    ])
}

#[tonic::async_trait]
impl MilestoneService for Handlers {
    async fn record_milestone(
        &self,
        request: Request<RecordMilestoneRequest>,
    ) -> Result<Response<Milestone>, Status> {
        let now = self.ledger.clock().now();
        let parse = |message| parse_record_milestone(&message, now);
        let (call, recording) = open(request, RECORD, parse)?;
        let load = || self.voyages([&recording]);
        let decided = self
            .ledger
            .write(&call, load, |voyages, moment| decide::record(voyages, &recording, moment));
        decided.await.map(Response::new).map_err(refuse)
    }

    async fn batch_record_milestones(
        &self,
        request: Request<BatchRecordMilestonesRequest>,
    ) -> Result<Response<BatchRecordMilestonesResponse>, Status> {
        let now = self.ledger.clock().now();
        let parse = |message| parse_batch_record_milestones(&message, now);
        let (call, recordings) = open(request, BATCH, parse)?;
        let load = || self.voyages(recordings.iter().flatten());
        let decided = self
            .ledger
            .write(&call, load, |voyages, moment| decide::record_all(voyages, &recordings, moment));
        decided.await.map(Response::new).map_err(refuse)
    }

    async fn get_milestone(
        &self,
        request: Request<GetMilestoneRequest>,
    ) -> Result<Response<Milestone>, Status> {
        let name = store::at_name(MilestoneName::parse(&request.get_ref().name)).map_err(refuse)?;
        let milestone = store::get::<Entity>(&self.ledger, &name).await.map_err(refuse)?;
        Ok(Response::new(render_milestone(&milestone)))
    }

    async fn list_milestones(
        &self,
        request: Request<ListMilestonesRequest>,
    ) -> Result<Response<ListMilestonesResponse>, Status> {
        let ListMilestonesRequest { parent, page_size, page_token, filter } = request.into_inner();
        let shipment = store::at("parent", ShipmentName::parse(&parent)).map_err(refuse)?;
        store::get::<shipment::Entity>(&self.ledger, &shipment).await.map_err(refuse)?;
        let (filter, page_token, parent) = (filter.as_str(), page_token.as_str(), parent.as_str());
        let args = store::ListArgs { method: LIST, parent, filter, page_size, page_token };
        let select = Entity::find().filter(Column::Shipment.eq(parent));
        let page = store::list(&self.ledger, select, filters(), &args, render_milestone)
            .await
            .map_err(refuse)?;
        let milestones = page.items;
        let next_page_token = page.next_page_token;
        Ok(Response::new(ListMilestonesResponse { milestones, next_page_token }))
    }
}
