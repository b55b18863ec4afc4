//! Round trips and refusals of the conversions.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use devisa_domain::{
    meta::Meta,
    name::{MilestoneName, ReleaseName, ShipmentName, SponsorshipName},
    refusal::{Refusal, Violation},
    shipment::{Milestone, Release, Shipment, Sponsorship, Totals, party::Parties, release::State},
    tier::Tier,
    time::{Date, Timestamp, start_of_jakarta_day},
};
use prost::Message;
use prost_types::FieldMask;

use super::{
    consignment::{parse_create_shipment, parse_names, parse_shipment, render_shipment},
    milestone::{parse_milestone, parse_record_milestone, render_milestone},
    release::{parse_create_release, parse_release, render_release},
    sponsorship::{parse_create_sponsorship, parse_sponsorship, render_sponsorship},
    summary::{Dimension, parse_summary},
};
use crate::{common::v1 as common, google_type, shipment::v1 as wire};

fn today() -> Date {
    "2025-11-26".parse().unwrap()
}

fn now() -> Timestamp {
    start_of_jakarta_day(today())
}

fn day(day: i32) -> Option<google_type::Date> {
    Some(google_type::Date { year: 2025, month: 11, day })
}

fn usd(units: i64) -> Option<google_type::Money> {
    Some(google_type::Money { currency_code: "USD".to_owned(), units, nanos: 400_000_000 })
}

fn decimal(value: &str) -> Option<google_type::Decimal> {
    Some(google_type::Decimal { value: value.to_owned() })
}

fn origin() -> Option<common::Provenance> {
    Some(common::Provenance {
        source_uri: "https://example.org/a".to_owned(),
        note: "press".to_owned(),
        synthetic_fields: Some(FieldMask { paths: vec!["provenance.note".to_owned()] }),
    })
}

fn share(producer: &str, village: &str, share: &str) -> wire::ProducerShare {
    wire::ProducerShare {
        producer: producer.to_owned(),
        village: village.to_owned(),
        share: decimal(share),
    }
}

fn line() -> wire::ShipmentLine {
    wire::ShipmentLine {
        description: "Kerupuk".to_owned(),
        hs_code: "19059080".to_owned(),
        commodity: "kerupuk".to_owned(),
        quantity: Some(wire::Quantity { value: decimal("12.50"), unit_code: "KGM".to_owned() }),
        net_kg: decimal("12.5"),
        gross_kg: decimal("13"),
        packages: Some(wire::Packages { count: 3, code: "CT".to_owned() }),
        value: usd(6_686),
        shares: vec![
            share("organisations/p", "", "0.25"),
            share("organisations/p", "villages/35.25.11.2009", "0.25"),
            share("", "villages/35.25.11.2009", "0.5"),
        ],
        product: "organisations/p/products/kerupuk".to_owned(),
    }
}

fn unit() -> wire::TransportUnit {
    wire::TransportUnit {
        truck_plate: "L 8123 UB".to_owned(),
        container_number: "CSQU3054383".to_owned(),
        container_provisional: true,
        seal: "S-1".to_owned(),
    }
}

fn declaration() -> wire::Declaration {
    wire::Declaration {
        aju: "00003001001720251126000123".to_owned(),
        peb_number: "012345".to_owned(),
        peb_date: day(26),
        customs_office: "070100".to_owned(),
        npe_number: "N-1".to_owned(),
        npe_date: day(26),
    }
}

fn shipment() -> wire::Shipment {
    wire::Shipment {
        release: "releases/jatim".to_owned(),
        exporter: "organisations/a".to_owned(),
        exporter_of_record: "organisations/b".to_owned(),
        consignee: "organisations/c".to_owned(),
        incoterm: Some(wire::Incoterm {
            code: "FOB".to_owned(),
            place: "Tanjung Perak".to_owned(),
        }),
        port_of_loading: "IDSUB".to_owned(),
        port_of_discharge: "NLRTM".to_owned(),
        destination_region_code: "NL".to_owned(),
        lines: vec![line(), line()],
        units: vec![unit(), wire::TransportUnit::default()],
        declaration: Some(declaration()),
        origin_proof: Some(wire::OriginProof {
            form: "B".to_owned(),
            number: "0012345/SBY/2025".to_owned(),
            issue_date: day(26),
        }),
        provenance: origin(),
        ..Default::default()
    }
}

