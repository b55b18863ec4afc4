//! A place in a service's event log.

use std::fmt;

use devisa_domain::refusal::RuleBroken;

/// A place in the event log: the epoch, the transaction, the event.
///
/// As text it is opaque, of fixed width, and ordered as the log is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision {
    /// Raised after every logical restore, so that later revisions are always greater.
    pub(crate) epoch: i64,
    /// The writing transaction on PostgreSQL; 0 on SQLite, which writes one at a time.
    pub(crate) xid: i64,
    /// The event's number.
    pub(crate) id: i64,
}

impl Revision {
    /// Reads a revision; empty text is the beginning of the log.
    ///
    /// # Errors
    /// `revision.form` when it is none of ours.
    pub fn parse(text: &str) -> Result<Self, RuleBroken> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let part = |from: usize, to: usize| {
            let digits = text.get(from..to)?;
            let plain = digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
            if plain { i64::from_str_radix(digits, 16).ok() } else { None }
        };
        let parts = (text.len() == 40).then(|| (part(0, 8), part(8, 24), part(24, 40)));
        match parts {
            Some((Some(epoch), Some(xid), Some(id))) => Ok(Self { epoch, xid, id }),
            _ => Err(RuleBroken::expected(
                "revision.form",
                "a revision that this service gave",
                format!("{text:?}"),
            )),
        }
    }

    /// Whether it is the beginning of the log, before any event.
    pub fn is_start(self) -> bool {
        self == Self::default()
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_start() {
            return Ok(());
        }
        write!(f, "{:08x}{:016x}{:016x}", self.epoch, self.xid, self.id)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Revision;

    #[test]
    fn text_and_value_are_ordered_alike() {
        let low = Revision { epoch: 1, xid: 9, id: 500 };
        let high = Revision { epoch: 1, xid: 10, id: 4 };
        assert!(low < high && low.to_string() < high.to_string());
        assert_eq!(Revision::parse(&high.to_string()).unwrap(), high);
    }

    #[test]
    fn the_beginning_is_empty_text() {
        assert_eq!(Revision::default().to_string(), "");
        assert!(Revision::parse("").unwrap().is_start());
    }

    #[test]
    fn other_text_is_refused() {
        for text in ["1", "xyz", &"g".repeat(40), &"F".repeat(40), &"é".repeat(20)] {
            assert_eq!(Revision::parse(text).unwrap_err().rule(), "revision.form", "{text}");
        }
    }
}
