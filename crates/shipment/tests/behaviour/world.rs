//! A shipment service of the test's own, and what tests put into it.

use std::sync::Arc;

use devisa_ledger::Ledger;
use devisa_proto::{
    google_type::{Date, Decimal, Money},
    shipment::v1::{
        CancelShipmentRequest, ConfirmShipmentRequest, CreateReleaseRequest, CreateShipmentRequest,
        Declaration, DispatchReleaseRequest, GetReleaseRequest, GetShipmentRequest, Milestone,
        Quantity, RecordMilestoneRequest, Release, Shipment, ShipmentLine, TransportUnit,
        UpdateShipmentRequest, event_service_client::EventServiceClient, milestone,
        milestone_service_client::MilestoneServiceClient,
        release_service_client::ReleaseServiceClient,
        shipment_service_client::ShipmentServiceClient,
        sponsorship_service_client::SponsorshipServiceClient,
        summary_service_client::SummaryServiceClient,
    },
};
use devisa_server::{Detail, Drain, Limits, ServiceChannel, channel};
use devisa_shipment::{Migrator, Shipments};
use devisa_testkit::{Expected, TestClock, TestDatabase, assert_refused, contents};
use prost_types::{FieldMask, Timestamp};
use tonic::{Code, Response, Status};

use crate::registry::FakeRegistry;

/// A shipment service at nine in the morning of 27 November 2025, Jakarta time.
pub(crate) struct World {
    pub(crate) clock: Arc<TestClock>,
    pub(crate) ledger: Ledger,
    pub(crate) registry: FakeRegistry,
    pub(crate) drain: Drain,
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
        let ledger = database.ledger::<Migrator>(clock.clone(), Shipments::SOURCE).await;
        let registry = FakeRegistry::default();
        let drain = Drain::new();
        let service = Shipments::new(ledger.clone(), registry.channel(), drain.clone());
        let channel = channel::local(service.stack(&Limits::default()));
        Self { clock, ledger, registry, drain, channel, database }
    }

    clients! {
        releases: ReleaseServiceClient,
        shipments: ShipmentServiceClient,
        milestones: MilestoneServiceClient,
        sponsorships: SponsorshipServiceClient,
        summaries: SummaryServiceClient,
        events: EventServiceClient,
    }

    /// Everything that the database holds.
    pub(crate) async fn contents(&self) -> String {
        contents(self.ledger.reader()).await
    }

    /// The release `releases/{id}` of 26 November 2025.
    pub(crate) async fn release(&self, id: &str) -> Release {
        self.releases().create_release(new_release(id)).await.unwrap().into_inner()
    }

    pub(crate) async fn get_release(&self, name: &str) -> Release {
        let request = GetReleaseRequest { name: name.to_owned() };
        self.releases().get_release(request).await.unwrap().into_inner()
    }

    pub(crate) async fn create(&self, id: &str, shipment: Shipment) -> Result<Shipment, Status> {
        let created = self.shipments().create_shipment(new_shipment(id, shipment)).await;
        created.map(Response::into_inner)
    }

    /// The complete draft `shipments/{id}` at `releases/r` (which must exist).
    pub(crate) async fn draft(&self, id: &str) -> Shipment {
        self.create(id, Shipment { release: "releases/r".to_owned(), ..facts() }).await.unwrap()
    }

    /// The same, confirmed.
    pub(crate) async fn ready(&self, id: &str) -> Shipment {
        self.draft(id).await;
        self.confirm(id).await.unwrap()
    }

    pub(crate) async fn get(&self, id: &str) -> Shipment {
        let request = GetShipmentRequest { name: format!("shipments/{id}") };
        self.shipments().get_shipment(request).await.unwrap().into_inner()
    }

    pub(crate) async fn confirm(&self, id: &str) -> Result<Shipment, Status> {
        let name = format!("shipments/{id}");
        let request = ConfirmShipmentRequest { name, ..Default::default() };
        self.shipments().confirm_shipment(request).await.map(Response::into_inner)
    }

    pub(crate) async fn cancel(&self, id: &str) -> Result<Shipment, Status> {
        let name = format!("shipments/{id}");
        let request = CancelShipmentRequest { name, ..Default::default() };
        self.shipments().cancel_shipment(request).await.map(Response::into_inner)
    }

    /// Changes the masked fields of `shipments/{id}`.
    pub(crate) async fn update(
        &self,
        id: &str,
        paths: &[&str],
        patch: Shipment,
    ) -> Result<Shipment, Status> {
        self.update_because(id, paths, patch, "").await
    }

    pub(crate) async fn update_because(
        &self,
        id: &str,
        paths: &[&str],
        patch: Shipment,
        reason: &str,
    ) -> Result<Shipment, Status> {
        let request = UpdateShipmentRequest {
            shipment: Some(Shipment { name: format!("shipments/{id}"), ..patch }),
            update_mask: Some(FieldMask { paths: paths.iter().map(|p| (*p).to_owned()).collect() }),
            reason: reason.to_owned(),
            ..Default::default()
        };
        self.shipments().update_shipment(request).await.map(Response::into_inner)
    }

    pub(crate) async fn dispatch(&self, name: &str) -> Result<Release, Status> {
        let request = DispatchReleaseRequest { name: name.to_owned(), ..Default::default() };
        self.releases().dispatch_release(request).await.map(Response::into_inner)
    }

    /// The declared and confirmed shipment `shipments/{id}`, at no release.
    pub(crate) async fn declared(&self, id: &str) -> Shipment {
        // A registration is unique: it is made of the id.
        let number = id.bytes().fold(0, |number, byte| (number * 31 + u32::from(byte)) % 1_000_000);
        let declaration = peb(&format!("{number:06}"));
        self.create(id, Shipment { declaration, ..facts() }).await.unwrap();
        self.confirm(id).await.unwrap()
    }

    /// Records a milestone.
    pub(crate) async fn record(
        &self,
        request: RecordMilestoneRequest,
    ) -> Result<Milestone, Status> {
        self.milestones().record_milestone(request).await.map(Response::into_inner)
    }

    /// Records that something happened to `shipments/{id}` an hour ago.
    pub(crate) async fn happened(
        &self,
        id: &str,
        code: milestone::Code,
    ) -> Result<Milestone, Status> {
        let request = new_milestone(id, "", code, milestone::Classifier::Actual);
        self.milestones().record_milestone(request).await.map(Response::into_inner)
    }
}

