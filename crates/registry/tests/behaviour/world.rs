//! A registry of the test's own, and what tests put into it.

use std::{sync::Arc, time::Duration};

use devisa_ledger::Ledger;
use devisa_proto::{
    event::v1::{Event, ListEventsRequest},
    google_type::Date,
    registry::v1::{
        AdvanceEnrolmentRequest, CreateDecreeRequest, CreateEnrolmentRequest,
        CreateProgrammeRequest, Decree, Enrolment, Programme,
        decree_service_client::DecreeServiceClient, enrolment::State,
        enrolment_service_client::EnrolmentServiceClient, event_service_client::EventServiceClient,
        exchange_rate_service_client::ExchangeRateServiceClient,
        organisation_service_client::OrganisationServiceClient,
        product_service_client::ProductServiceClient,
        programme_service_client::ProgrammeServiceClient,
        summary_service_client::SummaryServiceClient, village_service_client::VillageServiceClient,
    },
};
use devisa_registry::{Migrator, Registry};
use devisa_server::{Drain, Limits, ServiceChannel, channel};
use devisa_testkit::{Expected, TestClock, TestDatabase, assert_refused, contents};
use tonic::{Code, Status};

/// A registry at nine in the morning of 27 November 2025, Jakarta time.
pub(crate) struct World {
    pub(crate) clock: Arc<TestClock>,
    pub(crate) ledger: Ledger,
    channel: ServiceChannel,
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
        let ledger = database.ledger::<Migrator>(clock.clone(), Registry::SOURCE).await;
        let registry = Registry::new(ledger.clone(), Drain::new());
        let channel = channel::local(registry.stack(&Limits::default()));
        Self { clock, ledger, channel, database }
    }

    clients! {
        villages: VillageServiceClient,
        programmes: ProgrammeServiceClient,
        decrees: DecreeServiceClient,
        enrolments: EnrolmentServiceClient,
        organisations: OrganisationServiceClient,
        products: ProductServiceClient,
        rates: ExchangeRateServiceClient,
        figures: SummaryServiceClient,
        events: EventServiceClient,
    }

    /// Everything that the database holds.
    pub(crate) async fn contents(&self) -> String {
        contents(self.ledger.reader()).await
    }

    /// The log once it has so many events. On PostgreSQL one is listed when no older transaction of
    /// the whole server is still open, so that none is ever skipped.
    pub(crate) async fn settled(&self, count: usize) -> Vec<Event> {
        for _ in 0..500 {
            let listed = self.events().list_events(ListEventsRequest::default()).await.unwrap();
            let events = listed.into_inner().events;
            if events.len() >= count {
                return events;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{count} events did not settle within ten seconds");
    }

    /// The programme `programmes/lpei`.
    pub(crate) async fn programme(&self) -> Programme {
        let programme =
            Some(Programme { display_name: "Desa Devisa".to_owned(), ..Default::default() });
        let programme_id = "lpei".to_owned();
        let request = CreateProgrammeRequest { programme_id, programme, ..Default::default() };
        self.programmes().create_programme(request).await.unwrap().into_inner()
    }

    /// The decree `programmes/lpei/decrees/{id}`.
    pub(crate) async fn decree(&self, id: &str, day: Date, count: i32, region: &str) -> Decree {
        let decree = Decree {
            number: format!("SK-{id}"),
            issue_date: Some(day),
            issuer: "LPEI".to_owned(),
            declared_village_count: count,
            region: region.to_owned(),
            ..Default::default()
        };
        let request = CreateDecreeRequest {
            parent: "programmes/lpei".to_owned(),
            decree_id: id.to_owned(),
            decree: Some(decree),
            ..Default::default()
        };
        self.decrees().create_decree(request).await.unwrap().into_inner()
    }

    /// A village proposed to `programmes/lpei`.
    pub(crate) async fn propose(&self, code: &str, day: Date) -> Enrolment {
        self.enrolments().create_enrolment(proposal(code, day)).await.unwrap().into_inner()
    }

    /// A step of a village's enrolment in `programmes/lpei`, by the decree `d` where it needs one.
    pub(crate) async fn step(&self, code: &str, to: State, day: Date) -> Result<Enrolment, Status> {
        let advanced = self.enrolments().advance_enrolment(step(code, to, day)).await;
        advanced.map(tonic::Response::into_inner)
    }
}

pub(crate) fn proposal(code: &str, day: Date) -> CreateEnrolmentRequest {
    let enrolment = Enrolment {
        village: format!("villages/{code}"),
        effective_date: Some(day),
        ..Default::default()
    };
    CreateEnrolmentRequest {
        parent: "programmes/lpei".to_owned(),
        enrolment: Some(enrolment),
        ..Default::default()
    }
}

pub(crate) fn step(code: &str, to: State, day: Date) -> AdvanceEnrolmentRequest {
    let with_decree = to == State::Designated;
    AdvanceEnrolmentRequest {
        name: format!("programmes/lpei/enrolments/{code}"),
        state: to.into(),
        effective_date: Some(day),
        decree: if with_decree { "programmes/lpei/decrees/d".to_owned() } else { String::new() },
        ..Default::default()
    }
}

pub(crate) fn date(year: i32, month: i32, day: i32) -> Date {
    Date { year, month, day }
}

pub(crate) const UUID: &str = "3b1f2c1e-8f5e-4bb1-9d9b-0e3c5a9f2d11";

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
pub(crate) fn taken<T: std::fmt::Debug>(
    answer: Result<T, Status>,
    resource: &str,
    fields: &[(&str, &str)],
) {
    let expected = Expected { code: Code::AlreadyExists, reason: "RESOURCE_EXISTS", fields };
    assert_eq!(assert_refused(answer, expected).resource.as_deref(), Some(resource));
}

#[track_caller]
pub(crate) fn refused<T: std::fmt::Debug>(answer: Result<T, Status>, code: Code, reason: &str) {
    let detail = devisa_server::Detail::of(&answer.expect_err("the call should be refused"));
    assert_eq!((detail.code, detail.reason.as_str()), (code, reason), "{detail:?}");
}
