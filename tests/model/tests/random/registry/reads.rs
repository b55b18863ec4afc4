//! What is read: one, lists, counts.

use super::*;

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
    pub(super) async fn count(
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

    pub(super) async fn get(&self, kind: Kind, index: usize) -> Result<(), String> {
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
    pub(super) fn picked<R: Resource>(
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

    pub(super) async fn list(&mut self, list: List) -> Result<(), String> {
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

    /// Compares the first pages of the villages, which are ordered by code.
    pub(super) async fn list_villages(&self, both: [Option<usize>; 2]) -> Result<(), String> {
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
}
