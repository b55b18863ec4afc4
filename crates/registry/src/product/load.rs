//! What decisions about products rest on.

use devisa_domain::{
    name::{OrganisationName, ProductName},
    refusal::Refusal,
    registry::{organisation::Organisation, product::Product},
};
use devisa_ledger::{Error, Ledger};
use devisa_proto::{
    convert::registry::render_product, mask::Said, registry::v1::UpdateProductRequest,
};

use super::{decide, rows::Entity};
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

/// What else is wrong with an update that cannot be read.
pub(super) async fn also_wrong(
    ledger: &Ledger,
    asked: &UpdateProductRequest,
) -> Result<Option<Refusal>, Error> {
    let Some(patch) = &asked.product else { return Ok(None) };
    let name = ProductName::parse(&patch.name);
    let Some(current) = store::find_if_named::<Entity>(ledger, name).await? else {
        return Ok(None);
    };
    let before = render_product(&current);
    let said = Said::of(asked.update_mask.as_ref(), &before, patch);
    Ok(said.faults(decide::stated(said.message.clone()).err()))
}
