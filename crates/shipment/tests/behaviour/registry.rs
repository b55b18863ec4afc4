//! A registry that knows a few organisations and can be switched off. The service under test meets
//! it as it meets the real one: over its generated client.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use devisa_domain::refusal::{MissingRate, Refusal};
use devisa_proto::{
    google_type::{Date, Decimal},
    registry::v1::{
        BatchGetOrganisationsRequest, BatchGetOrganisationsResponse, BatchGetProductsRequest,
        BatchGetProductsResponse, CreateExchangeRateRequest, CreateOrganisationRequest,
        CreateProductRequest, DeleteOrganisationRequest, DeleteProductRequest, ExchangeRate,
        GetExchangeRateRequest, GetOrganisationRequest, GetProductRequest,
        ListExchangeRatesRequest, ListExchangeRatesResponse, ListOrganisationsRequest,
        ListOrganisationsResponse, ListProductsRequest, ListProductsResponse, Organisation,
        Product, RateKind, ResolveExchangeRateRequest, UndeleteOrganisationRequest,
        UndeleteProductRequest, UpdateOrganisationRequest, UpdateProductRequest,
        exchange_rate_service_server::{ExchangeRateService, ExchangeRateServiceServer},
        organisation::Role,
        organisation_service_server::{OrganisationService, OrganisationServiceServer},
        product_service_server::{ProductService, ProductServiceServer},
    },
};
use devisa_server::{Limits, ServiceChannel, Stack, channel, refuse};
use prost_types::Timestamp;
use tonic::{Request, Response, Status};

/// The organisations: a few exporters, a producer, a buyer and a sponsor.
const KNOWN: [(&str, &str, Role, &str); 6] = [
    ("organisations/a", "PT A", Role::Exporter, "villages/35.25.11.2009"),
    ("organisations/b", "PT B", Role::Exporter, ""),
    ("organisations/c", "PT C", Role::Aggregator, ""),
    ("organisations/maker", "Maker", Role::Producer, "villages/35.01.06.2013"),
    ("organisations/buyer", "Buyer BHD", Role::Buyer, ""),
    ("organisations/pelindo", "Pelindo", Role::Sponsor, ""),
];

/// A switch and a counter of the calls that arrived.
#[derive(Clone, Debug, Default)]
pub(crate) struct FakeRegistry {
    down: Arc<AtomicBool>,
    calls: Arc<AtomicUsize>,
}

impl FakeRegistry {
    pub(crate) fn channel(&self) -> ServiceChannel {
        let stack = Stack::builder(&Limits::default())
            .add_service(OrganisationServiceServer::new(self.clone()))
            .add_service(ProductServiceServer::new(self.clone()))
            .add_service(ExchangeRateServiceServer::new(self.clone()));
        channel::local(stack.build())
    }

    pub(crate) fn switch_off(&self) {
        self.down.store(true, Ordering::SeqCst);
    }

    /// Counts a call, unless it is switched off.
    fn called(&self) -> Result<(), Status> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        if self.down.load(Ordering::SeqCst) {
            return Err(Status::unavailable("down"));
        }
        Ok(())
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

fn organisation(name: &str) -> Result<Organisation, Status> {
    let known = KNOWN.iter().find(|known| known.0 == name);
    let absent = || refuse(Refusal::NotFound { resource: name.to_owned() });
    let (name, display_name, role, village) = known.ok_or_else(absent)?;
    Ok(Organisation {
        name: (*name).to_owned(),
        display_name: (*display_name).to_owned(),
        roles: vec![(*role).into()],
        village: (*village).to_owned(),
        ..Default::default()
    })
}

#[tonic::async_trait]
impl OrganisationService for FakeRegistry {
    async fn create_organisation(
        &self,
        _: Request<CreateOrganisationRequest>,
    ) -> Result<Response<Organisation>, Status> {
        unreachable!("the shipment service does not ask this")
    }

    async fn get_organisation(
        &self,
        _: Request<GetOrganisationRequest>,
    ) -> Result<Response<Organisation>, Status> {
        unreachable!("the shipment service does not ask this")
    }

    async fn list_organisations(
        &self,
        _: Request<ListOrganisationsRequest>,
    ) -> Result<Response<ListOrganisationsResponse>, Status> {
        unreachable!("the shipment service does not ask this")
    }

    async fn update_organisation(
        &self,
        _: Request<UpdateOrganisationRequest>,
    ) -> Result<Response<Organisation>, Status> {
        unreachable!("the shipment service does not ask this")
    }

    async fn delete_organisation(
        &self,
        _: Request<DeleteOrganisationRequest>,
    ) -> Result<Response<Organisation>, Status> {
        unreachable!("the shipment service does not ask this")
    }

    async fn undelete_organisation(
        &self,
        _: Request<UndeleteOrganisationRequest>,
    ) -> Result<Response<Organisation>, Status> {
        unreachable!("the shipment service does not ask this")
    }

