//! The table of organisations.

use devisa_domain::registry::organisation::{Organisation, Roles};

use crate::store::resource_table;

resource_table! {
    /// An organisation's row.
    "organisation" of Organisation as organisation {
        scope_region: village(organisation),
        scope_organisation: organisation.name.to_string(),
        region_code: String = organisation.facts.region_code.to_string(),
        village: String = village(organisation),
        nib: String = organisation.facts.nib.as_ref().map(ToString::to_string).unwrap_or_default(),
        npwp: String =
            organisation.facts.npwp.as_ref().map(ToString::to_string).unwrap_or_default(),
        roles: String = roles(&organisation.facts.roles),
        delete_time: i64 = organisation.meta.delete_time.map_or(0, |time| time.micros()),
    }
}

/// The code of its village; empty where it has none.
fn village(organisation: &Organisation) -> String {
    let village = organisation.facts.village.as_ref();
    village.map(|name| name.village.to_string()).unwrap_or_default()
}

/// `|PRODUCER|EXPORTER|`; empty without any.
fn roles(roles: &Roles) -> String {
    let mut text = String::new();
    for role in roles.iter() {
        text.push_str(if text.is_empty() { "|" } else { "" });
        text.push_str(role.as_str());
        text.push('|');
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use devisa_domain::registry::organisation::Role;

    use super::*;

    #[test]
    fn each_role_stands_between_bars() {
        let text = |of: &[Role]| roles(&Roles::new(of.to_vec()).unwrap());
        assert_eq!(text(&[]), "");
        assert_eq!(text(&[Role::Exporter]), "|EXPORTER|");
        assert_eq!(text(&[Role::Exporter, Role::Producer]), "|PRODUCER|EXPORTER|");
    }
}
