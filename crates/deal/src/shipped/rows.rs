//! Projected shipments as rows.

use devisa_domain::{deal::Shipped, name::OrganisationName};

use crate::store::resource_table;

resource_table! {
    /// A projected shipment's row.
    "shipped" of Shipped as shipped {
        scope_region: String::new(),
        scope_organisation: exporter(shipped).map(ToString::to_string).unwrap_or_default(),
    }
}

fn exporter(shipped: &Shipped) -> Option<&OrganisationName> {
    shipped.facts.as_ref().map(|facts| &facts.exporter)
}
