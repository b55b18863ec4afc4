//! Exact fractions, for rates that no decimal number holds.

use std::cmp::Ordering;

use rust_decimal::Decimal;

/// A positive fraction. Its denominator is never zero.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ratio {
    numerator: u128,
    denominator: u128,
}

impl Ratio {
    /// `numerator / denominator`; none unless both are positive and the exact fraction fits.
    pub(super) fn of(numerator: Decimal, denominator: Decimal) -> Option<Self> {
        let (top, bottom) = (numerator.normalize(), denominator.normalize());
        let mut ratio = Self {
            numerator: u128::try_from(top.mantissa()).ok().filter(|n| *n > 0)?,
            denominator: u128::try_from(bottom.mantissa()).ok().filter(|n| *n > 0)?,
        };
        let (up, down) = (bottom.scale(), top.scale());
        ratio.numerator =
            ratio.numerator.checked_mul(10_u128.checked_pow(up.saturating_sub(down))?)?;
        ratio.denominator =
            ratio.denominator.checked_mul(10_u128.checked_pow(down.saturating_sub(up))?)?;
        Some(ratio)
    }

    /// The largest number with so many decimals that is not above the fraction, and whether it is
    /// the fraction itself. None when a decimal does not hold it.
    pub(super) fn floor(self, places: u32) -> Option<(Decimal, bool)> {
        let mut quotient = self.numerator / self.denominator;
        let mut rest = self.numerator % self.denominator;
        for _ in 0..places {
            rest = rest.checked_mul(10)?;
            quotient = quotient.checked_mul(10)?.checked_add(rest / self.denominator)?;
            rest %= self.denominator;
        }
        let quotient = i128::try_from(quotient).ok()?;
        let floor = Decimal::try_from_i128_with_scale(quotient, places).ok()?;
        Some((floor, rest == 0))
    }
}

/// By continued fractions: the whole parts decide, or the inverted rests do. No product is formed,
/// so nothing overflows.
impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        let (mut a, mut b) = (*self, *other);
        let mut inverted = false;
        loop {
            let wholes = (a.numerator / a.denominator).cmp(&(b.numerator / b.denominator));
            let rests = (a.numerator % a.denominator, b.numerator % b.denominator);
            let order = match (wholes, rests) {
                (Ordering::Equal, (0, 0)) => Ordering::Equal,
                (Ordering::Equal, (0, _)) => Ordering::Less,
                (Ordering::Equal, (_, 0)) => Ordering::Greater,
                (Ordering::Equal, (rest_a, rest_b)) => {
                    a = Self { numerator: a.denominator, denominator: rest_a };
                    b = Self { numerator: b.denominator, denominator: rest_b };
                    inverted = !inverted;
                    continue;
                }
                (decided, _) => decided,
            };
            return if inverted { order.reverse() } else { order };
        }
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ratio {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Ratio {}
