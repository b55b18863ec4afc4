//! The ledger of one service: reads, decides through the service, commits.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use devisa_domain::{
    refusal::Refusal,
    time::{SharedClock, Timestamp},
};
use prost::Message;
use rand::Rng;
use sea_orm::{
    ConnectionTrait, DbErr, QueryResult,
    sea_query::{Alias, Expr, ExprTrait, Order, Query},
};
use tokio::sync::watch;

use crate::{
    call::{Call, Moment},
    change::{Change, Decision, GuardSeen},
    commit::{self, Entry, Stopped, Uncommitted},
    connection::Connection,
    database::Database,
    error::{Error, StorageError},
    idempotency,
    page::Tokens,
    turns::{self, Turn, Turns},
    wake::Wake,
};

/// How often a change is decided anew when what it rests on has moved.
const ATTEMPTS: u32 = 3;
/// How long a commit may take, from asking for a connection to the last answer. Past it, nobody
/// knows whether it happened; a repetition with the same request id finds out.
const COMMIT_WITHIN: Duration = Duration::from_secs(15);

/// The ledger of one service. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Ledger {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    database: Database,
    clock: SharedClock,
    source: &'static str,
    tokens: Tokens,
    wake: Wake,
    turns: Turns,
    answers_kept: Duration,
}

impl Ledger {
    /// Opens the ledger on a migrated database. `source` names the service in events:
    /// `devisa.registry`.
    ///
    /// # Errors
    /// [`StorageError`] when the key ring of page tokens can be neither read nor written.
    pub async fn open(
        database: Database,
        clock: SharedClock,
        source: &'static str,
    ) -> Result<Self, StorageError> {
        Self::open_keeping(database, clock, source, Self::KEEP_ANSWERS).await
    }

    /// How long answers are kept for repetitions of their requests, unless the operator says
    /// otherwise: seven days.
    pub const KEEP_ANSWERS: Duration = Duration::from_secs(7 * 24 * 60 * 60);

    /// The same, with the time for which answers are kept.
    ///
    /// # Errors
    /// As [`Ledger::open`].
    pub async fn open_keeping(
        database: Database,
        clock: SharedClock,
        source: &'static str,
        answers_kept: Duration,
    ) -> Result<Self, StorageError> {
        let tokens = Tokens::load(&database, clock.now()).await?;
        let wake = Wake::new(&database);
        let turns = Turns::default();
        let inner = Inner { database, clock, source, tokens, wake, turns, answers_kept };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Connections to read on.
    pub fn reader(&self) -> &Connection {
        self.inner.database.reader()
    }

    /// The database.
    pub fn database(&self) -> &Database {
        &self.inner.database
    }

    /// The clock.
    pub fn clock(&self) -> &SharedClock {
        &self.inner.clock
    }

    /// The service's name in events.
    pub fn source(&self) -> &'static str {
        self.inner.source
    }

    /// The page tokens of lists that are not rows of one table.
    pub fn tokens(&self) -> &Tokens {
        &self.inner.tokens
    }

    /// Hears of commits from here on.
    pub(crate) async fn wakes(&self) -> watch::Receiver<u64> {
        self.inner.wake.listen().await
    }

