//! Which crate may know which: the arrows of the workspace, read off cargo's own metadata.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Every crate of ours with those of ours that it may depend on.
const ARROWS: &[(&str, &[&str])] = &[
    ("devisa-domain", &[]),
    ("devisa-proto", &["devisa-domain"]),
    ("devisa-schema", &[]),
    ("devisa-ledger", &["devisa-domain", "devisa-proto"]),
    ("devisa-server", &["devisa-domain", "devisa-ledger", "devisa-proto"]),
    ("devisa-upstream", &["devisa-domain", "devisa-proto", "devisa-server"]),
    ("devisa-registry", SERVICE),
    ("devisa-shipment", ASKING),
    ("devisa-deal", ASKING),
    // The model is compared with the services: what it took from them would be right by itself.
    ("devisa-model", &["devisa-domain", "devisa-proto"]),
];

const SERVICE: &[&str] = &["devisa-domain", "devisa-ledger", "devisa-proto", "devisa-server"];

/// Services that ask the registry.
const ASKING: &[&str] =
    &["devisa-domain", "devisa-ledger", "devisa-proto", "devisa-server", "devisa-upstream"];

/// What composes, tests and generates: it may know all. Nobody of the above may depend on it.
const OUTSIDE: &[&str] = &["devisa", "devisa-testkit", "devisa-tests", "xtask"];

/// What the domain must never reach.
const IMPURE: &[&str] = &["tokio", "tonic", "prost", "sea-orm", "axum", "hyper"];

#[test]
fn every_crate_depends_only_on_what_its_arrow_allows() {
    let metadata = MetadataCommand::new().exec().unwrap();
    let ours: BTreeSet<_> =
        metadata.workspace_packages().iter().map(|p| p.name.to_string()).collect();
    let normal: BTreeMap<_, BTreeSet<_>> = metadata
        .workspace_packages()
        .iter()
        .map(|package| {
            let dependencies = package.dependencies.iter();
            let dependencies = dependencies.filter(|d| d.kind == DependencyKind::Normal);
            (package.name.to_string(), dependencies.map(|d| d.name.clone()).collect())
        })
        .collect();
    for name in &ours {
        let is_listed = ARROWS.iter().any(|(arrow, _)| arrow == name);
        assert!(is_listed || OUTSIDE.contains(&name.as_str()), "{name} has no arrows here");
    }
    for (name, allowed) in ARROWS {
        for dependency in normal[*name].intersection(&ours) {
            assert!(allowed.contains(&dependency.as_str()), "{name} must not know {dependency}");
        }
    }
    for impure in IMPURE {
        assert!(!normal["devisa-domain"].contains(*impure), "the domain must not know {impure}");
    }
}
