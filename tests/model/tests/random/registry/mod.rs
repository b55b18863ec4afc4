//! The registry and its model, step by step.

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
    run::{Plan, Played, run, tally},
};
use steps::{Kind, List, NIB, NPWP, Op, Step, VILLAGES, opening, step};
pub(crate) use steps::{manner, passing};

#[test]
fn the_registry_is_as_the_model_says_on_sqlite() {
    run("registry", Backend::Sqlite, Plan::share(30), opening(), step(), play);
}

#[test]
fn the_registry_is_as_the_model_says_on_postgres() {
    run("registry", Backend::Postgres, Plan::share(30), opening(), step(), play);
}

#[test]
fn every_two_comparisons_of_the_registry_agree_on_sqlite() {
    run("registry, every two comparisons", Backend::Sqlite, Plan::once(), opening(), step(), pairs);
}

#[test]
fn every_two_comparisons_of_the_registry_agree_on_postgres() {
    run(
        "registry, every two comparisons",
        Backend::Postgres,
        Plan::once(),
        opening(),
        step(),
        pairs,
    );
}

struct World {
    clock: Arc<StillClock>,
    ledger: Ledger,
    channel: ServiceChannel,
    model: Keeper<Registry>,
    /// Instants at which something may have happened.
    begun: Timestamp,
    inserted: usize,
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
        let mut world = World::new(&database).await;
        let outcome = world.play(steps, pairs).await;
        world.ledger.database().clone().close().await;
        drop(world);
        remove(database).await;
        outcome
    })
}

/// Compares the pages of a list.
macro_rules! list {
    (
        $world:ident, $list:ident, $predicates:expr, $table:ident,
        $client:ident.$rpc:ident($request:expr).$items:ident, of $parent:expr
    ) => {{
        let predicates = $predicates;
        let both = $list.both.map(|index| index.map(|index| &predicates[index % predicates.len()]));
        let (what, show) = (format!("{:?} by {both:?}", $list.kind), $list.show_deleted);
        let mut walk = Walk::new();
        loop {
            let (filter, all) = $world.picked(&$world.model.state.$table, both, show, $parent);
            let mut request = std::convert::identity($request);
            request.filter = filter;
            request.page_size = i32::try_from($list.size).unwrap();
            request.page_token = walk.token.clone();
            let mut client = $client::new($world.channel.clone());
            let found = served(client.$rpc(request).await).map(|r| (r.$items, r.next_page_token));
            if !walk.page(&what, &all, $list.size, found)? {
                break Ok(());
            }
            if $list.insert {
                $world.insert().await?;
            }
        }
    }};
}

