//! `devisa.deal.v1.RealisationService`.

use devisa_domain::name::DealName;
use devisa_ledger::FilterSchema;
use devisa_proto::{
    convert::deal::realisation::{
        parse_create_realisation, parse_realisation_name, render_realisation,
    },
    deal::v1::{
        CreateRealisationRequest, DeleteRealisationRequest, GetRealisationRequest,
        ListRealisationsRequest, ListRealisationsResponse, Realisation,
        realisation_service_server::RealisationService,
    },
};
use devisa_server::{caller, open, open_telling, refuse};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tonic::{Request, Response, Status};

use super::{
    decide,
    rows::{Column, Entity},
};
use crate::{
    Handlers, deal,
    store::{self, ListArgs},
};

const CREATE: &str = "devisa.deal.v1.RealisationService/CreateRealisation";
const LIST: &str = "devisa.deal.v1.RealisationService/ListRealisations";
const DELETE: &str = "devisa.deal.v1.RealisationService/DeleteRealisation";

devisa_server::mutation!(CreateRealisationRequest, DeleteRealisationRequest);

#[tonic::async_trait]
impl RealisationService for Handlers {
    async fn create_realisation(
        &self,
        request: Request<CreateRealisationRequest>,
    ) -> Result<Response<Realisation>, Status> {
        let caller = caller(&request)?.clone();
        let asked = request.get_ref().clone();
        let parse = |message| parse_create_realisation(&message);
        let also = async || self.also_absent_of_realisation(&caller, &asked).await;
        let (call, draft) = open_telling(request, CREATE, parse, also).await?;
        let load = || self.load_new_realisation(&caller, &draft);
        let decided = self
            .ledger
            .write(&call, load, |snapshot, moment| decide::create(snapshot, &draft, moment));
        decided.await.map(Response::new).map_err(refuse)
    }

    async fn get_realisation(
        &self,
        request: Request<GetRealisationRequest>,
    ) -> Result<Response<Realisation>, Status> {
        let name = store::at_name(parse_realisation_name(&request.get_ref().name));
        let name = name.map_err(refuse)?;
        let realisation = store::get::<Entity>(&self.ledger, &name).await.map_err(refuse)?;
        Ok(Response::new(render_realisation(&realisation)))
    }

    async fn list_realisations(
        &self,
        request: Request<ListRealisationsRequest>,
    ) -> Result<Response<ListRealisationsResponse>, Status> {
        let ListRealisationsRequest { parent, page_size, page_token, filter, show_deleted } =
            request.into_inner();
        let (filter, page_token) = (filter.as_str(), page_token.as_str());
        let args = ListArgs { method: LIST, parent: &parent, filter, page_size, page_token };
        let schema = FilterSchema::resource([]);
        let found = args.parent::<deal::Entity, _>(&self.ledger, &schema, DealName::parse).await;
        let select = Entity::find().filter(Column::Deal.eq(found.map_err(refuse)?.to_string()));
        let page = store::list_deletable(
            &self.ledger,
            select,
            schema,
            &args,
            show_deleted,
            render_realisation,
        );
        let page = page.await.map_err(refuse)?;
        let realisations = page.items;
        let next_page_token = page.next_page_token;
        Ok(Response::new(ListRealisationsResponse { realisations, next_page_token }))
    }

    async fn delete_realisation(
        &self,
        request: Request<DeleteRealisationRequest>,
    ) -> Result<Response<Realisation>, Status> {
        let parse = |message: DeleteRealisationRequest| {
            Ok((store::at_name(parse_realisation_name(&message.name))?, message.etag))
        };
        let (call, (name, etag)) = open(request, DELETE, parse)?;
        let load = || self.load_realisation(&name);
        let decided =
            self.ledger.write(&call, load, |found, moment| decide::delete(found, &etag, moment));
        decided.await.map(Response::new).map_err(refuse)
    }
}
