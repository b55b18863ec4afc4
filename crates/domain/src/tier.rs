//! Value tiers: what was promised, what left, what is proven to have left.
//!
//! Invariant: totals of two tiers cannot be added; [`Total`] carries its tier in its type.

use std::{fmt, marker::PhantomData};

use serde::{Deserialize, Serialize};

use crate::money::{Money, Sums};

/// A value tier. Every total names one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Tier {
    /// Promised: letters of intent and memoranda of understanding.
    Potential,
    /// Contracted: contracts and purchase orders.
    Contracted,
    /// Released: left at a ceremony (*pelepasan ekspor*).
    Released,
    /// Realised: customs declaration number present and actually loaded.
    Realised,
}

impl Tier {
    /// The tier's short name, as enum values are written on the wire without their prefix.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Potential => "POTENTIAL",
            Self::Contracted => "CONTRACTED",
            Self::Released => "RELEASED",
            Self::Realised => "REALISED",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A tier at the level of types.
pub trait OfTier {
    /// The tier's value.
    const TIER: Tier;
}

macro_rules! tier_marker {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name;
        impl OfTier for $name {
            const TIER: Tier = Tier::$name;
        }
    )*};
}

tier_marker! {
    /// Marks totals of promised values.
    Potential,
    /// Marks totals of contracted values.
    Contracted,
    /// Marks totals of released values.
    Released,
    /// Marks totals of realised values.
    Realised,
}

/// A total of one tier, per currency.
///
/// Two tiers do not add up; it does not compile:
///
/// ```compile_fail
/// use devisa_domain::tier::{Potential, Released, Total};
/// let mut promised = Total::<Potential>::default();
/// promised.add_total(&Total::<Released>::default());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Total<T> {
    sums: Sums,
    tier: PhantomData<T>,
}

impl<T> Default for Total<T> {
    fn default() -> Self {
        Self { sums: Sums::default(), tier: PhantomData }
    }
}

impl<T: OfTier> Total<T> {
    /// Adds an amount that belongs to this tier, to its own currency's sum.
    pub fn add(&mut self, money: Money) {
        self.sums.add(money);
    }

    /// Adds another total of the same tier.
    pub fn add_total(&mut self, other: &Self) {
        self.sums.add_all(&other.sums);
    }

    /// The sums per currency.
    pub fn sums(&self) -> &Sums {
        &self.sums
    }

    /// The tier.
    pub fn tier(&self) -> Tier {
        T::TIER
    }
}
