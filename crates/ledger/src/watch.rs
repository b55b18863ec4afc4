//! Follows the event log: what there is first, then what comes.
//!
//! Invariant: events are sent in the order of their revisions and none is skipped; memory is
//! bounded, whatever the reader does.

use std::time::Duration;

use devisa_proto::event::v1::Event;
use tokio::{sync::mpsc, time::Instant};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;

use crate::{
    compaction::Floor, error::StorageError, event_log::EventQuery, ledger::Ledger,
    revision::Revision,
};

/// How often the log is asked after a wake: a commit that was told may not be settled yet.
const POLL_AWAKE: Duration = Duration::from_millis(50);
/// For how long it is asked so often.
const AWAKE: Duration = Duration::from_secs(1);
/// How often it is asked without a wake, since one may be lost.
const POLL: Duration = Duration::from_secs(1);
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
    /// Events behind the first revision were removed before they were read; what is left is whole
    /// after the second.
    Compacted(Revision, Revision),
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
            let mut watcher = Watcher { ledger, query, sender, told: None, floor: None };
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
    /// When the reader last heard anything, by a clock that never jumps.
    told: Option<Instant>,
    /// Known once the log has been asked.
    floor: Option<Floor>,
}

impl Watcher {
    /// Sends until there is a reason to stop; none when the reader has gone.
    async fn follow(&mut self) -> Option<WatchEnd> {
        let mut wakes = self.ledger.wakes().await;
        let mut woken = Instant::now();
        loop {
            match self.step().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(end) => return end,
            }
            let poll = if woken.elapsed() < AWAKE { POLL_AWAKE } else { POLL };
            tokio::select! {
                () = tokio::time::sleep(poll) => {}
                // The bell goes with the ledger, which this watcher holds.
                _ = wakes.changed() => woken = Instant::now(),
                () = self.sender.closed() => return None,
            }
        }
    }

    /// Sends a batch; whether there was any.
    async fn step(&mut self) -> Result<bool, Option<WatchEnd>> {
        let (head, events) = match in_time(self.read()).await {
            Ok(read) => read,
            Err(error) => return Err(self.failed(error)),
        };
        self.check_nothing_missed().await?;
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
            self.told = Some(Instant::now());
        } else {
            self.checkpoint().await?;
        }
        Ok(any)
    }

    /// The head and a batch. The head is read first: events that settle between the two reads are
    /// beyond it.
    async fn read(&mut self) -> Result<(Revision, Vec<Event>), StorageError> {
        if self.floor.is_none() {
            let compacted = self.ledger.compacted().await?;
            self.floor = Some(Floor::of(self.query.after(), compacted));
        }
        let head = self.ledger.head().await?;
        Ok((head, self.ledger.events(&self.query, BATCH).await?))
    }

    /// Asked after reading: what was removed before the read is marked by now.
    async fn check_nothing_missed(&self) -> Result<(), Option<WatchEnd>> {
        let after = self.query.after();
        let compacted =
            in_time(self.ledger.compacted()).await.map_err(|error| self.failed(error))?;
        match self.floor {
            Some(floor) if floor.is_missed(after, compacted) => {
                Err(Some(WatchEnd::Compacted(after, compacted)))
            }
            _ => Ok(()),
        }
    }

    async fn checkpoint(&mut self) -> Result<(), Option<WatchEnd>> {
        if self.told.is_none_or(|told| told.elapsed() >= CHECKPOINT) {
            self.told = Some(Instant::now());
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
}
