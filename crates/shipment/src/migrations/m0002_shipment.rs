//! Releases, shipments with their lines, milestones, sponsorships.

use devisa_ledger::schema::Migration;

/// `shipment.peb` is `number/date/office`, empty without a registration; `released` is 1 once an
/// actual RELEASED is on record, whatever came after; `realised_date` is the date of the tier
/// REALISED, empty for another; `hs_chapters` is a set, `|09|19|`. A `shipment_part` is the part of a
/// line that was made in one regency; those of a line add up to its value.
pub(super) const MIGRATION: Migration = Migration {
    name: "m0002_shipment",
    sql: r#"
CREATE TABLE "release" (
    name {text} NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    create_time BIGINT NOT NULL,
    update_time BIGINT NOT NULL,
    scope_region {text} NOT NULL,
    scope_organisation {text} NOT NULL,
    scope_session {text} NOT NULL,
    state {text} NOT NULL,
    event_date {text} NOT NULL,
    data {text} NOT NULL
);
CREATE INDEX release_newest ON "release" (create_time DESC, name);

CREATE TABLE shipment (
    name {text} NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    create_time BIGINT NOT NULL,
    update_time BIGINT NOT NULL,
    scope_region {text} NOT NULL,
    scope_organisation {text} NOT NULL,
    scope_session {text} NOT NULL,
    "release" {text} NOT NULL,
    exporter {text} NOT NULL,
    state {text} NOT NULL,
    tier {text} NOT NULL,
    released BIGINT NOT NULL,
    destination_region_code {text} NOT NULL,
    hs_chapters {text} NOT NULL,
    realised_date {text} NOT NULL,
    peb {text} NOT NULL,
    data {text} NOT NULL
);
CREATE INDEX shipment_newest ON shipment (create_time DESC, name);
CREATE INDEX shipment_release ON shipment ("release", create_time DESC, name);
CREATE INDEX shipment_exporter ON shipment (exporter, create_time DESC, name);
CREATE INDEX shipment_peb ON shipment (peb) WHERE peb <> '';

CREATE TABLE shipment_line (
    shipment {text} NOT NULL,
    line_index BIGINT NOT NULL,
    description {text} NOT NULL,
    hs_code {text} NOT NULL,
    hs_chapter {text} NOT NULL,
    commodity {text} NOT NULL,
    net_kg {text} NOT NULL,
    currency {text} NOT NULL,
    value_minor BIGINT NOT NULL,
    PRIMARY KEY (shipment, line_index)
);

CREATE TABLE shipment_part (
    shipment {text} NOT NULL,
    line_index BIGINT NOT NULL,
    regency {text} NOT NULL,
    value_minor BIGINT NOT NULL,
    PRIMARY KEY (shipment, line_index, regency)
);

CREATE TABLE milestone (
    name {text} NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    create_time BIGINT NOT NULL,
    update_time BIGINT NOT NULL,
    scope_region {text} NOT NULL,
    scope_organisation {text} NOT NULL,
    scope_session {text} NOT NULL,
    shipment {text} NOT NULL,
    code {text} NOT NULL,
    classifier {text} NOT NULL,
    event_time BIGINT NOT NULL,
    data {text} NOT NULL
);
CREATE INDEX milestone_newest ON milestone (shipment, create_time DESC, name);

CREATE TABLE sponsorship (
    name {text} NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    create_time BIGINT NOT NULL,
    update_time BIGINT NOT NULL,
    scope_region {text} NOT NULL,
    scope_organisation {text} NOT NULL,
    scope_session {text} NOT NULL,
    sponsor {text} NOT NULL,
    kind {text} NOT NULL,
    "release" {text} NOT NULL,
    shipment {text} NOT NULL,
    data {text} NOT NULL
);
CREATE INDEX sponsorship_newest ON sponsorship (create_time DESC, name);
CREATE INDEX sponsorship_release ON sponsorship ("release");
CREATE INDEX sponsorship_shipment ON sponsorship (shipment)
"#,
};
