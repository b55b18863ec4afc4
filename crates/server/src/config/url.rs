//! Addresses of other services.
//!
//! Invariant: one that exists can be connected to, as far as its form tells.

use std::{fmt, str::FromStr};

use crate::channel::{self, ServiceChannel};

/// Where a service is: `http://host:port`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceUrl(String);

impl ServiceUrl {
    /// A channel to it; it connects when first used.
    ///
    /// # Errors
    /// Never for one that was parsed, unless called outside the runtime's reach.
    pub fn channel(&self) -> Result<ServiceChannel, channel::InvalidUrl> {
        channel::remote(&self.0)
    }
}

impl FromStr for ServiceUrl {
    /// What was expected, as a mistake of the configuration is told.
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        channel::check(text).map(|_| Self(text.to_owned())).map_err(|_| "http://host:port")
    }
}

impl fmt::Display for ServiceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
