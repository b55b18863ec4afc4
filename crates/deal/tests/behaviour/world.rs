//! A deal service of the test's own, and what tests put into it.

use std::sync::Arc;

use devisa_deal::{Deals, Migrator};
use devisa_ledger::Ledger;
use devisa_proto::{
    deal::v1::{
        CreateDealRequest, CreateRealisationRequest, CreateSessionRequest, Deal, GetDealRequest,
        GetRealisationRequest, LapseDealRequest, Realisation, ReviewDealRequest, Session,
        SignDealRequest, StatedValue, WithdrawDealRequest, deal::Instrument,
        deal_review::State as ReviewState, deal_service_client::DealServiceClient,
        event_service_client::EventServiceClient,
        realisation_service_client::RealisationServiceClient, review_decision::Decision,
        session_service_client::SessionServiceClient, summary_service_client::SummaryServiceClient,
    },
    google_type::{Date, Money},
    registry::v1::RateKind,
};
use devisa_server::{Detail, Drain, Limits, ServiceChannel, call::PRINCIPAL, channel};
use devisa_testkit::{Expected, TestClock, TestDatabase, assert_refused, contents};
use sea_orm::ConnectionTrait;
use tonic::{Code, Request, Status};

use crate::{registry::Registry, shipments::Shipments};

pub(crate) const UUID: &str = "3b1f2c1e-8f5e-4bb1-9d9b-0e3c5a9f2d11";
pub(crate) const EVIDENCE: &str = "https://example.org/loi.pdf";
/// The session that most tests are about.
pub(crate) const SESSION: &str = "sessions/malaysia";
/// Who writes and signs where the test does not say.
pub(crate) const AUTHOR: &str = "attache";

/// A deal service at nine in the morning of 27 November 2025, Jakarta time, with a registry that
/// knows a few organisations and the tax rate of the dollar.
pub(crate) struct World {
    pub(crate) clock: Arc<TestClock>,
    pub(crate) ledger: Ledger,
    pub(crate) registry: Registry,
    pub(crate) shipments: Shipments,
    pub(crate) service: Deals,
    pub(crate) channel: ServiceChannel,
    pub(crate) database: TestDatabase,
}

macro_rules! clients {
    ($($method:ident: $client:ident),+ $(,)?) => {$(
        pub(crate) fn $method(&self) -> $client<ServiceChannel> {
            $client::new(self.channel.clone())
        }
    )+};
}

impl World {
    pub(crate) async fn new(database: TestDatabase) -> Self {
        let clock = TestClock::at("2025-11-27T09:00:00+07:00");
        let ledger = database.ledger::<Migrator>(clock.clone(), Deals::SOURCE).await;
        let registry = Registry::default();
        for id in ["sang-bamboo", "dona-doni", "temon-agro", "artha-rimpang", "buyer", "office"] {
            registry.organisation(id, None);
        }
        registry.rate(RateKind::KursPajak, "USD", "16738.00");
        let shipments = Shipments::default();
        let (its, their) = (registry.channel(), shipments.channel());
        let service = Deals::new(ledger.clone(), its, their, Drain::new());
        let channel = channel::local(service.stack(&Limits::default()));
        Self { clock, ledger, registry, shipments, service, channel, database }
    }

    clients! {
        sessions: SessionServiceClient,
        deals: DealServiceClient,
        realisations: RealisationServiceClient,
        summaries: SummaryServiceClient,
        events: EventServiceClient,
    }

    /// Does to the database what the service never would.
    pub(crate) async fn damage(&self, statement: &str) {
        let raw = sea_orm::Database::connect(self.database.raw_url()).await.unwrap();
        raw.execute_unprepared(statement).await.unwrap();
        raw.close().await.unwrap();
    }

    /// How far shipments were heard of.
    pub(crate) async fn cursor(&self) -> String {
        self.ledger.place("shipments").await.unwrap().revision().to_owned()
    }

    /// Everything that the database holds.
    pub(crate) async fn contents(&self) -> String {
        contents(self.ledger.reader()).await
    }

    /// The session of this id.
    pub(crate) async fn session(&self, id: &str) -> Session {
        self.sessions().create_session(new_session(id)).await.unwrap().into_inner()
    }

