//! How a deal is drawn down: what of its value is realised, pending, closed and open.
//!
//! Invariant: in every state, value = realised + pending + closed + balance, to the minor unit.

use serde::{Deserialize, Serialize};

use super::plausibility::{Finding, Rule};
use crate::money::Money;

/// From how much of the value on more realised than agreed is worth a word, in per cent.
pub(crate) const MOST_PER_CENT: i128 = 110;

/// What has become of a deal's value, in minor units of its currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drawing {
    /// Realised: declared and loaded.
    pub realised: i64,
    /// Under way: the shipment may still be realised.
    pub pending: i64,
    /// Taken back when the deal lapsed or was withdrawn.
    pub closed: i64,
}

impl Drawing {
    /// What of a value is still open; negative when more was shipped than agreed.
    ///
    /// It fits: a value and what is closed of it differ by no less than nothing, and all
    /// realisations of a deal together fit 64 bits.
    pub fn balance(self, value: i64) -> i64 {
        (value - self.closed) - (self.realised + self.pending)
    }

    /// With all that is still open of a value closed.
    #[must_use]
    pub fn closing(self, value: i64) -> Self {
        Self { closed: self.closed + self.balance(value).max(0), ..self }
    }
}

/// The finding `over_realised`: more than 110 % of the value is realised. It informs.
pub(super) fn over_realised(value: Money, drawing: Drawing) -> Option<Finding> {
    let limit = i128::from(value.minor()) * MOST_PER_CENT;
    if i128::from(drawing.realised) * 100 <= limit {
        return None;
    }
    let realised = Money::from_minor(drawing.realised, value.currency());
    let limit = i64::try_from(limit / 100).ok();
    let limit = limit.map(|minor| Money::from_minor(minor, value.currency()));
    let explanation =
        format!("{realised} of the agreed {value} is realised, above {MOST_PER_CENT} %");
    let finding = Finding::informing(Rule::OverRealised, explanation);
    Some(Finding { measured: Some(realised), limit, ..finding })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::money::Currency;

    #[test]
    fn closing_takes_what_is_open_and_never_more() {
        let open = Drawing { realised: 30, pending: 20, closed: 0 };
        assert_eq!(open.balance(100), 50);
        let closed = open.closing(100);
        assert_eq!((closed.closed, closed.balance(100)), (50, 0));
        let over = Drawing { realised: 130, pending: 0, closed: 0 };
        assert_eq!((over.balance(100), over.closing(100)), (-30, over));
    }

    #[test]
    fn more_than_a_tenth_too_much_is_found() {
        let value = Money::from_minor(100, Currency::USD);
        let found = |realised| over_realised(value, Drawing { realised, ..Drawing::default() });
        assert_eq!(found(110), None);
        let finding = found(111).unwrap();
        assert!(finding.informs() && !finding.is_broken());
        assert_eq!(finding.limit.unwrap().minor(), 110);
    }
}
