//! Makes the projection anew from the whole of the shipment service's log.
//!
//! The log is read to its end before anything is written. What the projection had heard already is
//! taken as known, since on the way shipments are as they once were; the rest takes effect piece by
//! piece, as it would by being heard. Nobody who follows meanwhile is in the way: what is heard
//! after the log was read moves the shipment's guard, and stands.

use std::collections::{BTreeMap, BTreeSet};

use devisa_domain::{
    deal::{Deal, Realisation, Shipped},
    name::{DealName, ShipmentName},
    refusal::{Refusal, RuleBroken},
    time::Timestamp,
};
use devisa_ledger::{Change, Decision, Error, Ledger, Place};
use devisa_server::ServiceChannel;
use sea_orm::{ConnectionTrait, Statement};

use super::{
    ask::inside,
    decide::{self, Told, Written},
    follow::{NAME, SUBJECTS},
    load::{self, Known},
    news::News,
    pages::Pages,
};
use crate::newest::Newest;

/// How many shipments or deals are written in one transaction.
const BATCH: usize = 64;

/// What a rebuild found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// The events of shipments read.
    pub events: usize,
    /// The shipments that they tell of.
    pub shipments: usize,
    /// The rows that were missing, too many or said something else, and were put right: those of
    /// shipments, of realisations and of deals.
    pub written: usize,
}

/// Rebuilds the projection.
///
/// # Errors
/// [`Refusal::UpstreamUnavailable`] while the shipment service does not answer;
/// [`Refusal::Contention`]; the database's.
pub(crate) async fn rebuild(ledger: &Ledger, channel: &ServiceChannel) -> Result<Rebuilt, Error> {
    // What is on record first: whatever was heard of by then is in the log that is read.
    let place = ledger.place(NAME).await?;
    let guards = ledger.guards(SUBJECTS).await?;
    let recorded = recorded(ledger).await?;
    let log = Log::read(channel, place.revision()).await?;
    let mut rebuilt = Rebuilt { events: log.events, shipments: log.told.len(), written: 0 };
    let names: BTreeSet<_> =
        recorded.shipments.into_iter().chain(log.told.keys().cloned()).collect();
    let names: Vec<_> = names.into_iter().collect();
    for batch in names.chunks(BATCH) {
        let names = batch.iter().cloned().collect();
        rebuilt.written += shipments(ledger, &names, &log.told, &guards).await?;
    }
    for batch in recorded.deals.chunks(BATCH) {
        rebuilt.written += deals(ledger, batch).await?;
    }
    stand(ledger, &place, &log.end).await?;
    Ok(rebuilt)
}

/// What a transaction of the rebuild depends on.
struct Snapshot {
    place: Place,
    known: Known,
    newest: Newest,
}

impl Snapshot {
    async fn new(ledger: &Ledger, place: Place, known: Known) -> Result<Self, Error> {
        let one = |(deal, realisations): &(Deal, Vec<Realisation>)| {
            let names = realisations.iter().map(|one| one.name.to_string());
            names.chain([deal.name().to_string()]).collect::<Vec<_>>()
        };
        let names: Vec<_> = known.deals.iter().flat_map(one).collect();
        Ok(Self { place, known, newest: Newest::read(ledger, &names).await? })
    }
}

/// Rebuilds some shipments, with all that follows. Answers how many rows it wrote.
async fn shipments(
    ledger: &Ledger,
    names: &BTreeSet<ShipmentName>,
    told: &BTreeMap<ShipmentName, Told>,
    guards: &BTreeMap<String, i64>,
) -> Result<usize, Error> {
    let load = || async {
        let place = ledger.place(NAME).await?;
        Snapshot::new(ledger, place, load::known(ledger, names).await?).await
    };
    write(ledger, load, |Snapshot { place, known, newest }, now| {
        let rebuild = decide::Rebuild { told, guards, newest };
        decide::rebuild(known, rebuild, place.revision(), now)
    })
    .await
}

/// Lets some deals follow from their realisations, whatever they are of.
async fn deals(ledger: &Ledger, names: &[DealName]) -> Result<usize, Error> {
    let load = || async {
        let place = ledger.place(NAME).await?;
        let deals = load::with_realisations(ledger, names.iter().cloned()).await?;
        Snapshot::new(ledger, place, Known::of_deals(deals)).await
    };
    write(ledger, load, |Snapshot { known, newest, .. }, now| decide::redraw(known, newest, now))
        .await
}

