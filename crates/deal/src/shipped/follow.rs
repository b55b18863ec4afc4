//! Follows the shipment service's event log.
//!
//! Invariant: the place in the log moves in the transaction that writes what was heard there, so
//! that each event takes effect once, whoever follows and however often anybody stops. While the
//! shipment service does not answer, deals go on as last heard.

use std::{collections::BTreeSet, convert::Infallible, time::Duration};

use devisa_domain::{name::ShipmentName, refusal::Reason};
use devisa_ledger::{Decision, Error, Ledger, Place};
use devisa_proto::{
    event::v1::{WatchRequest, WatchResponse, watch_response::Update},
    shipment::v1::event_service_client::EventServiceClient,
};
use devisa_server::{Caller, Detail, Drain, Outgoing, ServiceChannel, bounded, status::FieldFault};
use futures::{FutureExt, StreamExt};
use tonic::{Status, Streaming};

use super::{
    ask::inside,
    decide,
    load::{self, Known},
    news::News,
    rebuild::rebuild,
    told::AT_ONCE,
};

/// The projection's name in the ledger.
pub(crate) const NAME: &str = "shipments";
/// The subjects that it follows: shipments and their milestones.
pub(super) const SUBJECTS: &str = "shipments/";
/// The most events that take effect in one transaction.
const BATCH: usize = 64;
/// How long what was heard may take to be written. Nobody else waits for it, and on a network to the
/// database that went silent it would take for ever.
const WRITE: Duration = Duration::from_secs(15);
/// How long the shipment service may take to begin.
const BEGIN: Duration = Duration::from_secs(10);
/// The pauses between attempts: from the first on each is twice as long, up to the last.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(10));

/// Follows shipments for a ledger of deals. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Follower {
    ledger: Ledger,
    channel: ServiceChannel,
}

/// Why following ended.
#[derive(Debug, thiserror::Error)]
enum Ended {
    /// Events were removed before they were heard: begin again from the first.
    #[error("events were removed before they were heard")]
    Compacted,
    /// The log does not reach as far as was heard: it was brought back from an earlier state.
    #[error("the log ends before what was heard of it")]
    Beyond,
    /// The stream ended or never began.
    #[error("{0}")]
    Stream(Status),
    /// An event cannot be understood.
    #[error("an event cannot be read: {0}")]
    Unreadable(String),
    /// What was heard could not be written.
    #[error("not written: {0}")]
    Unwritten(Error),
    /// The database does not answer.
    #[error("the database did not answer in time")]
    Silent,
}

impl From<Status> for Ended {
    fn from(status: Status) -> Self {
        let detail = Detail::of(&status);
        let broke = |fault: &FieldFault| fault.reason == "REVISION_BEYOND";
        match () {
            () if detail.is(Reason::RevisionCompacted) => Self::Compacted,
            () if detail.violations.iter().any(broke) => Self::Beyond,
            () => Self::Stream(status),
        }
    }
}

/// What is heard in one go.
#[derive(Debug, Default)]
struct Heard {
    news: Vec<News>,
    /// Everything up to here was heard.
    upto: String,
}

/// Where the projection stands, and what the news depends on.
struct Snapshot {
    place: Place,
    known: Known,
}

impl Follower {
    pub(crate) fn new(ledger: Ledger, channel: ServiceChannel) -> Self {
        Self { ledger, channel }
    }

    /// The channel to the shipment service.
    pub(crate) fn channel(&self) -> &ServiceChannel {
        &self.channel
    }

    /// Follows until the drain begins, whatever happens.
    pub(crate) async fn run(self, drain: Drain) {
        tokio::select! {
            () = drain.begun() => {}
            never = self.follow_for_ever() => match never {},
        }
    }

