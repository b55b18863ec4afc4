//! Sessions as rows.

use devisa_domain::deal::Session;

use crate::store::resource_table;

resource_table! {
    /// A session's row.
    "session" of Session as session {
        name: session.name,
        meta: session.meta,
        scope_region: String::new(),
        scope_organisation: office(session),
        scope_session: session.name.to_string(),
        office: String = office(session),
    }
}

/// The trade office's name; empty without one.
fn office(session: &Session) -> String {
    session.facts.office.as_ref().map(ToString::to_string).unwrap_or_default()
}
