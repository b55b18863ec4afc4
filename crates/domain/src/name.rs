//! Resource names and ids (AIP-122).
//!
//! Invariant: a name in a typed form is well formed; whether the resource exists is another matter.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{identifier::village_code::VillageCode, refusal::RuleBroken};

/// A resource id: `^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Id(String);

impl Id {
    /// Reads an id.
    ///
    /// # Errors
    /// `resource_id.form` when it does not match the pattern.
    pub fn parse(id: &str) -> Result<Self, RuleBroken> {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let well_formed = (1..=63).contains(&id.len())
            && id.chars().all(inner)
            && !id.starts_with('-')
            && !id.ends_with('-');
        if well_formed {
            return Ok(Self(id.to_owned()));
        }
        Err(RuleBroken::expected(
            "resource_id.form",
            "1 to 63 of a-z, 0-9 and -, not starting or ending with -",
            format!("{id:?}"),
        ))
    }

    /// An id made from a new UUIDv7.
    pub fn generate() -> Self {
        Self(uuid::Uuid::now_v7().to_string())
    }

    /// The id that was asked for, or a generated one where none was.
    ///
    /// # Errors
    /// As [`Id::parse`].
    pub fn parse_or_generate(id: &str) -> Result<Self, RuleBroken> {
        if id.is_empty() { Ok(Self::generate()) } else { Self::parse(id) }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Id {
    type Error = RuleBroken;
    fn try_from(id: String) -> Result<Self, RuleBroken> {
        Self::parse(&id)
    }
}

impl From<Id> for String {
    fn from(id: Id) -> Self {
        id.0
    }
}

impl FromStr for Id {
    type Err = RuleBroken;
    fn from_str(id: &str) -> Result<Self, RuleBroken> {
        Self::parse(id)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Splits a name along its pattern's collections: `programmes/p/decrees/d` into `[p, d]`.
fn ids<'a, const N: usize>(
    name: &'a str,
    collections: [&str; N],
    pattern: &str,
) -> Result<[&'a str; N], RuleBroken> {
    let wrong = || RuleBroken::expected("resource_name.form", pattern, format!("{name:?}"));
    let mut segments = name.split('/');
    let mut found = [""; N];
    for (slot, collection) in found.iter_mut().zip(collections) {
        if segments.next() != Some(collection) {
            return Err(wrong());
        }
        *slot = segments.next().filter(|id| !id.is_empty()).ok_or_else(wrong)?;
    }
    if segments.next().is_some() { Err(wrong()) } else { Ok(found) }
}

macro_rules! resource_names {
    ($($(#[$doc:meta])* $name:ident = $pattern:literal { $($collection:literal => $field:ident: $id:ty),+ })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name {
            $(
                #[doc = concat!("The id under `", $collection, "/`.")]
                pub $field: $id,
            )+
        }

        impl $name {
            /// The pattern of the name.
            pub const PATTERN: &'static str = $pattern;

            /// Builds the name from its ids.
            pub fn new($($field: $id),+) -> Self {
                Self { $($field),+ }
            }

            /// Reads a resource name.
            ///
            /// # Errors
            /// `field.missing` when empty, `resource_name.form` when it does not follow the
            /// pattern, or the rule that an id in it breaks.
            pub fn parse(name: &str) -> Result<Self, RuleBroken> {
                if name.is_empty() {
                    return Err(RuleBroken::missing());
                }
                let [$($field),+] = ids(name, [$($collection),+], $pattern)?;
                Ok(Self { $($field: <$id>::parse($field)?),+ })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut separator = "";
                $(
                    write!(f, "{separator}{}/{}", $collection, self.$field)?;
                    separator = "/";
                )+
                let _ = separator;
                Ok(())
            }
        }

        impl FromStr for $name {
            type Err = RuleBroken;
            fn from_str(name: &str) -> Result<Self, RuleBroken> {
                Self::parse(name)
            }
        }

        impl TryFrom<String> for $name {
            type Error = RuleBroken;
            fn try_from(name: String) -> Result<Self, RuleBroken> {
                Self::parse(&name)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.to_string()
            }
        }
    )*};
}

resource_names! {
    /// A village of the national list.
    VillageName = "villages/{village}" { "villages" => village: VillageCode }
    /// A programme that turns villages into exporters.
    ProgrammeName = "programmes/{programme}" { "programmes" => programme: Id }
    /// A decree by which villages were designated.
    DecreeName = "programmes/{programme}/decrees/{decree}" {
        "programmes" => programme: Id, "decrees" => decree: Id
    }
    /// A village's enrolment in a programme; its id is the village's code.
    EnrolmentName = "programmes/{programme}/enrolments/{enrolment}" {
        "programmes" => programme: Id, "enrolments" => enrolment: VillageCode
    }
    /// A producer, exporter, buyer, sponsor or office.
    OrganisationName = "organisations/{organisation}" { "organisations" => organisation: Id }
    /// Something that an organisation makes, gathers or sells.
    ProductName = "organisations/{organisation}/products/{product}" {
        "organisations" => organisation: Id, "products" => product: Id
    }
    /// An exchange rate on record.
    ExchangeRateName = "exchangeRates/{exchange_rate}" { "exchangeRates" => exchange_rate: Id }
    /// A ceremonial departure, *pelepasan ekspor*.
    ReleaseName = "releases/{release}" { "releases" => release: Id }
    /// A consignment of one exporter to one destination.
    ShipmentName = "shipments/{shipment}" { "shipments" => shipment: Id }
    /// Something that happened, or should happen, to a shipment.
    MilestoneName = "shipments/{shipment}/milestones/{milestone}" {
        "shipments" => shipment: Id, "milestones" => milestone: Id
    }
    /// In-kind help given to a release or a shipment.
    SponsorshipName = "sponsorships/{sponsorship}" { "sponsorships" => sponsorship: Id }
    /// A business-matching session.
    SessionName = "sessions/{session}" { "sessions" => session: Id }
    /// A deal between a seller and a buyer.
    DealName = "deals/{deal}" { "deals" => deal: Id }
    /// An amount of a shipment's line by which a deal is drawn down.
    RealisationName = "deals/{deal}/realisations/{realisation}" {
        "deals" => deal: Id, "realisations" => realisation: Id
    }
}