    /// A draft of the deal `deals/{id}`, as the test says.
    pub(crate) async fn draft(&self, id: &str, deal: Deal) -> Deal {
        let request = by(AUTHOR, new_deal(id, deal));
        self.deals().create_deal(request).await.unwrap().into_inner()
    }

    /// The deal as it is now.
    pub(crate) async fn deal(&self, id: &str) -> Deal {
        let request = GetDealRequest { name: format!("deals/{id}") };
        self.deals().get_deal(request).await.unwrap().into_inner()
    }

    pub(crate) async fn sign(&self, id: &str) -> Result<Deal, Status> {
        let signed = self.deals().sign_deal(by(AUTHOR, signature(id))).await;
        signed.map(tonic::Response::into_inner)
    }

    /// A deal written and signed.
    pub(crate) async fn signed(&self, id: &str, deal: Deal) -> Deal {
        self.draft(id, deal).await;
        self.sign(id).await.unwrap()
    }

    pub(crate) async fn review(
        &self,
        id: &str,
        decision: Decision,
        value: Option<Money>,
    ) -> Result<Deal, Status> {
        let request = by("reviewer", review(id, decision, value));
        self.deals().review_deal(request).await.map(tonic::Response::into_inner)
    }

    /// Follows shipments until the test ends or the handle is aborted.
    pub(crate) fn follow(&self) -> devisa_testkit::tokio::task::JoinHandle<()> {
        let service = self.service.clone();
        devisa_testkit::tokio::spawn(async move { service.follow().await })
    }

