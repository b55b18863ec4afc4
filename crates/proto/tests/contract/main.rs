//! What the contract promises about itself: the rules its protos keep, the pages its error
//! reasons have, the service config its methods are in.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod deviations;
mod error_pages;
mod lint;
mod rules;
mod samples;
mod service_config;

use std::path::{Path, PathBuf};

use devisa_schema::Schema;

/// The checked-in contract.
fn contract() -> Schema {
    Schema::decode(devisa_proto::FILE_DESCRIPTOR_SET).unwrap()
}

/// A file of the repository.
fn at_root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}
