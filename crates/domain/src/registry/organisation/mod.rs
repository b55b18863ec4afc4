//! Organisations: producers, exporters, aggregators, buyers, sponsors, mentors, trade offices.

mod alias;
mod role;
mod size;

use serde::{Deserialize, Serialize};

pub use alias::Alias;
pub use role::{Role, Roles};
pub use size::{Class, Scheme, Size};

use super::record::Record;
use crate::{
    identifier::{country::RegionCode, nib::Nib, npwp::Npwp, text::Text},
    name::{OrganisationName, VillageName},
    refusal::{RuleBroken, Violation},
};

/// A firm, cooperative, person or office that takes part in exporting.
pub type Organisation = Record<OrganisationName, OrganisationFacts>;

/// What is stated about an organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganisationFacts {
    /// The name it is known by.
    pub display_name: Text<200>,
    /// The country it is in.
    pub region_code: RegionCode,
    /// Its full legal name.
    pub legal_name: Option<Text<200>>,
    /// Its legal form as written: `PT`, `CV`, `Koperasi`, `SDN BHD`.
    pub legal_form: Option<Text<50>>,
    /// What it does.
    pub roles: Roles,
    /// The village it stands in, in Indonesia only.
    pub village: Option<VillageName>,
    /// Its business identification number, unique among organisations.
    pub nib: Option<Nib>,
    /// Its taxpayer number, unique among organisations.
    pub npwp: Option<Npwp>,
    /// Other names that it has or had, at most [`OrganisationFacts::MAX_ALIASES`].
    pub aliases: Vec<Alias>,
    /// Its size class.
    pub size: Option<Size>,
}

impl OrganisationFacts {
    /// How many aliases an organisation may have.
    pub const MAX_ALIASES: usize = 50;

    /// Checks what only two facts together tell: villages are in Indonesia.
    ///
    /// # Errors
    /// `village.country` at `village`.
    pub fn check_village(
        village: Option<&VillageName>,
        region_code: &RegionCode,
    ) -> Result<(), Violation> {
        if village.is_some() && region_code.as_str() != "ID" {
            let found = format!("region_code {region_code}");
            let broken = RuleBroken::expected("village.country", "region_code ID", found);
            return Err(broken.at("village"));
        }
        Ok(())
    }
}
