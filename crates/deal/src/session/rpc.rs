//! `SessionService`.

use devisa_domain::{deal::SessionDraft, name::SessionName, refusal::Refusal};
use devisa_ledger::{Error, FilterSchema, Order, PageArgs};
use devisa_proto::{
    convert::deal::session::{parse_create_session, render_session},
    deal::v1::{
        CreateSessionRequest, GetSessionRequest, ListSessionsRequest, ListSessionsResponse,
        Session, session_service_server::SessionService,
    },
};
use devisa_server::{Caller, caller, open, refuse};
use sea_orm::{EntityTrait, QueryFilter};
use tonic::{Request, Response, Status};

use super::{
    decide::{self, Snapshot},
    rows::{self, Entity},
};
use crate::Handlers;

const CREATE: &str = "devisa.deal.v1.SessionService/CreateSession";
const LIST: &str = "devisa.deal.v1.SessionService/ListSessions";

devisa_server::mutation!(CreateSessionRequest);

#[tonic::async_trait]
impl SessionService for Handlers {
    async fn create_session(
        &self,
        request: Request<CreateSessionRequest>,
    ) -> Result<Response<Session>, Status> {
        let caller = caller(&request)?.clone();
        let (call, request) = open(request, CREATE)?;
        let draft = parse_create_session(request).map_err(refuse)?;
        let load = || self.load_new_session(&caller, &draft);
        let decide = |snapshot: &_, moment: &_| decide::create(snapshot, &draft, moment);
        let session = self.ledger.write(&call, load, decide).await.map_err(refuse)?;
        Ok(Response::new(session))
    }

    async fn get_session(
        &self,
        request: Request<GetSessionRequest>,
    ) -> Result<Response<Session>, Status> {
        let GetSessionRequest { name } = request.into_inner();
        let name =
            SessionName::parse(&name).map_err(|broken| refuse(Refusal::field("name", broken)))?;
        let session = rows::get(&self.ledger, &name).await.map_err(refuse)?;
        Ok(Response::new(render_session(&session)))
    }

    async fn list_sessions(
        &self,
        request: Request<ListSessionsRequest>,
    ) -> Result<Response<ListSessionsResponse>, Status> {
        let ListSessionsRequest { page_size, page_token, filter } = request.into_inner();
        let condition = FilterSchema::resource([]).parse(&filter).map_err(refuse)?.condition();
        let (page_token, arguments) = (&page_token[..], &filter[..]);
        let args = PageArgs { page_size, page_token, method: LIST, arguments };
        let select = Entity::find().filter(condition);
        let page = self.ledger.list(select, Order::Newest, &args).await.map_err(refuse)?;
        let page = page.map(|row| render_session(&row.data.0));
        let next_page_token = page.next_page_token;
        Ok(Response::new(ListSessionsResponse { sessions: page.items, next_page_token }))
    }
}

impl Handlers {
    async fn load_new_session(
        &self,
        caller: &Caller,
        draft: &SessionDraft,
    ) -> Result<Snapshot, Error> {
        let office = draft.stated.facts.office.as_ref();
        Ok(Snapshot {
            is_taken: rows::exists(&self.ledger, &draft.name).await?,
            office_is_absent: !self.registry.absent(caller, office).await?.is_empty(),
        })
    }
}
