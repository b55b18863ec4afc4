//! Every method of the contract is compared with the model, or it is named here why not.
#![allow(clippy::unwrap_used)]

use std::{fs, path::Path};

use devisa_proto::FILE_DESCRIPTOR_SET;
use prost::Message;
use prost_types::FileDescriptorSet;

/// What the model does not know, and what compares it instead.
const LEFT: &[(&str, &str)] = &[
    ("registry.v1.VillageService/GetVillage", "compiled in, without state: villages.rs"),
    ("registry.v1.VillageService/ResolveVillages", "compiled in, without state: the domain's own"),
    ("registry.v1.SummaryService/CheckFigures", "texts: the domain's figures; tests/figures.rs"),
    ("shipment.v1.SummaryService/CheckFigures", "texts: the domain's figures; tests/figures.rs"),
    ("deal.v1.SummaryService/CheckFigures", "texts: the domain's figures; tests/figures.rs"),
    ("registry.v1.EventService/Watch", "the code that the shipment service's is driven through"),
    ("deal.v1.EventService/Watch", "the code that the shipment service's is driven through"),
];

/// The client's method: `ListDeals` is `list_deals`.
fn snake(method: &str) -> String {
    let mut name = String::new();
    for letter in method.chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.extend(letter.to_lowercase());
    }
    name
}

/// All that drives one service.
fn sources(folder: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/random").join(folder);
    fs::read_dir(folder)
        .unwrap()
        .map(|file| fs::read_to_string(file.unwrap().path()).unwrap())
        .collect()
}

#[test]
fn every_method_is_driven_or_named() {
    let files = FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).unwrap().file;
    let mut seen = 0;
    for file in files.iter().filter(|file| file.package().starts_with("devisa.")) {
        let package = file.package().trim_start_matches("devisa.");
        let folder = package.split('.').next().unwrap();
        for service in &file.service {
            let driven = sources(folder);
            for method in &service.method {
                seen += 1;
                let name = format!("{package}.{}/{}", service.name(), method.name());
                // The deals' sequences watch the shipments.
                let called = match method.name() {
                    "Watch" => folder == "shipment",
                    other => driven.contains(&format!(".{}", snake(other))),
                };
                let left = LEFT.iter().any(|(left, _)| *left == name);
                assert!(called != left, "{name}: driven {called}, named {left}");
            }
        }
    }
    assert!(seen > 60, "only {seen} methods were read");
}
