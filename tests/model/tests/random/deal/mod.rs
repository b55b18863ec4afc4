//! All three services and their models, step by step: deals are drawn down by the real shipments.

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
    run::{Plan, Played, run, tally},
    shipment::{self, ORGANISATIONS, rate, steps::Step as GoodsStep},
};
use steps::{Kind, List, Op, Step, Summarize, opening, step};

#[test]
fn deals_are_as_the_model_says_on_sqlite() {
    run("deal", Backend::Sqlite, Plan::share(34), opening(), step(), play);
}

#[test]
fn deals_are_as_the_model_says_on_postgres() {
    run("deal", Backend::Postgres, Plan::share(34), opening(), step(), play);
}

#[test]
fn every_two_comparisons_of_deals_agree_on_sqlite() {
    run("deal, every two comparisons", Backend::Sqlite, Plan::once(), opening(), step(), pairs);
}

#[test]
fn every_two_comparisons_of_deals_agree_on_postgres() {
    run("deal, every two comparisons", Backend::Postgres, Plan::once(), opening(), step(), pairs);
}

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

fn play(backend: Backend, steps: Vec<Step>) -> Played {
    play_and(backend, steps, false)
}

fn pairs(backend: Backend, steps: Vec<Step>) -> Played {
    play_and(backend, steps, true)
}

