//! The table of releases.

use devisa_domain::shipment::Release;

use crate::store::resource_table;

resource_table! {
    /// A release's row.
    "release" of Release as release {
        scope_region: String::new(),
        scope_organisation: String::new(),
        state: String = release.state.to_string(),
        event_date: String = release.facts.event_date.to_string(),
    }
}
