//! The table of enrolments.

use devisa_domain::{name::ProgrammeName, registry::enrolment::Enrolment};

use crate::store::resource_table;

resource_table! {
    /// An enrolment's row.
    "enrolment" of Enrolment as enrolment {
        scope_region: enrolment.village().to_string(),
        scope_organisation: String::new(),
        programme: String = ProgrammeName::new(enrolment.name.programme.clone()).to_string(),
        village: String = enrolment.village().to_string(),
        state: String = enrolment.state().to_string(),
        lead_commodity: String =
            enrolment.facts.lead_commodity.as_ref().map(ToString::to_string).unwrap_or_default(),
    }
}