fn broken(violations: &[Violation]) -> Vec<(&str, &str)> {
    violations.iter().map(|v| (v.field.as_str(), v.broken.rule())).collect()
}

/// Asserts what is wrong with the sample shipment once it is changed.
fn breaks(change: impl FnOnce(&mut wire::Shipment), expected: &[(&str, &str)]) {
    let mut changed = shipment();
    change(&mut changed);
    let violations = parse_shipment(&changed, today()).unwrap_err();
    assert_eq!(broken(&violations), expected);
}

#[test]
fn a_shipment_comes_back_as_it_was_sent() {
    let sent = shipment();
    let stated = parse_shipment(&sent, today()).unwrap();
    let name = ShipmentName::parse("shipments/kerupuk").unwrap();
    let (facts, origin) = (stated.facts, stated.provenance);
    let draft = Shipment::draft(name, facts, origin, Parties::default(), now()).unwrap();
    let back = render_shipment(&draft);
    assert_eq!(back.name, "shipments/kerupuk");
    assert_eq!(back.state(), wire::shipment::State::Draft);
    assert_eq!(back.tier(), common::Tier::Unspecified);
    assert_eq!(back.etag, "\"1\"");
    assert_eq!((back.values[0].units, back.values[0].nanos), (13_372, 800_000_000));
    assert!(back.create_time.is_some() && back.update_time.is_some());
    let output = wire::Shipment {
        name: String::new(),
        state: 0,
        tier: 0,
        values: vec![],
        etag: String::new(),
        create_time: None,
        update_time: None,
        ..back.clone()
    };
    assert_eq!(output, sent);
    let again = parse_shipment(&back, today()).unwrap();
    assert_eq!(again.facts, draft.facts);
}

#[test]
fn a_bare_shipment_names_what_is_missing() {
    let violations = parse_shipment(&wire::Shipment::default(), today()).unwrap_err();
    let expected = [
        ("exporter", "field.missing"),
        ("destination_region_code", "field.missing"),
        ("lines", "field.missing"),
    ];
    assert_eq!(broken(&violations), expected);
}

#[test]
fn codes_are_kept_in_their_normal_form() {
    let mut sent = shipment();
    sent.port_of_loading = "IDTPE".to_owned();
    sent.destination_region_code = "nl".to_owned();
    sent.lines[0].hs_code = "1905.90.80".to_owned();
    sent.declaration = Some(wire::Declaration::default());
    let facts = parse_shipment(&sent, today()).unwrap().facts;
    assert_eq!(facts.port_of_loading.unwrap().as_str(), "IDSUB");
    assert_eq!(facts.destination.as_str(), "NL");
    assert_eq!(facts.lines[0].hs_code.as_ref().unwrap().as_str(), "19059080");
    assert!(facts.declaration.is_empty());
}

#[test]
fn places_lie_on_the_right_side_of_the_border() {
    breaks(
        |s| {
            s.port_of_loading = "NLRTM".to_owned();
            s.destination_region_code = "id".to_owned();
        },
        &[
            ("port_of_loading", "port_of_loading.country"),
            ("destination_region_code", "destination.country"),
        ],
    );
}

#[test]
fn names_and_terms_are_checked() {
    breaks(
        |s| {
            s.release = "release/a".to_owned();
            s.exporter = "organisations/A".to_owned();
            s.exporter_of_record = "x".to_owned();
            s.consignee = "villages/a".to_owned();
            s.incoterm = Some(wire::Incoterm { code: "DAT".to_owned(), place: String::new() });
            s.provenance.as_mut().unwrap().source_uri = "not a uri".to_owned();
        },
        &[
            ("release", "resource_name.form"),
            ("exporter", "resource_id.form"),
            ("exporter_of_record", "resource_name.form"),
            ("consignee", "resource_name.form"),
            ("incoterm.code", "incoterm_code.unknown"),
            ("incoterm.place", "field.missing"),
            ("provenance.source_uri", "uri.form"),
        ],
    );
}

