//! A registry that says what the test wants, over the real contract.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use devisa_domain::refusal::{MissingRate, Refusal};
use devisa_proto::{
    google_type::{Date, Decimal},
    registry::v1::{
        BatchGetOrganisationsRequest, BatchGetOrganisationsResponse, CreateExchangeRateRequest,
        CreateOrganisationRequest, DeleteOrganisationRequest, ExchangeRate, GetExchangeRateRequest,
        GetOrganisationRequest, ListExchangeRatesRequest, ListExchangeRatesResponse,
        ListOrganisationsRequest, ListOrganisationsResponse, Organisation, OrganisationSize,
        RateKind, ResolveExchangeRateRequest, UndeleteOrganisationRequest,
        UpdateOrganisationRequest,
        exchange_rate_service_server::{ExchangeRateService, ExchangeRateServiceServer},
        organisation_service_server::{OrganisationService, OrganisationServiceServer},
        organisation_size::{Class, Scheme},
    },
};
use devisa_server::{Limits, ServiceChannel, Stack, channel, refuse};
use tonic::{Request, Response, Status};

/// What the registry knows. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Registry(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    is_down: AtomicBool,
    calls: AtomicUsize,
    organisations: Mutex<BTreeMap<String, Organisation>>,
    rates: Mutex<BTreeMap<(i32, String), ExchangeRate>>,
}

impl Registry {
    pub(crate) fn channel(&self) -> ServiceChannel {
        let stack = Stack::builder(&Limits::default())
            .add_service(OrganisationServiceServer::new(self.clone()))
            .add_service(ExchangeRateServiceServer::new(self.clone()));
        channel::local(stack.build())
    }

    /// An organisation exists, of a size class or of none.
    pub(crate) fn organisation(&self, id: &str, class: Option<Class>) {
        let name = format!("organisations/{id}");
        let size = class.map(|class| OrganisationSize {
            scheme: Scheme::Pp7Sales.into(),
            class: class.into(),
            ..Default::default()
        });
        let organisation = Organisation { name: name.clone(), size, ..Default::default() };
        self.0.organisations.lock().unwrap().insert(name, organisation);
    }

    /// An organisation is deleted; it keeps all that is known of it.
    pub(crate) fn delete(&self, id: &str) {
        let mut known = self.0.organisations.lock().unwrap();
        let organisation = known.get_mut(&format!("organisations/{id}")).unwrap();
        organisation.delete_time = Some(prost_types::Timestamp::default());
    }

    /// A rate into rupiah is in force on every day.
    pub(crate) fn rate(&self, kind: RateKind, base: &str, rate: &str) {
        let word = if kind == RateKind::Jisdor { "jisdor" } else { "kmk" };
        let rate = ExchangeRate {
            name: format!("exchangeRates/{word}-{}", base.to_lowercase()),
            base_currency: base.to_owned(),
            quote_currency: "IDR".to_owned(),
            kind: kind.into(),
            units: 1,
            rate: Some(Decimal { value: rate.to_owned() }),
            ..Default::default()
        };
        self.0.rates.lock().unwrap().insert((kind.into(), base.to_owned()), rate);
    }

    /// It no longer answers, or answers again.
    pub(crate) fn down(&self, is_down: bool) {
        self.0.is_down.store(is_down, Ordering::SeqCst);
    }

    /// How often it was asked.
    pub(crate) fn calls(&self) -> usize {
        self.0.calls.load(Ordering::SeqCst)
    }

    fn asked(&self) -> Result<(), Status> {
        self.0.calls.fetch_add(1, Ordering::SeqCst);
        if self.0.is_down.load(Ordering::SeqCst) {
            return Err(Status::unavailable("down"));
        }
        Ok(())
    }
}

fn unasked<T>() -> Result<Response<T>, Status> {
    unreachable!("the deal service does not ask this")
}

#[tonic::async_trait]
impl OrganisationService for Registry {
    async fn batch_get_organisations(
        &self,
        request: Request<BatchGetOrganisationsRequest>,
    ) -> Result<Response<BatchGetOrganisationsResponse>, Status> {
        self.asked()?;
        let known = self.0.organisations.lock().unwrap();
        let get = |name: &String| {
            let absent = || refuse(Refusal::NotFound { resource: name.clone() });
            known.get(name).cloned().ok_or_else(absent)
        };
        let organisations = request.get_ref().names.iter().map(get).collect::<Result<_, _>>()?;
        Ok(Response::new(BatchGetOrganisationsResponse { organisations }))
    }

    async fn delete_organisation(
        &self,
        _: Request<DeleteOrganisationRequest>,
    ) -> Result<Response<Organisation>, Status> {
        unasked()
    }

    async fn undelete_organisation(
        &self,
        _: Request<UndeleteOrganisationRequest>,
    ) -> Result<Response<Organisation>, Status> {
        unasked()
    }

    async fn create_organisation(
        &self,
        _: Request<CreateOrganisationRequest>,
    ) -> Result<Response<Organisation>, Status> {
        unasked()
    }

    async fn get_organisation(
        &self,
        _: Request<GetOrganisationRequest>,
    ) -> Result<Response<Organisation>, Status> {
        unasked()
    }

    async fn list_organisations(
        &self,
        _: Request<ListOrganisationsRequest>,
    ) -> Result<Response<ListOrganisationsResponse>, Status> {
        unasked()
    }

    async fn update_organisation(
        &self,
        _: Request<UpdateOrganisationRequest>,
    ) -> Result<Response<Organisation>, Status> {
        unasked()
    }
}

#[tonic::async_trait]
impl ExchangeRateService for Registry {
    async fn resolve_exchange_rate(
        &self,
        request: Request<ResolveExchangeRateRequest>,
    ) -> Result<Response<ExchangeRate>, Status> {
        self.asked()?;
        let request = request.into_inner();
        let kind = request.kind().as_str_name().to_owned();
        let Date { year, month, day } = request.date.unwrap();
        let pair = format!("{}/{}", request.base_currency, request.quote_currency);
        let dates = vec![format!("{year:04}-{month:02}-{day:02}")];
        let missing = Refusal::RateMissing { kind, missing: vec![MissingRate { pair, dates }] };
        let rates = self.0.rates.lock().unwrap();
        let found = rates.get(&(request.kind, request.base_currency)).cloned();
        found.map(Response::new).ok_or_else(|| refuse(missing))
    }

    async fn create_exchange_rate(
        &self,
        _: Request<CreateExchangeRateRequest>,
    ) -> Result<Response<ExchangeRate>, Status> {
        unasked()
    }

    async fn get_exchange_rate(
        &self,
        _: Request<GetExchangeRateRequest>,
    ) -> Result<Response<ExchangeRate>, Status> {
        unasked()
    }

    async fn list_exchange_rates(
        &self,
        _: Request<ListExchangeRatesRequest>,
    ) -> Result<Response<ListExchangeRatesResponse>, Status> {
        unasked()
    }
}
