//! Answers calls that come one after the other, as many as can be in one commit.
//!
//! Invariant: the outcome is as if each had been answered alone and in its turn. All are decided at
//! once, ahead of their turns; a change is committed only if nothing that it rests on has moved, also
//! by those before it; whatever else a call comes to counts only while those before it changed nothing.

use std::{collections::BTreeSet, mem};

use devisa_domain::refusal::Refusal;
use futures::future::join_all;
use prost::Message;

use crate::{
    call::{Call, Moment},
    change::Decision,
    commit::{Entry, Uncommitted},
    error::Error,
    idempotency,
    ledger::{Ledger, decode},
    turns,
};

/// One of several calls that are answered in their order.
pub trait Work: Sync {
    /// What it decides on.
    type Snapshot: Send + Sync;
    /// What it answers.
    type Response: Message + Default;

    /// The call.
    fn call(&self) -> &Call;

    /// Reads what it decides on.
    fn load(&self) -> impl Future<Output = Result<Self::Snapshot, Error>> + Send;

    /// Decides.
    ///
    /// # Errors
    /// What is wrong with the call.
    fn decide(
        &self,
        snapshot: &Self::Snapshot,
        moment: &Moment,
    ) -> Result<Decision<Self::Response>, Refusal>;

    /// Whether an error is an answer to this call alone. After another, none is answered: what was
    /// sent first would come last, once the calls are repeated.
    fn is_answer(&self, error: &Error) -> bool;
}

/// What a call comes to while those before it change nothing.
enum Ahead<R> {
    /// To be committed.
    Decided(Box<(Entry, R)>),
    /// Nothing is to be committed.
    Answered(Result<R, Error>),
}

/// Calls being answered.
struct Series<'l, W: Work> {
    ledger: &'l Ledger,
    answers: Vec<Result<W::Response, Error>>,
    /// Those that are to be committed together.
    run: Vec<(&'l W, Entry, W::Response)>,
    /// The rows and guards that those before write: who writes them too has decided on old ones.
    keys: BTreeSet<String>,
    /// Whether any of those before may have changed something.
    changed: bool,
}

/// That no further call is answered.
struct Over;

impl Ledger {
    /// Answers calls as [`Ledger::write`] does, in their order; many are committed together. There are
    /// fewer answers than calls when the last one is an error that is no answer to its call alone.
    pub async fn write_in_order<W: Work>(&self, works: &[W]) -> Vec<Result<W::Response, Error>> {
        let ahead = join_all(works.iter().map(|work| self.ahead(work))).await;
        let (answers, run) = (Vec::with_capacity(works.len()), Vec::new());
        let mut series =
            Series { ledger: self, answers, run, keys: BTreeSet::new(), changed: false };
        for (work, ahead) in works.iter().zip(ahead) {
            if series.take(work, ahead).await.is_err() {
                return series.answers;
            }
        }
        // What ends the answers is the last of them.
        let _ = series.commit().await;
        series.answers
    }

    async fn ahead<W: Work>(&self, work: &W) -> Ahead<W::Response> {
        match self.decided(work).await {
            Ok(ahead) => ahead,
            Err(error) => Ahead::Answered(Err(error)),
        }
    }

    async fn decided<W: Work>(&self, work: &W) -> Result<Ahead<W::Response>, Error> {
        let (call, now) = (work.call(), self.clock().now());
        let answered = idempotency::answer(self.reader(), call, self.kept_since(now)).await?;
        if let Some(answer) = answered {
            return Ok(Ahead::Answered(decode(&answer)));
        }
        let moment = Moment { now, actor: call.principal.clone() };
        let decided = match work.load().await {
            Ok(snapshot) => work.decide(&snapshot, &moment).map_err(Error::from),
            Err(error) => Err(error),
        };
        let decision = match decided {
            Ok(decision) => decision,
            Err(error) => {
                return Ok(Ahead::Answered(self.first_answer_or(call, now, error).await));
            }
        };
        let Decision { change, response } = decision;
        if call.validate_only {
            return Ok(Ahead::Answered(Ok(response)));
        }
        Ok(match self.entry(call, moment, change, &response) {
            Some(entry) => Ahead::Decided(Box::new((entry, response))),
            None => Ahead::Answered(Ok(response)),
        })
    }
}

impl<'l, W: Work> Series<'l, W> {
    /// The next call has its turn.
    async fn take(&mut self, work: &'l W, ahead: Ahead<W::Response>) -> Result<(), Over> {
        match ahead {
            Ahead::Decided(decided) => {
                let (entry, response) = *decided;
                let keys = turns::keys(&entry.change);
                if self.keys.is_disjoint(&keys) {
                    self.keys.extend(keys);
                    self.run.push((work, entry, response));
                    return Ok(());
                }
            }
            Ahead::Answered(answer) if !self.changed && self.run.is_empty() => {
                return self.answer(work, answer);
            }
            Ahead::Answered(_) => {}
        }
        self.commit().await?;
        self.alone(work).await
    }

    /// Commits those that wait for it. Who rests on what has moved is answered alone, and the others
    /// go on after it.
    async fn commit(&mut self) -> Result<(), Over> {
        while !self.run.is_empty() {
            self.changed = true;
            let entries: Vec<_> = self.run.iter().map(|(_, entry, _)| entry.clone()).collect();
            let keys = entries.iter().flat_map(|entry| turns::keys(&entry.change)).collect();
            let turn = self.ledger.turns().take(&keys).await;
            let count = entries.len();
            let (committed, _) = self.ledger.commit(entries, turn).await;
            let (done, stopped) = match committed {
                Ok(()) => (count, None),
                Err((done, why)) => (done, Some(why)),
            };
            let mut rest = self.run.split_off(done);
            let done = mem::take(&mut self.run);
            self.answers.extend(done.into_iter().map(|(_, _, response)| Ok(response)));
            match stopped {
                None => {}
                Some(Uncommitted::Moved(_)) => {
                    let (work, _, _) = rest.remove(0);
                    self.run = rest;
                    self.alone(work).await?;
                }
                Some(Uncommitted::Storage(error)) => {
                    self.answers.push(Err(error.into()));
                    return Err(Over);
                }
            }
        }
        Ok(())
    }

    async fn alone(&mut self, work: &'l W) -> Result<(), Over> {
        self.changed = true;
        let load = || work.load();
        let answer = self.ledger.write(work.call(), load, |s, moment| work.decide(s, moment));
        let answer = answer.await;
        self.answer(work, answer)
    }

    fn answer(&mut self, work: &W, answer: Result<W::Response, Error>) -> Result<(), Over> {
        let is_over = answer.as_ref().is_err_and(|error| !work.is_answer(error));
        self.answers.push(answer);
        if is_over { Err(Over) } else { Ok(()) }
    }
}
