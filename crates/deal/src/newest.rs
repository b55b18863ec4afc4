//! The newest events of resources, for who puts rows right that say something else.
//!
//! What an event tells was so, whatever a row says: a row that is put right to say it again changes
//! nothing of what was told, and needs no event; and what an event says changed, changed since the
//! one before it.

use std::collections::BTreeMap;

use devisa_ledger::{Error, Ledger};
use prost::Message;

/// The newest events' messages by their subjects. Empty where rows are taken to say what was told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Newest(BTreeMap<String, Vec<u8>>);

/// How a resource's row is written anew.
pub(crate) enum Rewrite<M> {
    /// As its newest event tells it, in the version that it has.
    Restored,
    /// In its next version, of which an event tells what changed since this.
    Moved(M),
}

impl Newest {
    /// Of the resources of these names.
    ///
    /// # Errors
    /// The database's.
    pub(crate) async fn read(ledger: &Ledger, subjects: &[String]) -> Result<Self, Error> {
        Ok(Self(ledger.newest_messages(subjects).await?))
    }

    /// How to write a resource that was `before` by its row; `same` is what becomes of it without a
    /// new version.
    pub(crate) fn rewrite<M>(&self, name: &impl ToString, before: M, same: &M) -> Rewrite<M>
    where
        M: Message + Default + PartialEq,
    {
        let told = self.0.get(&name.to_string()).and_then(|data| M::decode(data.as_slice()).ok());
        match told {
            Some(told) if told == *same => Rewrite::Restored,
            Some(told) => Rewrite::Moved(told),
            None => Rewrite::Moved(before),
        }
    }
}
