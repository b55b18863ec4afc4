//! The table of products.

use devisa_domain::{name::OrganisationName, registry::product::Product};

use crate::store::resource_table;

resource_table! {
    /// A product's row.
    "product" of Product as product {
        scope_region: String::new(),
        scope_organisation: organisation(product),
        organisation: String = organisation(product),
        hs_code: String = product.facts.hs_code.to_string(),
        delete_time: i64 = product.meta.delete_time.map_or(0, |time| time.micros()),
    }
}

fn organisation(product: &Product) -> String {
    OrganisationName::new(product.name.organisation.clone()).to_string()
}
