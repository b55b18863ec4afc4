//! Lines, declarations and what must be there to confirm.

use rust_decimal::Decimal;

use super::*;
use crate::{
    identifier::peb::NpeNumber,
    shipment::{
        declaration::Npe,
        lifecycle::State,
        line::{Maker, Share, check_share},
        sponsorship::not_negative,
    },
};

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn shares(parts: &[&str]) -> Result<Shares, &'static str> {
    let producer = OrganisationName::parse("organisations/p").unwrap();
    let share =
        |part: &&str| Share { maker: Maker::Producer(producer.clone()), part: decimal(part) };
    let shares = Shares::new(parts.iter().map(share).collect());
    shares.map_err(|broken| if broken.rule() == "shares.sum" { "sum" } else { "count" })
}

#[test]
fn shares_add_up_to_exactly_one() {
    assert!(shares(&[]).is_ok());
    assert!(shares(&["1"]).is_ok());
    assert!(shares(&["0.333333", "0.333333", "0.333334"]).is_ok());
    assert_eq!(shares(&["0.333333", "0.333333", "0.333333"]), Err("sum"));
    assert_eq!(shares(&["0.6", "0.5"]), Err("sum"));
    assert!(shares(&["0.01"; 100]).is_ok());
    assert_eq!(shares(&["0.01"; 101]), Err("count"));
    assert!(check_share(decimal("1.000000")).is_ok());
    assert_eq!(check_share(decimal("1.000001")).unwrap_err().rule(), "share.range");
}

#[test]
fn a_maker_is_a_producer_or_a_village() {
    let producer = OrganisationName::parse("organisations/p").unwrap();
    let village = crate::identifier::village_code::VillageCode::parse("35.25.11.2009").unwrap();
    assert_eq!(Maker::new(None, None), None);
    let both = Maker::new(Some(producer.clone()), Some(village.clone())).unwrap();
    assert_eq!((both.producer(), both.village()), (Some(&producer), Some(&village)));
    let one = Maker::new(None, Some(village.clone())).unwrap();
    assert_eq!((one.producer(), one.village()), (None, Some(&village)));
}

#[test]
fn the_gross_weight_is_not_below_the_net() {
    let rule = |net, gross| Weights::new(net, gross).map_err(|broken| broken.rule().to_owned());
    let (two, three) = (Some(decimal("2")), Some(decimal("3")));
    assert!(rule(two, three).is_ok());
    assert!(rule(two, Some(decimal("2.000"))).is_ok());
    assert!(rule(None, two).is_ok() && rule(two, None).is_ok());
    assert_eq!(rule(three, two), Err("gross_kg.below_net".to_owned()));
}

#[test]
fn an_approval_is_not_older_than_its_declaration() {
    let declared = peb().registration.unwrap().peb;
    let npe = |day: &str| Npe { number: NpeNumber::parse("1").unwrap(), date: date(day) };
    let rule = |day| Registration::new(declared.clone(), Some(npe(day)));
    assert!(rule("2025-11-26").is_ok() && rule("2025-11-27").is_ok());
    assert_eq!(rule("2025-11-25").unwrap_err().rule(), "npe_date.before_peb");
    assert_eq!(declared.to_string(), "012345/2025-11-26/070100");
}

#[test]
fn everything_missing_is_named_at_once() {
    let mut facts = facts();
    facts.units.clear();
    facts.lines[0].quantity = None;
    facts.lines[0].weights = Weights::new(Some(decimal("1")), None).unwrap();
    facts.lines[1].quantity = None;
    facts.lines[1].hs_code = None;
    let refusal = draft_of("a", facts).confirmed(now()).unwrap_err();
    let expected = [
        ("shipment.lines[1].hs_code", "field.missing"),
        ("shipment.lines[1].quantity", "field.missing"),
        ("shipment.units", "field.missing"),
    ];
    assert_eq!(rules(&refusal), expected);
}

#[test]
fn a_complete_draft_becomes_ready() {
    let ready = ready();
    assert_eq!((ready.state(), ready.meta.version), (State::Ready, 2));
    assert_eq!(forbidden(ready.confirmed(now()).unwrap_err()).0, "READY");
}

#[test]
fn a_shipment_can_be_called_off_until_it_leaves() {
    let cancelled = ready().cancelled("no vessel", now()).unwrap();
    assert_eq!(
        (cancelled.state(), cancelled.cancel_reason.as_str()),
        (State::Cancelled, "no vessel")
    );
    assert_eq!(forbidden(cancelled.cancelled("", now()).unwrap_err()).0, "CANCELLED");
    let released = reach(&ready(), Code::Released);
    assert_eq!(forbidden(released.cancelled("", now()).unwrap_err()).0, "RELEASED");
}

#[test]
fn values_that_do_not_fit_are_refused() {
    let mut facts = facts();
    facts.lines = vec![line(i64::MAX), line(1)];
    let name = ShipmentName::parse("shipments/a").unwrap();
    let violations =
        Shipment::draft(name, facts, Provenance::default(), Parties::default(), now()).unwrap_err();
    assert_eq!(broken(&violations), [("lines", "sum.overflow")]);
}

#[test]
fn what_helps_is_worth_nothing_or_something() {
    assert!(not_negative(Money::from_minor(0, Currency::IDR)).is_ok());
    let broken = not_negative(Money::from_minor(-1, Currency::IDR)).unwrap_err();
    assert_eq!(broken.rule(), "money.negative");
}

#[test]
fn organisations_are_named_with_their_paths() {
    let mut facts = facts();
    let name = |id: &str| OrganisationName::parse(&format!("organisations/{id}")).unwrap();
    facts.consignee = Some(name("c"));
    facts.exporter_of_record = Some(name("r"));
    let share = Share { maker: Maker::Producer(name("p")), part: Decimal::ONE };
    facts.lines[1].shares = Shares::new(vec![share]).unwrap();
    let paths: Vec<_> =
        facts.organisations().map(|(path, n)| format!("{path} {}", n.organisation)).collect();
    let expected =
        ["exporter a", "exporter_of_record r", "consignee c", "lines[1].shares[0].producer p"];
    assert_eq!(paths, expected);
}