#[test]
fn every_broken_line_is_told_with_its_place() {
    breaks(
        |s| {
            s.lines[1] = wire::ShipmentLine {
                description: String::new(),
                hs_code: "0910".to_owned(),
                commodity: "x".repeat(101),
                quantity: Some(wire::Quantity { value: None, unit_code: "KG".to_owned() }),
                net_kg: decimal("2"),
                gross_kg: decimal("1"),
                packages: Some(wire::Packages { count: 0, code: "CTN".to_owned() }),
                value: None,
                shares: vec![],
                product: "organisations/a".to_owned(),
            };
        },
        &[
            ("lines[1].product", "resource_name.form"),
            ("lines[1].description", "field.missing"),
            ("lines[1].hs_code", "hs_code.length"),
            ("lines[1].commodity", "text.length"),
            ("lines[1].quantity.value", "field.missing"),
            ("lines[1].quantity.unit_code", "unit_code.unknown"),
            ("lines[1].gross_kg", "gross_kg.below_net"),
            ("lines[1].packages.count", "packages.count"),
            ("lines[1].packages.code", "package_code.form"),
            ("lines[1].value", "field.missing"),
        ],
    );
}

#[test]
fn a_product_is_of_who_exports_or_made_it() {
    for owner in ["a", "b", "p"] {
        let mut own = shipment();
        own.lines[1].product = format!("organisations/{owner}/products/x");
        assert!(parse_shipment(&own, today()).is_ok(), "{owner}");
    }
    let foreign = |s: &mut wire::Shipment| {
        s.lines[0].product = "organisations/c/products/x".to_owned();
        s.lines[1].shares.clear();
    };
    let expected = [
        ("lines[0].product", "product.organisation"),
        ("lines[1].product", "product.organisation"),
    ];
    breaks(foreign, &expected);
}

#[test]
fn values_and_weights_are_exact_and_positive() {
    breaks(
        |s| {
            s.lines[0].value =
                Some(google_type::Money { currency_code: "USD".to_owned(), units: 1, nanos: 1 });
            s.lines[0].net_kg = decimal("0");
            s.lines[0].gross_kg = decimal("1.0000001");
            s.lines[1].value.as_mut().unwrap().units = -6_686;
            s.lines[1].value.as_mut().unwrap().nanos = 0;
        },
        &[
            ("lines[0].net_kg", "decimal.positive"),
            ("lines[0].gross_kg", "decimal.digits"),
            ("lines[0].value", "money.decimals"),
            ("lines[1].value", "money.positive"),
        ],
    );
}

#[test]
fn shares_are_checked_one_by_one_and_together() {
    breaks(
        |s| {
            s.lines[0].shares[1].village = "villages/35.25.11.9999".to_owned();
            s.lines[0].shares[2] = share("", "", "1.5");
            s.lines[1].shares.pop();
        },
        &[
            ("lines[0].shares[1].village", "village_code.form"),
            ("lines[0].shares[2].share", "share.range"),
            ("lines[0].shares[2].producer", "field.missing"),
            ("lines[1].shares", "shares.sum"),
        ],
    );
    breaks(
        |s| s.lines[0].shares[1].village = "villages/35.25.11.2999".to_owned(),
        &[("lines[0].shares[1].village", "village_code.unknown")],
    );
}

#[test]
fn there_are_limits_to_lists() {
    breaks(|s| s.lines = vec![line(); 201], &[("lines", "lines.count")]);
    breaks(|s| s.units = vec![unit(); 501], &[("units", "units.count")]);
    let mut most = shipment();
    most.lines = vec![line(); 200];
    most.units = vec![unit(); 500];
    assert!(parse_shipment(&most, today()).is_ok());
}

#[test]
fn units_are_checked() {
    breaks(
        |s| {
            s.units[1] = wire::TransportUnit {
                truck_plate: "X 1234 AB".to_owned(),
                container_number: "CSQU3054384".to_owned(),
                container_provisional: false,
                seal: "s".repeat(36),
            };
        },
        &[
            ("units[1].truck_plate", "plate.region"),
            ("units[1].container_number", "container_number.check_digit"),
            ("units[1].seal", "text.length"),
        ],
    );
}

