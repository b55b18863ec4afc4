//! When sponsorships were hidden.

use devisa_ledger::schema::Migration;

/// `delete_time` is 0 while a sponsorship is not hidden.
pub(super) const MIGRATION: Migration = Migration {
    name: "m0003_hidden_sponsorships",
    sql: r#"
ALTER TABLE sponsorship ADD COLUMN delete_time BIGINT NOT NULL DEFAULT 0
"#,
};
