//! What an organisation does.

use serde::{Deserialize, Serialize};

use crate::refusal::RuleBroken;

/// A role in exporting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    /// Makes or grows what is exported.
    Producer,
    /// Exports in its own name.
    Exporter,
    /// Gathers goods of several producers and exports them.
    Aggregator,
    /// Buys abroad.
    Buyer,
    /// Gives in-kind help.
    Sponsor,
    /// Accompanies villages (*pendamping*).
    Mentor,
    /// A trade attaché, ITPC or similar office.
    TradeOffice,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 7] = [
        Self::Producer,
        Self::Exporter,
        Self::Aggregator,
        Self::Buyer,
        Self::Sponsor,
        Self::Mentor,
        Self::TradeOffice,
    ];

    /// The role's short name, as on the wire without its prefix.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Producer => "PRODUCER",
            Self::Exporter => "EXPORTER",
            Self::Aggregator => "AGGREGATOR",
            Self::Buyer => "BUYER",
            Self::Sponsor => "SPONSOR",
            Self::Mentor => "MENTOR",
            Self::TradeOffice => "TRADE_OFFICE",
        }
    }
}

/// Roles without repetition, in the order of [`Role::ALL`]: their order means nothing, so that
/// equal sets are equal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Role>", into = "Vec<Role>")]
pub struct Roles(Vec<Role>);

impl Roles {
    /// A set of roles.
    ///
    /// # Errors
    /// `roles.duplicate` when one is named twice.
    pub fn new(mut roles: Vec<Role>) -> Result<Self, RuleBroken> {
        roles.sort_unstable();
        match roles.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => {
                let found = format!("{} twice", pair[0].as_str());
                Err(RuleBroken::expected("roles.duplicate", "each role once", found))
            }
            None => Ok(Self(roles)),
        }
    }

    /// The roles.
    pub fn iter(&self) -> impl Iterator<Item = Role> + '_ {
        self.0.iter().copied()
    }
}

impl TryFrom<Vec<Role>> for Roles {
    type Error = RuleBroken;
    fn try_from(roles: Vec<Role>) -> Result<Self, RuleBroken> {
        Self::new(roles)
    }
}

impl From<Roles> for Vec<Role> {
    fn from(roles: Roles) -> Self {
        roles.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_no_order_and_no_repetition() {
        let one = Roles::new(vec![Role::Exporter, Role::Producer]);
        assert_eq!(one, Roles::new(vec![Role::Producer, Role::Exporter]));
        let twice = Roles::new(vec![Role::Buyer, Role::Mentor, Role::Buyer]);
        let rule = twice.err().map(|broken| broken.to_string());
        let told = "roles.duplicate: expected each role once, found BUYER twice";
        assert_eq!(rule.as_deref(), Some(told));
    }
}
