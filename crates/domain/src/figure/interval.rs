//! The amounts that a printed number stands for.

use std::fmt;

use rust_decimal::Decimal;

use super::plain::grouped;

/// A set of amounts, written `[low, high)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interval {
    /// From `low` on and below `high`; `low` is less than `high`.
    Within {
        /// The least amount that belongs to it.
        low: Decimal,
        /// The first amount above it that does not.
        high: Decimal,
    },
    /// The amount and everything above it: *tembus*, *lebih dari*.
    AtLeast(Decimal),
    /// Everything up to the amount, the amount itself included: *hampir*, *kurang dari*.
    ///
    /// It is the one interval whose `high` belongs to it. No step above the amount would be right
    /// for cents, trucks and kilograms alike.
    AtMost(Decimal),
}

impl Interval {
    /// How far below a printed number an amount may lie, in units of its last digit: rounded up.
    pub(crate) const BELOW: Decimal = Decimal::from_parts(5, 0, 0, false, 1);
    /// How far above it lies the first that may not: cut off.
    pub(crate) const ABOVE: Decimal = Decimal::ONE;
    /// How far to either side of a number that is only about right, in hundredths.
    pub(crate) const AROUND_PERCENT: i64 = 5;

    /// The amounts that print as `value` when cut or when rounded after the digit whose unit is
    /// `last_unit`: half a unit below to a whole unit above.
    pub(super) fn printed(value: Decimal, last_unit: Decimal) -> Self {
        let (low, high) = (value - last_unit * Self::BELOW, value + last_unit * Self::ABOVE);
        Self::Within { low, high }
    }

    /// The one amount that prints as `value`, when nothing finer than `step` exists.
    pub(super) fn exact(value: Decimal, step: Decimal) -> Self {
        Self::Within { low: value, high: value + step }
    }

    /// The interval, widened to five percent to either side of `value`, which is policy: *sekitar*
    /// never narrows.
    pub(super) fn around(self, value: Decimal) -> Self {
        let margin = value * Decimal::new(Self::AROUND_PERCENT, 2);
        match self {
            Self::Within { low, high } => {
                Self::Within { low: low.min(value - margin), high: high.max(value + margin) }
            }
            open => open,
        }
    }

    /// The least amount, which belongs to the interval; none when there is no such bound.
    pub fn low(&self) -> Option<Decimal> {
        match *self {
            Self::Within { low, .. } | Self::AtLeast(low) => Some(low),
            Self::AtMost(_) => None,
        }
    }

    /// The bound above, which does not belong to the interval except in [`Interval::AtMost`]; none
    /// when there is no such bound.
    pub fn high(&self) -> Option<Decimal> {
        match *self {
            Self::Within { high, .. } | Self::AtMost(high) => Some(high),
            Self::AtLeast(_) => None,
        }
    }

    /// Whether the amount is one of those that the printed number stands for.
    pub fn contains(&self, amount: Decimal) -> bool {
        match *self {
            Self::Within { low, high } => low <= amount && amount < high,
            Self::AtLeast(low) => low <= amount,
            Self::AtMost(high) => amount <= high,
        }
    }
}

/// Writes `[351,550, 351,700)`, `at least 6,000`, `at most 6,000`.
impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Within { low, high } => write!(f, "[{}, {})", grouped(low), grouped(high)),
            Self::AtLeast(low) => write!(f, "at least {}", grouped(low)),
            Self::AtMost(high) => write!(f, "at most {}", grouped(high)),
        }
    }
}
