//! The model takes from the domain plain values only: what it took of the rules would agree by
//! itself.
#![allow(clippy::unwrap_used)]

use std::{fs, path::Path};

/// What the model must not name.
const RULES: &[&str] = &[
    "devisa_domain::registry",
    "devisa_domain::shipment",
    "devisa_domain::deal",
    "devisa_domain::conversion",
    "devisa_domain::meta",
    "devisa_proto::convert",
    "devisa_proto::mask",
];

#[test]
fn the_model_names_none_of_the_rules() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![source];
    let mut read = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            read += 1;
            for rule in RULES {
                assert!(!text.contains(rule), "{} names {rule}", path.display());
            }
        }
    }
    assert!(read > 10, "only {read} files were read");
}