    async fn batch_get_organisations(
        &self,
        request: Request<BatchGetOrganisationsRequest>,
    ) -> Result<Response<BatchGetOrganisationsResponse>, Status> {
        self.called()?;
        let names = request.into_inner().names;
        let organisations = names.iter().map(|name| organisation(name));
        let organisations = organisations.collect::<Result<_, _>>()?;
        Ok(Response::new(BatchGetOrganisationsResponse { organisations }))
    }
}

/// The products of `organisations/a`: one is made, another no longer.
fn product(name: &str) -> Result<Product, Status> {
    let delete_time = match name {
        "organisations/a/products/kerupuk" => None,
        "organisations/a/products/former" => Some(Timestamp::default()),
        _ => return Err(refuse(Refusal::NotFound { resource: name.to_owned() })),
    };
    Ok(Product {
        name: name.to_owned(),
        display_name: "Kerupuk".to_owned(),
        hs_code: "19059080".to_owned(),
        delete_time,
        ..Default::default()
    })
}

#[tonic::async_trait]
impl ProductService for FakeRegistry {
    async fn create_product(
        &self,
        _: Request<CreateProductRequest>,
    ) -> Result<Response<Product>, Status> {
        unreachable!("the shipment service does not ask this")
    }

    async fn get_product(
        &self,
        _: Request<GetProductRequest>,
    ) -> Result<Response<Product>, Status> {
        unreachable!("the shipment service does not ask this")
    }

    async fn list_products(
        &self,
        _: Request<ListProductsRequest>,
    ) -> Result<Response<ListProductsResponse>, Status> {
        unreachable!("the shipment service does not ask this")
    }

    async fn update_product(
        &self,
        _: Request<UpdateProductRequest>,
    ) -> Result<Response<Product>, Status> {
        unreachable!("the shipment service does not ask this")
    }

    async fn delete_product(
        &self,
        _: Request<DeleteProductRequest>,
    ) -> Result<Response<Product>, Status> {
        unreachable!("the shipment service does not ask this")
    }

    async fn undelete_product(
        &self,
        _: Request<UndeleteProductRequest>,
    ) -> Result<Response<Product>, Status> {
        unreachable!("the shipment service does not ask this")
    }

    async fn batch_get_products(
        &self,
        request: Request<BatchGetProductsRequest>,
    ) -> Result<Response<BatchGetProductsResponse>, Status> {
        self.called()?;
        let BatchGetProductsRequest { parent, names } = request.into_inner();
        assert_eq!(parent, "organisations/-");
        let products = names.iter().map(|name| product(name)).collect::<Result<_, _>>()?;
        Ok(Response::new(BatchGetProductsResponse { products }))
    }
}

/// The HOUSE rates into rupiah: of the dollar, another one from 27 November 2025 on, and of the
/// euro until that day.
fn rate(base: &str, Date { year, month, day }: Date) -> Option<(&'static str, &'static str)> {
    let late = (year, month, day) >= (2025, 11, 27);
    match base {
        "USD" if late => Some(("house-usd-2", "16600.005")),
        "USD" => Some(("house-usd-1", "16500")),
        "EUR" if !late => Some(("house-eur", "19250.50")),
        _ => None,
    }
}

#[tonic::async_trait]
impl ExchangeRateService for FakeRegistry {
    async fn resolve_exchange_rate(
        &self,
        request: Request<ResolveExchangeRateRequest>,
    ) -> Result<Response<ExchangeRate>, Status> {
        self.called()?;
        let ResolveExchangeRateRequest { kind, base_currency, quote_currency, date } =
            request.into_inner();
        let date = date.unwrap();
        let known = (kind == i32::from(RateKind::House) && quote_currency == "IDR")
            .then(|| rate(&base_currency, date))
            .flatten();
        let pair = format!("{base_currency}/{quote_currency}");
        let dates = vec![format!("{}-{}-{}", date.year, date.month, date.day)];
        let missing = vec![MissingRate { pair, dates }];
        let absent = || refuse(Refusal::RateMissing { kind: "HOUSE".to_owned(), missing });
        let (id, value) = known.ok_or_else(absent)?;
        Ok(Response::new(ExchangeRate {
            name: format!("exchangeRates/{id}"),
            base_currency,
            quote_currency,
            kind,
            units: 1,
            rate: Some(Decimal { value: value.to_owned() }),
            ..Default::default()
        }))
    }

    async fn create_exchange_rate(
        &self,
        _: Request<CreateExchangeRateRequest>,
    ) -> Result<Response<ExchangeRate>, Status> {
        unreachable!("the shipment service does not ask this")
    }

    async fn get_exchange_rate(
        &self,
        _: Request<GetExchangeRateRequest>,
    ) -> Result<Response<ExchangeRate>, Status> {
        unreachable!("the shipment service does not ask this")
    }

    async fn list_exchange_rates(
        &self,
        _: Request<ListExchangeRatesRequest>,
    ) -> Result<Response<ListExchangeRatesResponse>, Status> {
        unreachable!("the shipment service does not ask this")
    }
}
