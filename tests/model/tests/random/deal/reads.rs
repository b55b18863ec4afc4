//! What is read: one, lists, totals.

use super::*;

impl World {
    pub(super) async fn get(&self, kind: Kind, index: usize) -> Result<(), String> {
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

    pub(super) async fn list(&mut self, list: List) -> Result<(), String> {
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
    pub(super) async fn summarize(&self, step: &Summarize) -> Result<(), String> {
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
}
