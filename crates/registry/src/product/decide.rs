//! What may happen to products.

use devisa_domain::{
    name::{OrganisationName, ProductName},
    refusal::{Refusal, Violation},
    registry::{
        organisation::Organisation,
        product::{Product, ProductFacts},
        record::{Draft, Stated},
    },
};
use devisa_ledger::{Change, Decision, Moment};
use devisa_proto::{
    convert::registry::{AtVersion, UpdateProduct, parse_product, render_product},
    registry::v1 as wire,
};

use super::{load::Snapshot, rows::ActiveModel};
use crate::{
    events::{PRODUCT_CREATED, PRODUCT_DELETED, PRODUCT_UNDELETED, PRODUCT_UPDATED},
    organisation,
};

/// Creates a product of an organisation that is not deleted, unless its name is taken.
pub(super) fn create(
    snapshot: &Snapshot,
    draft: &Draft<ProductName, ProductFacts>,
    moment: &Moment,
) -> Result<Decision<wire::Product>, Refusal> {
    let organisation = holder(snapshot, &draft.name, "CreateProduct")?;
    if snapshot.existing.is_some() {
        return Err(Refusal::id_taken("product_id", &draft.name));
    }
    let product = Product::new(draft, moment.now);
    let response = render_product(&product);
    let change = resting_on(organisation).insert(ActiveModel::from(&product)).event(
        PRODUCT_CREATED,
        &product.name,
        None,
        &response,
    );
    Ok(Decision { change, response })
}

/// Changes a product's facts; what changes nothing makes no version and no event.
pub(super) fn update(
    existing: Option<&Product>,
    command: &UpdateProduct,
    moment: &Moment,
) -> Result<Decision<wire::Product>, Refusal> {
    let UpdateProduct { name, patch, mask } = command;
    let current = required(existing, name)?;
    current.meta.check_present(name, "UpdateProduct")?;
    current.meta.check_etag(name, &patch.etag)?;

    let before = render_product(current);
    let stated = stated(mask.lay(&before, patch))?;
    let Some(next) = current.revised(stated, moment.now) else {
        return Ok(Decision { change: Change::new(), response: before });
    };
    Ok(written(Change::new(), current, &next, PRODUCT_UPDATED))
}

/// Deletes a product.
pub(super) fn delete(
    existing: Option<&Product>,
    command: &AtVersion<ProductName>,
    moment: &Moment,
) -> Result<Decision<wire::Product>, Refusal> {
    let current = required(existing, &command.name)?;
    let next = current.deleted(&command.etag, moment.now)?;
    Ok(written(Change::new(), current, &next, PRODUCT_DELETED))
}

/// Takes a deletion back, while the organisation is not deleted itself.
pub(super) fn undelete(
    snapshot: &Snapshot,
    command: &AtVersion<ProductName>,
    moment: &Moment,
) -> Result<Decision<wire::Product>, Refusal> {
    let current = required(snapshot.existing.as_ref(), &command.name)?;
    let next = current.undeleted(&command.etag, moment.now)?;
    let organisation = holder(snapshot, &command.name, "UndeleteProduct")?;
    Ok(written(resting_on(organisation), current, &next, PRODUCT_UNDELETED))
}

fn required<'p>(existing: Option<&'p Product>, name: &ProductName) -> Result<&'p Product, Refusal> {
    existing.ok_or_else(|| Refusal::NotFound { resource: name.to_string() })
}

/// The organisation whose product it is or shall be.
fn holder<'s>(
    snapshot: &'s Snapshot,
    name: &ProductName,
    action: &str,
) -> Result<&'s Organisation, Refusal> {
    let Some(organisation) = &snapshot.organisation else {
        let parent = OrganisationName::new(name.organisation.clone());
        return Err(Refusal::NotFound { resource: parent.to_string() });
    };
    organisation.meta.check_present(&organisation.name, action)?;
    Ok(organisation)
}

/// Rests a change on an organisation's not being deleted meanwhile.
fn resting_on(organisation: &Organisation) -> Change {
    let Organisation { name, meta, .. } = organisation;
    Change::new().rests_on::<organisation::Entity>(name, meta.version)
}

fn written(
    change: Change,
    current: &Product,
    next: &Product,
    kind: &'static str,
) -> Decision<wire::Product> {
    let (before, response) = (render_product(current), render_product(next));
    let change = change.update(ActiveModel::from(next), current.meta.version).event(
        kind,
        &next.name,
        Some(&before),
        &response,
    );
    Decision { change, response }
}

/// Reads what a product is to be.
pub(super) fn stated(laid: wire::Product) -> Result<Stated<ProductFacts>, Refusal> {
    let under = |violation: Violation| violation.under("product");
    let stated = parse_product(laid);
    stated.map_err(|broken| Refusal::Invalid(broken.into_iter().map(under).collect()))
}
