//! Products.

use devisa_domain::{
    identifier::{hs::HsCode, text::Text, unit_code::UnitCode},
    name::{Id, OrganisationName, ProductName},
    refusal::{Checks, Refusal, RuleBroken, Violation},
    registry::{
        product::{Product, ProductFacts},
        record::{Draft, Stated},
    },
};
use prost::Name;

use super::{AtVersion, maybe_text, part, render_text};
use crate::{
    convert::common::{
        batch_names, optional, positive_decimal, provenance, render_decimal, render_provenance,
        render_timestamp, update,
    },
    mask::UpdateMask,
    registry::v1 as wire,
};

/// Digits after the point of a capacity, as of every quantity.
const DECIMALS: u32 = 6;

/// Reads a request to create a product.
///
/// # Errors
/// All violations of `parent`, `product_id` and `product`.
pub fn parse_create_product(
    request: wire::CreateProductRequest,
) -> Result<Draft<ProductName, ProductFacts>, Refusal> {
    let wire::CreateProductRequest { parent, product_id, product, request_id: _, validate_only: _ } =
        request;
    let mut checks = Checks::new();
    let parent = checks.keep("parent", OrganisationName::parse(&parent));
    let id = checks.keep("product_id", Id::parse_or_generate(&product_id));
    let stated = part(&mut checks, "product", product, parse_product);
    match (parent, id, stated) {
        (Some(parent), Some(id), Some(stated)) => {
            Ok(Draft { name: ProductName::new(parent.organisation, id), stated })
        }
        _ => Err(checks.into_violations().into()),
    }
}

/// A product that shall be changed.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateProduct {
    /// The product.
    pub name: ProductName,
    /// Its new values, to be laid over the current ones.
    pub patch: wire::Product,
    /// Which of them to take.
    pub mask: UpdateMask,
}

/// Reads a request to change a product. Its values are read once they are laid over the current
/// ones.
///
/// # Errors
/// `field.missing` and `resource_name.form` at `product` and `product.name`, and
/// `field_mask.unknown_path` at `update_mask`, at once.
pub fn parse_update_product(request: wire::UpdateProductRequest) -> Result<UpdateProduct, Refusal> {
    let wire::UpdateProductRequest { product, update_mask, request_id: _ } = request;
    let mut checks = Checks::new();
    let named = |product: &wire::Product| ProductName::parse(&product.name);
    match update(&mut checks, "product", product, update_mask.as_ref(), named) {
        Some((name, patch, mask)) => Ok(UpdateProduct { name, patch, mask }),
        None => Err(checks.into_violations().into()),
    }
}

/// Reads the facts of a product.
///
/// # Errors
/// All violations, their paths relative to the product.
pub fn parse_product(message: wire::Product) -> Result<Stated<ProductFacts>, Vec<Violation>> {
    let wire::Product {
        name: _,
        display_name,
        hs_code,
        commodity,
        unit_code,
        monthly_capacity,
        provenance: origin,
        etag: _,
        create_time: _,
        update_time: _,
        delete_time: _,
    } = message;
    let mut checks = Checks::new();
    let display_name = checks.keep("display_name", Text::parse(&display_name));
    let hs_code = checks.keep("hs_code", HsCode::parse(&hs_code));
    let commodity = checks.keep("commodity", maybe_text(&commodity));
    let unit_code = checks.keep("unit_code", optional(&unit_code, UnitCode::parse));
    let capacity = monthly_capacity.map(|number| positive_decimal(&number, DECIMALS)).transpose();
    let monthly_capacity = checks.keep("monthly_capacity", capacity);
    if let (Some(capacity), Some(unit_code)) = (&monthly_capacity, &unit_code) {
        let measured = ProductFacts::check_unit(capacity.as_ref(), unit_code.as_ref());
        checks.keep_part("", measured.map_err(|violation| vec![violation]));
    }
    let origin = provenance(origin.as_ref(), &wire::Product::full_name());
    let provenance = checks.keep_part("provenance", origin);
    match (display_name, hs_code, commodity, unit_code, monthly_capacity, provenance) {
        (
            Some(display_name),
            Some(hs_code),
            Some(commodity),
            Some(unit_code),
            Some(monthly_capacity),
            Some(provenance),
        ) => {
            let facts =
                ProductFacts { display_name, hs_code, commodity, unit_code, monthly_capacity };
            checks.finish(Stated { facts, provenance })
        }
        _ => Err(checks.into_violations()),
    }
}

/// Reads a request to delete a product.
///
/// # Errors
/// What is wrong with its name.
pub fn parse_delete_product(
    request: wire::DeleteProductRequest,
) -> Result<AtVersion<ProductName>, Refusal> {
    let wire::DeleteProductRequest { name, etag, request_id: _ } = request;
    AtVersion::parse(&name, etag, ProductName::parse)
}

/// Reads a request to take the deletion of a product back.
///
/// # Errors
/// What is wrong with its name.
pub fn parse_undelete_product(
    request: wire::UndeleteProductRequest,
) -> Result<AtVersion<ProductName>, Refusal> {
    let wire::UndeleteProductRequest { name, etag, request_id: _ } = request;
    AtVersion::parse(&name, etag, ProductName::parse)
}

/// Reads the names of a batch: of one organisation, or of any where `parent` is empty or
/// `organisations/-`.
///
/// # Errors
/// `resource_name.form` at `parent`, `names.parent` at each name of another organisation, and those
/// of every batch.
pub fn parse_batch_get_products(
    request: wire::BatchGetProductsRequest,
) -> Result<Vec<ProductName>, Refusal> {
    const ANY: &str = "organisations/-";
    let wire::BatchGetProductsRequest { parent, names } = request;
    let mut checks = Checks::new();
    let parent = if parent == ANY { "" } else { parent.as_str() };
    let parent = checks.keep("parent", optional(parent, OrganisationName::parse)).flatten();
    let read = batch_names(&mut checks, &names, ProductName::parse);
    if let Some(parent) = parent {
        for (index, name) in names.iter().enumerate() {
            let others = ProductName::parse(name)
                .is_ok_and(|product| product.organisation != parent.organisation);
            checks.ensure(!others, format!("names[{index}]"), || {
                RuleBroken::expected("names.parent", format!("a product of {parent}"), name)
            });
        }
    }
    checks.finish(read).map_err(Refusal::from)
}

/// Renders a product.
pub fn render_product(product: &Product) -> wire::Product {
    let Product { name, meta, facts } = product;
    let ProductFacts { display_name, hs_code, commodity, unit_code, monthly_capacity } = facts;
    wire::Product {
        name: name.to_string(),
        display_name: display_name.to_string(),
        hs_code: hs_code.to_string(),
        commodity: render_text(commodity.as_ref()),
        unit_code: unit_code.map(|code| code.to_string()).unwrap_or_default(),
        monthly_capacity: monthly_capacity.map(render_decimal),
        provenance: render_provenance(&meta.provenance),
        etag: meta.etag(),
        create_time: Some(render_timestamp(meta.create_time)),
        update_time: Some(render_timestamp(meta.update_time)),
        delete_time: meta.delete_time.map(render_timestamp),
    }
}
