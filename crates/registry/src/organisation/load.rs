//! What decisions about organisations rest on.

use devisa_domain::{
    identifier::{nib::Nib, npwp::Npwp},
    name::OrganisationName,
    registry::organisation::Organisation,
};
use devisa_ledger::{Error, GuardSeen, Ledger};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::rows::{Column, Entity};
use crate::store::{self, Table};

/// An organisation as it is, and who has the numbers that it shall have.
#[derive(Debug)]
pub(super) struct Snapshot {
    /// The organisation of that name.
    pub(super) existing: Option<Organisation>,
    /// Who has the NIB.
    pub(super) nib: Option<Claimed>,
    /// Who has the NPWP.
    pub(super) npwp: Option<Claimed>,
}

/// A number that only one organisation may have.
#[derive(Debug)]
pub(super) struct Claimed {
    /// The guard of the number; whoever takes it moves it.
    pub(super) guard: GuardSeen,
    /// Who has it, of those that are not deleted.
    pub(super) owner: Option<OrganisationName>,
}

/// Loads what creating or changing an organisation rests on; `nib` and `npwp` are the numbers that
/// it may take.
pub(super) async fn snapshot(
    ledger: &Ledger,
    name: &OrganisationName,
    nib: Option<&Nib>,
    npwp: Option<&Npwp>,
) -> Result<Snapshot, Error> {
    Ok(Snapshot {
        nib: match nib {
            Some(nib) => Some(claimed(ledger, Column::Nib, "nib", nib.as_str()).await?),
            None => None,
        },
        npwp: match npwp {
            Some(npwp) => Some(claimed(ledger, Column::Npwp, "npwp", npwp.as_str()).await?),
            None => None,
        },
        existing: store::find::<Entity>(ledger, name).await?,
    })
}

/// Loads what taking a deletion back rests on: who has the organisation's numbers now. A deleted
/// organisation keeps its facts, so that they are still those when it is read again.
pub(super) async fn deleted(ledger: &Ledger, name: &OrganisationName) -> Result<Snapshot, Error> {
    let existing = store::find::<Entity>(ledger, name).await?;
    let (nib, npwp) = match &existing {
        Some(organisation) => (organisation.facts.nib.as_ref(), organisation.facts.npwp.as_ref()),
        None => (None, None),
    };
    snapshot(ledger, name, nib, npwp).await
}

/// The guard is read first: whoever takes the number after that moves it.
async fn claimed(
    ledger: &Ledger,
    column: Column,
    kind: &str,
    number: &str,
) -> Result<Claimed, Error> {
    let guard = ledger.guard(format!("{kind}/{number}")).await?;
    let holder = Entity::find().filter(column.eq(number)).filter(Column::DeleteTime.eq(0_i64));
    let row = holder.one(ledger.reader()).await?;
    Ok(Claimed { guard, owner: row.map(|row| Entity::resource(row).name) })
}
