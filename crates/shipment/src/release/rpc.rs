//! `devisa.shipment.v1.ReleaseService`.

use devisa_domain::{
    name::ReleaseName,
    refusal::{Refusal, both},
    shipment::Totals,
};
use devisa_ledger::{Error, Field, FilterSchema};
use devisa_proto::{
    convert::shipment::release::{
        parse_create_release, parse_dispatch_time, parse_update_release, render_release,
    },
    mask::Said,
    shipment::v1::{
        CancelReleaseRequest, CreateReleaseRequest, DispatchReleaseRequest, GetReleaseRequest,
        ListReleasesRequest, ListReleasesResponse, Release, UpdateReleaseRequest,
        release_service_server::ReleaseService,
    },
};
use devisa_server::{open, open_telling, refuse};
use sea_orm::EntityTrait;
use tonic::{Request, Response, Status};

use super::{decide, dispatch, load::WithTotals, rows::Entity};
use crate::{Handlers, store};

const CREATE: &str = "devisa.shipment.v1.ReleaseService/CreateRelease";
const LIST: &str = "devisa.shipment.v1.ReleaseService/ListReleases";
const UPDATE: &str = "devisa.shipment.v1.ReleaseService/UpdateRelease";
const DISPATCH: &str = "devisa.shipment.v1.ReleaseService/DispatchRelease";
const CANCEL: &str = "devisa.shipment.v1.ReleaseService/CancelRelease";

devisa_server::mutation!(
    CreateReleaseRequest, DispatchReleaseRequest, CancelReleaseRequest;
    always: UpdateReleaseRequest
);

fn filters() -> FilterSchema {
    FilterSchema::resource([Field::enumeration(
        "state",
        "state",
        "STATE_",
        &["PLANNED", "RELEASED", "CANCELLED"],
    )])
}

#[tonic::async_trait]
impl ReleaseService for Handlers {
    async fn create_release(
        &self,
        request: Request<CreateReleaseRequest>,
    ) -> Result<Response<Release>, Status> {
        let (call, creation) = open(request, CREATE, |message| parse_create_release(&message))?;
        let load = || store::find::<Entity>(&self.ledger, &creation.name);
        let decided = self.ledger.write(&call, load, |existing, moment| {
            decide::create(existing.as_ref(), &creation, moment)
        });
        decided.await.map(Response::new).map_err(refuse)
    }

    async fn get_release(
        &self,
        request: Request<GetReleaseRequest>,
    ) -> Result<Response<Release>, Status> {
        let name = store::at_name(ReleaseName::parse(&request.get_ref().name)).map_err(refuse)?;
        let release = self.release(&name).await.map_err(refuse)?;
        Ok(Response::new(release.render()))
    }

    async fn list_releases(
        &self,
        request: Request<ListReleasesRequest>,
    ) -> Result<Response<ListReleasesResponse>, Status> {
        let ListReleasesRequest { page_size, page_token, filter } = request.into_inner();
        let (filter, page_token) = (filter.as_str(), page_token.as_str());
        let args = store::ListArgs { method: LIST, parent: "", filter, page_size, page_token };
        let page =
            store::list_with(&self.ledger, Entity::find(), filters(), &args, |found| async move {
                let releases = self.with_totals(found).await?;
                Ok(releases.iter().map(WithTotals::render).collect())
            });
        let page = page.await.map_err(refuse)?;
        let (releases, next_page_token) = (page.items, page.next_page_token);
        Ok(Response::new(ListReleasesResponse { releases, next_page_token }))
    }

    async fn update_release(
        &self,
        request: Request<UpdateReleaseRequest>,
    ) -> Result<Response<Release>, Status> {
        let asked = request.get_ref().clone();
        let also = async || self.also_wrong_with_release(&asked).await;
        let (call, command) = open_telling(request, UPDATE, parse_update_release, also).await?;
        let load = || self.release(&command.name);
        let decided = self
            .ledger
            .write(&call, load, |current, moment| decide::update(current, &command, moment));
        decided.await.map(Response::new).map_err(refuse)
    }

    async fn dispatch_release(
        &self,
        request: Request<DispatchReleaseRequest>,
    ) -> Result<Response<Release>, Status> {
        let parse = |message: DispatchReleaseRequest| {
            let name = store::at_name(ReleaseName::parse(&message.name));
            let (name, time) = both(name, parse_dispatch_time(&message))?;
            Ok((name, time, message.etag))
        };
        let (call, (name, time, etag)) = open(request, DISPATCH, parse)?;
        let decided = self.ledger.write(
            &call,
            || self.leaving(&name),
            |snapshot, moment| dispatch::dispatch(snapshot, &etag, time, moment),
        );
        decided.await.map(Response::new).map_err(refuse)
    }

    async fn cancel_release(
        &self,
        request: Request<CancelReleaseRequest>,
    ) -> Result<Response<Release>, Status> {
        let parse = |message: CancelReleaseRequest| {
            Ok((store::at_name(ReleaseName::parse(&message.name))?, message.etag))
        };
        let (call, (name, etag)) = open(request, CANCEL, parse)?;
        let load = || self.release(&name);
        let decided = self
            .ledger
            .write(&call, load, |current, moment| decide::cancel(current, &etag, moment));
        decided.await.map(Response::new).map_err(refuse)
    }
}

impl Handlers {
    /// What else is wrong with an update that cannot be read.
    async fn also_wrong_with_release(
        &self,
        asked: &UpdateReleaseRequest,
    ) -> Result<Option<Refusal>, Error> {
        let Some(patch) = &asked.release else { return Ok(None) };
        let name = ReleaseName::parse(&patch.name);
        let found = store::find_if_named::<Entity>(&self.ledger, name).await?;
        let Some(current) = found else { return Ok(None) };
        let before = render_release(&current, &Totals::default());
        let said = Said::of(asked.update_mask.as_ref(), &before, patch);
        Ok(said.faults(decide::stated(&said.message).err()))
    }
}