#[test]
fn a_registration_is_whole() {
    let breaks_in = |change: fn(&mut wire::Declaration), expected: &[(&str, &str)]| {
        breaks(|s| change(s.declaration.as_mut().unwrap()), expected);
    };
    breaks_in(|d| d.peb_date = None, &[("declaration.peb_date", "field.missing")]);
    breaks_in(|d| d.peb_number.clear(), &[("declaration.peb_number", "field.missing")]);
    breaks_in(|d| d.npe_date = None, &[("declaration.npe_date", "field.missing")]);
    breaks_in(|d| d.npe_number.clear(), &[("declaration.npe_number", "field.missing")]);
    breaks_in(|d| d.npe_date = day(25), &[("declaration.npe_date", "npe_date.before_peb")]);
    breaks_in(|d| d.npe_date = day(27), &[("declaration.npe_date", "date.future")]);
    breaks_in(
        |d| (d.peb_date, d.npe_date) = (day(27), day(28)),
        &[("declaration.peb_date", "date.future"), ("declaration.npe_date", "date.future")],
    );
    breaks_in(
        |d| {
            d.peb_number.clear();
            d.peb_date = None;
            d.customs_office.clear();
        },
        &[("declaration.npe_number", "npe_number.without_peb")],
    );
    breaks_in(
        |d| {
            d.aju = "1".to_owned();
            d.peb_number = "12345".to_owned();
            d.customs_office = "7010".to_owned();
        },
        &[
            ("declaration.aju", "aju_number.length"),
            ("declaration.peb_number", "peb_number.form"),
            ("declaration.customs_office", "customs_office.form"),
        ],
    );
}

#[test]
fn a_proof_of_origin_is_not_of_tomorrow() {
    breaks(
        |s| {
            s.origin_proof = Some(wire::OriginProof {
                form: "Z".to_owned(),
                number: "n".repeat(51),
                issue_date: day(27),
            });
        },
        &[
            ("origin_proof.form", "origin_form.unknown"),
            ("origin_proof.number", "text.length"),
            ("origin_proof.issue_date", "date.future"),
        ],
    );
}

fn refused<T: std::fmt::Debug>(parsed: Result<T, Refusal>) -> Vec<(String, String)> {
    let Err(Refusal::Invalid(violations)) = parsed else { panic!("not refused: {parsed:?}") };
    violations.into_iter().map(|v| (v.field, v.broken.rule().to_owned())).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(f, r)| ((*f).to_owned(), (*r).to_owned())).collect()
}

#[test]
fn requests_place_violations_under_their_fields() {
    let request = wire::CreateShipmentRequest { shipment_id: "A".to_owned(), ..Default::default() };
    assert_eq!(
        refused(parse_create_shipment(&request, today())),
        pairs(&[("shipment_id", "resource_id.form"), ("shipment", "field.missing")])
    );
    let mut unlucky = shipment();
    unlucky.lines[1].value = None;
    let request = wire::CreateShipmentRequest { shipment: Some(unlucky), ..Default::default() };
    assert_eq!(
        refused(parse_create_shipment(&request, today())),
        pairs(&[("shipment.lines[1].value", "field.missing")])
    );
    assert_eq!(
        refused(parse_create_release(&wire::CreateReleaseRequest::default())),
        pairs(&[("release", "field.missing")])
    );
    assert_eq!(
        refused(parse_record_milestone(&wire::RecordMilestoneRequest::default(), now())),
        pairs(&[("parent", "field.missing"), ("milestone", "field.missing")])
    );
    assert_eq!(
        refused(parse_create_sponsorship(&wire::CreateSponsorshipRequest::default())),
        pairs(&[("sponsorship", "field.missing")])
    );
}

#[test]
fn an_id_is_generated_where_none_is_asked_for() {
    let request = wire::CreateShipmentRequest { shipment: Some(shipment()), ..Default::default() };
    let one = parse_create_shipment(&request, today()).unwrap().name;
    let two = parse_create_shipment(&request, today()).unwrap().name;
    assert_ne!(one, two);
}

