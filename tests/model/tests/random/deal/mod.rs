//! All three services and their models, step by step: deals are drawn down by the real shipments.

mod changes;
mod following;
mod reads;
mod steps;

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use devisa_domain::time::{Clock, Timestamp};
use devisa_ledger::Ledger;
use devisa_model::{
    answer::Answer,
    deal::{Asked, Deals, Grouped, deals, dimensions, realisations, sessions, summarize},
    keeper::{Call, Happened, Keeper},
    registry::parent,
    resource::{Resource, date, get},
};
use devisa_proto::{
    common::v1::Tier,
    deal::v1::{
        deal_service_client::DealServiceClient, event_service_client::EventServiceClient,
        realisation_service_client::RealisationServiceClient,
        session_service_client::SessionServiceClient, summarize_deals_request::Dimension,
        summary_service_client::SummaryServiceClient, *,
    },
    event::v1::{Event, ListEventsRequest, WatchRequest, WatchResponse, watch_response::Update},
    registry::v1::{
        GetOrganisationRequest, Organisation, OrganisationSize, UpdateOrganisationRequest,
        organisation_service_client::OrganisationServiceClient,
        organisation_size::{Class, Scheme},
    },
    shipment::v1::event_service_client::EventServiceClient as ShipmentEvents,
    totals::v1::Period,
};
use devisa_server::{Drain, Limits, ServiceChannel, channel};
use devisa_testkit::{Backend, TestDatabase, contents};
use prost::Message;
use tonic::Streaming;

use crate::{
    lists::{every_two, list},
    play::{StillClock, change, happened, remove, same, same_happened, served},
    run::{Played, block_on, both_ways_on_both_databases, tally},
    shipment::{self, ORGANISATIONS, rate, steps::Step as GoodsStep},
};
use steps::{Kind, List, Op, Step, Summarize, opening, step};

both_ways_on_both_databases!("deal", 34);

/// How long events may lag behind what they tell: on PostgreSQL until no older transaction of the
/// whole server is open.
fn lag(backend: Backend) -> Duration {
    Duration::from_millis(if backend == Backend::Postgres { 10_000 } else { 100 })
}

/// How long the service may take to hear of shipments.
const PATIENCE: Duration = Duration::from_secs(20);

struct World {
    /// The registry and the shipment service, with their models.
    goods: shipment::World,
    clock: Arc<StillClock>,
    ledger: Ledger,
    channel: ServiceChannel,
    model: Keeper<Deals>,
    /// The shipment service's log as somebody else follows it, and how much of it was told.
    watch: Streaming<WatchResponse>,
    watched: usize,
    drain: Drain,
    lag: Duration,
}

fn play(backend: Backend, steps: Vec<Step>, pairs: bool) -> Played {
    block_on(async {
        let database = TestDatabase::fresh(backend).await;
        let of_shipment = TestDatabase::fresh(backend).await;
        let of_registry = TestDatabase::fresh(Backend::Sqlite).await;
        let goods = shipment::World::new(&of_shipment, &of_registry).await;
        let mut world = World::new(&database, goods).await;
        let outcome = world.play(steps, pairs).await;
        world.drain.begin();
        world.ledger.database().clone().close().await;
        world.goods.close().await;
        drop(world);
        remove(database).await;
        remove(of_shipment).await;
        outcome
    })
}

impl World {
    async fn new(database: &TestDatabase, goods: shipment::World) -> Self {
        let source = devisa_deal::Deals::SOURCE;
        let ledger = database.ledger::<devisa_deal::Migrator>(goods.clock.clone(), source).await;
        let drain = Drain::new();
        let (registry, of_shipment) = (goods.registry.clone(), goods.channel.clone());
        let service =
            devisa_deal::Deals::new(ledger.clone(), registry, of_shipment.clone(), drain.clone());
        let channel = channel::local(service.stack(&Limits::default()));
        tokio::spawn(async move { service.follow().await });
        let mut model = Keeper::<Deals>::default();
        let known = ORGANISATIONS.map(|(id, ..)| (format!("organisations/{id}"), None));
        model.state.organisations = known.into();
        model.state.rates = goods.model.state.rates.clone();
        let request =
            WatchRequest { subject_prefix: "shipments/".to_owned(), ..Default::default() };
        let watch = ShipmentEvents::new(of_shipment).watch(request).await.unwrap().into_inner();
        let clock = goods.clock.clone();
        Self {
            goods,
            clock,
            ledger,
            channel,
            model,
            watch,
            watched: 0,
            drain,
            lag: lag(database.backend),
        }
    }

