//! The shipment service and its model, step by step; behind it stands the registry itself.

mod changes;
mod reads;
pub(crate) mod steps;

use std::sync::Arc;

use devisa_domain::time::{Clock, Timestamp};
use devisa_ledger::Ledger;
use devisa_model::{
    answer::Answer,
    keeper::{Call, Keeper},
    resource::{date, get},
    shipment::{
        Asked, Grouped, Party, Shipments, dimensions, milestones, releases, shipments,
        sponsorships, summarize,
    },
};
use devisa_proto::{
    common::v1::Tier,
    event::v1::{Event, ListEventsRequest},
    google_type::{Date, Decimal},
    registry::v1::{
        CreateExchangeRateRequest, CreateOrganisationRequest, ExchangeRate, Organisation, RateKind,
        exchange_rate_service_client::ExchangeRateServiceClient, organisation::Role,
        organisation_service_client::OrganisationServiceClient,
    },
    shipment::v1::{
        event_service_client::EventServiceClient, milestone_service_client::MilestoneServiceClient,
        release_service_client::ReleaseServiceClient,
        shipment_service_client::ShipmentServiceClient,
        sponsorship_service_client::SponsorshipServiceClient,
        summarize_shipments_request::Dimension, summary_service_client::SummaryServiceClient, *,
    },
    totals::v1::Period,
};
use devisa_server::{Drain, Limits, ServiceChannel, channel};
use devisa_shipment::Migrator;
use devisa_testkit::{Backend, TestDatabase, contents};
use prost::Message;
use tonic::{Response, Status};

use crate::{
    lists::{every_two, list},
    play::{ACTORS, StillClock, by, change, refused, remove, same, same_events, served},
    run::{Played, block_on, both_ways_on_both_databases, tally},
};
use steps::{Kind, List, Op, Step, Summarize, opening, step};

both_ways_on_both_databases!("shipment", 36);

pub(crate) struct World {
    pub(crate) clock: Arc<StillClock>,
    ledger: Ledger,
    pub(crate) channel: ServiceChannel,
    pub(crate) registry: ServiceChannel,
    pub(crate) model: Keeper<Shipments>,
}

fn play(backend: Backend, steps: Vec<Step>, pairs: bool) -> Played {
    block_on(async {
        let database = TestDatabase::fresh(backend).await;
        let registry = TestDatabase::fresh(Backend::Sqlite).await;
        let mut world = World::new(&database, &registry).await;
        let outcome = world.play(steps, pairs).await;
        world.close().await;
        drop(world);
        remove(database).await;
        outcome
    })
}

/// The organisations of the registry, with the villages they stand in.
pub(crate) const ORGANISATIONS: [(&str, &str, Role); 4] = [
    ("a", "villages/35.25.11.2009", Role::Exporter),
    ("b", "villages/35.01.06.2013", Role::Producer),
    ("c", "", Role::Aggregator),
    ("buyer", "", Role::Buyer),
];

/// Rates into rupiah: their kind, currency, rate for so many units, and from which to which day of
/// November 2025. Those that are not there from the beginning may come later.
type RateRow = (RateKind, &'static str, &'static str, i32, [i32; 2], bool);

const RATES: [RateRow; 7] = [
    (RateKind::KursPajak, "USD", "16650.50", 1, [20, 27], false),
    (RateKind::KursPajak, "MYR", "4012.25", 1, [25, 26], false),
    (RateKind::Jisdor, "USD", "16712", 1, [25, 25], false),
    (RateKind::KursPajak, "MYR", "401333", 100, [27, 30], false),
    (RateKind::Jisdor, "USD", "16703.125", 1, [26, 28], true),
    (RateKind::KursPajak, "USD", "1667001.5", 100, [28, 30], true),
    (RateKind::Jisdor, "MYR", "4010", 1, [25, 28], true),
];

/// Records a rate, if it is one of those from the beginning or not, as asked for, and not there yet.
pub(crate) async fn rate(
    registry: &ServiceChannel,
    index: usize,
    first: bool,
) -> Option<ExchangeRate> {
    let (kind, base, rate, units, [from, to], at_first) = RATES[index];
    let day = |day| Some(Date { year: 2025, month: 11, day });
    let rate = ExchangeRate {
        base_currency: base.to_owned(),
        quote_currency: "IDR".to_owned(),
        kind: kind.into(),
        units,
        rate: Some(Decimal { value: rate.to_owned() }),
        valid_from: day(from),
        valid_to: day(to),
        ..Default::default()
    };
    let request = CreateExchangeRateRequest {
        exchange_rate_id: format!("r{index}"),
        exchange_rate: Some(rate),
        ..Default::default()
    };
    let mut client = ExchangeRateServiceClient::new(registry.clone());
    let recorded =
        if at_first == first { Some(client.create_exchange_rate(request).await) } else { None };
    recorded?.ok().map(Response::into_inner)
}

