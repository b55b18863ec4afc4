//! Milestones.

mod audit;
mod decide;
mod load;
mod rows;
mod rpc;

use std::collections::BTreeSet;

use devisa_domain::name::MilestoneName;
use devisa_ledger::{Error, Ledger};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

pub(crate) use audit::audit;
pub(crate) use load::{guard_of, timeline};
pub(crate) use rows::{follow, row};

/// Those of the milestones that are on record.
pub(crate) async fn existing(
    ledger: &Ledger,
    names: &[MilestoneName],
) -> Result<BTreeSet<MilestoneName>, Error> {
    let mut existing = BTreeSet::new();
    // Both databases bound the number of a statement's parameters.
    for names in names.chunks(500) {
        let texts = names.iter().map(ToString::to_string);
        let named = rows::Entity::find().filter(rows::Column::Name.is_in(texts));
        let rows = named.all(ledger.reader()).await?;
        existing.extend(rows.into_iter().map(|row| row.data.0.name));
    }
    Ok(existing)
}
