//! Lets calls of one process that write the same rows take turns.
//!
//! Invariant: a turn is a courtesy. What a change rests on is checked when it is committed, turn or
//! no turn, since other replicas keep turns of their own; without turns many callers at one row would
//! decide in vain until their attempts run out.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{Mutex as Queue, OwnedMutexGuard};

use crate::change::Change;

type Queues = Mutex<HashMap<String, Arc<Queue<()>>>>;

/// The queues of a ledger, one for every row that somebody is about to write. Those who wait are
/// served in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Turns(Arc<Queues>);

/// The right to write some rows, until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    keys: BTreeSet<String>,
    held: Vec<OwnedMutexGuard<()>>,
    queues: Arc<Queues>,
}

impl Turns {
    /// The turn, when nobody else has it for any of the rows.
    pub(crate) fn take_at_once(&self, keys: &BTreeSet<String>) -> Option<Turn> {
        let mut turn = self.turn(keys);
        for key in keys {
            turn.held.push(self.queue(key).try_lock_owned().ok()?);
        }
        Some(turn)
    }

    /// The turn, when those before are done. All take their rows in the same order, so that no two
    /// wait for each other.
    pub(crate) async fn take(&self, keys: &BTreeSet<String>) -> Turn {
        let mut turn = self.turn(keys);
        for key in keys {
            turn.held.push(self.queue(key).lock_owned().await);
        }
        turn
    }

    fn turn(&self, keys: &BTreeSet<String>) -> Turn {
        Turn { keys: keys.clone(), held: Vec::new(), queues: Arc::clone(&self.0) }
    }

    fn queue(&self, key: &str) -> Arc<Queue<()>> {
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(queues.entry(key.to_owned()).or_default())
    }
}

impl Turn {
    /// Whether it is the turn for all of these rows.
    pub(crate) fn covers(&self, keys: &BTreeSet<String>) -> bool {
        keys.is_subset(&self.keys)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.held.clear();
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        for key in &self.keys {
            // Nobody holds it and nobody waits: the map itself has the only handle.
            if queues.get(key).is_some_and(|queue| Arc::strong_count(queue) == 1) {
                queues.remove(key);
            }
        }
    }
}

/// The rows and guards that a change writes, in a fixed order.
pub(crate) fn keys(change: &Change) -> BTreeSet<String> {
    let guards = change.guards.iter().map(|guard| format!("guard/{}", guard.name));
    guards.chain(change.updates().map(|row| format!("{}/{}", row.table, row.name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[tokio::test]
    async fn one_at_a_time_has_the_turn_for_a_row() {
        let turns = Turns::default();
        let first = turns.take_at_once(&rows(&["a", "b"]));
        assert!(first.is_some());
        assert!(turns.take_at_once(&rows(&["b", "c"])).is_none());
        assert!(turns.take_at_once(&rows(&["c"])).is_some(), "what was refused holds nothing");
        drop(first);
        assert!(turns.take_at_once(&rows(&["b", "c"])).is_some());
    }

    #[tokio::test]
    async fn turns_leave_nothing_behind() {
        let turns = Turns::default();
        let first = turns.take(&rows(&["a", "b"])).await;
        let waiting = {
            let turns = turns.clone();
            tokio::spawn(async move { drop(turns.take(&rows(&["b"])).await) })
        };
        tokio::task::yield_now().await;
        drop(first);
        assert!(waiting.await.is_ok());
        assert!(turns.0.lock().is_ok_and(|queues| queues.is_empty()));
    }

    #[tokio::test]
    async fn who_comes_later_does_not_go_before_who_waits() {
        let turns = Turns::default();
        let first = turns.take(&rows(&["a"])).await;
        let waiting = {
            let turns = turns.clone();
            tokio::spawn(async move { turns.take(&rows(&["a"])).await })
        };
        tokio::task::yield_now().await;
        drop(first);
        assert!(turns.take_at_once(&rows(&["a"])).is_none());
        assert!(waiting.await.is_ok_and(|turn| turn.covers(&rows(&["a"]))));
    }
}
