//! Realisations, and what is known of the shipments they are of.

use devisa_ledger::schema::Migration;

/// `shipped` is a projection of the shipment service's event log; `devisa rebuild deal` makes it
/// anew.
pub(super) const MIGRATION: Migration = Migration {
    name: "m0003_realisations",
    sql: r#"
CREATE TABLE shipped (
    name {text} NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    create_time BIGINT NOT NULL,
    update_time BIGINT NOT NULL,
    scope_region {text} NOT NULL,
    scope_organisation {text} NOT NULL,
    scope_session {text} NOT NULL,
    data {text} NOT NULL
);

CREATE TABLE realisation (
    name {text} NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    create_time BIGINT NOT NULL,
    update_time BIGINT NOT NULL,
    scope_region {text} NOT NULL,
    scope_organisation {text} NOT NULL,
    scope_session {text} NOT NULL,
    deal {text} NOT NULL,
    shipment {text} NOT NULL,
    state {text} NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency {text} NOT NULL,
    delete_time BIGINT NOT NULL,
    data {text} NOT NULL
);
CREATE INDEX realisation_newest ON realisation (deal, create_time DESC, name);
CREATE INDEX realisation_shipment ON realisation (shipment, deal)
"#,
};
