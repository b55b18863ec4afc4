//! What is read: one, lists, totals.

use super::*;

impl World {
    pub(super) async fn get(&self, kind: Kind, index: usize) -> Result<(), String> {
        let state = &self.model.state;
        let channel = || self.channel.clone();
        match kind {
            Kind::Releases => {
                let name = format!("releases/r{}", index % 3);
                let mut client = ReleaseServiceClient::new(channel());
                let found = client.get_release(GetReleaseRequest { name: name.clone() }).await;
                let model = get(&state.releases, &name).map(|release| state.shown(&release));
                same(&name, &model, &served(found))
            }
            Kind::Shipments => {
                let name = format!("shipments/s{}", index % 6);
                let mut client = ShipmentServiceClient::new(channel());
                let found = client.get_shipment(GetShipmentRequest { name: name.clone() }).await;
                same(&name, &get(&state.shipments, &name), &served(found))
            }
            Kind::Milestones => {
                let name = format!("shipments/s{}/milestones/m{index}", index % 3 + 1);
                let mut client = MilestoneServiceClient::new(channel());
                let found = client.get_milestone(GetMilestoneRequest { name: name.clone() }).await;
                same(&name, &get(&state.milestones, &name), &served(found))
            }
            Kind::Sponsorships => {
                let name = format!("sponsorships/g{}", index % 7);
                let mut client = SponsorshipServiceClient::new(channel());
                let request = GetSponsorshipRequest { name: name.clone() };
                let found = client.get_sponsorship(request).await;
                same(&name, &get(&state.sponsorships, &name), &served(found))
            }
        }
    }

    pub(super) async fn list(&mut self, list: List) -> Result<(), String> {
        let at = self.instant();
        let state = &self.model.state;
        match list.kind {
            Kind::Releases => {
                let all: Vec<_> = state.releases.values().map(|r| state.shown(r)).collect();
                let mut client = ReleaseServiceClient::new(self.channel.clone());
                list!(
                    list,
                    releases(at),
                    all,
                    client.list_releases(ListReleasesRequest::default()).releases
                )
            }
            Kind::Shipments => {
                let all: Vec<_> = state.shipments.values().cloned().collect();
                let mut client = ShipmentServiceClient::new(self.channel.clone());
                list!(
                    list,
                    shipments(at),
                    all,
                    client.list_shipments(ListShipmentsRequest::default()).shipments
                )
            }
            Kind::Sponsorships => {
                let all: Vec<_> = state.sponsorships.values().cloned().collect();
                let mut client = SponsorshipServiceClient::new(self.channel.clone());
                list!(
                    list,
                    sponsorships(at),
                    all,
                    client
                        .list_sponsorships(ListSponsorshipsRequest {
                            show_deleted: list.show_deleted,
                            ..Default::default()
                        })
                        .sponsorships
                )
            }
            Kind::Milestones => {
                let Some(parent) = state.shipments.keys().next().cloned() else { return Ok(()) };
                let of = format!("{parent}/");
                let all = state.milestones.values().filter(|m| m.name.starts_with(&of));
                let all: Vec<_> = all.cloned().collect();
                let mut client = MilestoneServiceClient::new(self.channel.clone());
                list!(
                    list,
                    milestones(at),
                    all,
                    client
                        .list_milestones(ListMilestonesRequest {
                            parent: parent.clone(),
                            ..Default::default()
                        })
                        .milestones
                )
            }
        }
    }

    /// Compares all pages of a summary, and that its groups come to the total without groups.
    pub(super) async fn summarize(&self, step: &Summarize) -> Result<(), String> {
        let Summarize { tier, by, period: [first, end], both, conversion, size } = step;
        let predicates = dimensions();
        let both = both.map(|index| index.map(|index| &predicates[index % predicates.len()]));
        let texts: Vec<_> = both.iter().flatten().map(|p| p.text.as_str()).collect();
        let asked = |by| Asked {
            tier: *tier,
            group_by: by,
            period: [date(first.as_ref()), date(end.as_ref())],
            both,
            conversion: conversion.clone(),
        };
        let model = summarize(&self.model.state, &asked(by));
        let whole = summarize(&self.model.state, &asked(&[]));
        let total = |of: &Answer<Grouped>| of.clone().map(|of| of.total);
        same("the total with and without groups", &total(&whole), &total(&model))?;
        let mut request = SummarizeShipmentsRequest {
            tier: (*tier).into(),
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
            let what = format!("{request:?}");
            let page = served(client.summarize_shipments(request.clone()).await);
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
                let mut rates: Vec<_> = page.rates.into_iter().map(|r| r.exchange_rate).collect();
                rates.sort();
                let total = page.total.unwrap_or_default();
                return same(&what, &model, &Ok(Grouped { groups, total, rates }));
            }
        }
    }
}
