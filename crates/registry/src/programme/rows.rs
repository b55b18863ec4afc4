//! The table of programmes.

use devisa_domain::registry::programme::Programme;

use crate::store::resource_table;

resource_table! {
    /// A programme's row.
    "programme" of Programme as programme {
        scope_region: String::new(),
        scope_organisation: String::new(),
    }
}
