//! `devisa.deal.v1.DealService`.

use devisa_domain::{
    name::{OrganisationName, SessionName},
    refusal::RuleBroken,
};
use devisa_ledger::{Call, Field, FilterSchema};
use devisa_proto::{
    convert::deal::{
        agreement::{DealReferences, parse_create_deal, parse_deal_name, render_deal},
        transition::{
            EndDeal, parse_lapse_deal, parse_review_deal, parse_sign_deal, parse_update_deal,
            parse_withdraw_deal,
        },
    },
    deal::v1::{
        CreateDealRequest, Deal, GetDealRequest, LapseDealRequest, ListDealsRequest,
        ListDealsResponse, ReviewDealRequest, SignDealRequest, UpdateDealRequest,
        WithdrawDealRequest, deal_service_server::DealService,
    },
};
use devisa_server::{Caller, caller, open, open_telling, refuse};
use sea_orm::EntityTrait;
use tonic::{Request, Response, Status};

use super::{decide, rows::Entity};
use crate::{
    Handlers,
    store::{self, ListArgs},
};

const CREATE: &str = "devisa.deal.v1.DealService/CreateDeal";
const LIST: &str = "devisa.deal.v1.DealService/ListDeals";
const UPDATE: &str = "devisa.deal.v1.DealService/UpdateDeal";
const SIGN: &str = "devisa.deal.v1.DealService/SignDeal";
const REVIEW: &str = "devisa.deal.v1.DealService/ReviewDeal";
const LAPSE: &str = "devisa.deal.v1.DealService/LapseDeal";
const WITHDRAW: &str = "devisa.deal.v1.DealService/WithdrawDeal";

devisa_server::mutation!(
    CreateDealRequest, SignDealRequest, ReviewDealRequest, LapseDealRequest, WithdrawDealRequest;
    always: UpdateDealRequest
);

#[tonic::async_trait]
impl DealService for Handlers {
    async fn create_deal(
        &self,
        request: Request<CreateDealRequest>,
    ) -> Result<Response<Deal>, Status> {
        let caller = caller(&request)?.clone();
        let named = request.get_ref().deal.as_ref().map(DealReferences::of).unwrap_or_default();
        let also = async || self.also_absent(&caller, &named).await;
        let (call, draft) = open_telling(request, CREATE, parse_create_deal, also).await?;
        let load = || self.load_new_deal(&caller, &draft);
        let decided = self
            .ledger
            .write(&call, load, |snapshot, moment| decide::create(snapshot, &draft, moment));
        decided.await.map(Response::new).map_err(refuse)
    }

    async fn get_deal(&self, request: Request<GetDealRequest>) -> Result<Response<Deal>, Status> {
        let name = store::at_name(parse_deal_name(&request.into_inner().name)).map_err(refuse)?;
        let deal = store::get::<Entity>(&self.ledger, &name).await.map_err(refuse)?;
        Ok(Response::new(render_deal(&deal)))
    }

    async fn list_deals(
        &self,
        request: Request<ListDealsRequest>,
    ) -> Result<Response<ListDealsResponse>, Status> {
        let ListDealsRequest { page_size, page_token, filter } = request.into_inner();
        let (filter, page_token) = (filter.as_str(), page_token.as_str());
        let args = ListArgs { method: LIST, parent: "", filter, page_size, page_token };
        let page = store::list(&self.ledger, Entity::find(), filters(), &args, render_deal).await;
        let page = page.map_err(refuse)?;
        let deals = page.items;
        let next_page_token = page.next_page_token;
        Ok(Response::new(ListDealsResponse { deals, next_page_token }))
    }

    async fn update_deal(
        &self,
        request: Request<UpdateDealRequest>,
    ) -> Result<Response<Deal>, Status> {
        let caller = caller(&request)?.clone();
        let asked = request.get_ref().clone();
        let also = async || self.also_wrong(&caller, &asked).await;
        let (call, command) = open_telling(request, UPDATE, parse_update_deal, also).await?;
        let load = || self.load_update(&caller, &command);
        let decided = self
            .ledger
            .write(&call, load, |snapshot, moment| decide::update(snapshot, &command, moment));
        decided.await.map(Response::new).map_err(refuse)
    }

    async fn sign_deal(&self, request: Request<SignDealRequest>) -> Result<Response<Deal>, Status> {
        let caller = caller(&request)?.clone();
        let (call, command) = open(request, SIGN, parse_sign_deal)?;
        let load = || self.load_signature(&caller, &command);
        let decided = self
            .ledger
            .write(&call, load, |snapshot, moment| decide::sign(snapshot, &command, moment));
        decided.await.map(Response::new).map_err(refuse)
    }

    async fn review_deal(
        &self,
        request: Request<ReviewDealRequest>,
    ) -> Result<Response<Deal>, Status> {
        let caller = caller(&request)?.clone();
        let (call, command) = open(request, REVIEW, parse_review_deal)?;
        let load = || self.load_review(&caller, &command);
        let decided = self
            .ledger
            .write(&call, load, |snapshot, moment| decide::review(snapshot, &command, moment));
        decided.await.map(Response::new).map_err(refuse)
    }

    async fn lapse_deal(
        &self,
        request: Request<LapseDealRequest>,
    ) -> Result<Response<Deal>, Status> {
        let caller = caller(&request)?.clone();
        let (call, command) = open(request, LAPSE, parse_lapse_deal)?;
        self.end(&caller, &call, &command, decide::End::Lapse).await
    }

    async fn withdraw_deal(
        &self,
        request: Request<WithdrawDealRequest>,
    ) -> Result<Response<Deal>, Status> {
        let caller = caller(&request)?.clone();
        let (call, command) = open(request, WITHDRAW, parse_withdraw_deal)?;
        self.end(&caller, &call, &command, decide::End::Withdraw).await
    }
}

impl Handlers {
    async fn end(
        &self,
        caller: &Caller,
        call: &Call,
        command: &EndDeal,
        end: decide::End,
    ) -> Result<Response<Deal>, Status> {
        let load = || self.load_end(caller, command, end);
        let decided = self
            .ledger
            .write(call, load, |snapshot, moment| decide::end(snapshot, command, end, moment));
        decided.await.map(Response::new).map_err(refuse)
    }
}

/// What deals can be filtered by.
fn filters() -> FilterSchema {
    const INSTRUMENTS: &[&str] = &["LOI", "MOU", "CONTRACT", "PURCHASE_ORDER"];
    const STATES: &[&str] = &["DRAFT", "SIGNED", "FULFILLED", "LAPSED", "WITHDRAWN"];
    const REVIEWS: &[&str] = &["NONE", "HELD", "CONFIRMED", "CORRECTED", "DISPUTED"];
    FilterSchema::resource([
        Field::reference("session", "session", session),
        Field::reference("seller", "seller", organisation),
        Field::reference("buyer", "buyer", organisation),
        Field::enumeration("instrument", "instrument", "INSTRUMENT_", INSTRUMENTS),
        Field::enumeration("state", "state", "STATE_", STATES),
        Field::enumeration("review.state", "review_state", "STATE_", REVIEWS),
    ])
}

fn session(name: &str) -> Result<String, RuleBroken> {
    SessionName::parse(name).map(|name| name.to_string())
}

fn organisation(name: &str) -> Result<String, RuleBroken> {
    OrganisationName::parse(name).map(|name| name.to_string())
}
