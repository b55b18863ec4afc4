//! Follows the event log: what there is first, then what comes.
//!
//! Invariant: events are sent in the order of their revisions and none is skipped; memory is
//! bounded, whatever the reader does.

use std::time::Duration;

use devisa_domain::time::Timestamp;
use devisa_proto::event::v1::Event;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;

use crate::{error::StorageError, event_log::EventQuery, ledger::Ledger, revision::Revision};

const POLL: Duration = Duration::from_millis(100);
const CHECKPOINT: Duration = Duration::from_secs(10);
/// How long a full buffer is waited for before the reader is told that it is too slow.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the database may take to answer one read.
const READ_WITHIN: Duration = Duration::from_secs(10);
const BATCH: usize = 256;
const BUFFER: usize = 256;

/// What a watcher receives.
#[derive(Clone, Debug)]
pub enum WatchItem {
    /// The next event.
    Event(Box<Event>),
    /// Everything up to this revision has been sent or did not match.
    Checkpoint(Revision),
}

/// Why a watch ended, and after which revision to resume.
#[derive(Debug)]
pub enum WatchEnd {
    /// The server goes down.
    Draining(Revision),
    /// The reader fell behind.
    SlowReader(Revision),
    /// The database failed.
    Storage(StorageError, Revision),
}

impl Ledger {
    /// Follows the log until the reader goes away, falls behind, or `drain` is cancelled.
    pub fn watch(
        &self,
        query: EventQuery,
        drain: CancellationToken,
    ) -> ReceiverStream<Result<WatchItem, WatchEnd>> {
        let (sender, receiver) = mpsc::channel(BUFFER);
        let ledger = self.clone();
        tokio::spawn(async move {
            let mut watcher = Watcher { ledger, query, sender, told: None };
            let end = tokio::select! {
                biased;
                () = drain.cancelled() => Some(WatchEnd::Draining(Revision::default())),
                end = watcher.follow() => end,
            };
            if let Some(end) = end {
                let end = watcher.at_its_revision(end);
                // The buffer may be full and its reader gone; then there is nobody to tell.
                let _ = tokio::time::timeout(PATIENCE, watcher.sender.send(Err(end))).await;
            }
        });
        ReceiverStream::new(receiver)
    }
}

/// A watch has no deadline; its reads have this one, so that a silent network ends it.
async fn in_time<T>(
    read: impl Future<Output = Result<T, StorageError>>,
) -> Result<T, StorageError> {
    let answered = tokio::time::timeout(READ_WITHIN, read).await;
    answered.unwrap_or_else(|_| Err(StorageError::silent()))
}

struct Watcher {
    ledger: Ledger,
    /// Moves on as events are handed over: it says after which revision to resume.
    query: EventQuery,
    sender: mpsc::Sender<Result<WatchItem, WatchEnd>>,
    told: Option<Timestamp>,
}

impl Watcher {
    /// Sends until there is a reason to stop; none when the reader has gone.
    async fn follow(&mut self) -> Option<WatchEnd> {
        loop {
            match self.step().await {
                Ok(true) => {}
                Ok(false) => tokio::select! {
                    () = tokio::time::sleep(POLL) => {}
                    () = self.sender.closed() => return None,
                },
                Err(end) => return end,
            }
        }
    }

    /// Sends a batch; whether there was any.
    async fn step(&mut self) -> Result<bool, Option<WatchEnd>> {
        // The head is read first: events that settle between the two reads are beyond it.
        let head = in_time(self.ledger.head()).await.map_err(|error| self.failed(error))?;
        let events = in_time(self.ledger.events(&self.query, BATCH)).await;
        let events = events.map_err(|error| self.failed(error))?;
        let any = !events.is_empty();
        let whole = events.len() < BATCH;
        for event in events {
            let revision = Revision::parse(&event.revision).unwrap_or_default();
            self.send(WatchItem::Event(Box::new(event))).await?;
            self.query = self.query.from(revision);
        }
        if whole && head > self.query.after() {
            self.query = self.query.from(head);
        }
        if any {
            self.told = Some(self.now());
        } else {
            self.checkpoint().await?;
        }
        Ok(any)
    }

    async fn checkpoint(&mut self) -> Result<(), Option<WatchEnd>> {
        let now = self.now();
        let due = self.told.is_none_or(|told| {
            u128::try_from(now.micros() - told.micros()).unwrap_or(0) >= CHECKPOINT.as_micros()
        });
        if due {
            self.told = Some(now);
            self.send(WatchItem::Checkpoint(self.query.after())).await?;
        }
        Ok(())
    }

    async fn send(&mut self, item: WatchItem) -> Result<(), Option<WatchEnd>> {
        match tokio::time::timeout(PATIENCE, self.sender.send(Ok(item))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(None),
            Err(_) => Err(Some(WatchEnd::SlowReader(self.query.after()))),
        }
    }

    fn failed(&self, error: StorageError) -> Option<WatchEnd> {
        Some(WatchEnd::Storage(error, self.query.after()))
    }

    fn at_its_revision(&self, end: WatchEnd) -> WatchEnd {
        match end {
            WatchEnd::Draining(_) => WatchEnd::Draining(self.query.after()),
            other => other,
        }
    }

    fn now(&self) -> Timestamp {
        self.ledger.clock().now()
    }
}
