//! A shipment service that says what the test wants, over the real contract.

use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use devisa_domain::refusal::{Refusal, RuleBroken};
use devisa_proto::{
    common::v1::Tier,
    event::v1::{
        Event, ListEventsRequest, ListEventsResponse, WatchRequest, WatchResponse,
        watch_response::Update,
    },
    google_type::Money,
    shipment::v1::{
        BatchGetShipmentsRequest, BatchGetShipmentsResponse, BatchRecordMilestonesRequest,
        BatchRecordMilestonesResponse, CancelShipmentRequest, ConfirmShipmentRequest,
        CreateShipmentRequest, GetMilestoneRequest, GetShipmentRequest, ImportShipmentsRequest,
        ImportShipmentsResponse, ListMilestonesRequest, ListMilestonesResponse,
        ListShipmentsRequest, ListShipmentsResponse, Milestone, ProducerShare,
        RecordMilestoneRequest, Shipment, ShipmentLine, UpdateShipmentRequest,
        event_service_server::{EventService, EventServiceServer},
        milestone::{Classifier, Code},
        milestone_service_server::{MilestoneService, MilestoneServiceServer},
        shipment::State,
        shipment_service_server::{ShipmentService, ShipmentServiceServer},
    },
};
use devisa_server::{Limits, ServiceChannel, Stack, channel, events::WatchStream, refuse};
use futures::{Stream, StreamExt, stream};
use tokio::sync::watch;
use tonic::{Request, Response, Status, Streaming};

/// What the shipment service knows and tells. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Shipments(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    is_down: AtomicBool,
    watches: AtomicUsize,
    shipments: Mutex<BTreeMap<String, Shipment>>,
    milestones: Mutex<Vec<Milestone>>,
    log: Mutex<Vec<Event>>,
    /// Events up to this place were removed but for each resource's newest.
    floor: AtomicUsize,
    bell: watch::Sender<()>,
}

impl Default for Shipments {
    fn default() -> Self {
        Self(Arc::new(Inner {
            is_down: AtomicBool::default(),
            watches: AtomicUsize::default(),
            shipments: Mutex::default(),
            milestones: Mutex::default(),
            log: Mutex::default(),
            floor: AtomicUsize::default(),
            bell: watch::Sender::new(()),
        }))
    }
}

/// A shipment by `organisations/dona-doni` with a line for each amount, in a state.
pub(crate) fn shipment(id: &str, state: State, lines: &[Money]) -> Shipment {
    let line = |value: &Money| ShipmentLine {
        description: "topi bambu".to_owned(),
        value: Some(value.clone()),
        shares: vec![ProducerShare {
            producer: "organisations/sang-bamboo".to_owned(),
            ..Default::default()
        }],
        ..Default::default()
    };
    Shipment {
        name: format!("shipments/{id}"),
        exporter: "organisations/dona-doni".to_owned(),
        lines: lines.iter().map(line).collect(),
        state: state.into(),
        ..Default::default()
    }
}

/// The same of tier REALISED.
pub(crate) fn realised(shipment: Shipment) -> Shipment {
    Shipment { state: State::Loaded.into(), tier: Tier::Realised.into(), ..shipment }
}

impl Shipments {
    pub(crate) fn channel(&self) -> ServiceChannel {
        let stack = Stack::builder(&Limits::default())
            .add_service(ShipmentServiceServer::new(self.clone()))
            .add_service(MilestoneServiceServer::new(self.clone()))
            .add_service(EventServiceServer::new(self.clone()));
        channel::local(stack.build())
    }

    /// A shipment is so from now on, and its event is yet to come.
    pub(crate) fn know(&self, mut shipment: Shipment) -> Shipment {
        let mut known = self.0.shipments.lock().unwrap();
        let version = known.get(&shipment.name).map_or(0, |before| number(&before.etag)) + 1;
        shipment.etag = format!("\"{version}\"");
        let time = Some(prost_types::Timestamp { seconds: 1_764_000_000, nanos: 0 });
        (shipment.create_time, shipment.update_time) = (time, time);
        known.insert(shipment.name.clone(), shipment.clone());
        shipment
    }

    /// A shipment is so from now on; its event tells it.
    pub(crate) fn tell(&self, shipment: Shipment) {
        let shipment = self.know(shipment);
        let data = prost_types::Any::from_msg(&shipment).unwrap();
        self.append("devisa.shipment.v1.shipment.updated", shipment.name, data);
    }

