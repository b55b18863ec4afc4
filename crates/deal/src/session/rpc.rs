//! `SessionService`.

use devisa_domain::{
    deal::SessionDraft,
    name::{OrganisationName, SessionName},
    refusal::Refusal,
};
use devisa_ledger::{Error, FilterSchema};
use devisa_proto::{
    convert::deal::session::{
        UpdateSession, parse_create_session, parse_update_session, render_session,
    },
    deal::v1::{
        CreateSessionRequest, GetSessionRequest, ListSessionsRequest, ListSessionsResponse,
        Session, UpdateSessionRequest, session_service_server::SessionService,
    },
    mask::Said,
};
use devisa_server::{Caller, caller, open_telling, refuse, telling};
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
        let office = request.get_ref().session.as_ref().and_then(office);
        let also = async || self.absent_office(&caller, office).await;
        let (call, draft) = open_telling(request, CREATE, parse_create_session, also).await?;
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
        let asked = request.get_ref().clone();
        let also = async || self.also_wrong_with_session(&caller, &asked).await;
        let (call, command) = open_telling(request, UPDATE, parse_update_session, also).await?;
        let load = || self.load_update_of_session(&caller, &command);
        let etag = command.patch.etag.as_str();
        let decide = |snapshot: &_, moment: &_| decide::update(snapshot, etag, moment);
        self.ledger.write(&call, load, decide).await.map(Response::new).map_err(refuse)
    }
}

/// The office that a message names, if its name is well formed.
fn office(session: &Session) -> Option<OrganisationName> {
    OrganisationName::parse(&session.office).ok()
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
        command: &UpdateSession,
    ) -> Result<UpdateSnapshot, Error> {
        let current = store::get::<Entity>(&self.ledger, &command.name).await?;
        let merged = command.mask.lay(&render_session(&current), &command.patch);
        let office = office(&merged).filter(|name| current.facts.office.as_ref() != Some(name));
        let absent = self.absent_office(caller, office).await;
        let (stated, office_is_absent) = match decide::stated(&merged) {
            Ok(stated) => (Ok(stated), absent?.is_some()),
            Err(refusal) => (Err(telling(refusal, absent)), false),
        };
        Ok(UpdateSnapshot { current, stated, office_is_absent })
    }

    /// What else is wrong with an update that cannot be read.
    async fn also_wrong_with_session(
        &self,
        caller: &Caller,
        asked: &UpdateSessionRequest,
    ) -> Result<Option<Refusal>, Error> {
        let Some(patch) = &asked.session else { return Ok(None) };
        let name = SessionName::parse(&patch.name);
        let found = store::find_if_named::<Entity>(&self.ledger, name).await?;
        let Some(current) = found else { return Ok(None) };
        let before = render_session(&current);
        let said = Said::of(asked.update_mask.as_ref(), &before, patch);
        let office =
            office(&said.message).filter(|name| current.facts.office.as_ref() != Some(name));
        let absent = self.absent_office(caller, office).await.ok().flatten();
        let malformed = decide::stated(&said.message).err();
        Ok(said.faults(malformed.into_iter().chain(absent)))
    }

    /// That an office does not exist.
    async fn absent_office(
        &self,
        caller: &Caller,
        office: Option<OrganisationName>,
    ) -> Result<Option<Refusal>, Error> {
        let absent = self.registry.absent(caller, office.as_ref()).await?;
        Ok(absent.first().map(decide::absent))
    }
}