    async fn play(&mut self, steps: Vec<Step>, pairs: bool) -> Played {
        let length = steps.len();
        let mut count = length;
        for (index, step) in steps.into_iter().enumerate() {
            self.step(&step).await.map_err(|why| (index + 1, why))?;
            let conserved = self.model.state.conserved();
            conserved.map_err(|why| (index + 1, format!("after {step:?}: {why}")))?;
        }
        if pairs {
            count += self.pairs().await.map_err(|why| (length, why))?;
        }
        self.finish().await.map_err(|why| (length, why))?;
        Ok((count, tally(&self.model.events)))
    }

    async fn contents(&self) -> String {
        contents(self.ledger.reader()).await
    }

    /// Compares everything that there is.
    async fn finish(&mut self) -> Result<(), String> {
        for kind in [Kind::Sessions, Kind::Deals, Kind::Realisations] {
            self.list(List { kind, both: [None, None], size: 7, show_deleted: true }).await?;
        }
        let found = self.events(self.model.events.len()).await;
        let found: Vec<_> = found.iter().map(happened).collect();
        same_happened(&self.model.events, &found)?;
        self.goods.finish().await
    }

    /// Compares every list and every total by every two comparisons, and counts them.
    async fn pairs(&mut self) -> Result<usize, String> {
        let at = self.instant();
        let kinds = [
            (Kind::Sessions, sessions(at).len()),
            (Kind::Deals, deals(at).len()),
            (Kind::Realisations, realisations(at).len()),
        ];
        let mut count = 0;
        for (kind, comparisons) in kinds {
            for (number, both) in every_two(comparisons).enumerate() {
                let (size, show_deleted) = (number % 4 + 1, number % 2 == 0);
                self.list(List { kind, both, size, show_deleted }).await?;
                count += 1;
            }
        }
        for tier in [Tier::Potential, Tier::Contracted] {
            for both in every_two(dimensions().len()) {
                let by = vec![Dimension::Session, Dimension::Commodity];
                let (period, conversion) = ([None, None], None);
                let include_held = tier == Tier::Potential;
                let asked = Summarize { tier, include_held, by, period, both, conversion, size: 3 };
                self.summarize(&asked).await?;
                count += 1;
            }
        }
        Ok(count)
    }

    /// An instant at which something happened.
    fn instant(&self) -> Timestamp {
        let middle = self.model.events.get(self.model.events.len() / 2);
        middle.map_or(self.clock.now(), |event| event.time)
    }

    async fn step(&mut self, step: &Step) -> Result<(), String> {
        match &step.op {
            Op::Time(micros) => {
                self.clock.move_by(*micros);
                Ok(())
            }
            Op::Shipment(op) => {
                let step = GoodsStep { op: op.clone(), manner: step.manner };
                self.goods.step(&step).await?;
                self.follow().await
            }
            Op::Size(of, class) => self.resize(*of, *class).await,
            Op::Rate(index) => {
                if let Some(rate) = rate(&self.goods.registry, *index, false).await {
                    self.model.state.rates.insert(rate.name.clone(), rate);
                }
                Ok(())
            }
            Op::Get(kind, index) => self.get(*kind, *index).await,
            Op::List(list) => self.list(*list).await,
            Op::Summarize(asked) => self.summarize(asked).await,
            _ => self.change(step).await,
        }
    }

    /// The log, once it has so many events; see the registry's.
    async fn events(&self, count: usize) -> Vec<Event> {
        let begun = Instant::now();
        loop {
            let events = self.events_now().await;
            if events.len() >= count || begun.elapsed() > self.lag {
                return events;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn events_now(&self) -> Vec<Event> {
        let mut client = EventServiceClient::new(self.channel.clone());
        let mut events = vec![];
        let mut request = ListEventsRequest { page_size: 1_000, ..Default::default() };
        loop {
            let page = client.list_events(request.clone()).await.unwrap().into_inner();
            events.extend(page.events);
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                return events;
            }
        }
    }
}

/// That a resource is at least at the version that the model has it at.
fn grown<R: Resource>(model: &R, found: &R) -> Result<(), String> {
    let version = |r: &R| r.etag().trim_matches('"').parse::<i64>().unwrap();
    if version(found) >= version(model) {
        return Ok(());
    }
    Err(format!("{} is at {}, the model at {}", found.name(), found.etag(), model.etag()))
}
