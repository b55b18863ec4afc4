//! `devisa.registry.v1.ProgrammeService`.

use devisa_domain::name::ProgrammeName;
use devisa_ledger::FilterSchema;
use devisa_proto::{
    convert::registry::{parse_create_programme, render_programme},
    registry::v1::{
        CreateProgrammeRequest, GetProgrammeRequest, ListProgrammesRequest, ListProgrammesResponse,
        Programme, programme_service_server::ProgrammeService,
    },
};
use devisa_server::{open, refuse};
use sea_orm::EntityTrait;
use tonic::{Request, Response, Status};

use super::{decide, rows::Entity};
use crate::{Handlers, store};

const CREATE: &str = "devisa.registry.v1.ProgrammeService/CreateProgramme";
const LIST: &str = "devisa.registry.v1.ProgrammeService/ListProgrammes";

devisa_server::mutation!(CreateProgrammeRequest);

#[tonic::async_trait]
impl ProgrammeService for Handlers {
    async fn create_programme(
        &self,
        request: Request<CreateProgrammeRequest>,
    ) -> Result<Response<Programme>, Status> {
        let (call, draft) = open(request, CREATE, parse_create_programme)?;
        let load = || store::find::<Entity>(&self.ledger, &draft.name);
        let decided = self.ledger.write(&call, load, |existing, moment| {
            decide::create(existing.as_ref(), &draft, moment)
        });
        decided.await.map(Response::new).map_err(refuse)
    }

    async fn get_programme(
        &self,
        request: Request<GetProgrammeRequest>,
    ) -> Result<Response<Programme>, Status> {
        let name =
            store::at_name(ProgrammeName::parse(&request.into_inner().name)).map_err(refuse)?;
        let programme = store::get::<Entity>(&self.ledger, &name).await.map_err(refuse)?;
        Ok(Response::new(render_programme(&programme)))
    }

    async fn list_programmes(
        &self,
        request: Request<ListProgrammesRequest>,
    ) -> Result<Response<ListProgrammesResponse>, Status> {
        let ListProgrammesRequest { page_size, page_token, filter } = request.into_inner();
        let (filter, page_token) = (filter.as_str(), page_token.as_str());
        let args = store::ListArgs { method: LIST, parent: "", filter, page_size, page_token };
        let page = store::list(
            &self.ledger,
            Entity::find(),
            FilterSchema::resource([]),
            &args,
            render_programme,
        );
        let page = page.await.map_err(refuse)?;
        let programmes = page.items;
        let next_page_token = page.next_page_token;
        Ok(Response::new(ListProgrammesResponse { programmes, next_page_token }))
    }
}
