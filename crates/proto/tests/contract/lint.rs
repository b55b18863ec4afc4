//! The contract keeps its rules.

use crate::{contract, deviations::DEVIATIONS, rules};

#[test]
fn the_contract_keeps_every_rule() {
    let faults = rules::faults(&contract());
    let allowed =
        |fault: &&rules::Fault| DEVIATIONS.iter().any(|it| it.allows(fault.rule.name, &fault.at));
    let unknown: Vec<_> =
        faults.iter().filter(|fault| !allowed(fault)).map(ToString::to_string).collect();
    assert!(
        unknown.is_empty(),
        "the protos break {} rules of the contract:\n{}\nMend the proto and run `cargo xtask \
         proto`; what must be so stands in crates/proto/tests/contract/deviations.rs with its reason.",
        unknown.len(),
        unknown.join("\n"),
    );
}

#[test]
fn every_deviation_still_deviates_and_says_why() {
    let faults = rules::faults(&contract());
    for it in DEVIATIONS {
        let deviates = faults.iter().any(|fault| it.allows(fault.rule.name, &fault.at));
        assert!(deviates, "{} keeps {} now: take the deviation out", it.at, it.rule);
        assert!(it.why.len() > 20, "{}: say why it may break {}", it.at, it.rule);
    }
}

#[test]
fn the_rules_see_the_whole_contract() {
    let schema = contract();
    let services: Vec<_> = schema.services().iter().map(|s| s.package_name().to_owned()).collect();
    for package in ["devisa.registry.v1", "devisa.shipment.v1", "devisa.deal.v1"] {
        assert!(services.iter().any(|has| has == package), "no service of {package}");
    }
    assert!(schema.methods().len() > 40 && schema.fields().len() > 300);
}
