//! With the registry as it really is, on its own database: that what the other tests' registry says
//! is what the service says.

use devisa_deal::{Deals, Migrator};
use devisa_ledger::Ledger;
use devisa_proto::totals::v1::Conversion;
use devisa_proto::{
    common::v1::Tier,
    deal::v1::{
        Deal, FindingOutcome, SummarizeDealsRequest, deal_review::State,
        deal_service_client::DealServiceClient, session_service_client::SessionServiceClient,
        summary_service_client::SummaryServiceClient,
    },
    google_type::Decimal,
    registry::v1::{
        CreateExchangeRateRequest, CreateOrganisationRequest, ExchangeRate, Organisation,
        OrganisationSize, RateKind,
        exchange_rate_service_client::ExchangeRateServiceClient,
        organisation_service_client::OrganisationServiceClient,
        organisation_size::{Class, Scheme},
    },
};
use devisa_registry::{Migrator as RegistryMigrator, Registry};
use devisa_server::{Drain, Limits, ServiceChannel, channel};
use devisa_testkit::{Backend, TestClock, TestDatabase, on_both_databases};
use tonic::{Code, Status};

use crate::world::{
    AUTHOR, alone, by, date, invalid, loi, money, new_deal, new_session, refused, review_state,
    rules, signature, usd,
};

on_both_databases!(
    the_seed_with_the_real_registry,
    absences_of_the_real_registry,
    sizes_and_rates_of_the_real_registry,
    totals_by_rates_of_the_real_registry,
);

/// A deal service and the registry that it asks.
struct Both {
    deals: ServiceChannel,
    registry: ServiceChannel,
    _ledger: Ledger,
    _databases: [TestDatabase; 2],
}

impl Both {
    async fn new(database: TestDatabase) -> Self {
        let clock = TestClock::at("2025-11-27T09:00:00+07:00");
        let beside = TestDatabase::fresh(Backend::Sqlite).await;
        let ledger = beside.ledger::<RegistryMigrator>(clock.clone(), Registry::SOURCE).await;
        let registry = Registry::new(ledger, Drain::new()).stack(&Limits::default());
        let registry = channel::local(registry);
        let ledger = database.ledger::<Migrator>(clock, Deals::SOURCE).await;
        let nobody = crate::shipments::Shipments::default().channel();
        let deals = Deals::new(ledger.clone(), registry.clone(), nobody, Drain::new());
        let deals = channel::local(deals.stack(&Limits::default()));
        Self { deals, registry, _ledger: ledger, _databases: [database, beside] }
    }

    async fn organisation(&self, id: &str, class: Option<Class>) {
        let size = class.map(|class| OrganisationSize {
            scheme: Scheme::Pp7Sales.into(),
            class: class.into(),
            ..Default::default()
        });
        let organisation = Organisation {
            display_name: id.to_owned(),
            region_code: "ID".to_owned(),
            size,
            ..Default::default()
        };
        let request = CreateOrganisationRequest {
            organisation_id: id.to_owned(),
            organisation: Some(organisation),
            ..Default::default()
        };
        let mut client = OrganisationServiceClient::new(self.registry.clone());
        client.create_organisation(request).await.unwrap();
    }

    /// A rate into rupiah, in force in the week of the session.
    async fn rate(&self, id: &str, kind: RateKind, base: &str, rate: &str) {
        let rate = ExchangeRate {
            base_currency: base.to_owned(),
            quote_currency: "IDR".to_owned(),
            kind: kind.into(),
            units: 1,
            rate: Some(Decimal { value: rate.to_owned() }),
            valid_from: Some(date(2025, 11, 26)),
            valid_to: Some(date(2025, 12, 2)),
            ..Default::default()
        };
        let request = CreateExchangeRateRequest {
            exchange_rate_id: id.to_owned(),
            exchange_rate: Some(rate),
            ..Default::default()
        };
        let mut client = ExchangeRateServiceClient::new(self.registry.clone());
        client.create_exchange_rate(request).await.unwrap();
    }

    async fn draft(&self, id: &str, deal: Deal) -> Result<Deal, Status> {
        let mut client = DealServiceClient::new(self.deals.clone());
        let answer = client.create_deal(by(AUTHOR, new_deal(id, deal))).await;
        answer.map(tonic::Response::into_inner)
    }

    async fn signed(&self, id: &str, deal: Deal) -> Deal {
        self.draft(id, deal).await.unwrap();
        let mut client = DealServiceClient::new(self.deals.clone());
        client.sign_deal(by(AUTHOR, signature(id))).await.unwrap().into_inner()
    }
}