    async fn follow_for_ever(&self) -> Infallible {
        let (first, longest) = PAUSES;
        let (mut pause, mut from_first) = (first, false);
        loop {
            let mut heard_any = false;
            let ended = match self.follow(from_first, &mut heard_any).await {
                Ok(never) => match never {},
                Err(ended) => ended,
            };
            from_first = matches!(ended, Ended::Compacted);
            if heard_any {
                pause = first;
            }
            tracing::info!(%ended, ?pause, "no longer following shipments; beginning again");
            if matches!(ended, Ended::Beyond) {
                self.begin_anew().await;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(longest);
        }
    }

    /// Follows from where the projection stands, or from the first event that is left; those that
    /// have taken effect are passed over.
    async fn follow(&self, from_first: bool, heard_any: &mut bool) -> Result<Infallible, Ended> {
        let place = in_time(async { Ok(self.ledger.place(NAME).await?) }).await?;
        let after = if from_first { "" } else { place.revision() };
        let mut stream = self.watch(after).await?;
        loop {
            let heard = next(&mut stream).await?;
            in_time(self.hear(&heard)).await?;
            *heard_any = true;
        }
    }

    /// What was heard of events that are gone did not happen: all is made anew from those that are
    /// there.
    async fn begin_anew(&self) {
        match rebuild(&self.ledger, &self.channel, AT_ONCE).await {
            Ok(rebuilt) => tracing::warn!(
                rebuilt.events,
                rebuilt.shipments,
                rebuilt.written,
                "the shipment service's log ends before what was heard of it; what is known of \
                 shipments was rebuilt"
            ),
            Err(error) => tracing::error!(
                %error,
                "the shipment service's log ends before what was heard of it, and what is known of \
                 shipments cannot be rebuilt yet"
            ),
        }
    }

    async fn watch(&self, after: &str) -> Result<Streaming<WatchResponse>, Ended> {
        let request = WatchRequest {
            after_revision: after.to_owned(),
            subject_prefix: SUBJECTS.to_owned(),
            types: Vec::new(),
        };
        let caller = Caller::inside(crate::Deals::NAME);
        let request = Outgoing::new(&caller, "shipment").request(request, BEGIN);
        let mut client = bounded!(EventServiceClient::new(self.channel.clone()));
        let begun = tokio::time::timeout(BEGIN, client.watch(request)).await;
        let late = |_| Status::deadline_exceeded("it did not begin in time");
        Ok(begun.map_err(late)??.into_inner())
    }

    /// Lets what was heard take effect, unless somebody else has.
    async fn hear(&self, heard: &Heard) -> Result<(), Error> {
        let call = inside("devisa.deal/follow");
        let load = || self.load(heard);
        let written = self.ledger.write(&call, load, |snapshot, moment| {
            let Snapshot { place, known } = snapshot;
            let change = if heard.upto.as_str() > place.revision() {
                let news: Vec<_> = heard.after(place).cloned().collect();
                decide::hear(known, &news, moment.now)?.advance(place, &heard.upto)
            } else {
                devisa_ledger::Change::new()
            };
            Ok(Decision { change, response: () })
        });
        written.await
    }

    async fn load(&self, heard: &Heard) -> Result<Snapshot, Error> {
        let place = self.ledger.place(NAME).await?;
        let names: BTreeSet<ShipmentName> =
            heard.after(&place).map(|news| news.shipment.clone()).collect();
        let known = load::known(&self.ledger, &names).await?;
        Ok(Snapshot { place, known })
    }
}

impl Heard {
    fn after(&self, place: &Place) -> impl Iterator<Item = &News> {
        self.news.iter().filter(|news| news.revision.as_str() > place.revision())
    }

    fn add(&mut self, message: WatchResponse) -> Result<(), Ended> {
        match message.update {
            Some(Update::Event(event)) => {
                let unreadable = |broken| Ended::Unreadable(format!("{}: {broken}", event.subject));
                self.news.extend(News::of_event(&event).map_err(unreadable)?);
                self.upto = event.revision;
            }
            Some(Update::Checkpoint(checkpoint)) => self.upto = checkpoint.revision,
            None => {}
        }
        Ok(())
    }
}

/// Waits for the database, not for ever.
async fn in_time<T>(written: impl Future<Output = Result<T, Error>>) -> Result<T, Ended> {
    let ended = tokio::time::timeout(WRITE, written).await;
    ended.map_err(|_| Ended::Silent)?.map_err(Ended::Unwritten)
}

/// What comes next, with what is there already behind it.
async fn next(stream: &mut Streaming<WatchResponse>) -> Result<Heard, Ended> {
    let mut heard = Heard::default();
    let ended = || Ended::Stream(Status::unavailable("the stream ended"));
    heard.add(stream.next().await.ok_or_else(ended)??)?;
    while heard.news.len() < BATCH {
        // What ended the stream is met again when there is nothing before it to hear.
        match stream.next().now_or_never() {
            Some(Some(Ok(message))) => heard.add(message)?,
            Some(Some(Err(status))) => {
                tracing::debug!(%status, "the stream ended behind what was heard");
                break;
            }
            Some(None) | None => break,
        }
    }
    Ok(heard)
}
