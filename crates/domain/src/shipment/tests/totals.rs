//! Five different counts.

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::{
    identifier::{container::ContainerNumber, plate::Plate},
    money::Sums,
    shipment::{
        Totals,
        totals::{JOINING_AT_ONCE, LARGEST_VALUE, check_value},
    },
};

fn unit(plate: &str, container: &str, provisional: bool) -> TransportUnit {
    TransportUnit {
        truck_plate: (!plate.is_empty()).then(|| Plate::parse(plate).unwrap()),
        container_number: (!container.is_empty())
            .then(|| ContainerNumber::parse(container).unwrap()),
        container_provisional: provisional,
        seal: None,
    }
}

fn member(id: &str, exporter: &str, destination: &str, units: Vec<TransportUnit>) -> Shipment {
    let exporter = OrganisationName::parse(&format!("organisations/{exporter}")).unwrap();
    let destination = RegionCode::parse(destination).unwrap();
    draft_of(id, ShipmentFacts { exporter, destination, units, ..facts() })
}

#[test]
fn a_plate_counts_once_and_every_unit_with_a_container() {
    let members = [
        member("a", "x", "KR", vec![unit("L 8123 UB", "CSQU3054383", false), unit("", "", true)]),
        member("b", "y", "KR", vec![unit("L 8123 UB", "CSQU3054383", true), unit("", "", false)]),
        member("c", "x", "AU", vec![unit("AG 9045 VC", "", true)]),
    ];
    let totals = Totals::of(&members);
    assert_eq!((totals.lines, totals.shipments), (6, 3));
    assert_eq!((totals.trucks, totals.containers), (4, 4));
    assert_eq!((totals.exporters, totals.destinations.len()), (2, 2));
    assert_eq!(totals.destination_codes(), ["AU", "KR"]);
    assert_eq!(totals.values.get(Currency::USD).unwrap().minor(), 1_050);
}

#[test]
fn cancelled_shipments_do_not_count() {
    let members = [member("a", "x", "KR", vec![]), draft().cancelled("", now()).unwrap()];
    let totals = Totals::of(&members);
    assert_eq!((totals.shipments, totals.trucks, totals.exporters), (1, 0, 1));
    assert_eq!(Totals::of(&[]), Totals::default());
}

#[test]
fn the_net_weight_is_known_when_that_of_every_line_is() {
    let weighing = |id: &str, weights: &[Option<Decimal>]| {
        let weighed = |net: &Option<Decimal>| Line {
            weights: Weights::new(*net, None).unwrap(),
            ..line(100)
        };
        draft_of(id, ShipmentFacts { lines: weights.iter().map(weighed).collect(), ..facts() })
    };
    let (heavy, light) = (Some(Decimal::new(21_000_500, 3)), Some(Decimal::from(499)));
    let known = [weighing("a", &[heavy, light]), weighing("b", &[light])];
    let weight = Totals::of(&known).weight;
    assert_eq!(weight.kilograms(), Ok(Decimal::new(219_985, 1)));
    let called_off = weighing("c", &[None]).cancelled("", now()).unwrap();
    let with_called_off = Totals::of(known.iter().chain([&called_off]));
    assert_eq!(with_called_off.weight, weight);
    let unknown = [weighing("a", &[heavy, None]), weighing("b", &[None])];
    assert_eq!(Totals::of(&unknown).weight.kilograms(), Err(2));
}

#[test]
fn totals_are_wider_than_amounts() {
    let mut big = facts();
    big.lines = vec![line(i64::MAX)];
    let members = [draft_of("a", big.clone()), draft_of("b", big)];
    let total = Totals::of(&members).values.get(Currency::USD).unwrap();
    assert_eq!(total.minor(), i128::from(i64::MAX) * 2);
}

proptest! {
    #[test]
    fn the_order_of_members_does_not_matter(
        destinations in proptest::collection::vec("AU|BD|IN|KR|NL", 1..8),
    ) {
        let members: Vec<_> =
            destinations.iter().map(|code| member("a", "x", code, vec![unit("", "", true)])).collect();
        let totals = Totals::of(&members);
        let reversed = Totals::of(members.iter().rev());
        prop_assert_eq!(&totals, &reversed);
        prop_assert_eq!(totals.trucks, members.len());
        prop_assert!(totals.destinations.len() <= totals.shipments);
    }
}

#[test]
fn the_shipments_of_a_release_are_worth_what_can_be_summed() {
    let usd = |minor| Sums::of([Money::from_minor(minor, Currency::USD)]);
    assert_eq!(check_value(&Sums::default(), &usd(LARGEST_VALUE)), Ok(()));
    assert_eq!(check_value(&usd(LARGEST_VALUE - 1), &usd(1)), Ok(()));
    let idr = Sums::of([Money::from_minor(LARGEST_VALUE, Currency::IDR)]);
    assert_eq!(check_value(&idr, &usd(LARGEST_VALUE)), Ok(()), "each currency has its own total");

    let broken = check_value(&usd(LARGEST_VALUE), &usd(1)).unwrap_err();
    assert_eq!(
        broken.to_string(),
        "release_value.maximum: expected at most USD 5,764,607,523,034,234.87 in the whole \
         release, found USD 0.01 beside USD 5,764,607,523,034,234.87"
    );
    assert!(check_value(&Sums::default(), &usd(i64::MAX)).is_err());
}

#[test]
fn shipments_that_join_without_seeing_each_other_can_still_be_summed() {
    let seen_by_none =
        (0..JOINING_AT_ONCE).map(|_| Money::from_minor(LARGEST_VALUE, Currency::USD));
    assert_eq!(Sums::of(seen_by_none).check_range(), Ok(()));
}