#[test]
fn names_of_a_batch_are_1_to_100_and_distinct() {
    let names = |count: usize| (0..count).map(|i| format!("shipments/s{i}")).collect::<Vec<_>>();
    assert_eq!(parse_names(&names(100)).unwrap().len(), 100);
    assert_eq!(refused(parse_names(&[])), pairs(&[("names", "field.missing")]));
    assert_eq!(refused(parse_names(&names(101))), pairs(&[("names", "names.count")]));
    // However often one is repeated, that is one violation.
    let twice = ["shipments/a", "shipments/a", "b", "shipments/a"].map(ToOwned::to_owned);
    assert_eq!(
        refused(parse_names(&twice)),
        pairs(&[("names", "names.duplicate"), ("names[2]", "resource_name.form")])
    );
}

#[test]
fn a_release_comes_back_as_it_was_sent() {
    let sent = wire::Release {
        display_name: "Pelepasan".to_owned(),
        event_date: day(26),
        place: "Surabaya".to_owned(),
        officiant: "Gubernur".to_owned(),
        provenance: origin(),
        ..Default::default()
    };
    let stated = parse_release(&sent).unwrap();
    let name = ReleaseName::parse("releases/jatim").unwrap();
    let mut release = Release::planned(name, stated.facts.clone(), stated.provenance, now());
    release.state = State::Released { dispatch_time: now() };
    let back = render_release(&release, &Totals::default());
    assert_eq!(back.state(), wire::release::State::Released);
    assert!(back.dispatch_time.is_some());
    assert_eq!(back.totals, Some(wire::ReleaseTotals::default()));
    assert_eq!(parse_release(&back).unwrap().facts, stated.facts);
    assert_eq!(back.provenance, sent.provenance);
    let bare = wire::Release { event_date: Some(google_type::Date::default()), ..sent };
    assert_eq!(broken(&parse_release(&bare).unwrap_err()), [("event_date", "date.form")]);
}

fn milestone(code: i32, classifier: i32) -> wire::Milestone {
    wire::Milestone {
        code,
        classifier,
        event_time: Some(crate::convert::common::render_timestamp(now())),
        location: "Terminal".to_owned(),
        provenance: origin(),
        ..Default::default()
    }
}

#[test]
fn every_milestone_comes_back_as_it_was_sent() {
    for code in (1..=13).filter(|code| *code != 5) {
        for classifier in 1..=3 {
            let mut sent = milestone(code, classifier);
            sent.corrects = "shipments/a/milestones/c".to_owned();
            let stated = parse_milestone(&sent, now()).unwrap();
            let name = MilestoneName::parse("shipments/a/milestones/b").unwrap();
            let meta = Meta::new(now(), stated.provenance);
            let back = render_milestone(&Milestone { name, meta, facts: stated.facts.clone() });
            assert_eq!((back.code, back.classifier), (code, classifier));
            assert_eq!(back.corrects, sent.corrects);
            assert_eq!(back.record_time, back.create_time);
            assert_eq!(back.dcsa_code, stated.facts.code.dcsa());
            assert_eq!(parse_milestone(&back, now()).unwrap().facts, stated.facts);
        }
    }
}

#[test]
fn milestones_are_refused_for_what_they_are() {
    let rules = |milestone: &wire::Milestone| {
        let violations = parse_milestone(milestone, now()).unwrap_err();
        violations.into_iter().map(|v| (v.field, v.broken.rule().to_owned())).collect::<Vec<_>>()
    };
    assert_eq!(rules(&milestone(5, 1)), pairs(&[("code", "milestone_code.released")]));
    assert_eq!(rules(&milestone(99, 1)), pairs(&[("code", "enum.unknown")]));
    let bare = wire::Milestone::default();
    let missing = [
        ("code", "field.missing"),
        ("classifier", "field.missing"),
        ("event_time", "field.missing"),
    ];
    assert_eq!(rules(&bare), pairs(&missing));
    let mut late = milestone(6, 3);
    late.event_time.as_mut().unwrap().seconds += 1;
    assert_eq!(rules(&late), pairs(&[("event_time", "timestamp.future")]));
    late.classifier = 1;
    assert!(parse_milestone(&late, now()).is_ok(), "a plan is about the future");
}

fn sponsorship(release: &str, shipment: &str) -> wire::Sponsorship {
    wire::Sponsorship {
        sponsor: "organisations/pelindo".to_owned(),
        kind: 1,
        release: release.to_owned(),
        shipment: shipment.to_owned(),
        in_kind_value: usd(0),
        note: "containers".to_owned(),
        provenance: origin(),
        ..Default::default()
    }
}