async fn write<F>(
    ledger: &Ledger,
    load: impl Fn() -> F,
    decide: impl Fn(&Snapshot, Timestamp) -> Result<Written, Refusal>,
) -> Result<usize, Error>
where
    F: Future<Output = Result<Snapshot, Error>>,
{
    let call = inside("devisa.deal/rebuild");
    let written = ledger.write(&call, load, |snapshot, moment| {
        let Written { change, rows } = decide(snapshot, moment.now)?;
        Ok(Decision { change, response: rows as u64 })
    });
    Ok(usize::try_from(written.await?).unwrap_or(usize::MAX))
}

/// Lets the projection stand where the log ends, unless somebody who follows has gone on.
async fn stand(ledger: &Ledger, before: &Place, end: &str) -> Result<(), Error> {
    let call = inside("devisa.deal/rebuild");
    let load = || async { Ok(ledger.place(NAME).await?) };
    let stood = ledger.write(&call, load, |place, _| {
        let is_behind = place == before || place.revision() < end;
        let change = Change::new();
        let change =
            if is_behind && place.revision() != end { change.advance(place, end) } else { change };
        Ok(Decision { change, response: () })
    });
    stood.await
}

/// What there is to be looked at, whatever the log tells.
struct Recorded {
    /// The shipments that have a row or a realisation.
    shipments: BTreeSet<ShipmentName>,
    deals: Vec<DealName>,
}

async fn recorded(ledger: &Ledger) -> Result<Recorded, Error> {
    let names = |sql: &'static str| async move {
        let reader = ledger.reader();
        let statement = Statement::from_string(reader.get_database_backend(), sql);
        let rows = reader.query_all_raw(statement).await?;
        let names = rows.iter().map(|row| row.try_get::<String>("", "name"));
        Ok::<_, Error>(names.collect::<Result<Vec<_>, _>>()?)
    };
    let shipments = names(
        "SELECT name FROM shipped UNION SELECT shipment AS name FROM realisation \
         WHERE delete_time = 0",
    );
    let deals = names("SELECT name FROM deal ORDER BY name");
    // A name that is none was never written by anybody; `devisa verify` tells of it.
    Ok(Recorded {
        shipments: shipments.await?.iter().filter_map(|name| name.parse().ok()).collect(),
        deals: deals.await?.iter().filter_map(|name| name.parse().ok()).collect(),
    })
}

/// The whole log.
#[derive(Debug, Default)]
struct Log {
    events: usize,
    told: BTreeMap<ShipmentName, Told>,
    /// The revision of its last event.
    end: String,
}

impl Log {
    /// Reads it; what was told after `place` is kept piece by piece. A place that is none of the
    /// log's, or none at all, says nothing: then all was heard.
    async fn read(channel: &ServiceChannel, place: &str) -> Result<Self, Refusal> {
        let mut log = Self::default();
        let mut pages = Pages::new(channel.clone());
        loop {
            let events = pages.next().await?;
            let Some(last) = events.last() else { break };
            log.end.clone_from(&last.revision);
            for event in &events {
                if let Some(news) = News::of_event(event).map_err(unreadable)? {
                    log.add(news, place);
                }
            }
        }
        if place > log.end.as_str() {
            log.told.values_mut().for_each(Told::take_all);
        }
        Ok(log)
    }

    fn add(&mut self, news: News, place: &str) {
        self.events += 1;
        let name = news.shipment.clone();
        let told = self.told.entry(name).or_insert_with_key(|name| Told::nothing(name.clone()));
        if place.is_empty() || news.revision.as_str() <= place {
            news.tell(&mut told.base);
        } else {
            told.since.push(news);
        }
    }
}

impl Told {
    fn nothing(name: ShipmentName) -> Self {
        Self { base: Shipped::unheard(name), since: Vec::new() }
    }

    fn take_all(&mut self) {
        self.since.drain(..).for_each(|news| _ = news.tell(&mut self.base));
    }
}

/// An event that says what the shipment service would never say.
pub(super) fn unreadable(broken: RuleBroken) -> Refusal {
    Refusal::UpstreamUnavailable {
        service: "shipment".to_owned(),
        detail: format!("its event cannot be read: {broken}"),
    }
}
