//! What decisions about products rest on.

use std::collections::BTreeMap;

use devisa_domain::{
    name::{OrganisationName, ProductName},
    refusal::Refusal,
    registry::{organisation::Organisation, product::Product},
};
use devisa_ledger::{Error, Ledger};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::rows::{Column, Entity};
use crate::{
    organisation,
    store::{self, Table},
};

/// A product as it is, and its organisation.
#[derive(Debug)]
pub(super) struct Snapshot {
    /// The organisation.
    pub(super) organisation: Option<Organisation>,
    /// The product of that name.
    pub(super) existing: Option<Product>,
}

/// Loads a product and its organisation.
pub(super) async fn snapshot(ledger: &Ledger, name: &ProductName) -> Result<Snapshot, Error> {
    let organisation = OrganisationName::new(name.organisation.clone());
    Ok(Snapshot {
        organisation: store::find::<organisation::Entity>(ledger, &organisation).await?,
        existing: store::find::<Entity>(ledger, name).await?,
    })
}

/// Several products in the order of their names, all or none.
///
/// # Errors
/// [`Refusal::NotFound`] naming the first that does not exist.
pub(super) async fn batch(ledger: &Ledger, names: &[ProductName]) -> Result<Vec<Product>, Error> {
    let asked = names.iter().map(ToString::to_string);
    let rows = Entity::find().filter(Column::Name.is_in(asked)).all(ledger.reader()).await?;
    let rows = rows.into_iter().map(|row| (row.name.clone(), Entity::resource(row)));
    let mut found: BTreeMap<_, _> = rows.collect();
    let take = |name: &ProductName| {
        let name = name.to_string();
        found.remove(&name).ok_or_else(|| Refusal::NotFound { resource: name }.into())
    };
    names.iter().map(take).collect()
}