#[test]
fn a_sponsorship_has_one_recipient() {
    for sent in [sponsorship("releases/a", ""), sponsorship("", "shipments/a")] {
        let stated = parse_sponsorship(&sent).unwrap();
        let record = Sponsorship {
            name: SponsorshipName::parse("sponsorships/a").unwrap(),
            meta: Meta::new(now(), stated.provenance).deleted(now()),
            facts: stated.facts.clone(),
            sponsor_display_name: "Pelindo".to_owned(),
        };
        let back = render_sponsorship(&record);
        assert_eq!((&back.release, &back.shipment), (&sent.release, &sent.shipment));
        assert_eq!(back.sponsor_display_name, "Pelindo");
        assert_eq!(back.delete_time, Some(crate::convert::common::render_timestamp(now())));
        assert_eq!(parse_sponsorship(&back).unwrap().facts, stated.facts);
    }
    let none = parse_sponsorship(&sponsorship("", "")).unwrap_err();
    assert_eq!(broken(&none), [("release", "field.missing")]);
    let both = parse_sponsorship(&sponsorship("releases/a", "shipments/a")).unwrap_err();
    assert_eq!(broken(&both), [("shipment", "sponsorship.recipient")]);
    let mut negative = sponsorship("releases/a", "");
    negative.in_kind_value = Some(google_type::Money { units: -1, nanos: 0, ..usd(0).unwrap() });
    negative.kind = 0;
    let violations = parse_sponsorship(&negative).unwrap_err();
    assert_eq!(
        broken(&violations),
        [("kind", "field.missing"), ("in_kind_value", "money.negative")]
    );
}

#[test]
fn totals_name_their_tier() {
    let request = |tier: i32, group_by: &[i32]| wire::SummarizeShipmentsRequest {
        tier,
        group_by: group_by.to_vec(),
        ..Default::default()
    };
    assert!(matches!(parse_summary(&request(0, &[])), Err(Refusal::TierRequired { .. })));
    assert_eq!(refused(parse_summary(&request(1, &[]))), pairs(&[("tier", "tier.unsupported")]));
    let query = parse_summary(&request(4, &[2, 1])).unwrap();
    assert_eq!(query.tier, Tier::Realised);
    assert_eq!(query.group_by, [Dimension::Release, Dimension::Destination]);
    assert_eq!(
        refused(parse_summary(&request(3, &[1, 0, 1, 9]))),
        pairs(&[
            ("group_by[1]", "field.missing"),
            ("group_by[2]", "group_by.duplicate"),
            ("group_by[3]", "enum.unknown"),
        ])
    );
}

/// A page may hold a single resource, so that what fits into a message can always be read.
#[test]
fn the_greatest_shipment_fits_into_a_message() {
    const LONGEST_MESSAGE: usize = 4 * 1024 * 1024;
    let long = |count| "𠀀".repeat(count);
    let organisation = format!("organisations/{}", "a".repeat(63));
    let of = |part: &str| share(&organisation, "villages/35.25.11.2009", part);
    let mut shares = vec![of("0.009999"); 99];
    shares.push(of("0.010099"));
    let goods = wire::ShipmentLine {
        product: format!("{organisation}/products/{}", "b".repeat(63)),
        description: long(500),
        commodity: long(100),
        shares,
        ..line()
    };
    let mut greatest = shipment();
    greatest.exporter = organisation.clone();
    greatest.lines = vec![goods; 200];
    greatest.units = vec![unit(); 500];
    let origin = greatest.provenance.as_mut().unwrap();
    origin.note = long(1_000);
    let path = "lines.shares.producer".to_owned();
    origin.synthetic_fields = Some(FieldMask { paths: vec![path.clone(); 100] });
    parse_shipment(&greatest, today()).unwrap();
    let bytes = greatest.encoded_len();
    assert!(bytes < LONGEST_MESSAGE * 9 / 10, "{bytes}");
    breaks(
        |shipment| {
            let paths = FieldMask { paths: vec![path.clone(); 101] };
            shipment.provenance.as_mut().unwrap().synthetic_fields = Some(paths);
        },
        &[("provenance.synthetic_fields", "paths.count")],
    );
}