macro_rules! fetch {
    ($world:ident, $index:ident, $table:ident, $client:ident.$rpc:ident, $request:ident) => {{
        let table = &$world.model.state.$table;
        let Some(name) = table.keys().nth($index % table.len().max(1)) else { return Ok(()) };
        let mut client = $client::new($world.channel.clone());
        let found = served(client.$rpc($request { name: name.clone() }).await);
        same(name, &get(table, name), &found)
    }};
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

    /// Compares the first pages of the villages, which are ordered by code.
    async fn list_villages(&self, both: [Option<usize>; 2]) -> Result<(), String> {
        let predicates = villages();
        let both: Vec<_> = both.into_iter().flatten().map(|index| &predicates[index]).collect();
        let texts: Vec<_> = both.iter().map(|predicate| predicate.text.as_str()).collect();
        let picked = devisa_domain::village::after(None, None)
            .map(|village| (village.code.to_string(), village.kind))
            .filter(|village| both.iter().all(|predicate| (predicate.holds)(village)));
        let names: Vec<_> = picked.map(|(code, _)| format!("villages/{code}")).take(9).collect();
        let mut request =
            ListVillagesRequest { page_size: 4, filter: texts.join(" AND "), ..Default::default() };
        let mut found = vec![];
        for _ in 0..2 {
            let mut client = VillageServiceClient::new(self.channel.clone());
            let page = client.list_villages(request.clone()).await;
            let page = page.map_err(|status| format!("{request:?}: {status}"))?.into_inner();
            found.extend(page.villages.into_iter().map(|village| village.name));
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                break;
            }
        }
        let what = format!("{request:?}");
        let wanted: Vec<_> = names.iter().take(8).cloned().collect();
        same(&what, &wanted, &found)?;
        same(&what, &(names.len() > 8), &!request.page_token.is_empty())
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

    async fn organisation(&mut self, step: &Step) -> Result<(), String> {
        match &step.op {
            Op::CreateOrganisation(r) => change!(
                self, step, r, "CreateOrganisation", OrganisationServiceClient.create_organisation,
                |state, _moment, it| state.check_create_organisation(it), create_organisation,
                validate: validate_only
            ),
            Op::UpdateOrganisation(r) => change!(
                self,
                step,
                r,
                "UpdateOrganisation",
                OrganisationServiceClient.update_organisation,
                |_state, _moment, _it| Ok(()),
                update_organisation
            ),
            Op::DeleteOrganisation(r) => change!(
                self,
                step,
                r,
                "DeleteOrganisation",
                OrganisationServiceClient.delete_organisation,
                |_state, _moment, _it| Ok(()),
                delete_organisation
            ),
            Op::UndeleteOrganisation(r) => change!(
                self,
                step,
                r,
                "UndeleteOrganisation",
                OrganisationServiceClient.undelete_organisation,
                |_state, _moment, _it| Ok(()),
                undelete_organisation
            ),
            _ => Ok(()),
        }
    }

    async fn product(&mut self, step: &Step) -> Result<(), String> {
        match &step.op {
            Op::CreateProduct(r) => change!(
                self, step, r, "CreateProduct", ProductServiceClient.create_product,
                |_state, _moment, it| Registry::check_create_product(it), create_product,
                validate: validate_only
            ),
            Op::UpdateProduct(r) => change!(
                self,
                step,
                r,
                "UpdateProduct",
                ProductServiceClient.update_product,
                |_state, _moment, _it| Ok(()),
                update_product
            ),
            Op::DeleteProduct(r) => change!(
                self,
                step,
                r,
                "DeleteProduct",
                ProductServiceClient.delete_product,
                |_state, _moment, _it| Ok(()),
                delete_product
            ),
            Op::UndeleteProduct(r) => change!(
                self,
                step,
                r,
                "UndeleteProduct",
                ProductServiceClient.undelete_product,
                |_state, _moment, _it| Ok(()),
                undelete_product
            ),
            _ => Ok(()),
        }
    }

    async fn programme(&mut self, step: &Step) -> Result<(), String> {
        match &step.op {
            Op::CreateProgramme(r) => change!(
                self, step, r, "CreateProgramme", ProgrammeServiceClient.create_programme,
                |_state, _moment, it| Registry::check_create_programme(it), create_programme,
                validate: validate_only
            ),
            Op::CreateDecree(r) => change!(
                self, step, r, "CreateDecree", DecreeServiceClient.create_decree,
                |_state, moment, it| Registry::check_create_decree(moment.today(), it), create_decree,
                validate: validate_only
            ),
            Op::ImportDecree(r) => change!(
                self, step, r, "ImportDecree", DecreeServiceClient.import_decree,
                |_state, moment, it| Registry::check_import(moment.today(), it), import,
                validate: validate_only
            ),
            Op::CreateEnrolment(r) => change!(
                self, step, r, "CreateEnrolment", EnrolmentServiceClient.create_enrolment,
                |_state, moment, it| Registry::check_create_enrolment(moment.today(), it),
                create_enrolment, validate: validate_only
            ),
            Op::Advance(r) => change!(
                self, step, r, "AdvanceEnrolment", EnrolmentServiceClient.advance_enrolment,
                |_state, moment, it| Registry::check_advance(moment.today(), it), advance,
                validate: validate_only
            ),
            Op::CreateRate(r) => change!(
                self, step, r, "CreateExchangeRate",
                ExchangeRateServiceClient.create_exchange_rate,
                |_state, _moment, it| Registry::check_create_rate(it), create_rate,
                validate: validate_only
            ),
            _ => Ok(()),
        }
    }

    async fn count(
        &self,
        step: &Step,
        mut request: CountEnrolmentsRequest,
        ago: Option<i64>,
    ) -> Result<(), String> {
        let now = self.clock.now();
        request.known_at = ago.map(|ago| wire_time(Timestamp::from_micros(now.micros() - ago)));
        let call = step.manner.call("CountEnrolments", now, vec![]);
        let mut client = EnrolmentServiceClient::new(self.channel.clone());
        let found = served(client.count_enrolments(request.clone()).await);
        same(&format!("{request:?}"), &self.model.state.count(&call, &request), &found)
    }

    async fn get(&self, kind: Kind, index: usize) -> Result<(), String> {
        match kind {
            Kind::Programmes => fetch!(
                self,
                index,
                programmes,
                ProgrammeServiceClient.get_programme,
                GetProgrammeRequest
            ),
            Kind::Decrees => {
                fetch!(self, index, decrees, DecreeServiceClient.get_decree, GetDecreeRequest)
            }
            Kind::Enrolments => fetch!(
                self,
                index,
                enrolments,
                EnrolmentServiceClient.get_enrolment,
                GetEnrolmentRequest
            ),
            Kind::Organisations => fetch!(
                self,
                index,
                organisations,
                OrganisationServiceClient.get_organisation,
                GetOrganisationRequest
            ),
            Kind::Products => {
                fetch!(self, index, products, ProductServiceClient.get_product, GetProductRequest)
            }
            Kind::Rates => fetch!(
                self,
                index,
                rates,
                ExchangeRateServiceClient.get_exchange_rate,
                GetExchangeRateRequest
            ),
        }
    }

    /// The resources of a table that a filter picks, of one parent where the list has one.
    fn picked<R: Resource>(
        &self,
        table: &Table<R>,
        both: [Option<&Predicate<R>>; 2],
        show_deleted: bool,
        of: Option<&str>,
    ) -> (String, Answer<Vec<R>>) {
        let inside = |r: &&R| of.is_none_or(|of| parent(r.name()) == of);
        let (filter, found) = picked(table.values().filter(inside), both, show_deleted);
        let known = |name: &str| {
            let state = &self.model.state;
            state.programmes.contains_key(name) || state.organisations.contains_key(name)
        };
        match of.filter(|of| !known(of)) {
            Some(of) => (filter, Err(Refused::absent(of))),
            None => (filter, Ok(found)),
        }
    }

    async fn list(&mut self, list: List) -> Result<(), String> {
        let known = self.known();
        let p = || "programmes/p".to_owned();
        let a = || "organisations/a".to_owned();
        match list.kind {
            Kind::Programmes => list!(
                self, list, known.programmes(), programmes,
                ProgrammeServiceClient.list_programmes(ListProgrammesRequest::default()).programmes,
                of None
            ),
            Kind::Decrees => list!(
                self, list, known.decrees(), decrees,
                DecreeServiceClient.list_decrees(ListDecreesRequest {
                    parent: p(), ..Default::default()
                }).decrees,
                of Some("programmes/p")
            ),
            Kind::Enrolments => list!(
                self, list, known.enrolments(), enrolments,
                EnrolmentServiceClient.list_enrolments(ListEnrolmentsRequest {
                    parent: p(), ..Default::default()
                }).enrolments,
                of Some("programmes/p")
            ),
            Kind::Organisations => list!(
                self, list, known.organisations(), organisations,
                OrganisationServiceClient.list_organisations(ListOrganisationsRequest {
                    show_deleted: list.show_deleted, ..Default::default()
                }).organisations,
                of None
            ),
            Kind::Products => list!(
                self, list, known.products(), products,
                ProductServiceClient.list_products(ListProductsRequest {
                    parent: a(), show_deleted: list.show_deleted, ..Default::default()
                }).products,
                of Some("organisations/a")
            ),
            Kind::Rates => list!(
                self, list, known.rates(), rates,
                ExchangeRateServiceClient.list_exchange_rates(
                    ListExchangeRatesRequest::default()
                ).exchange_rates,
                of None
            ),
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
