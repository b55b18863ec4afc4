//! `devisa.shipment.v1.MilestoneService`.

use devisa_domain::{
    name::{MilestoneName, ShipmentName},
    refusal::Refusal,
};
use devisa_ledger::{Error, Field, FilterSchema, Moment};
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
use devisa_server::{caller, open_telling, refuse};
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
        let parent = ShipmentName::parse(&request.get_ref().parent);
        let also = async || store::absent_parent::<shipment::Entity>(&self.ledger, parent).await;
        let (call, recording) = open_telling(request, RECORD, parse, also).await?;
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
        let asked = request.get_ref().clone();
        let actor = caller(&request)?.principal.clone();
        let also = async || self.also_wrong_with_batch(&asked, Moment { now, actor }).await;
        let (call, recordings) = open_telling(request, BATCH, parse, also).await?;
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
        let (filter, page_token, parent) = (filter.as_str(), page_token.as_str(), parent.as_str());
        let args = store::ListArgs { method: LIST, parent, filter, page_size, page_token };
        let named = ShipmentName::parse;
        let found = args.parent::<shipment::Entity, _>(&self.ledger, &filters(), named).await;
        let select = Entity::find().filter(Column::Shipment.eq(found.map_err(refuse)?.to_string()));
        let page = store::list(&self.ledger, select, filters(), &args, render_milestone)
            .await
            .map_err(refuse)?;
        let milestones = page.items;
        let next_page_token = page.next_page_token;
        Ok(Response::new(ListMilestonesResponse { milestones, next_page_token }))
    }
}

impl Handlers {
    /// What else is wrong with a batch that is refused as a whole: what is wrong with each of its
    /// milestones.
    async fn also_wrong_with_batch(
        &self,
        asked: &BatchRecordMilestonesRequest,
        moment: Moment,
    ) -> Result<Option<Refusal>, Error> {
        let Ok(recordings) = parse_batch_record_milestones(asked, moment.now) else {
            return Ok(None);
        };
        let voyages = self.voyages(recordings.iter().flatten()).await?;
        Ok(decide::record_all(&voyages, &recordings, &moment).err())
    }
}
