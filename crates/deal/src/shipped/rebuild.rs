//! Makes the projection anew from the whole of the shipment service's log.
//!
//! The log is read to its end before any shipment that it tells of is written. What the projection
//! had heard already is taken as known, since on the way shipments are as they once were; the rest
//! takes effect piece by piece, as it would by being heard. Nobody who follows meanwhile is in the
//! way: what is heard after the log was read moves the shipment's guard, and stands.

use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
};

use devisa_domain::{
    deal::{Deal, Realisation},
    name::{DealName, ShipmentName},
    refusal::Refusal,
    time::Timestamp,
};
use devisa_ledger::{Change, Decision, Error, Ledger, Place};
use devisa_server::ServiceChannel;
use sea_orm::{ConnectionTrait, Statement};

use super::{
    ask::inside,
    decide::{self, Written},
    follow::{NAME, SUBJECTS},
    load::{self, Known},
    told::{ShipmentLog, Stretch, Telling, Told, Whole},
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

/// Rebuilds the projection; holds so many shipments at once.
///
/// # Errors
/// [`Refusal::UpstreamUnavailable`] while the shipment service does not answer;
/// [`Refusal::Contention`]; the database's.
pub(crate) async fn rebuild(
    ledger: &Ledger,
    channel: &ServiceChannel,
    at_once: usize,
) -> Result<Rebuilt, Error> {
    let place = ledger.place(NAME).await?;
    // Where nothing is known of its place, all that is told was heard.
    let heard = Some(place.revision().to_owned()).filter(|heard| !heard.is_empty());
    let log = ShipmentLog::Service(channel.clone());
    let mut telling = Telling::open(&log, heard, at_once).await?;
    let (mut rebuilt, mut after) = (Rebuilt::default(), Some(String::new()));
    while let Some(behind) = after {
        // What is on record first: whatever was heard of by then is in the log that is read.
        let recorded = Recorded::read(ledger, &behind, at_once).await?;
        let stretch = telling.stretch(behind, recorded.last.clone()).await?;
        rebuilt.shipments += stretch.told.len();
        for names in recorded.names_with(&stretch).chunks(BATCH) {
            let names = names.iter().cloned().collect();
            rebuilt.written += shipments(ledger, &names, &stretch.told, &recorded.guards).await?;
        }
        after = stretch.last;
    }
    rebuilt.written += all_deals(ledger).await?;
    // What was told later, while other stretches were read, is heard once more: it is no news.
    let Whole { events, end } = telling.whole();
    rebuilt.events = events;
    stand(ledger, &place, &end).await?;
    Ok(rebuilt)
}

async fn all_deals(ledger: &Ledger) -> Result<usize, Error> {
    let (mut written, mut after) = (0, String::new());
    loop {
        let named = "SELECT name FROM deal WHERE name > $1 ORDER BY name";
        let page = names(ledger, named, &after, BATCH).await?;
        let Some(last) = page.last() else { return Ok(written) };
        after.clone_from(last);
        written += deals(ledger, &parsed(&page).collect::<Vec<_>>()).await?;
    }
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

/// The first shipments after a name that there is something of, whatever the log tells.
#[derive(Debug)]
struct Recorded {
    /// Those that have a row or a realisation.
    names: BTreeSet<ShipmentName>,
    /// The versions of guards.
    guards: BTreeMap<String, i64>,
    /// The last name up to which this is all; none where there is no more behind it.
    last: Option<String>,
}

impl Recorded {
    async fn read(ledger: &Ledger, after: &str, at_once: usize) -> Result<Self, Error> {
        let at_once = at_once.max(1);
        let guards = ledger.guards(SUBJECTS, after, at_once as u64).await?;
        let rows = "SELECT name FROM shipped WHERE name > $1 ORDER BY name";
        let rows = names(ledger, rows, after, at_once).await?;
        let drawn = "SELECT DISTINCT shipment AS name FROM realisation \
                     WHERE delete_time = 0 AND shipment > $1 ORDER BY shipment";
        let drawn = names(ledger, drawn, after, at_once).await?;
        let guarded = (guards.len(), guards.keys().next_back());
        let ends = [guarded, (rows.len(), rows.last()), (drawn.len(), drawn.last())];
        let full = ends.into_iter().filter(|(count, _)| *count == at_once);
        let last = full.filter_map(|(_, last)| last.cloned()).min();
        let names = parsed(&rows).chain(parsed(&drawn)).collect();
        Ok(Self { names, guards, last })
    }

    /// The shipments of a stretch that there is something of, on record or told.
    fn names_with(&self, stretch: &Stretch) -> Vec<ShipmentName> {
        let recorded = self.names.iter().filter(|name| stretch.holds(&name.to_string()));
        let names: BTreeSet<_> = recorded.chain(stretch.told.keys()).collect();
        names.into_iter().cloned().collect()
    }
}

/// The first names of those that a statement selects, which come after one.
async fn names(
    ledger: &Ledger,
    named: &str,
    after: &str,
    most: usize,
) -> Result<Vec<String>, Error> {
    let reader = ledger.reader();
    let sql = format!("{named} LIMIT {most}");
    let backend = reader.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, [after.into()]);
    let rows = reader.query_all_raw(statement).await?;
    let names = rows.iter().map(|row| row.try_get::<String>("", "name"));
    Ok(names.collect::<Result<_, _>>()?)
}

/// A name that is none was never written by anybody; `devisa verify` tells of it.
fn parsed<N: FromStr>(names: &[String]) -> impl Iterator<Item = N> {
    names.iter().filter_map(|name| name.parse().ok())
}
