//! The registry and its model, step by step.

mod changes;
mod reads;
mod steps;

use std::sync::Arc;

use devisa_domain::time::{Clock, Timestamp};
use devisa_ledger::Ledger;
use devisa_model::{
    answer::{Answer, Refused},
    keeper::Keeper,
    list::{Predicate, picked},
    registry::{Known, Registry, parent, villages},
    resource::{Resource, Table, get, wire_time},
};
use devisa_proto::event::v1::{Event, ListEventsRequest};
use devisa_proto::registry::v1::{
    decree_service_client::DecreeServiceClient, enrolment_service_client::EnrolmentServiceClient,
    event_service_client::EventServiceClient,
    exchange_rate_service_client::ExchangeRateServiceClient,
    organisation_service_client::OrganisationServiceClient,
    product_service_client::ProductServiceClient, programme_service_client::ProgrammeServiceClient,
    village_service_client::VillageServiceClient, *,
};
use devisa_registry::Migrator;
use devisa_server::{Drain, Limits, ServiceChannel, channel};
use devisa_testkit::{Backend, TestDatabase, contents};
use prost::Message;

use crate::{
    lists::{Walk, every_two},
    play::{Manner, StillClock, change, remove, same, same_events, served},
    run::{Played, block_on, both_ways_on_both_databases, tally},
};
use steps::{Kind, List, NIB, NPWP, Op, Step, VILLAGES, opening, step};
pub(crate) use steps::{manner, passing};

both_ways_on_both_databases!("registry", 30);

struct World {
    clock: Arc<StillClock>,
    ledger: Ledger,
    channel: ServiceChannel,
    model: Keeper<Registry>,
    /// Instants at which something may have happened.
    begun: Timestamp,
    inserted: usize,
}

fn play(backend: Backend, steps: Vec<Step>, pairs: bool) -> Played {
    block_on(async {
        let database = TestDatabase::fresh(backend).await;
        let mut world = World::new(&database).await;
        let outcome = world.play(steps, pairs).await;
        world.ledger.database().clone().close().await;
        drop(world);
        remove(database).await;
        outcome
    })
}

impl World {
    async fn new(database: &TestDatabase) -> Self {
        let clock = StillClock::at("2025-11-27T23:50:00+07:00");
        let source = devisa_registry::Registry::SOURCE;
        let ledger = database.ledger::<Migrator>(clock.clone(), source).await;
        let service = devisa_registry::Registry::new(ledger.clone(), Drain::new());
        let channel = channel::local(service.stack(&Limits::default()));
        let (model, begun) = (Keeper::default(), clock.now());
        Self { clock, ledger, channel, model, begun, inserted: 0 }
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
    async fn finish(&mut self) -> Result<(), String> {
        for kind in [Kind::Programmes, Kind::Decrees, Kind::Enrolments, Kind::Products, Kind::Rates]
        {
            let list =
                List { kind, both: [None, None], size: 7, show_deleted: true, insert: false };
            self.list(list).await?;
        }
        same_events(&self.model.events, &self.events().await)
    }

    /// Compares every list by every two comparisons, and counts them.
    async fn pairs(&mut self) -> Result<usize, String> {
        use Kind::{Decrees, Enrolments, Organisations, Products, Programmes, Rates};
        let known = self.known();
        let kinds = [
            (Programmes, known.programmes().len()),
            (Decrees, known.decrees().len()),
            (Enrolments, known.enrolments().len()),
            (Organisations, known.organisations().len()),
            (Products, known.products().len()),
            (Rates, known.rates().len()),
        ];
        let mut count = 0;
        for (kind, comparisons) in kinds {
            for (number, both) in every_two(comparisons).enumerate() {
                let (size, show_deleted) = (number % 4 + 1, number % 2 == 0);
                self.list(List { kind, both, size, show_deleted, insert: false }).await?;
                count += 1;
            }
        }
        for both in every_two(villages().len()) {
            self.list_villages(both).await?;
            count += 1;
        }
        Ok(count)
    }

    /// What comparisons are made with.
    fn known(&self) -> Known {
        let middle = self.model.events.get(self.model.events.len() / 2);
        let instant = middle.map_or(self.begun, |event| event.time);
        let day = self.begun.jakarta_date();
        Known { instant, day, nib: NIB, npwp: NPWP, village: VILLAGES[0] }
    }

    async fn step(&mut self, step: &Step) -> Result<(), String> {
        match &step.op {
            Op::Time(micros) => {
                self.clock.move_by(*micros);
                Ok(())
            }
            Op::Get(kind, index) => self.get(*kind, *index).await,
            Op::List(list) => self.list(*list).await,
            Op::BatchGetOrganisations(request) => {
                let mut client = OrganisationServiceClient::new(self.channel.clone());
                let found = served(client.batch_get_organisations(request.clone()).await);
                let model = self.model.state.batch_get_organisations(request);
                same(&format!("{request:?}"), &model, &found)
            }
            Op::BatchGetProducts(request) => {
                let mut client = ProductServiceClient::new(self.channel.clone());
                let found = served(client.batch_get_products(request.clone()).await);
                let model = self.model.state.batch_get_products(request);
                same(&format!("{request:?}"), &model, &found)
            }
            Op::Resolve(request) => {
                let mut client = ExchangeRateServiceClient::new(self.channel.clone());
                let found = served(client.resolve_exchange_rate(request.clone()).await);
                same(&format!("{request:?}"), &self.model.state.resolve_rate(request), &found)
            }
            Op::Count(request, ago) => self.count(step, request.clone(), *ago).await,
            Op::CreateOrganisation(_)
            | Op::UpdateOrganisation(_)
            | Op::DeleteOrganisation(_)
            | Op::UndeleteOrganisation(_) => self.organisation(step).await,
            Op::CreateProduct(_)
            | Op::UpdateProduct(_)
            | Op::DeleteProduct(_)
            | Op::UndeleteProduct(_) => self.product(step).await,
            _ => self.programme(step).await,
        }
    }

    /// Puts one more organisation between two pages.
    async fn insert(&mut self) -> Result<(), String> {
        self.inserted += 1;
        self.clock.move_by(1_000);
        let organisation = Organisation {
            display_name: "Between".to_owned(),
            region_code: "ID".to_owned(),
            roles: vec![organisation::Role::Buyer.into()],
            ..Default::default()
        };
        let request = CreateOrganisationRequest {
            organisation_id: format!("between-{}", self.inserted),
            organisation: Some(organisation),
            ..Default::default()
        };
        let manner = Manner { actor: 0, ..Manner::PLAIN };
        let step = Step { op: Op::CreateOrganisation(request), manner };
        self.organisation(&step).await
    }

    /// The whole log. On PostgreSQL an event is told when no older transaction of the whole server
    /// is still open.
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
