//! `devisa.shipment.v1.ReleaseService`.

use devisa_domain::{
    name::ReleaseName,
    refusal::{RuleBroken, both},
};
use devisa_ledger::{Field, FilterSchema};
use devisa_proto::{
    convert::shipment::release::{parse_create_release, parse_dispatch_time},
    shipment::v1::{
        CancelReleaseRequest, CreateReleaseRequest, DispatchReleaseRequest, GetReleaseRequest,
        ListReleasesRequest, ListReleasesResponse, Release, UpdateReleaseRequest,
        release_service_server::ReleaseService,
    },
};
use devisa_server::{open, refuse};
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
        let parse = |message: UpdateReleaseRequest| {
            let UpdateReleaseRequest { release, update_mask, request_id: _ } = message;
            let patch = store::at("release", release.ok_or_else(RuleBroken::missing))?;
            let name = store::at("release.name", ReleaseName::parse(&patch.name))?;
            Ok((name, patch, update_mask))
        };
        let (call, (name, patch, mask)) = open(request, UPDATE, parse)?;
        let decided = self.ledger.write(
            &call,
            || self.release(&name),
            |current, moment| decide::update(current, &patch, mask.as_ref(), moment),
        );
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