    /// Reads a guard row. Read it before the rows that it guards.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn guard(&self, name: impl Into<String>) -> Result<GuardSeen, StorageError> {
        let name = name.into();
        let mut query = Query::select();
        query
            .column(Alias::new("version"))
            .from(Alias::new("guard"))
            .and_where(Expr::col(Alias::new("name")).eq(name.as_str()));
        let row = self.reader().query_one(&query).await?;
        let version = row.map(|row| row.try_get("", "version")).transpose()?.unwrap_or(0);
        Ok(GuardSeen::new(name, version))
    }

    /// The versions of the guard rows whose names begin so and come after a name, by name, the first
    /// so many of them; absent ones were never moved.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn guards(
        &self,
        prefix: &str,
        after: &str,
        most: u64,
    ) -> Result<BTreeMap<String, i64>, StorageError> {
        let mut query = Query::select();
        query
            .columns([Alias::new("name"), Alias::new("version")])
            .from(Alias::new("guard"))
            .and_where(Expr::col(Alias::new("name")).like(format!("{prefix}%")))
            .and_where(Expr::col(Alias::new("name")).gt(after))
            .order_by(Alias::new("name"), Order::Asc)
            .limit(most);
        let rows = self.reader().query_all(&query).await?;
        let guard = |row: &QueryResult| Ok((row.try_get("", "name")?, row.try_get("", "version")?));
        Ok(rows.iter().map(guard).collect::<Result<_, DbErr>>()?)
    }

    /// Answers a call that may write: loads, decides and commits.
    ///
    /// A repetition of an answered request gets the first answer. When what a change rests on has
    /// moved meanwhile, it is loaded and decided again.
    ///
    /// # Errors
    /// What `load` and `decide` refuse; [`Refusal::RequestIdReused`]; [`Refusal::Contention`] when
    /// the attempts ran out; [`StorageError`].
    pub async fn write<S, R, L, F, D>(&self, call: &Call, load: L, decide: D) -> Result<R, Error>
    where
        L: Fn() -> F,
        F: Future<Output = Result<S, Error>>,
        D: Fn(&S, &Moment) -> Result<Decision<R>, Refusal>,
        R: Message + Default,
    {
        let (mut turn, mut attempts) = (None::<Turn>, 0);
        loop {
            let now = self.inner.clock.now();
            if let Some(answer) =
                idempotency::answer(self.reader(), call, self.kept_since(now)).await?
            {
                return decode(&answer);
            }
            let moment = Moment { now, actor: call.principal.clone() };
            let decided = match load().await {
                Ok(snapshot) => decide(&snapshot, &moment).map_err(Error::from),
                Err(error) => Err(error),
            };
            let decision = match decided {
                Ok(decision) => decision,
                Err(error) => return self.first_answer_or(call, now, error).await,
            };
            if call.validate_only {
                return Ok(decision.response);
            }
            let keys = turns::keys(&decision.change);
            let taken = turn.take().filter(|turn| turn.covers(&keys));
            let Some(taken) = taken.or_else(|| self.inner.turns.take_at_once(&keys)) else {
                // Somebody is writing there: by the time it is our turn, what was decided is old.
                turn = Some(self.inner.turns.take(&keys).await);
                continue;
            };
            let Decision { change, response } = decision;
            let Some(entry) = self.entry(call, moment, change, &response) else {
                return Ok(response);
            };
            let (committed, taken) = self.commit(vec![entry], taken).await;
            let moved = match committed {
                Ok(()) => return Ok(response),
                Err((_, Uncommitted::Storage(error))) => return Err(error.into()),
                Err((_, Uncommitted::Moved(what))) => what,
            };
            attempts += 1;
            if attempts == ATTEMPTS {
                tracing::info!(method = call.method, moved, "gave up after {ATTEMPTS} attempts");
                let contention = Refusal::Contention { resource: moved }.into();
                return self.first_answer_or(call, now, contention).await;
            }
            turn = taken;
            pause(attempts).await;
        }
    }

    /// A refusal may be the doing of the very request it refuses: another attempt of it, committed
    /// after the answer was looked for, is what stands in the way. Then that attempt's answer counts.
    pub(crate) async fn first_answer_or<R: Message + Default>(
        &self,
        call: &Call,
        now: Timestamp,
        error: Error,
    ) -> Result<R, Error> {
        match idempotency::answer(self.reader(), call, self.kept_since(now)).await? {
            Some(answer) => decode(&answer),
            None => Err(error),
        }
    }

    /// Answers older than this are forgotten.
    pub(crate) fn kept_since(&self, now: Timestamp) -> Timestamp {
        let kept = i64::try_from(self.inner.answers_kept.as_micros()).unwrap_or(i64::MAX);
        Timestamp::from_micros(now.micros().saturating_sub(kept))
    }

    /// What is to be committed of a decision; none when there is nothing to write and no request to
    /// know again.
    pub(crate) fn entry(
        &self,
        call: &Call,
        moment: Moment,
        change: Change,
        response: &impl Message,
    ) -> Option<Entry> {
        if change.is_empty() && call.request_id.is_none() {
            return None;
        }
        let (call, answer) = (call.clone(), response.encode_to_vec());
        let kept_since = self.kept_since(moment.now);
        Some(Entry { change, call, moment, answer, kept_since })
    }

    /// The turn to write some rows.
    pub(crate) fn turns(&self) -> &Turns {
        &self.inner.turns
    }

    /// Commits in a task of the ledger's own: a caller that goes away does not take the
    /// transaction with it, and its turn lasts until the transaction has ended.
    pub(crate) async fn commit(
        &self,
        entries: Vec<Entry>,
        turn: Turn,
    ) -> (Result<(), Stopped>, Option<Turn>) {
        let inner = Arc::clone(&self.inner);
        let committing = tokio::spawn(async move {
            let commit = commit::commit(&inner.database, &entries);
            // Nobody waits for this task; a network that went silent must not keep it for ever.
            let ended = tokio::time::timeout(COMMIT_WITHIN, commit).await;
            let committed =
                ended.unwrap_or_else(|_| Err((0, Uncommitted::Storage(StorageError::silent()))));
            if !matches!(committed, Err((0, _))) {
                inner.wake.ring();
            }
            (committed, turn)
        });
        match committing.await {
            Ok((committed, turn)) => (committed, Some(turn)),
            Err(error) => {
                let panicked = StorageError::Broken(format!("the commit panicked: {error}"));
                (Err((0, Uncommitted::Storage(panicked))), None)
            }
        }
    }
}

pub(crate) fn decode<R: Message + Default>(answer: &[u8]) -> Result<R, Error> {
    R::decode(answer)
        .map_err(|error| StorageError::Broken(format!("stored answer: {error}")).into())
}

/// Waits a little longer each time, with jitter, so that contenders do not meet again.
async fn pause(attempt: u32) {
    let jitter = rand::rng().random_range(1..=10);
    tokio::time::sleep(Duration::from_millis(u64::from(attempt) * jitter)).await;
}