    /// Something happened, at this minute.
    pub(crate) fn pass(&self, shipment: &str, id: &str, code: Code, minute: i64) {
        let time = prost_types::Timestamp { seconds: 1_764_000_000 + minute * 60, nanos: 0 };
        let milestone = Milestone {
            name: format!("shipments/{shipment}/milestones/{id}"),
            code: code.into(),
            classifier: Classifier::Actual.into(),
            event_time: Some(time),
            create_time: Some(time),
            ..Default::default()
        };
        let data = prost_types::Any::from_msg(&milestone).unwrap();
        self.0.milestones.lock().unwrap().push(milestone.clone());
        self.append("devisa.shipment.v1.milestone.recorded", milestone.name, data);
    }

    fn append(&self, kind: &str, subject: String, data: prost_types::Any) {
        let mut log = self.0.log.lock().unwrap();
        let revision = format!("{:040x}", log.last().map_or(0, |last| place(&last.revision)) + 1);
        let kind = kind.to_owned();
        log.push(Event { revision, r#type: kind, subject, data: Some(data), ..Default::default() });
        drop(log);
        self.0.bell.send_replace(());
    }

    /// The log loses all that later events of the same resources make superfluous.
    pub(crate) fn compact(&self) {
        let mut log = self.0.log.lock().unwrap();
        let newest: BTreeMap<_, _> =
            log.iter().map(|event| (event.subject.clone(), event.revision.clone())).collect();
        let floor = log.last().map_or(0, |last| place(&last.revision));
        log.retain(|event| newest[&event.subject] == event.revision);
        self.0.floor.store(floor, Ordering::SeqCst);
    }

    /// Everything that it ever told.
    pub(crate) fn log(&self) -> Vec<Event> {
        self.0.log.lock().unwrap().clone()
    }

    /// It is brought back to when its log had only so many events.
    pub(crate) fn truncate(&self, events: usize) {
        self.0.log.lock().unwrap().truncate(events);
    }

    /// It is brought back to when there was nothing yet.
    pub(crate) fn forget_all(&self) {
        self.truncate(0);
        self.0.shipments.lock().unwrap().clear();
        self.0.milestones.lock().unwrap().clear();
    }

    /// It no longer answers, or answers again; streams end.
    pub(crate) fn down(&self, is_down: bool) {
        self.0.is_down.store(is_down, Ordering::SeqCst);
        self.0.bell.send_replace(());
    }

    /// How often somebody began to watch.
    pub(crate) fn watches(&self) -> usize {
        self.0.watches.load(Ordering::SeqCst)
    }

    fn asked(&self) -> Result<(), Status> {
        if self.0.is_down.load(Ordering::SeqCst) {
            return Err(Status::unavailable("down"));
        }
        Ok(())
    }

    fn after(&self, revision: &str) -> Option<Event> {
        let log = self.0.log.lock().unwrap();
        log.iter().find(|event| event.revision.as_str() > revision).cloned()
    }
}

fn number(etag: &str) -> i64 {
    etag.trim_matches('"').parse().unwrap()
}

fn place(revision: &str) -> usize {
    if revision.is_empty() { 0 } else { usize::from_str_radix(revision, 16).unwrap() }
}

fn unasked<T>() -> Result<Response<T>, Status> {
    unreachable!("the deal service does not ask this")
}

#[tonic::async_trait]
impl EventService for Shipments {
    type WatchStream = WatchStream;

    async fn watch(&self, request: Request<WatchRequest>) -> Result<Response<WatchStream>, Status> {
        self.asked()?;
        let WatchRequest { after_revision, subject_prefix, .. } = request.into_inner();
        assert_eq!(subject_prefix, "shipments/");
        self.0.watches.fetch_add(1, Ordering::SeqCst);
        let newest = self.0.log.lock().unwrap().last().map_or(0, |last| place(&last.revision));
        if place(&after_revision) > newest {
            let broken = RuleBroken::new("revision.beyond", "expected an earlier one");
            return Err(refuse(Refusal::field("after_revision", broken)));
        }
        let floor = self.0.floor.load(Ordering::SeqCst);
        if !after_revision.is_empty() && place(&after_revision) < floor {
            let oldest = format!("{floor:040x}");
            let revision = after_revision;
            let compacted = refuse(Refusal::RevisionCompacted { revision, oldest });
            return Ok(Response::new(stream::iter([Err(compacted)]).boxed()));
        }
        let bell = self.0.bell.subscribe();
        let from = (self.clone(), after_revision, bell);
        let events = stream::unfold(from, |(shipments, after, mut bell)| async move {
            loop {
                bell.borrow_and_update();
                if let Err(down) = shipments.asked() {
                    return Some((Err(down), (shipments, after, bell)));
                }
                if let Some(event) = shipments.after(&after) {
                    let revision = event.revision.clone();
                    let update = Some(Update::Event(event));
                    return Some((Ok(WatchResponse { update }), (shipments, revision, bell)));
                }
                bell.changed().await.ok()?;
            }
        });
        Ok(Response::new(events.boxed()))
    }

    async fn list_events(
        &self,
        request: Request<ListEventsRequest>,
    ) -> Result<Response<ListEventsResponse>, Status> {
        self.asked()?;
        // Two at a time, so that pages are followed.
        let after = request.into_inner().page_token;
        let log = self.0.log.lock().unwrap();
        let rest = log.iter().filter(|event| event.revision > after);
        let events: Vec<_> = rest.take(2).cloned().collect();
        let next_page_token = events.last().map(|last| last.revision.clone()).unwrap_or_default();
        Ok(Response::new(ListEventsResponse { events, next_page_token }))
    }
}

#[tonic::async_trait]
impl ShipmentService for Shipments {
    async fn get_shipment(
        &self,
        request: Request<GetShipmentRequest>,
    ) -> Result<Response<Shipment>, Status> {
        self.asked()?;
        let resource = request.into_inner().name;
        let known = self.0.shipments.lock().unwrap().get(&resource).cloned();
        known.map(Response::new).ok_or_else(|| refuse(Refusal::NotFound { resource }))
    }

    type ImportShipmentsStream =
        Pin<Box<dyn Stream<Item = Result<ImportShipmentsResponse, Status>> + Send>>;

    async fn import_shipments(
        &self,
        _: Request<Streaming<ImportShipmentsRequest>>,
    ) -> Result<Response<Self::ImportShipmentsStream>, Status> {
        unasked()
    }

    async fn create_shipment(
        &self,
        _: Request<CreateShipmentRequest>,
    ) -> Result<Response<Shipment>, Status> {
        unasked()
    }

    async fn list_shipments(
        &self,
        _: Request<ListShipmentsRequest>,
    ) -> Result<Response<ListShipmentsResponse>, Status> {
        unasked()
    }

    async fn update_shipment(
        &self,
        _: Request<UpdateShipmentRequest>,
    ) -> Result<Response<Shipment>, Status> {
        unasked()
    }

    async fn confirm_shipment(
        &self,
        _: Request<ConfirmShipmentRequest>,
    ) -> Result<Response<Shipment>, Status> {
        unasked()
    }

    async fn cancel_shipment(
        &self,
        _: Request<CancelShipmentRequest>,
    ) -> Result<Response<Shipment>, Status> {
        unasked()
    }

    async fn batch_get_shipments(
        &self,
        _: Request<BatchGetShipmentsRequest>,
    ) -> Result<Response<BatchGetShipmentsResponse>, Status> {
        unasked()
    }
}

#[tonic::async_trait]
impl MilestoneService for Shipments {
    async fn list_milestones(
        &self,
        request: Request<ListMilestonesRequest>,
    ) -> Result<Response<ListMilestonesResponse>, Status> {
        self.asked()?;
        let of = format!("{}/", request.get_ref().parent);
        let known = self.0.milestones.lock().unwrap();
        let milestones = known.iter().filter(|one| one.name.starts_with(&of)).cloned().collect();
        Ok(Response::new(ListMilestonesResponse { milestones, ..Default::default() }))
    }

    async fn record_milestone(
        &self,
        _: Request<RecordMilestoneRequest>,
    ) -> Result<Response<Milestone>, Status> {
        unasked()
    }

    async fn batch_record_milestones(
        &self,
        _: Request<BatchRecordMilestonesRequest>,
    ) -> Result<Response<BatchRecordMilestonesResponse>, Status> {
        unasked()
    }

    async fn get_milestone(
        &self,
        _: Request<GetMilestoneRequest>,
    ) -> Result<Response<Milestone>, Status> {
        unasked()
    }
}
