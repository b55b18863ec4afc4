//! Products, and the deletion of organisations.

use devisa_ledger::schema::Migration;

/// `delete_time` is 0 while a resource is not deleted, so that a program that knows no deletion
/// still writes rows.
pub(super) const MIGRATION: Migration = Migration {
    name: "m0003_products",
    sql: r#"
ALTER TABLE organisation ADD COLUMN delete_time BIGINT NOT NULL DEFAULT 0;

CREATE TABLE product (
    name {text} NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    create_time BIGINT NOT NULL,
    update_time BIGINT NOT NULL,
    delete_time BIGINT NOT NULL DEFAULT 0,
    scope_region {text} NOT NULL,
    scope_organisation {text} NOT NULL,
    scope_session {text} NOT NULL,
    organisation {text} NOT NULL,
    hs_code {text} NOT NULL,
    data {text} NOT NULL
);
CREATE INDEX product_newest ON product (organisation, create_time DESC, name)
"#,
};
