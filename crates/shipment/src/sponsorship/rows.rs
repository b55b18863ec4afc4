//! The table of sponsorships.

use devisa_domain::{shipment::Sponsorship, time::Timestamp};

use crate::store::resource_table;

resource_table! {
    /// A sponsorship's row.
    "sponsorship" of Sponsorship as sponsorship {
        scope_region: String::new(),
        scope_organisation: sponsorship.facts.sponsor.to_string(),
        sponsor: String = sponsorship.facts.sponsor.to_string(),
        kind: String = sponsorship.facts.kind.as_str().to_owned(),
        release: String = sponsorship.facts.recipient.release().map(ToString::to_string).unwrap_or_default(),
        delete_time: i64 = sponsorship.meta.delete_time.map_or(0, Timestamp::micros),
        shipment: String = sponsorship.facts.recipient.shipment().map(ToString::to_string).unwrap_or_default(),
    }
}
