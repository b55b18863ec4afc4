//! The customs declaration of exports and the proof of origin.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    identifier::{
        origin::{OriginForm, OriginNumber},
        peb::{AjuNumber, CustomsOffice, NpeNumber, PebNumber},
    },
    refusal::RuleBroken,
    time::Date,
};

/// The registration of a declaration. The three parts together are unique in the country.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Peb {
    /// The registration number.
    pub number: PebNumber,
    /// The registration date.
    pub date: Date,
    /// The customs office.
    pub office: CustomsOffice,
}

/// Writes `012345/2025-11-26/070100`.
impl fmt::Display for Peb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.number, self.date, self.office)
    }
}

/// The export approval (*nota pelayanan ekspor*) that answers a declaration.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Npe {
    /// Its number.
    pub number: NpeNumber,
    /// Its date.
    pub date: Date,
}

/// A registered declaration, and the approval that may have answered it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Registration {
    /// The registration.
    pub peb: Peb,
    npe: Option<Npe>,
}

impl Registration {
    /// From its parts.
    ///
    /// # Errors
    /// `npe_date.before_peb` when the approval is older than what it approves.
    pub fn new(peb: Peb, npe: Option<Npe>) -> Result<Self, RuleBroken> {
        match &npe {
            Some(npe) if npe.date < peb.date => {
                let expected = format!("not before peb_date, {}", peb.date);
                Err(RuleBroken::expected("npe_date.before_peb", expected, npe.date))
            }
            _ => Ok(Self { peb, npe }),
        }
    }

    /// The approval.
    pub fn npe(&self) -> Option<&Npe> {
        self.npe.as_ref()
    }
}

/// The customs declaration of exports (*pemberitahuan ekspor barang*, BC 3.0). There is no
/// approval without a registration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Declaration {
    /// The submission number.
    pub aju: Option<AjuNumber>,
    /// The registration and its approval.
    pub registration: Option<Registration>,
}

impl Declaration {
    /// The registration.
    pub fn peb(&self) -> Option<&Peb> {
        self.registration.as_ref().map(|registration| &registration.peb)
    }

    /// Whether nothing is declared.
    pub fn is_empty(&self) -> bool {
        self.aju.is_none() && self.registration.is_none()
    }
}

/// A proof of origin: *surat keterangan asal* (SKA) or the exporter's own declaration (DAB).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OriginProof {
    /// Under which agreement it was issued.
    pub form: OriginForm,
    /// Its number.
    pub number: OriginNumber,
    /// The day it was issued.
    pub issue_date: Date,
}

impl OriginProof {
    /// Checks that it was issued in time, where the goods have arrived on a day.
    ///
    /// # Errors
    /// `issue_date.after_arrival` when it is younger than the arrival, unless its number says, in
    /// any case, "issued retroactively".
    pub fn check_issued(&self, arrived: Option<Date>) -> Result<(), RuleBroken> {
        let retroactive = self.number.as_str().to_lowercase().contains("issued retroactively");
        match arrived.filter(|arrived| self.issue_date > *arrived && !retroactive) {
            None => Ok(()),
            Some(arrived) => {
                let expected = format!(
                    "not after the arrival on {arrived}, unless number says issued retroactively"
                );
                Err(RuleBroken::expected("issue_date.after_arrival", expected, self.issue_date))
            }
        }
    }
}
