//! A stored resource: its name, what every resource has, and its own facts.

use serde::{Deserialize, Serialize};

use crate::{meta::Meta, provenance::Provenance, refusal::Refusal, time::Timestamp};

/// A resource of name type `N` with the facts `F` that a caller may state about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record<N, F> {
    /// The resource's name.
    pub name: N,
    /// Version, times and provenance.
    pub meta: Meta,
    /// What was stated.
    pub facts: F,
}

/// A resource that shall be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft<N, F> {
    /// The name it shall have.
    pub name: N,
    /// What is stated.
    pub stated: Stated<F>,
}

/// What a caller states about a resource, and where that comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated<F> {
    /// The facts.
    pub facts: F,
    /// Their origin.
    pub provenance: Provenance,
}

impl<N: Clone, F: Clone + PartialEq> Record<N, F> {
    /// The first version of a resource.
    pub fn new(draft: &Draft<N, F>, now: Timestamp) -> Self {
        let Stated { facts, provenance } = draft.stated.clone();
        Self { name: draft.name.clone(), meta: Meta::new(now, provenance), facts }
    }

    /// The next version with these facts; none when they are what is stated already.
    pub fn revised(&self, stated: Stated<F>, now: Timestamp) -> Option<Self> {
        let Stated { facts, provenance } = stated;
        if self.facts == facts && self.meta.provenance == provenance {
            return None;
        }
        let meta = Meta { provenance, ..self.meta.touched(now) };
        Some(Self { name: self.name.clone(), meta, facts })
    }

    /// The next version, deleted.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when it is deleted already, as if it were gone (AIP-164);
    /// [`Refusal::EtagMismatch`].
    pub fn deleted(&self, etag: &str, now: Timestamp) -> Result<Self, Refusal>
    where
        N: ToString,
    {
        if self.meta.is_deleted() {
            return Err(Refusal::NotFound { resource: self.name.to_string() });
        }
        self.meta.check_etag(&self.name, etag)?;
        Ok(Self { meta: self.meta.deleted(now), ..self.clone() })
    }

    /// The next version, no longer deleted.
    ///
    /// # Errors
    /// [`Refusal::Exists`] when it is not deleted (AIP-164); [`Refusal::EtagMismatch`].
    pub fn undeleted(&self, etag: &str, now: Timestamp) -> Result<Self, Refusal>
    where
        N: ToString,
    {
        if !self.meta.is_deleted() {
            return Err(Refusal::Exists { resource: self.name.to_string() });
        }
        self.meta.check_etag(&self.name, etag)?;
        Ok(Self { meta: self.meta.undeleted(now), ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stated(facts: i32) -> Stated<i32> {
        Stated { facts, provenance: Provenance::default() }
    }

    #[test]
    fn only_other_facts_make_another_version() {
        let (then, later) = (Timestamp::from_micros(5), Timestamp::from_micros(3));
        let first = Record::new(&Draft { name: "a", stated: stated(1) }, then);
        assert_eq!(first.revised(stated(1), later), None);

        let second = first.revised(stated(2), later);
        let versions = second.as_ref().map(|record| (record.facts, record.meta.version));
        assert_eq!(versions, Some((2, 2)));
        assert_eq!(second.map(|record| record.meta.update_time), Some(then), "time goes not back");

        let note = Provenance { note: "from the press".to_owned(), ..Provenance::default() };
        assert!(first.revised(Stated { provenance: note, ..stated(1) }, later).is_some());
    }

    #[test]
    fn a_deletion_is_taken_back_once() {
        let at = Timestamp::from_micros;
        let first = Record::new(&Draft { name: "a", stated: stated(1) }, at(5));
        let exists = Refusal::Exists { resource: "a".to_owned() };
        assert_eq!(first.undeleted("", at(6)), Err(exists));
        let stale = first.deleted("\"9\"", at(6));
        assert!(matches!(stale, Err(Refusal::EtagMismatch { .. })), "{stale:?}");

        let gone = first.deleted("\"1\"", at(6)).inspect(|gone| {
            assert_eq!((gone.meta.version, gone.meta.delete_time), (2, Some(at(6))));
            assert!(gone.meta.check_present(&gone.name, "Update").is_err());
            let absent = Refusal::NotFound { resource: "a".to_owned() };
            assert_eq!(gone.deleted("", at(7)), Err(absent));
        });
        let back = gone.and_then(|gone| gone.undeleted("\"2\"", at(7)));
        let back = back.map(|back| (back.facts, back.meta.version, back.meta.delete_time));
        assert_eq!(back, Ok((1, 3, None)));
    }
}
