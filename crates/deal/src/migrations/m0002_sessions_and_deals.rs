//! Sessions and deals.

use devisa_ledger::schema::Migration;

/// A deal made at no session has the empty session, which is also its group's key in totals;
/// `commodity` is `MIXED` for several.
pub(super) const MIGRATION: Migration = Migration {
    name: "m0002_sessions_and_deals",
    sql: r#"
CREATE TABLE session (
    name {text} NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    create_time BIGINT NOT NULL,
    update_time BIGINT NOT NULL,
    scope_region {text} NOT NULL,
    scope_organisation {text} NOT NULL,
    scope_session {text} NOT NULL,
    office {text} NOT NULL,
    data {text} NOT NULL
);
CREATE INDEX session_newest ON session (create_time DESC, name);

CREATE TABLE deal (
    name {text} NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    create_time BIGINT NOT NULL,
    update_time BIGINT NOT NULL,
    scope_region {text} NOT NULL,
    scope_organisation {text} NOT NULL,
    scope_session {text} NOT NULL,
    session {text} NOT NULL,
    seller {text} NOT NULL,
    buyer {text} NOT NULL,
    instrument {text} NOT NULL,
    tier {text} NOT NULL,
    state {text} NOT NULL,
    review_state {text} NOT NULL,
    sign_date {text} NOT NULL,
    commodity {text} NOT NULL,
    value_minor BIGINT NOT NULL,
    currency {text} NOT NULL,
    data {text} NOT NULL
);
CREATE INDEX deal_newest ON deal (create_time DESC, name);
CREATE INDEX deal_session ON deal (session, state, name);
CREATE INDEX deal_seller ON deal (seller, create_time DESC, name);
CREATE INDEX deal_buyer ON deal (buyer, create_time DESC, name);
CREATE INDEX deal_total ON deal (tier, state, session, seller)
"#,
};
