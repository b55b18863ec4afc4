//! Where goods were made.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::{
    identifier::village_code::VillageCode,
    shipment::{
        line::{Maker, Share},
        parts::UNKNOWN,
        party::Party,
    },
};

const WEDANI: &str = "35.25.11.2009";
const TEMON: &str = "35.01.06.2013";

fn village(code: &str) -> VillageCode {
    VillageCode::parse(code).unwrap()
}

fn organisation(id: &str) -> OrganisationName {
    format!("organisations/{id}").parse().unwrap()
}

fn share(producer: Option<&str>, at: Option<&str>, part: &str) -> Share {
    let maker = Maker::new(producer.map(organisation), at.map(village)).unwrap();
    Share { maker, part: part.parse().unwrap() }
}

/// A shipment of one line, by exporter `a` in Wedani; `maker` is in Temon, `nomad` nowhere.
fn made(cents: i64, shares: Vec<Share>) -> Shipment {
    let mut facts = facts();
    facts.lines = vec![Line { shares: Shares::new(shares).unwrap(), ..line(cents) }];
    let party = |at: Option<&str>| Party {
        display_name: "P".to_owned(),
        village: at.map(village),
        exports: true,
    };
    let organisations = BTreeMap::from([
        (organisation("a"), party(Some(WEDANI))),
        (organisation("maker"), party(Some(TEMON))),
        (organisation("nomad"), party(None)),
    ]);
    Shipment { parties: Parties { organisations, ..Parties::default() }, ..draft_of("s", facts) }
}

fn parts(shipment: &Shipment) -> Vec<(&str, i64)> {
    shipment.parts().into_iter().map(|part| (part.regency, part.value.minor())).collect()
}

#[test]
fn a_share_is_of_its_village_else_of_its_producers() {
    let third = "0.333333";
    let shares = vec![
        share(Some("maker"), Some(WEDANI), third),
        share(Some("maker"), None, third),
        share(Some("nomad"), None, "0.333334"),
    ];
    assert_eq!(parts(&made(300, shares)), [("35.01", 100), ("35.25", 100), (UNKNOWN, 100)]);
}

#[test]
fn without_shares_it_is_the_exporters_village() {
    assert_eq!(parts(&made(300, Vec::new())), [("35.25", 300)]);
    let mut nobody = made(300, Vec::new());
    nobody.facts.exporter = organisation("nomad");
    assert_eq!(parts(&nobody), [(UNKNOWN, 300)]);
}

#[test]
fn what_is_left_goes_to_the_largest_remainder_and_of_equals_to_the_first() {
    let shares = |first: &str, second: &str| {
        vec![share(None, Some(TEMON), first), share(None, Some(WEDANI), second)]
    };
    assert_eq!(parts(&made(5, shares("0.5", "0.5"))), [("35.01", 3), ("35.25", 2)]);
    assert_eq!(parts(&made(5, shares("0.3", "0.7"))), [("35.01", 2), ("35.25", 3)]);
    assert_eq!(parts(&made(1, shares("0.1", "0.9"))), [("35.01", 0), ("35.25", 1)]);
}

#[test]
fn a_regency_stands_once_for_a_line() {
    let shares = vec![share(None, Some(WEDANI), "0.5"), share(Some("a"), None, "0.5")];
    assert_eq!(parts(&made(5, shares)), [("35.25", 5)]);
}

proptest! {
    #[test]
    fn the_parts_of_a_line_add_up_to_its_value(
        cents in 1_i64..1_000_000_000_000, cuts in prop::collection::btree_set(1_i64..1_000_000, 0..20),
    ) {
        let mut from = 0;
        let mut shares = Vec::new();
        for cut in cuts.into_iter().chain([1_000_000]) {
            let at = if shares.len() % 2 == 0 { WEDANI } else { TEMON };
            shares.push(share(None, Some(at), &Decimal::new(cut - from, 6).to_string()));
            from = cut;
        }
        let shipment = made(cents, shares);
        let sum: i64 = parts(&shipment).iter().map(|(_, minor)| minor).sum();
        prop_assert_eq!(sum, cents);
    }
}
