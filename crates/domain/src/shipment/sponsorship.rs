//! Sponsorships: in-kind help given to releases and shipments, kept apart from values.

use serde::{Deserialize, Serialize};

use crate::{
    identifier::text::Note,
    meta::Meta,
    money::Money,
    name::{OrganisationName, ReleaseName, ShipmentName, SponsorshipName},
    refusal::{Refusal, RuleBroken},
    time::Timestamp,
};

/// What was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    /// Containers.
    Container,
    /// Freight.
    Freight,
    /// Fees of certificates.
    Certificate,
    /// A booth at a fair.
    Booth,
    /// Training.
    Training,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::Container, Self::Freight, Self::Certificate, Self::Booth, Self::Training];

    /// The kind's name as on the wire, without its prefix.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Container => "CONTAINER",
            Self::Freight => "FREIGHT",
            Self::Certificate => "CERTIFICATE",
            Self::Booth => "BOOTH",
            Self::Training => "TRAINING",
        }
    }
}

/// What a sponsorship was given to: exactly one of the two.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// A release.
    Release(ReleaseName),
    /// A shipment.
    Shipment(ShipmentName),
}

impl Recipient {
    /// The release.
    pub fn release(&self) -> Option<&ReleaseName> {
        match self {
            Self::Release(name) => Some(name),
            Self::Shipment(_) => None,
        }
    }

    /// The shipment.
    pub fn shipment(&self) -> Option<&ShipmentName> {
        match self {
            Self::Release(_) => None,
            Self::Shipment(name) => Some(name),
        }
    }

    /// The field that names it.
    pub fn field(&self) -> &'static str {
        match self {
            Self::Release(_) => "release",
            Self::Shipment(_) => "shipment",
        }
    }
}

/// What a caller says of a sponsorship.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SponsorshipFacts {
    /// Who gave it.
    pub sponsor: OrganisationName,
    /// What was given.
    pub kind: Kind,
    /// To whom.
    pub recipient: Recipient,
    /// What it was worth, at least zero; never part of an export value.
    pub in_kind_value: Option<Money>,
    /// Anything else.
    pub note: Option<Note<1000>>,
}

/// Requires an amount of at least zero.
///
/// # Errors
/// `money.negative`.
pub fn not_negative(money: Money) -> Result<Money, RuleBroken> {
    if money.minor() >= 0 {
        return Ok(money);
    }
    Err(RuleBroken::expected("money.negative", "at least 0", money))
}

/// A sponsorship on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sponsorship {
    /// Its name.
    pub name: SponsorshipName,
    /// Version, times, provenance.
    pub meta: Meta,
    /// What was said.
    pub facts: SponsorshipFacts,
    /// The sponsor's name when it was recorded.
    pub sponsor_display_name: String,
}

impl Sponsorship {
    /// The sponsorship, hidden for good.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when it is hidden already; [`Refusal::EtagMismatch`].
    pub fn deleted(&self, etag: &str, now: Timestamp) -> Result<Self, Refusal> {
        if self.meta.is_deleted() {
            return Err(Refusal::NotFound { resource: self.name.to_string() });
        }
        self.meta.check_etag(&self.name, etag)?;
        Ok(Self { meta: self.meta.deleted(now), ..self.clone() })
    }
}