fn play_and(backend: Backend, steps: Vec<Step>, pairs: bool) -> Played {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
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

    async fn change(&mut self, step: &Step) -> Result<(), String> {
        match &step.op {
            Op::CreateSession(r) => change!(
                self, step, r, "CreateSession", SessionServiceClient.create_session,
                |_state, _moment, it| Deals::check_create_session(it), create_session,
                validate: validate_only
            ),
            Op::UpdateSession(r) => change!(
                self,
                step,
                r,
                "UpdateSession",
                SessionServiceClient.update_session,
                |_state, _moment, _it| Ok(()),
                update_session
            ),
            Op::CreateDeal(r) => change!(
                self, step, r, "CreateDeal", DealServiceClient.create_deal,
                |state, _moment, it| state.check_create_deal(it), create_deal, validate: validate_only
            ),
            Op::UpdateDeal(r) => change!(
                self,
                step,
                r,
                "UpdateDeal",
                DealServiceClient.update_deal,
                |_state, _moment, _it| Ok(()),
                update_deal
            ),
            Op::Sign(r) => change!(
                self, step, r, "SignDeal", DealServiceClient.sign_deal,
                |_state, _moment, _it| Ok(()), sign, validate: validate_only
            ),
            Op::Review(r) => change!(
                self, step, r, "ReviewDeal", DealServiceClient.review_deal,
                |_state, _moment, it| Deals::check_review(it), review, validate: validate_only
            ),
            Op::Lapse(r) => change!(
                self, step, r, "LapseDeal", DealServiceClient.lapse_deal,
                |_state, _moment, _it| Ok(()), lapse, validate: validate_only
            ),
            Op::Withdraw(r) => change!(
                self, step, r, "WithdrawDeal", DealServiceClient.withdraw_deal,
                |_state, _moment, _it| Ok(()), withdraw, validate: validate_only
            ),
            Op::CreateRealisation(r) => change!(
                self, step, r, "CreateRealisation", RealisationServiceClient.create_realisation,
                |_state, _moment, it| Deals::check_create_realisation(it), create_realisation,
                validate: validate_only
            ),
            Op::DeleteRealisation(r) => change!(
                self, step, r, "DeleteRealisation", RealisationServiceClient.delete_realisation,
                |_state, _moment, _it| Ok(()), delete_realisation, validate: validate_only
            ),
            _ => Ok(()),
        }
    }

    /// An organisation gets another size class in the registry.
    async fn resize(&mut self, of: usize, class: Option<Class>) -> Result<(), String> {
        let name = format!("organisations/{}", ORGANISATIONS[of].0);
        let size = class.map(|class| OrganisationSize {
            scheme: Scheme::Pp7Sales.into(),
            class: class.into(),
            ..Default::default()
        });
        let mut client = OrganisationServiceClient::new(self.goods.registry.clone());
        let now = client.get_organisation(GetOrganisationRequest { name: name.clone() });
        let now = now.await.unwrap().into_inner();
        let request = UpdateOrganisationRequest {
            organisation: Some(Organisation { size, ..now }),
            update_mask: Some(prost_types::FieldMask { paths: vec!["size".to_owned()] }),
            ..Default::default()
        };
        client.update_organisation(request).await.unwrap();
        self.model.state.organisations.insert(name, class);
        Ok(())
    }

    /// Waits until the service has heard of what became of shipments, and compares what it made of
    /// it. How many versions that took depends on how much was heard at once, so the model takes
    /// the etags, and the events in between, as they are.
    async fn follow(&mut self) -> Result<(), String> {
        let revision = self.watch().await?;
        let heard = async {
            while self.ledger.place("shipments").await.unwrap().revision() < revision.as_str() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let late = |_| "the service did not hear of shipments in time".to_owned();
        tokio::time::timeout(PATIENCE, heard).await.map_err(late)?;
        let call = Call {
            method: "follow",
            actor: devisa_deal::Deals::NAME.to_owned(),
            now: self.clock.now(),
            request_id: String::new(),
            request: vec![],
            validate_only: false,
        };
        let before = self.model.events.len();
        let shipments = &self.goods.model.state;
        let followed = self.model.mutate(
            &call,
            |_, _| Ok(()),
            |state, moment| state.follow(moment, shipments),
        );
        followed.map_err(|refused| format!("the model: {refused:?}"))?;
        let model = self.model.events.split_off(before);
        if model.is_empty() {
            return Ok(());
        }
        let begun = Instant::now();
        loop {
            let all = self.events_now().await;
            let outcome = self.settled(&model, all.get(before..).unwrap_or_default());
            if outcome.is_ok() || begun.elapsed() > self.lag {
                return outcome;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// The revision of the last event of a shipment; each is compared as it comes.
    async fn watch(&mut self) -> Result<String, String> {
        let of_shipments = |event: &&Happened| event.subject.starts_with("shipments/");
        let model: Vec<_> = self.goods.model.events.iter().filter(of_shipments).collect();
        let mut revision = String::new();
        while self.watched < model.len() {
            let next = tokio::time::timeout(PATIENCE, self.watch.message()).await;
            let next = next.map_err(|_| "an event does not come".to_owned())?;
            let next = next.map_err(|status| format!("the watch: {status}"))?;
            if let Some(Update::Event(event)) = next.and_then(|message| message.update) {
                same("a watched event", model[self.watched], &happened(&event))?;
                revision = event.revision;
                self.watched += 1;
            }
        }
        Ok(revision)
    }

    /// Compares the last event of each resource, and takes the service's.
    fn settled(&mut self, model: &[Happened], found: &[Event]) -> Result<(), String> {
        let last = |events: &[Happened]| -> BTreeMap<String, Happened> {
            events.iter().map(|event| (event.subject.clone(), event.clone())).collect()
        };
        let found: Vec<_> = found.iter().map(happened).collect();
        let (wanted, told) = (last(model), last(&found));
        let names = |of: &BTreeMap<String, Happened>| of.keys().cloned().collect::<Vec<_>>();
        same("what followed from shipments", &names(&wanted), &names(&told))?;
        let mut etags = vec![];
        for (name, wanted) in wanted {
            let mut told = told[&name].clone();
            let etag = if parent(&name).is_empty() {
                let deal = Deal::decode(told.data.as_slice()).unwrap();
                let model = Deal::decode(wanted.data.as_slice()).unwrap();
                grown(&model, &deal)?;
                let etag = deal.etag.clone();
                told.data = Deal { etag: model.etag, ..deal }.encode_to_vec();
                etag
            } else {
                let realisation = Realisation::decode(told.data.as_slice()).unwrap();
                let model = Realisation::decode(wanted.data.as_slice()).unwrap();
                grown(&model, &realisation)?;
                let etag = realisation.etag.clone();
                told.data = Realisation { etag: model.etag, ..realisation }.encode_to_vec();
                etag
            };
            same_happened(&[wanted], &[told])?;
            etags.push((name, etag));
        }
        for (name, etag) in etags {
            let state = &mut self.model.state;
            if let Some(deal) = state.deals.get_mut(&name) {
                deal.etag = etag;
            } else if let Some(realisation) = state.realisations.get_mut(&name) {
                realisation.etag = etag;
            }
        }
        self.model.events.extend(found);
        Ok(())
    }

    async fn get(&self, kind: Kind, index: usize) -> Result<(), String> {
        let state = &self.model.state;
        let channel = || self.channel.clone();
        match kind {
            Kind::Sessions => {
                let name = format!("sessions/s{}", index % 3);
                let mut client = SessionServiceClient::new(channel());
                let found = client.get_session(GetSessionRequest { name: name.clone() }).await;
                same(&name, &get(&state.sessions, &name), &served(found))
            }
            Kind::Deals => {
                let name = format!("deals/d{index}");
                let mut client = DealServiceClient::new(channel());
                let found = client.get_deal(GetDealRequest { name: name.clone() }).await;
                crate::play::same_answer(&name, get(&state.deals, &name), served(found))
            }
            Kind::Realisations => {
                let names = state.realisations.keys();
                let Some(name) = names.cycle().nth(index) else { return Ok(()) };
                let mut client = RealisationServiceClient::new(channel());
                let request = GetRealisationRequest { name: name.clone() };
                let found = client.get_realisation(request).await;
                same(name, &get(&state.realisations, name), &served(found))
            }
        }
    }

    async fn list(&mut self, list: List) -> Result<(), String> {
        let at = self.instant();
        let state = &self.model.state;
        match list.kind {
            Kind::Sessions => {
                let all: Vec<_> = state.sessions.values().cloned().collect();
                let mut client = SessionServiceClient::new(self.channel.clone());
                list!(
                    list,
                    sessions(at),
                    all,
                    client.list_sessions(ListSessionsRequest::default()).sessions
                )
            }
            Kind::Deals => {
                let all: Vec<_> = state.deals.values().cloned().collect();
                let mut client = DealServiceClient::new(self.channel.clone());
                list!(list, deals(at), all, client.list_deals(ListDealsRequest::default()).deals)
            }
            Kind::Realisations => {
                let Some(of) = state.realisations.keys().next().map(|name| parent(name)) else {
                    return Ok(());
                };
                let all = state.realisations.values().filter(|r| parent(&r.name) == of);
                let all: Vec<_> = all.cloned().collect();
                let mut client = RealisationServiceClient::new(self.channel.clone());
                list!(
                    list,
                    realisations(at),
                    all,
                    client
                        .list_realisations(ListRealisationsRequest {
                            parent: of.to_owned(),
                            show_deleted: list.show_deleted,
                            ..Default::default()
                        })
                        .realisations
                )
            }
        }
    }

    /// Compares all pages of a summary, and that its groups come to the total without groups.
    async fn summarize(&self, step: &Summarize) -> Result<(), String> {
        let Summarize { tier, include_held, by, period: [first, end], both, conversion, size } =
            step;
        let predicates = dimensions();
        let both = both.map(|index| index.map(|index| &predicates[index % predicates.len()]));
        let texts: Vec<_> = both.iter().flatten().map(|p| p.text.as_str()).collect();
        let asked = |by| Asked {
            tier: *tier,
            include_held: *include_held,
            group_by: by,
            period: [date(first.as_ref()), date(end.as_ref())],
            both,
            conversion: conversion.clone(),
        };
        let model = summarize(&self.model.state, &asked(by));
        let whole = summarize(&self.model.state, &asked(&[]));
        let total = |of: &Answer<Grouped>| of.clone().map(|of| of.total);
        same("the total with and without groups", &total(&whole), &total(&model))?;
        let mut request = SummarizeDealsRequest {
            tier: (*tier).into(),
            include_held: *include_held,
            filter: texts.join(" AND "),
            group_by: by.iter().map(|dimension| (*dimension).into()).collect(),
            page_size: *size,
            period: Some(Period { start_date: *first, end_date: *end }),
            conversion: conversion.clone(),
            ..Default::default()
        };
        let mut client = SummaryServiceClient::new(self.channel.clone());
        let mut groups = vec![];
        loop {
            let page = served(client.summarize_deals(request.clone()).await);
            let what = format!("{request:?}");
            let page = match (page, &model) {
                (Ok(page), Ok(_)) => page,
                (found, _) => {
                    return same(
                        &what,
                        &total(&model),
                        &found.map(|r| r.total.unwrap_or_default()),
                    );
                }
            };
            groups.extend(page.groups);
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                let rates = page.rates.into_iter().map(|rate| rate.exchange_rate);
                let total = page.total.unwrap_or_default();
                let mut found = Grouped { groups, total, rates: rates.collect() };
                found.rates.sort();
                return same(&what, &model, &Ok(found));
            }
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
