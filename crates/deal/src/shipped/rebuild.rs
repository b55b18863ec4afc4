//! Makes the projection anew from the whole of the shipment service's log.
//!
//! The log is read to its end before anything is written: on the way shipments are as they once
//! were, and realisations that were lowered then would stay so. Nobody who follows meanwhile is in
//! the way: what was heard later stands.

use std::collections::{BTreeMap, BTreeSet};

use devisa_domain::{
    deal::Shipped,
    name::ShipmentName,
    refusal::{Refusal, RuleBroken},
};
use devisa_ledger::{Decision, Error, Ledger};
use devisa_proto::{
    event::v1::ListEventsRequest, shipment::v1::event_service_client::EventServiceClient,
};
use devisa_server::{Caller, Outgoing, ServiceChannel, bounded, outgoing::Failure};

use super::{ask::inside, decide, follow::SUBJECTS, load, news::News};

/// How many events are read at once.
const PAGE: i32 = 1_000;
/// How many shipments are written in one transaction.
const BATCH: usize = 64;

/// What a rebuild found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// The events read.
    pub events: usize,
    /// The shipments that they tell of.
    pub shipments: usize,
    /// The rows that were missing or said something else, and were written.
    pub written: usize,
}

/// Rebuilds the projection.
///
/// # Errors
/// [`Refusal::UpstreamUnavailable`] while the shipment service does not answer;
/// [`Refusal::Contention`]; the database's.
pub(crate) async fn rebuild(ledger: &Ledger, channel: &ServiceChannel) -> Result<Rebuilt, Error> {
    let (events, told) = read(channel).await?;
    let mut rebuilt = Rebuilt { events, shipments: told.len(), written: 0 };
    let names: Vec<_> = told.keys().cloned().collect();
    for batch in names.chunks(BATCH) {
        let names: BTreeSet<ShipmentName> = batch.iter().cloned().collect();
        let call = inside("devisa.deal/rebuild");
        let load = || load::known(ledger, &names);
        let written = ledger.write(&call, load, |known, moment| {
            let (change, response) = decide::replace(known, &told, moment.now)?;
            Ok(Decision { change, response })
        });
        rebuilt.written += usize::try_from(written.await?).unwrap_or(usize::MAX);
    }
    Ok(rebuilt)
}

/// How many events there are, and the shipments as these tell of them.
async fn read(
    channel: &ServiceChannel,
) -> Result<(usize, BTreeMap<ShipmentName, Shipped>), Refusal> {
    let (mut events, mut told) = (0, BTreeMap::new());
    let mut page_token = String::new();
    loop {
        let caller = Caller::inside(crate::Deals::NAME);
        let outgoing = Outgoing::new(&caller, "shipment");
        let mut client = bounded!(EventServiceClient::new(channel.clone()));
        let subject_prefix = SUBJECTS.to_owned();
        let request =
            ListEventsRequest { page_size: PAGE, page_token, subject_prefix, ..Default::default() };
        let listed = outgoing.send(request, |request| client.list_events(request)).await;
        let listed = listed.map_err(|failure| match failure {
            Failure::Unavailable(refusal) => refusal,
            Failure::Refused(detail) => outgoing.unexpected(&detail),
        })?;
        events += listed.events.len();
        for event in &listed.events {
            if let Some(news) = News::of_event(event).map_err(unreadable)? {
                let shipment = news.shipment.clone();
                let unheard = || Shipped::unheard(shipment.clone());
                news.tell(told.entry(news.shipment.clone()).or_insert_with(unheard));
            }
        }
        page_token = listed.next_page_token;
        if page_token.is_empty() {
            return Ok((events, told));
        }
    }
}

fn unreadable(broken: RuleBroken) -> Refusal {
    Refusal::UpstreamUnavailable {
        service: "shipment".to_owned(),
        detail: format!("its event cannot be read: {broken}"),
    }
}
