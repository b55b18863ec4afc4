//! What decisions about products rest on.

use devisa_domain::{
    name::{OrganisationName, ProductName},
    registry::{organisation::Organisation, product::Product},
};
use devisa_ledger::{Error, Ledger};

use super::rows::Entity;
use crate::{organisation, store};

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