async fn the_seed_with_the_real_registry(database: TestDatabase) {
    let both = Both::new(database).await;
    both.rate("kmk-26", RateKind::KursPajak, "USD", "16738").await;
    both.organisation("buyer", None).await;
    let mut sessions = SessionServiceClient::new(both.deals.clone());
    sessions.create_session(new_session("malaysia")).await.unwrap();
    let mut last = Deal::default();
    for (id, dollars) in [
        ("dona-doni", 2_690),
        ("temon-agro", 12_000),
        ("artha-rimpang", 4_700),
        ("sang-bamboo", 239_500_000),
    ] {
        both.organisation(id, None).await;
        last = both.signed(id, loi(id, usd(dollars))).await;
    }
    assert_eq!(review_state(&last), State::Held);
    assert_eq!(rules(&last), ["size_ceiling", "session_outlier"]);
    let findings = last.review.unwrap().findings;
    assert_eq!(
        findings[0].explanation,
        "IDR 4,008,751,000,000 is 80.2 times the sales ceiling of IDR 50,000,000,000 (class \
         unknown, measured as MENENGAH; PP 7/2021), at KURS_PAJAK 16738 (exchangeRates/kmk-26)"
    );
    assert!(findings[1].explanation.contains("50,957 times the median USD 4,700.00"));
}

async fn absences_of_the_real_registry(database: TestDatabase) {
    let both = Both::new(database).await;
    // Of a batch the registry names one absence at a time; the caller is told of all.
    let neither = both.draft("a", alone(loi("nobody", usd(5)))).await;
    let expected = [("deal.seller", "REFERENCE_EXISTS"), ("deal.buyer", "REFERENCE_EXISTS")];
    invalid(neither, &expected);
    both.organisation("buyer", None).await;
    let one = both.draft("a", alone(loi("nobody", usd(5)))).await;
    invalid(one, &[("deal.seller", "REFERENCE_EXISTS")]);
    both.organisation("nobody", None).await;
    let unrated = both.signed("a", alone(loi("nobody", money("MYR", 5)))).await;
    let [finding] = &unrated.review.as_ref().unwrap().findings[..] else { panic!() };
    assert_eq!(finding.outcome(), FindingOutcome::NotEvaluated);
    let expected = "no KURS_PAJAK or JISDOR rate of MYR/IDR is in force on 2025-11-26";
    assert_eq!(finding.explanation, expected);
}

async fn sizes_and_rates_of_the_real_registry(database: TestDatabase) {
    let both = Both::new(database).await;
    both.organisation("buyer", None).await;
    both.organisation("small", Some(Class::Kecil)).await;
    both.rate("jisdor", RateKind::Jisdor, "USD", "16000").await;
    let first = both.signed("a", alone(loi("small", usd(1_000_000)))).await;
    let explanation = |deal: &Deal| deal.review.as_ref().unwrap().findings[0].explanation.clone();
    assert_eq!(
        explanation(&first),
        "IDR 16,000,000,000 is 1.1 times the sales ceiling of IDR 15,000,000,000 (class KECIL; PP \
         7/2021), at JISDOR 16000 (exchangeRates/jisdor)"
    );
    both.rate("kmk-26", RateKind::KursPajak, "USD", "16738").await;
    let second = both.signed("b", alone(loi("small", usd(1_000_000)))).await;
    assert!(explanation(&second).ends_with("at KURS_PAJAK 16738 (exchangeRates/kmk-26)"));
    assert_eq!(review_state(&second), State::Held);
}

async fn totals_by_rates_of_the_real_registry(database: TestDatabase) {
    let both = Both::new(database).await;
    for id in ["buyer", "seller"] {
        both.organisation(id, None).await;
    }
    both.rate("kmk-26", RateKind::KursPajak, "USD", "16738.25").await;
    both.signed("a", alone(loi("seller", usd(3)))).await;
    let convert = async |kind: RateKind| {
        let conversion = Conversion { kind: kind.into(), quote_currency: "IDR".to_owned() };
        let request = SummarizeDealsRequest {
            tier: Tier::Potential.into(),
            conversion: Some(conversion),
            ..Default::default()
        };
        SummaryServiceClient::new(both.deals.clone()).summarize_deals(request).await
    };
    let answer = convert(RateKind::KursPajak).await.unwrap().into_inner();
    let converted = answer.total.unwrap().converted_value.unwrap();
    assert_eq!((converted.units, converted.nanos), (50_214, 750_000_000));
    assert_eq!(answer.rates[0].exchange_rate, "exchangeRates/kmk-26");
    let detail = refused(convert(RateKind::Jisdor).await, Code::NotFound, "RATE_MISSING");
    assert_eq!(detail.metadata["missing"], "USD/IDR on 2025-11-26");
}
