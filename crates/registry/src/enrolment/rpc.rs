//! `devisa.registry.v1.EnrolmentService`.

use devisa_domain::{
    name::{DecreeName, EnrolmentName, ProgrammeName},
    refusal::{Refusal, RuleBroken},
    registry::enrolment::State,
};
use devisa_ledger::{Error, Field, FilterSchema, Ledger};
use devisa_proto::{
    convert::registry::{
        AdvanceCommand, parse_advance_enrolment, parse_count_enrolments, parse_create_enrolment,
        render_count, render_enrolment,
    },
    registry::v1::{
        AdvanceEnrolmentRequest, CountEnrolmentsRequest, CountEnrolmentsResponse,
        CreateEnrolmentRequest, Enrolment, GetEnrolmentRequest, ListEnrolmentsRequest,
        ListEnrolmentsResponse, enrolment_service_server::EnrolmentService,
    },
};
use devisa_server::{open_telling, refuse};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tonic::{Request, Response, Status};

use super::{
    count::count,
    decide::{self, Snapshot, Standing},
    rows::{Column, Entity},
};
use crate::{Handlers, decree, programme, store};

const CREATE: &str = "devisa.registry.v1.EnrolmentService/CreateEnrolment";
const ADVANCE: &str = "devisa.registry.v1.EnrolmentService/AdvanceEnrolment";
const LIST: &str = "devisa.registry.v1.EnrolmentService/ListEnrolments";

devisa_server::mutation!(CreateEnrolmentRequest, AdvanceEnrolmentRequest);

#[tonic::async_trait]
impl EnrolmentService for Handlers {
    async fn create_enrolment(
        &self,
        request: Request<CreateEnrolmentRequest>,
    ) -> Result<Response<Enrolment>, Status> {
        let today = self.ledger.clock().today();
        let parse = |message| parse_create_enrolment(message, today);
        let parent = ProgrammeName::parse(&request.get_ref().parent);
        let also = async || store::absent_parent::<programme::Entity>(&self.ledger, parent).await;
        let (call, proposal) = open_telling(request, CREATE, parse, also).await?;
        let decided = self.ledger.write(
            &call,
            || load(&self.ledger, &proposal.draft.name),
            |snapshot, moment| decide::propose(snapshot, &proposal, moment),
        );
        decided.await.map(Response::new).map_err(refuse)
    }

    async fn get_enrolment(
        &self,
        request: Request<GetEnrolmentRequest>,
    ) -> Result<Response<Enrolment>, Status> {
        let name =
            store::at_name(EnrolmentName::parse(&request.into_inner().name)).map_err(refuse)?;
        let enrolment = store::get::<Entity>(&self.ledger, &name).await.map_err(refuse)?;
        Ok(Response::new(render_enrolment(&enrolment)))
    }

    async fn list_enrolments(
        &self,
        request: Request<ListEnrolmentsRequest>,
    ) -> Result<Response<ListEnrolmentsResponse>, Status> {
        let ListEnrolmentsRequest { parent, page_size, page_token, filter } = request.into_inner();
        let (filter, page_token) = (filter.as_str(), page_token.as_str());
        let args = store::ListArgs { method: LIST, parent: &parent, filter, page_size, page_token };
        let programme = programme::required(&self.ledger, &args, &schema()).await;
        let select = Entity::find().filter(Column::Programme.eq(programme.map_err(refuse)?));
        let page = store::list(&self.ledger, select, schema(), &args, render_enrolment)
            .await
            .map_err(refuse)?;
        let enrolments = page.items;
        let next_page_token = page.next_page_token;
        Ok(Response::new(ListEnrolmentsResponse { enrolments, next_page_token }))
    }

    async fn advance_enrolment(
        &self,
        request: Request<AdvanceEnrolmentRequest>,
    ) -> Result<Response<Enrolment>, Status> {
        let today = self.ledger.clock().today();
        let parse = |message| parse_advance_enrolment(message, today);
        let decree = DecreeName::parse(&request.get_ref().decree);
        let also = async || also_absent(&self.ledger, decree).await;
        let (call, command) = open_telling(request, ADVANCE, parse, also).await?;
        let decided = self.ledger.write(
            &call,
            || standing(&self.ledger, &command),
            |standing, moment| decide::advance(standing, &command, moment),
        );
        decided.await.map(Response::new).map_err(refuse)
    }

    async fn count_enrolments(
        &self,
        request: Request<CountEnrolmentsRequest>,
    ) -> Result<Response<CountEnrolmentsResponse>, Status> {
        let command = parse_count_enrolments(request.into_inner(), self.ledger.clock().now());
        let command = command.map_err(refuse)?;
        let programme = store::get::<programme::Entity>(&self.ledger, &command.programme).await;
        let programme = programme.map_err(refuse)?.name.to_string();
        let counted =
            count(self.ledger.reader(), &programme, &command.query).await.map_err(refuse)?;
        Ok(Response::new(render_count(&counted, &command.query)))
    }
}

fn schema() -> FilterSchema {
    FilterSchema::resource([
        Field::enumeration("state", "state", "STATE_", &State::NAMES),
        Field::prefix("region", "village"),
        Field::text("lead_commodity", "lead_commodity"),
    ])
}

async fn load(ledger: &Ledger, name: &EnrolmentName) -> Result<Snapshot, Error> {
    let programme = ProgrammeName::new(name.programme.clone());
    Ok(Snapshot {
        programme: store::find::<programme::Entity>(ledger, &programme).await?,
        existing: store::find::<Entity>(ledger, name).await?,
    })
}

/// That the decree which a request names does not exist.
async fn also_absent(
    ledger: &Ledger,
    named: Result<DecreeName, RuleBroken>,
) -> Result<Option<Refusal>, Error> {
    let Ok(named) = named else { return Ok(None) };
    let found = store::find::<decree::Entity>(ledger, &named).await?;
    Ok(found.is_none().then(|| Refusal::field("decree", RuleBroken::absent(&named))))
}

async fn standing(ledger: &Ledger, command: &AdvanceCommand) -> Result<Standing, Error> {
    let decree = match command.advance.decree() {
        Some(name) => store::find::<decree::Entity>(ledger, name).await?,
        None => None,
    };
    Ok(Standing { enrolment: store::find::<Entity>(ledger, &command.name).await?, decree })
}