impl World {
    pub(crate) async fn new(database: &TestDatabase, of_registry: &TestDatabase) -> Self {
        let clock = StillClock::at("2025-11-27T23:50:00+07:00");
        let source = devisa_registry::Registry::SOURCE;
        let ledger = of_registry.ledger::<devisa_registry::Migrator>(clock.clone(), source).await;
        let registry = devisa_registry::Registry::new(ledger, Drain::new());
        let registry = channel::local(registry.stack(&Limits::default()));
        let mut model = Keeper::<Shipments>::default();
        for (id, village, role) in ORGANISATIONS {
            let organisation = Organisation {
                display_name: id.to_owned(),
                region_code: "ID".to_owned(),
                village: village.to_owned(),
                roles: vec![role.into()],
                ..Default::default()
            };
            let request = CreateOrganisationRequest {
                organisation_id: id.to_owned(),
                organisation: Some(organisation),
                ..Default::default()
            };
            let mut client = OrganisationServiceClient::new(registry.clone());
            client.create_organisation(request).await.unwrap();
            let known = Party {
                display_name: id.to_owned(),
                village: village.to_owned(),
                exports: role != Role::Buyer,
            };
            model.state.organisations.insert(format!("organisations/{id}"), known);
        }
        for index in 0..RATES.len() {
            if let Some(rate) = rate(&registry, index, true).await {
                model.state.rates.insert(rate.name.clone(), rate);
            }
        }
        let source = devisa_shipment::Shipments::SOURCE;
        let ledger = database.ledger::<Migrator>(clock.clone(), source).await;
        let service =
            devisa_shipment::Shipments::new(ledger.clone(), registry.clone(), Drain::new());
        let channel = channel::local(service.stack(&Limits::default()));
        Self { clock, ledger, channel, registry, model }
    }

    pub(crate) async fn close(&self) {
        self.ledger.database().clone().close().await;
    }

    async fn contents(&self) -> String {
        contents(self.ledger.reader()).await
    }

    async fn play(&mut self, steps: Vec<Step>, pairs: bool) -> Played {
        let length = steps.len();
        let mut count = length;
        for (index, step) in steps.into_iter().enumerate() {
            self.step(&step).await.map_err(|why| (index + 1, why))?;
        }
        if pairs {
            count += self.pairs().await.map_err(|why| (length, why))?;
        }
        self.finish().await.map_err(|why| (length, why))?;
        Ok((count, tally(&self.model.events)))
    }

    /// Compares everything that there is.
    pub(crate) async fn finish(&mut self) -> Result<(), String> {
        for kind in [Kind::Releases, Kind::Shipments, Kind::Milestones, Kind::Sponsorships] {
            self.list(List { kind, both: [None, None], size: 7, show_deleted: true }).await?;
        }
        same_events(&self.model.events, &self.events().await)
    }

    /// Compares every list and every total by every two comparisons, and counts them.
    async fn pairs(&mut self) -> Result<usize, String> {
        let at = self.instant();
        let kinds = [
            (Kind::Releases, releases(at).len()),
            (Kind::Shipments, shipments(at).len()),
            (Kind::Milestones, milestones(at).len()),
            (Kind::Sponsorships, sponsorships(at).len()),
        ];
        let mut count = 0;
        for (kind, comparisons) in kinds {
            for (number, both) in every_two(comparisons).enumerate() {
                let (size, show_deleted) = (number % 4 + 1, number % 2 == 0);
                self.list(List { kind, both, size, show_deleted }).await?;
                count += 1;
            }
        }
        for tier in [Tier::Released, Tier::Realised] {
            for both in every_two(dimensions().len()) {
                let by = vec![Dimension::Release, Dimension::Commodity];
                let (period, conversion) = ([None, None], None);
                self.summarize(&Summarize { tier, by, period, both, conversion, size: 3 }).await?;
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

    pub(crate) async fn step(&mut self, step: &Step) -> Result<(), String> {
        match &step.op {
            Op::Time(micros) => {
                self.clock.move_by(*micros);
                Ok(())
            }
            Op::List(list) => self.list(*list).await,
            Op::Summarize(asked) => self.summarize(asked).await,
            Op::Get(kind, index) => self.get(*kind, *index).await,
            Op::BatchGet(request) => {
                let mut client = ShipmentServiceClient::new(self.channel.clone());
                let found = served(client.batch_get_shipments(request.clone()).await);
                same(&format!("{request:?}"), &self.model.state.batch_get(request), &found)
            }
            Op::Import(rows) => self.import(step, rows).await,
            _ => self.change(step).await,
        }
    }

    /// The whole log; see the registry's.
    async fn events(&self) -> Vec<Event> {
        for _ in 0..1_000 {
            let events = self.events_now().await;
            if events.len() >= self.model.events.len() {
                return events;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        self.events_now().await
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
