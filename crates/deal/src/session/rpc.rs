//! `SessionService`.

use devisa_domain::{deal::SessionDraft, name::SessionName, refusal::RuleBroken};
use devisa_ledger::{Error, FilterSchema};
use devisa_proto::{
    convert::deal::session::{parse_create_session, render_session},
    deal::v1::{
        CreateSessionRequest, GetSessionRequest, ListSessionsRequest, ListSessionsResponse,
        Session, UpdateSessionRequest, session_service_server::SessionService,
    },
};
use devisa_server::{Caller, caller, open, refuse};
use sea_orm::EntityTrait;
use tonic::{Request, Response, Status};

use super::{
    decide::{self, Snapshot, UpdateSnapshot},
    rows::Entity,
};
use crate::{
    Handlers,
    store::{self, ListArgs},
};

const CREATE: &str = "devisa.deal.v1.SessionService/CreateSession";
const LIST: &str = "devisa.deal.v1.SessionService/ListSessions";
const UPDATE: &str = "devisa.deal.v1.SessionService/UpdateSession";

devisa_server::mutation!(CreateSessionRequest; always: UpdateSessionRequest);

#[tonic::async_trait]
impl SessionService for Handlers {
    async fn create_session(
        &self,
        request: Request<CreateSessionRequest>,
    ) -> Result<Response<Session>, Status> {
        let caller = caller(&request)?.clone();
        let (call, draft) = open(request, CREATE, parse_create_session)?;
        let load = || self.load_new_session(&caller, &draft);
        let decide = |snapshot: &_, moment: &_| decide::create(snapshot, &draft, moment);
        let session = self.ledger.write(&call, load, decide).await.map_err(refuse)?;
        Ok(Response::new(session))
    }

    async fn get_session(
        &self,
        request: Request<GetSessionRequest>,
    ) -> Result<Response<Session>, Status> {
        let name = store::at_name(SessionName::parse(&request.get_ref().name)).map_err(refuse)?;
        let session = store::get::<Entity>(&self.ledger, &name).await.map_err(refuse)?;
        Ok(Response::new(render_session(&session)))
    }

    async fn list_sessions(
        &self,
        request: Request<ListSessionsRequest>,
    ) -> Result<Response<ListSessionsResponse>, Status> {
        let ListSessionsRequest { page_size, page_token, filter } = request.into_inner();
        let (filter, page_token) = (filter.as_str(), page_token.as_str());
        let args = ListArgs { method: LIST, parent: "", filter, page_size, page_token };
        let page = store::list(
            &self.ledger,
            Entity::find(),
            FilterSchema::resource([]),
            &args,
            render_session,
        );
        let page = page.await.map_err(refuse)?;
        let next_page_token = page.next_page_token;
        Ok(Response::new(ListSessionsResponse { sessions: page.items, next_page_token }))
    }

    async fn update_session(
        &self,
        request: Request<UpdateSessionRequest>,
    ) -> Result<Response<Session>, Status> {
        let caller = caller(&request)?.clone();
        let parse = |message: UpdateSessionRequest| {
            let UpdateSessionRequest { session, update_mask, request_id: _ } = message;
            let patch = store::at("session", session.ok_or_else(RuleBroken::missing))?;
            let name = store::at("session.name", SessionName::parse(&patch.name))?;
            Ok((name, patch, update_mask))
        };
        let (call, (name, patch, mask)) = open(request, UPDATE, parse)?;
        let load = || self.load_update_of_session(&caller, &name, &patch, mask.as_ref());
        let decide = |snapshot: &_, moment: &_| decide::update(snapshot, &patch.etag, moment);
        self.ledger.write(&call, load, decide).await.map(Response::new).map_err(refuse)
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
            is_taken: store::find::<Entity>(&self.ledger, &draft.name).await?.is_some(),
            office_is_absent: !self.registry.absent(caller, office).await?.is_empty(),
        })
    }

    /// The registry is asked only about an office that the session did not have.
    async fn load_update_of_session(
        &self,
        caller: &Caller,
        name: &SessionName,
        patch: &Session,
        update_mask: Option<&prost_types::FieldMask>,
    ) -> Result<UpdateSnapshot, Error> {
        let current = store::get::<Entity>(&self.ledger, name).await?;
        let stated = decide::patched(&current, patch, update_mask);
        let office = stated.as_ref().ok().and_then(|stated| stated.facts.office.as_ref());
        let office = office.filter(|office| current.facts.office.as_ref() != Some(office));
        let office_is_absent = !self.registry.absent(caller, office).await?.is_empty();
        Ok(UpdateSnapshot { current, stated, office_is_absent })
    }
}
