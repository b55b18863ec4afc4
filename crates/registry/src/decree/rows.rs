//! The table of decrees.

use devisa_domain::{name::ProgrammeName, registry::decree::Decree};

use crate::store::resource_table;

resource_table! {
    /// A decree's row.
    "decree" of Decree as decree {
        scope_region: region(decree),
        scope_organisation: String::new(),
        programme: String = ProgrammeName::new(decree.name.programme.clone()).to_string(),
        region: String = region(decree),
        issue_date: String = decree.facts.issue_date.to_string(),
        declared_village_count: i64 = decree.facts.declared_villages.get().into(),
    }
}

/// The region's code; empty for the whole country.
fn region(decree: &Decree) -> String {
    decree.facts.region.as_ref().map(ToString::to_string).unwrap_or_default()
}