    /// The deal once it is as the test waits for.
    pub(crate) async fn deal_when(&self, id: &str, is_so: impl Fn(&Deal) -> bool) -> Deal {
        for _ in 0..1_000 {
            let deal = self.deal(id).await;
            if is_so(&deal) {
                return deal;
            }
            devisa_testkit::tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("not in time: {:?}", self.deal(id).await)
    }

    pub(crate) async fn lapse(&self, id: &str) -> Result<Deal, Status> {
        let request = LapseDealRequest { name: format!("deals/{id}"), ..Default::default() };
        self.deals().lapse_deal(by("ender", request)).await.map(tonic::Response::into_inner)
    }

    pub(crate) async fn withdraw(&self, id: &str) -> Result<Deal, Status> {
        let request = WithdrawDealRequest { name: format!("deals/{id}"), ..Default::default() };
        self.deals().withdraw_deal(by("ender", request)).await.map(tonic::Response::into_inner)
    }

    /// The deal `deals/{deal}` drawn down by `shipments/{shipment}`, line 0.
    pub(crate) async fn realise(
        &self,
        deal: &str,
        id: &str,
        shipment: &str,
        amount: Money,
    ) -> Result<Realisation, Status> {
        let request = new_realisation(deal, id, shipment, amount);
        let made = self.realisations().create_realisation(by(AUTHOR, request)).await;
        made.map(tonic::Response::into_inner)
    }

    pub(crate) async fn realisation(&self, deal: &str, id: &str) -> Realisation {
        let request = GetRealisationRequest { name: format!("deals/{deal}/realisations/{id}") };
        self.realisations().get_realisation(request).await.unwrap().into_inner()
    }

    /// The four letters of intent of 26 November 2025, signed at [`SESSION`].
    pub(crate) async fn seed(&self) {
        self.session("malaysia").await;
        for (id, dollars, text) in [
            ("dona-doni", 2_690, "Rp44 juta"),
            ("temon-agro", 12_000, "Rp198 juta"),
            ("artha-rimpang", 4_700, "Rp77,7 juta"),
            ("sang-bamboo", 239_500_000, "Rp3,9 triliun"),
        ] {
            let mut loi = loi(id, usd(dollars));
            loi.stated_values.push(StatedValue { text: text.to_owned(), amount: None });
            self.signed(id, loi).await;
        }
    }
}

pub(crate) fn new_realisation(
    deal: &str,
    id: &str,
    shipment: &str,
    amount: Money,
) -> CreateRealisationRequest {
    let realisation = Realisation {
        shipment: format!("shipments/{shipment}"),
        amount: Some(amount),
        ..Default::default()
    };
    CreateRealisationRequest {
        parent: format!("deals/{deal}"),
        realisation_id: id.to_owned(),
        realisation: Some(realisation),
        ..Default::default()
    }
}

/// What is realised, pending, closed and open of a deal, in whole units.
pub(crate) fn drawn(deal: &Deal) -> [i64; 4] {
    let units = |money: &Option<Money>| money.as_ref().unwrap().units;
    [&deal.realised, &deal.pending, &deal.closed, &deal.balance].map(units)
}

/// A request by a principal.
pub(crate) fn by<T>(principal: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert(PRINCIPAL, principal.parse().unwrap());
    request
}

pub(crate) fn date(year: i32, month: i32, day: i32) -> Date {
    Date { year, month, day }
}

pub(crate) fn money(currency: &str, units: i64) -> Money {
    Money { currency_code: currency.to_owned(), units, nanos: 0 }
}

pub(crate) fn usd(dollars: i64) -> Money {
    money("USD", dollars)
}

pub(crate) fn new_session(id: &str) -> CreateSessionRequest {
    let session = Session {
        display_name: "Business matching".to_owned(),
        session_date: Some(date(2025, 11, 26)),
        ..Default::default()
    };
    let session_id = id.to_owned();
    CreateSessionRequest { session_id, session: Some(session), ..Default::default() }
}

pub(crate) fn new_deal(id: &str, deal: Deal) -> CreateDealRequest {
    CreateDealRequest { deal_id: id.to_owned(), deal: Some(deal), ..Default::default() }
}

/// A letter of intent of [`SESSION`], dated 26 November 2025.
pub(crate) fn loi(seller: &str, value: Money) -> Deal {
    Deal {
        session: SESSION.to_owned(),
        seller: format!("organisations/{seller}"),
        buyer: "organisations/buyer".to_owned(),
        instrument: Instrument::Loi.into(),
        value: Some(value),
        sign_date: Some(date(2025, 11, 26)),
        ..Default::default()
    }
}

pub(crate) fn contract(seller: &str, value: Money) -> Deal {
    Deal { instrument: Instrument::Contract.into(), ..loi(seller, value) }
}

/// The same made at no session.
pub(crate) fn alone(deal: Deal) -> Deal {
    Deal { session: String::new(), ..deal }
}

pub(crate) fn signature(id: &str) -> SignDealRequest {
    SignDealRequest { name: format!("deals/{id}"), ..Default::default() }
}

pub(crate) fn review(id: &str, decision: Decision, value: Option<Money>) -> ReviewDealRequest {
    let evidence_uri = if decision == Decision::Dispute { "" } else { EVIDENCE };
    ReviewDealRequest {
        name: format!("deals/{id}"),
        decision: decision.into(),
        corrected_value: value,
        evidence_uri: evidence_uri.to_owned(),
        ..Default::default()
    }
}

pub(crate) fn review_state(deal: &Deal) -> ReviewState {
    deal.review.as_ref().unwrap().state()
}

/// The rules of which the last evaluation found something.
pub(crate) fn rules(deal: &Deal) -> Vec<&str> {
    let findings = &deal.review.as_ref().unwrap().findings;
    findings.iter().map(|finding| finding.rule.as_str()).collect()
}

#[track_caller]
pub(crate) fn invalid<T: std::fmt::Debug>(answer: Result<T, Status>, fields: &[(&str, &str)]) {
    let missing = fields.iter().all(|(_, rule)| *rule == "FIELD_MISSING");
    let reason = if missing { "FIELD_MISSING" } else { "FIELD_INVALID" };
    assert_refused(answer, Expected { code: Code::InvalidArgument, reason, fields });
}

#[track_caller]
pub(crate) fn absent<T: std::fmt::Debug>(answer: Result<T, Status>, resource: &str) {
    let expected = Expected { code: Code::NotFound, reason: "RESOURCE_NOT_FOUND", fields: &[] };
    assert_eq!(assert_refused(answer, expected).resource.as_deref(), Some(resource));
}

#[track_caller]
pub(crate) fn refused<T: std::fmt::Debug>(
    answer: Result<T, Status>,
    code: Code,
    reason: &str,
) -> Detail {
    let detail = Detail::of(&answer.expect_err("the call should be refused"));
    assert_eq!((detail.code, detail.reason.as_str()), (code, reason), "{detail:?}");
    detail
}
