//! `devisa.registry.v1.ExchangeRateService`.

use devisa_domain::{money::Currency, name::ExchangeRateName};
use devisa_ledger::{Field, FilterSchema};
use devisa_proto::{
    convert::registry::{
        parse_create_exchange_rate, parse_resolve_exchange_rate, render_exchange_rate,
    },
    registry::v1::{
        CreateExchangeRateRequest, ExchangeRate, GetExchangeRateRequest, ListExchangeRatesRequest,
        ListExchangeRatesResponse, ResolveExchangeRateRequest,
        exchange_rate_service_server::ExchangeRateService,
    },
};
use devisa_server::{open_telling, refuse};
use sea_orm::EntityTrait;
use tonic::{Request, Response, Status};

use super::{decide, load, rows::Entity};
use crate::{
    Handlers,
    store::{self, ListArgs},
};

const CREATE: &str = "devisa.registry.v1.ExchangeRateService/CreateExchangeRate";
const LIST: &str = "devisa.registry.v1.ExchangeRateService/ListExchangeRates";

devisa_server::mutation!(CreateExchangeRateRequest);

#[tonic::async_trait]
impl ExchangeRateService for Handlers {
    async fn create_exchange_rate(
        &self,
        request: Request<CreateExchangeRateRequest>,
    ) -> Result<Response<ExchangeRate>, Status> {
        let asked = request.get_ref().clone();
        let also = async || load::also_wrong(&self.ledger, &asked).await;
        let (call, draft) = open_telling(request, CREATE, parse_create_exchange_rate, also).await?;
        let facts = &draft.stated.facts;
        let decided = self.ledger.write(
            &call,
            || load::snapshot(&self.ledger, &draft.name, &facts.series, &facts.validity),
            |snapshot, moment| decide::create(snapshot, &draft, moment),
        );
        decided.await.map(Response::new).map_err(refuse)
    }

    async fn get_exchange_rate(
        &self,
        request: Request<GetExchangeRateRequest>,
    ) -> Result<Response<ExchangeRate>, Status> {
        let name =
            store::at_name(ExchangeRateName::parse(&request.into_inner().name)).map_err(refuse)?;
        let rate = store::get::<Entity>(&self.ledger, &name).await.map_err(refuse)?;
        Ok(Response::new(render_exchange_rate(&rate)))
    }

    async fn list_exchange_rates(
        &self,
        request: Request<ListExchangeRatesRequest>,
    ) -> Result<Response<ListExchangeRatesResponse>, Status> {
        let ListExchangeRatesRequest { page_size, page_token, filter } = request.into_inner();
        let (filter, page_token) = (filter.as_str(), page_token.as_str());
        let args = ListArgs { method: LIST, parent: "", filter, page_size, page_token };
        let page =
            store::list(&self.ledger, Entity::find(), schema(), &args, render_exchange_rate).await;
        let page = page.map_err(refuse)?;
        let exchange_rates = page.items;
        let next_page_token = page.next_page_token;
        Ok(Response::new(ListExchangeRatesResponse { exchange_rates, next_page_token }))
    }

    async fn resolve_exchange_rate(
        &self,
        request: Request<ResolveExchangeRateRequest>,
    ) -> Result<Response<ExchangeRate>, Status> {
        let query = parse_resolve_exchange_rate(request.into_inner()).map_err(refuse)?;
        let rate = load::resolve(&self.ledger, &query).await.map_err(refuse)?;
        Ok(Response::new(render_exchange_rate(&rate)))
    }
}

fn schema() -> FilterSchema {
    const KINDS: &[&str] = &["JISDOR", "KURS_PAJAK", "HOUSE"];
    let currency = |text: &str| Currency::parse(text).map(|currency| currency.code().to_owned());
    FilterSchema::resource([
        Field::enumeration("kind", "kind", "RATE_KIND_", KINDS),
        Field::normalised("base_currency", "base_currency", currency),
        Field::normalised("quote_currency", "quote_currency", currency),
        Field::within("valid_on", "valid_from", "valid_to"),
    ])
}