pub(crate) fn new_release(id: &str) -> CreateReleaseRequest {
    let release = Release {
        display_name: format!("Release {id}"),
        event_date: Some(date(2025, 11, 26)),
        place: "Surabaya".to_owned(),
        ..Default::default()
    };
    CreateReleaseRequest { release_id: id.to_owned(), release: Some(release), ..Default::default() }
}

pub(crate) fn new_shipment(id: &str, shipment: Shipment) -> CreateShipmentRequest {
    CreateShipmentRequest {
        shipment_id: id.to_owned(),
        shipment: Some(shipment),
        ..Default::default()
    }
}

/// What happened, or should, to `shipments/{id}`, at eight on 27 November 2025, Jakarta time.
pub(crate) fn new_milestone(
    id: &str,
    milestone_id: &str,
    code: milestone::Code,
    classifier: milestone::Classifier,
) -> RecordMilestoneRequest {
    let milestone = Milestone {
        code: code.into(),
        classifier: classifier.into(),
        event_time: Some(Timestamp { seconds: 1_764_205_200, nanos: 0 }),
        ..Default::default()
    };
    RecordMilestoneRequest {
        parent: format!("shipments/{id}"),
        milestone_id: milestone_id.to_owned(),
        milestone: Some(milestone),
        ..Default::default()
    }
}

/// That something happened so many minutes after eight.
pub(crate) fn happened_at(
    id: &str,
    milestone_id: &str,
    code: milestone::Code,
    minutes: i64,
) -> RecordMilestoneRequest {
    let mut request = new_milestone(id, milestone_id, code, milestone::Classifier::Actual);
    let milestone = request.milestone.as_mut().unwrap();
    milestone.event_time.as_mut().unwrap().seconds += 60 * minutes;
    request
}

/// Corrects `shipments/{id}/milestones/{corrected}`.
pub(crate) fn correcting(
    mut request: RecordMilestoneRequest,
    id: &str,
    corrected: &str,
) -> RecordMilestoneRequest {
    let corrects = format!("shipments/{id}/milestones/{corrected}");
    request.milestone.as_mut().unwrap().corrects = corrects;
    request
}

/// Everything that a shipment needs to be confirmed.
pub(crate) fn facts() -> Shipment {
    Shipment {
        exporter: "organisations/a".to_owned(),
        destination_region_code: "KR".to_owned(),
        lines: vec![line(100)],
        units: vec![TransportUnit::default()],
        ..Default::default()
    }
}

pub(crate) fn line(dollars: i64) -> ShipmentLine {
    ShipmentLine {
        description: "Kerupuk".to_owned(),
        hs_code: "19059080".to_owned(),
        quantity: Some(Quantity { value: decimal("10"), unit_code: "KGM".to_owned() }),
        value: money("USD", dollars),
        ..Default::default()
    }
}

pub(crate) fn peb(number: &str) -> Option<Declaration> {
    Some(Declaration {
        peb_number: number.to_owned(),
        peb_date: Some(date(2025, 11, 26)),
        customs_office: "070100".to_owned(),
        ..Default::default()
    })
}

pub(crate) fn money(currency: &str, units: i64) -> Option<Money> {
    Some(Money { currency_code: currency.to_owned(), units, nanos: 0 })
}

pub(crate) fn decimal(value: &str) -> Option<Decimal> {
    Some(Decimal { value: value.to_owned() })
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

/// Refused because of a state; answers the details for more.
#[track_caller]
pub(crate) fn forbidden<T: std::fmt::Debug>(
    answer: Result<T, Status>,
    resource: &str,
    state: &str,
) -> Detail {
    let detail = refused(answer, Code::FailedPrecondition, "STATE_FORBIDS");
    assert_eq!(detail.metadata.get("resource").map(String::as_str), Some(resource));
    assert_eq!(detail.metadata.get("state").map(String::as_str), Some(state));
    detail
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
