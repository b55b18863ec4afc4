//! `devisa.registry.v1.DecreeService`.

use devisa_domain::name::{DecreeName, ProgrammeName};
use devisa_ledger::{Error, FilterSchema, Ledger};
use devisa_proto::{
    convert::registry::{ImportCommand, parse_create_decree, parse_import_decree, render_decree},
    registry::v1::{
        CreateDecreeRequest, Decree, GetDecreeRequest, ImportDecreeRequest, ImportDecreeResponse,
        ListDecreesRequest, ListDecreesResponse, decree_service_server::DecreeService,
    },
};
use devisa_server::{open_telling, refuse};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tonic::{Request, Response, Status};

use super::{
    decide::{self, ImportSnapshot, Snapshot},
    rows::{Column, Entity},
};
use crate::{Handlers, enrolment, programme, store};

const CREATE: &str = "devisa.registry.v1.DecreeService/CreateDecree";
const IMPORT: &str = "devisa.registry.v1.DecreeService/ImportDecree";
const LIST: &str = "devisa.registry.v1.DecreeService/ListDecrees";

devisa_server::mutation!(CreateDecreeRequest, ImportDecreeRequest);

#[tonic::async_trait]
impl DecreeService for Handlers {
    async fn create_decree(
        &self,
        request: Request<CreateDecreeRequest>,
    ) -> Result<Response<Decree>, Status> {
        let today = self.ledger.clock().today();
        let parent = ProgrammeName::parse(&request.get_ref().parent);
        let parse = |message| parse_create_decree(message, today);
        let also = async || store::absent_parent::<programme::Entity>(&self.ledger, parent).await;
        let (call, draft) = open_telling(request, CREATE, parse, also).await?;
        let decided = self.ledger.write(
            &call,
            || load(&self.ledger, &draft.name),
            |snapshot, moment| decide::create(snapshot, &draft, moment),
        );
        decided.await.map(Response::new).map_err(refuse)
    }

    async fn import_decree(
        &self,
        request: Request<ImportDecreeRequest>,
    ) -> Result<Response<ImportDecreeResponse>, Status> {
        let today = self.ledger.clock().today();
        let parent = ProgrammeName::parse(&request.get_ref().parent);
        let parse = |message| parse_import_decree(message, today);
        let also = async || store::absent_parent::<programme::Entity>(&self.ledger, parent).await;
        let (call, command) = open_telling(request, IMPORT, parse, also).await?;
        let decided = self.ledger.write(
            &call,
            || load_import(&self.ledger, &command),
            |snapshot, moment| decide::import(snapshot, &command, moment),
        );
        decided.await.map(Response::new).map_err(refuse)
    }

    async fn get_decree(
        &self,
        request: Request<GetDecreeRequest>,
    ) -> Result<Response<Decree>, Status> {
        let name = store::at_name(DecreeName::parse(&request.into_inner().name)).map_err(refuse)?;
        let decree = store::get::<Entity>(&self.ledger, &name).await.map_err(refuse)?;
        Ok(Response::new(render_decree(&decree)))
    }

    async fn list_decrees(
        &self,
        request: Request<ListDecreesRequest>,
    ) -> Result<Response<ListDecreesResponse>, Status> {
        let ListDecreesRequest { parent, page_size, page_token, filter } = request.into_inner();
        let schema = FilterSchema::resource([]);
        let (filter, page_token) = (filter.as_str(), page_token.as_str());
        let args = store::ListArgs { method: LIST, parent: &parent, filter, page_size, page_token };
        let programme = programme::required(&self.ledger, &args, &schema).await;
        let select = Entity::find().filter(Column::Programme.eq(programme.map_err(refuse)?));
        let page = store::list(&self.ledger, select, schema, &args, render_decree);
        let page = page.await.map_err(refuse)?;
        let decrees = page.items;
        let next_page_token = page.next_page_token;
        Ok(Response::new(ListDecreesResponse { decrees, next_page_token }))
    }
}

async fn load(ledger: &Ledger, name: &DecreeName) -> Result<Snapshot, Error> {
    let programme = ProgrammeName::new(name.programme.clone());
    Ok(Snapshot {
        programme: store::find::<programme::Entity>(ledger, &programme).await?,
        existing: store::find::<Entity>(ledger, name).await?,
    })
}

async fn load_import(ledger: &Ledger, command: &ImportCommand) -> Result<ImportSnapshot, Error> {
    let name = &command.draft.name;
    let programme = ProgrammeName::new(name.programme.clone());
    Ok(ImportSnapshot {
        decree: load(ledger, name).await?,
        enrolments: enrolment::of_villages(ledger, &programme, command.villages.keys()).await?,
    })
}
