//! `devisa.registry.v1.OrganisationService`.

use devisa_domain::name::OrganisationName;
use devisa_proto::{
    convert::registry::{
        parse_batch_get_organisations, parse_create_organisation, parse_delete_organisation,
        parse_undelete_organisation, parse_update_organisation, render_organisation,
    },
    registry::v1::{
        BatchGetOrganisationsRequest, BatchGetOrganisationsResponse, CreateOrganisationRequest,
        DeleteOrganisationRequest, GetOrganisationRequest, ListOrganisationsRequest,
        ListOrganisationsResponse, Organisation, UndeleteOrganisationRequest,
        UpdateOrganisationRequest, organisation_service_server::OrganisationService,
    },
};
use devisa_server::{open, open_telling, refuse};
use sea_orm::EntityTrait;
use tonic::{Request, Response, Status};

use super::{
    decide, filter,
    load::{self, Numbers},
    rows::Entity,
};
use crate::{Handlers, store};

const CREATE: &str = "devisa.registry.v1.OrganisationService/CreateOrganisation";
const UPDATE: &str = "devisa.registry.v1.OrganisationService/UpdateOrganisation";
const DELETE: &str = "devisa.registry.v1.OrganisationService/DeleteOrganisation";
const UNDELETE: &str = "devisa.registry.v1.OrganisationService/UndeleteOrganisation";
const LIST: &str = "devisa.registry.v1.OrganisationService/ListOrganisations";

devisa_server::mutation!(
    CreateOrganisationRequest;
    always: UpdateOrganisationRequest, DeleteOrganisationRequest, UndeleteOrganisationRequest
);

#[tonic::async_trait]
impl OrganisationService for Handlers {
    async fn create_organisation(
        &self,
        request: Request<CreateOrganisationRequest>,
    ) -> Result<Response<Organisation>, Status> {
        let today = self.ledger.clock().today();
        let numbers = request.get_ref().organisation.as_ref().map(Numbers::of).unwrap_or_default();
        let parse = |message| parse_create_organisation(message, today);
        let also = async || load::taken(&self.ledger, &numbers, None).await;
        let (call, draft) = open_telling(request, CREATE, parse, also).await?;
        let decided = self.ledger.write(
            &call,
            || load::snapshot(&self.ledger, &draft.name, &numbers),
            |snapshot, moment| decide::create(snapshot, &draft, moment),
        );
        decided.await.map(Response::new).map_err(refuse)
    }

    async fn get_organisation(
        &self,
        request: Request<GetOrganisationRequest>,
    ) -> Result<Response<Organisation>, Status> {
        let name =
            store::at_name(OrganisationName::parse(&request.into_inner().name)).map_err(refuse)?;
        let organisation = store::get::<Entity>(&self.ledger, &name).await.map_err(refuse)?;
        Ok(Response::new(render_organisation(&organisation)))
    }

    async fn list_organisations(
        &self,
        request: Request<ListOrganisationsRequest>,
    ) -> Result<Response<ListOrganisationsResponse>, Status> {
        let ListOrganisationsRequest { page_size, page_token, filter, show_deleted } =
            request.into_inner();
        let (filter, page_token) = (filter.as_str(), page_token.as_str());
        let args = store::ListArgs { method: LIST, parent: "", filter, page_size, page_token };
        let (select, schema) = (Entity::find(), filter::schema());
        let page = store::list_deletable(
            &self.ledger,
            select,
            schema,
            &args,
            show_deleted,
            render_organisation,
        );
        let page = page.await.map_err(refuse)?;
        let organisations = page.items;
        let next_page_token = page.next_page_token;
        Ok(Response::new(ListOrganisationsResponse { organisations, next_page_token }))
    }

    async fn update_organisation(
        &self,
        request: Request<UpdateOrganisationRequest>,
    ) -> Result<Response<Organisation>, Status> {
        let asked = request.get_ref().clone();
        let also = async || load::also_wrong(&self.ledger, &asked).await;
        let (call, command) =
            open_telling(request, UPDATE, parse_update_organisation, also).await?;
        // Numbers that it may take; one that is malformed is refused when the facts are read.
        let numbers = Numbers::of(&command.patch);
        let decided = self.ledger.write(
            &call,
            || load::snapshot(&self.ledger, &command.name, &numbers),
            |snapshot, moment| decide::update(snapshot, &command, moment),
        );
        decided.await.map(Response::new).map_err(refuse)
    }

    async fn delete_organisation(
        &self,
        request: Request<DeleteOrganisationRequest>,
    ) -> Result<Response<Organisation>, Status> {
        let (call, command) = open(request, DELETE, parse_delete_organisation)?;
        let decided = self.ledger.write(
            &call,
            || store::find::<Entity>(&self.ledger, &command.name),
            |existing, moment| decide::delete(existing.as_ref(), &command, moment),
        );
        decided.await.map(Response::new).map_err(refuse)
    }

    async fn undelete_organisation(
        &self,
        request: Request<UndeleteOrganisationRequest>,
    ) -> Result<Response<Organisation>, Status> {
        let (call, command) = open(request, UNDELETE, parse_undelete_organisation)?;
        let decided = self.ledger.write(
            &call,
            || load::deleted(&self.ledger, &command.name),
            |snapshot, moment| decide::undelete(snapshot, &command, moment),
        );
        decided.await.map(Response::new).map_err(refuse)
    }

    async fn batch_get_organisations(
        &self,
        request: Request<BatchGetOrganisationsRequest>,
    ) -> Result<Response<BatchGetOrganisationsResponse>, Status> {
        let names = parse_batch_get_organisations(request.into_inner()).map_err(refuse)?;
        let organisations = store::get_all::<Entity>(&self.ledger, &names).await.map_err(refuse)?;
        let organisations = organisations.iter().map(render_organisation).collect();
        let organisations = store::whole(organisations).map_err(refuse)?;
        Ok(Response::new(BatchGetOrganisationsResponse { organisations }))
    }
}
