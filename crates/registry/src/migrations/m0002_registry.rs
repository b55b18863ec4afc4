//! Programmes, decrees, enrolments with their history, organisations, exchange rates.

use devisa_ledger::schema::Migration;

pub(super) const MIGRATION: Migration = Migration {
    name: "m0002_registry",
    sql: r#"
CREATE TABLE programme (
    name {text} NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    create_time BIGINT NOT NULL,
    update_time BIGINT NOT NULL,
    scope_region {text} NOT NULL,
    scope_organisation {text} NOT NULL,
    scope_session {text} NOT NULL,
    data {text} NOT NULL
);
CREATE INDEX programme_newest ON programme (create_time DESC, name);

CREATE TABLE decree (
    name {text} NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    create_time BIGINT NOT NULL,
    update_time BIGINT NOT NULL,
    scope_region {text} NOT NULL,
    scope_organisation {text} NOT NULL,
    scope_session {text} NOT NULL,
    programme {text} NOT NULL,
    region {text} NOT NULL,
    issue_date {text} NOT NULL,
    declared_village_count BIGINT NOT NULL,
    data {text} NOT NULL
);
CREATE INDEX decree_newest ON decree (programme, create_time DESC, name);
CREATE INDEX decree_declared ON decree (programme, region, issue_date);

CREATE TABLE enrolment (
    name {text} NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    create_time BIGINT NOT NULL,
    update_time BIGINT NOT NULL,
    scope_region {text} NOT NULL,
    scope_organisation {text} NOT NULL,
    scope_session {text} NOT NULL,
    programme {text} NOT NULL,
    village {text} NOT NULL,
    state {text} NOT NULL,
    lead_commodity {text} NOT NULL,
    data {text} NOT NULL
);
CREATE INDEX enrolment_newest ON enrolment (programme, create_time DESC, name);
CREATE INDEX enrolment_village ON enrolment (programme, village);

CREATE TABLE enrolment_history (
    enrolment {text} NOT NULL,
    ordinal BIGINT NOT NULL,
    programme {text} NOT NULL,
    village {text} NOT NULL,
    state {text} NOT NULL,
    effective_date {text} NOT NULL,
    record_time BIGINT NOT NULL,
    decree {text} NOT NULL,
    PRIMARY KEY (enrolment, ordinal)
);
CREATE INDEX enrolment_history_village ON enrolment_history (programme, village);
CREATE INDEX enrolment_history_decree ON enrolment_history (decree);

CREATE TABLE organisation (
    name {text} NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    create_time BIGINT NOT NULL,
    update_time BIGINT NOT NULL,
    scope_region {text} NOT NULL,
    scope_organisation {text} NOT NULL,
    scope_session {text} NOT NULL,
    region_code {text} NOT NULL,
    village {text} NOT NULL,
    nib {text} NOT NULL,
    npwp {text} NOT NULL,
    roles {text} NOT NULL,
    data {text} NOT NULL
);
CREATE INDEX organisation_newest ON organisation (create_time DESC, name);
CREATE INDEX organisation_village ON organisation (village);
CREATE INDEX organisation_nib ON organisation (nib);
CREATE INDEX organisation_npwp ON organisation (npwp);

CREATE TABLE exchange_rate (
    name {text} NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    create_time BIGINT NOT NULL,
    update_time BIGINT NOT NULL,
    scope_region {text} NOT NULL,
    scope_organisation {text} NOT NULL,
    scope_session {text} NOT NULL,
    kind {text} NOT NULL,
    base_currency {text} NOT NULL,
    quote_currency {text} NOT NULL,
    valid_from {text} NOT NULL,
    valid_to {text} NOT NULL,
    data {text} NOT NULL
);
CREATE INDEX exchange_rate_newest ON exchange_rate (create_time DESC, name);
CREATE INDEX exchange_rate_series
    ON exchange_rate (kind, base_currency, quote_currency, valid_from)
"#,
};
