//! Random steps for shipments: few ids, mostly sound, with deliberate mistakes.

use devisa_proto::{
    common::v1::Tier,
    google_type::{Date, Decimal, Money},
    registry::v1::RateKind,
    shipment::v1::{
        milestone::{Classifier, Code},
        summarize_shipments_request::Dimension,
        *,
    },
    totals::v1::Conversion,
};
use proptest::{
    bool::weighted,
    collection::vec,
    option,
    prelude::*,
    sample::{select, subsequence},
};
use prost_types::{FieldMask, Timestamp};

use crate::{
    play::Manner,
    registry::{manner, passing},
};

/// One call and how it is made.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) op: Op,
    pub(crate) manner: Manner,
}

#[derive(Clone, Debug)]
pub(crate) enum Op {
    CreateRelease(CreateReleaseRequest),
    UpdateRelease(UpdateReleaseRequest),
    Dispatch(DispatchReleaseRequest),
    CancelRelease(CancelReleaseRequest),
    CreateShipment(CreateShipmentRequest),
    UpdateShipment(UpdateShipmentRequest),
    Confirm(ConfirmShipmentRequest),
    CancelShipment(CancelShipmentRequest),
    Record(RecordMilestoneRequest),
    RecordAll(BatchRecordMilestonesRequest),
    Import(Vec<ImportShipmentsRequest>),
    CreateSponsorship(CreateSponsorshipRequest),
    DeleteSponsorship(DeleteSponsorshipRequest),
    BatchGet(BatchGetShipmentsRequest),
    Get(Kind, usize),
    List(List),
    Summarize(Summarize),
    Time(i64),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Releases,
    Shipments,
    Milestones,
    Sponsorships,
}

#[derive(Clone, Debug)]
pub(crate) struct Summarize {
    pub(crate) tier: Tier,
    pub(crate) by: Vec<Dimension>,
    pub(crate) period: [Option<Date>; 2],
    pub(crate) both: [Option<usize>; 2],
    pub(crate) conversion: Option<Conversion>,
    pub(crate) size: i32,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct List {
    pub(super) kind: Kind,
    pub(super) both: [Option<usize>; 2],
    pub(super) size: usize,
    pub(super) show_deleted: bool,
}

pub(crate) fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(texts).prop_map(ToOwned::to_owned)
}

fn release() -> impl Strategy<Value = String> {
    one_of(&["releases/r1", "releases/r1", "releases/r2"])
}

fn shipment() -> impl Strategy<Value = String> {
    one_of(&["shipments/s1", "shipments/s2", "shipments/s3", "shipments/s4"])
}

pub(crate) fn etag() -> impl Strategy<Value = String> {
    one_of(&["", "", "", "", "", "\"1\"", "\"2\""])
}

pub(crate) fn day() -> impl Strategy<Value = Date> {
    (24..29_i32).prop_map(|day| Date { year: 2025, month: 11, day })
}

fn releases() -> impl Strategy<Value = Op> {
    let facts = || {
        (one_of(&["", "Pelepasan", "Pelepasan", "Ekspor"]), option::weighted(0.95, day())).prop_map(
            |(display_name, event_date)| Release {
                display_name,
                event_date,
                place: "Surabaya".to_owned(),
                ..Default::default()
            },
        )
    };
    let create = (one_of(&["r1", "r2"]), facts()).prop_map(|(release_id, release)| {
        let release = Some(release);
        Op::CreateRelease(CreateReleaseRequest { release_id, release, ..Default::default() })
    });
    let paths = vec(one_of(&["display_name", "event_date", "place", "state", "day"]), 1..3);
    let update = (release(), etag(), facts(), paths).prop_map(|(name, etag, facts, paths)| {
        let release = Some(Release { name, etag, ..facts });
        let update_mask = Some(FieldMask { paths });
        Op::UpdateRelease(UpdateReleaseRequest { release, update_mask, ..Default::default() })
    });
    let time = option::weighted(0.2, time());
    let dispatch = (release(), etag(), time).prop_map(|(name, etag, dispatch_time)| {
        Op::Dispatch(DispatchReleaseRequest { name, etag, dispatch_time, ..Default::default() })
    });
    let cancel = (release(), etag()).prop_map(|(name, etag)| {
        Op::CancelRelease(CancelReleaseRequest { name, etag, ..Default::default() })
    });
    prop_oneof![4 => create, 3 => update, 4 => dispatch, 1 => cancel]
}

/// Hours around 27 November 2025.
fn time() -> impl Strategy<Value = Timestamp> {
    (-40..12_i64).prop_map(|hours| Timestamp { seconds: 1_764_205_200 + hours * 3_600, nanos: 0 })
}

fn money() -> impl Strategy<Value = Option<Money>> {
    select(&[("USD", 100, 0), ("USD", 33, 330_000_000), ("MYR", 7, 10_000_000), ("USD", 1, 0)][..])
        .prop_map(|(code, units, nanos)| {
            Some(Money { currency_code: code.to_owned(), units, nanos })
        })
}

fn share(producer: &str, village: &str, share: &str) -> ProducerShare {
    let share = Some(Decimal { value: share.to_owned() });
    ProducerShare { producer: producer.to_owned(), village: village.to_owned(), share }
}

fn shares() -> impl Strategy<Value = Vec<ProducerShare>> {
    let (a, b) = ("organisations/a", "organisations/b");
    let village = "villages/35.25.11.2010";
    let third = "0.333333";
    select(vec![
        vec![],
        vec![],
        vec![share(a, "", "0.5"), share(b, "", "0.5")],
        vec![share(a, "", third), share(b, "", "0.333334"), share("", village, third)],
        vec![share(a, "", "0.25"), share(a, village, "0.25"), share("organisations/c", "", "0.5")],
        vec![share("organisations/nobody", "", "1")],
    ])
}

fn line() -> impl Strategy<Value = ShipmentLine> {
    let heavy = option::weighted(0.9, Just(Decimal { value: "10".to_owned() }));
    (
        one_of(&["19059080", "19059080", "090121", ""]),
        one_of(&["", "Kopi"]),
        heavy,
        money(),
        shares(),
    )
        .prop_map(|(hs_code, commodity, net_kg, value, shares)| ShipmentLine {
            description: "Kerupuk".to_owned(),
            hs_code,
            commodity,
            net_kg,
            value,
            shares,
            ..Default::default()
        })
}

fn units() -> impl Strategy<Value = Vec<TransportUnit>> {
    let unit =
        (one_of(&["", "L 1234 AB", "W 9 XY"]), any::<bool>()).prop_map(|(plate, provisional)| {
            TransportUnit {
                truck_plate: plate,
                container_provisional: provisional,
                ..Default::default()
            }
        });
    vec(unit, 0..3)
}

fn declaration() -> impl Strategy<Value = Option<Declaration>> {
    option::weighted(0.6, one_of(&["000001", "000002", "000003", "000004", "000005"])).prop_map(
        |number| {
            number.map(|peb_number| Declaration {
                peb_number,
                peb_date: Some(Date { year: 2025, month: 11, day: 20 }),
                customs_office: "070100".to_owned(),
                ..Default::default()
            })
        },
    )
}

fn facts() -> impl Strategy<Value = Shipment> {
    let release = one_of(&["", "releases/r1", "releases/r1", "releases/r1", "releases/r2"]);
    let exporter = one_of(&[
        "organisations/a",
        "organisations/a",
        "organisations/a",
        "organisations/b",
        "organisations/b",
        "organisations/c",
        "organisations/buyer",
        "organisations/nobody",
        "",
    ]);
    let consignee = one_of(&["", "organisations/buyer"]);
    let destination = one_of(&["KR", "KR", "US", "US", "JP", "ID", ""]);
    (release, exporter, consignee, destination, vec(line(), 0..3), units(), declaration()).prop_map(
        |(release, exporter, consignee, destination_region_code, lines, units, declaration)| {
            Shipment {
                release,
                exporter,
                consignee,
                destination_region_code,
                lines,
                units,
                declaration,
                ..Default::default()
            }
        },
    )
}

fn shipments() -> impl Strategy<Value = Op> {
    const PATHS: &[&str] = &[
        "lines",
        "lines",
        "units",
        "declaration",
        "declaration",
        "release",
        "consignee",
        "destination_region_code",
        "exporter",
        "state",
        "weight",
    ];
    let create =
        (one_of(&["s1", "s2", "s3", "s4"]), facts()).prop_map(|(shipment_id, shipment)| {
            let shipment = Some(shipment);
            Op::CreateShipment(CreateShipmentRequest {
                shipment_id,
                shipment,
                ..Default::default()
            })
        });
    let update = (shipment(), etag(), facts(), vec(one_of(PATHS), 1..3), one_of(&["", "Weighed"]))
        .prop_map(|(name, etag, facts, paths, reason)| {
            Op::UpdateShipment(UpdateShipmentRequest {
                shipment: Some(Shipment { name, etag, ..facts }),
                update_mask: Some(FieldMask { paths }),
                reason,
                ..Default::default()
            })
        });
    let confirm = (shipment(), etag()).prop_map(|(name, etag)| {
        Op::Confirm(ConfirmShipmentRequest { name, etag, ..Default::default() })
    });
    let cancel = (shipment(), etag()).prop_map(|(name, etag)| {
        Op::CancelShipment(CancelShipmentRequest { name, etag, ..Default::default() })
    });
    prop_oneof![8 => create, 5 => update, 6 => confirm, 1 => cancel]
}

/// Some of a shipment's milestones, or of several shipments', at once.
fn milestones() -> impl Strategy<Value = Op> {
    let parent = prop_oneof![2 => Just("shipments/-".to_owned()), 1 => shipment()];
    let requests = vec(recording(), 0..4);
    (parent, requests).prop_map(|(parent, requests)| {
        Op::RecordAll(BatchRecordMilestonesRequest { parent, requests, ..Default::default() })
    })
}

fn milestone() -> impl Strategy<Value = Op> {
    recording().prop_map(Op::Record)
}

fn recording() -> impl Strategy<Value = RecordMilestoneRequest> {
    let id = || (0..12_u8).prop_map(|number| format!("m{number}"));
    let code = (0..=13_i32, weighted(0.5)).prop_map(|(code, common)| match common {
        true => {
            [Code::Loaded, Code::Departed, Code::Rolled, Code::Returned][code as usize % 4].into()
        }
        false => code,
    });
    let classifier = select(&[Classifier::Actual, Classifier::Actual, Classifier::Planned][..]);
    let corrected = prop_oneof![9 => id(), 1 => Just("released".to_owned())];
    let corrects = option::weighted(0.3, (weighted(0.9), shipment(), corrected));
    (shipment(), id(), code, classifier, time(), corrects).prop_map(
        |(parent, milestone_id, code, classifier, time, corrects)| {
            let corrects = corrects.map(|(own, other, id)| {
                let of = if own { &parent } else { &other };
                format!("{of}/milestones/{id}")
            });
            let milestone = Milestone {
                code,
                classifier: classifier.into(),
                event_time: Some(time),
                corrects: corrects.unwrap_or_default(),
                ..Default::default()
            };
            let milestone = Some(milestone);
            RecordMilestoneRequest { parent, milestone_id, milestone, ..Default::default() }
        },
    )
}

fn reads() -> impl Strategy<Value = Op> {
    use Dimension::*;
    use Kind::{Milestones, Releases, Shipments, Sponsorships};
    let kind = || select(vec![Releases, Shipments, Shipments, Milestones, Sponsorships]);
    let comparison = || option::weighted(0.7, 0..40_usize);
    let list = (kind(), [comparison(), comparison()], select(vec![1, 2, 7]), any::<bool>())
        .prop_map(|(kind, both, size, show_deleted)| {
            Op::List(List { kind, both, size, show_deleted })
        });
    let all = vec![Destination, Release, Commodity, HsChapter, Regency, Exporter, Month, Year];
    let by = subsequence(all, 0..4).prop_shuffle();
    let period = || option::weighted(0.2, day());
    let both = || option::weighted(0.3, 0..60_usize);
    let tier = select(vec![Tier::Released, Tier::Realised]);
    let summarize = (
        tier,
        by,
        [period(), period()],
        [both(), both()],
        option::weighted(0.4, conversion()),
        select(vec![1, 2, 50]),
    )
        .prop_map(|(tier, by, [first, end], both, conversion, size)| {
            // A period has at least one day.
            let end = end.filter(|end| first.as_ref().is_none_or(|first| first.day < end.day));
            let period = [first, end];
            Op::Summarize(Summarize { tier, by, period, both, conversion, size })
        });
    let get = (kind(), 0..12_usize).prop_map(|(kind, index)| Op::Get(kind, index));
    let batch =
        vec(shipment(), 0..4).prop_map(|names| Op::BatchGet(BatchGetShipmentsRequest { names }));
    prop_oneof![4 => list, 4 => summarize, 1 => get, 1 => batch]
}

pub(crate) fn conversion() -> impl Strategy<Value = Conversion> {
    let kind = select(vec![RateKind::KursPajak, RateKind::Jisdor]);
    (kind, one_of(&["IDR", "IDR", "USD"]))
        .prop_map(|(kind, quote_currency)| Conversion { kind: kind.into(), quote_currency })
}

fn sponsorships() -> impl Strategy<Value = Op> {
    use sponsorship::Kind::{Booth, Container, Freight, Unspecified};
    let id = || (0..6_u8).prop_map(|id| format!("g{id}"));
    let recipient = select(vec![
        ("releases/r1", ""),
        ("releases/r2", ""),
        ("", "shipments/s1"),
        ("", "shipments/s2"),
        ("releases/r1", "shipments/s1"),
        ("", ""),
    ]);
    let sponsor = one_of(&["organisations/buyer", "organisations/c", "organisations/nobody", ""]);
    let kind = select(vec![Container, Freight, Booth, Booth, Unspecified]);
    let worth = select(vec![None, Some(0), Some(100), Some(-1)]);
    let create = (id(), sponsor, kind, recipient, worth).prop_map(
        |(sponsorship_id, sponsor, kind, (release, shipment), worth)| {
            let in_kind_value =
                worth.map(|units| Money { currency_code: "USD".to_owned(), units, nanos: 0 });
            let sponsorship = Some(Sponsorship {
                sponsor,
                kind: kind.into(),
                release: release.to_owned(),
                shipment: shipment.to_owned(),
                in_kind_value,
                ..Default::default()
            });
            Op::CreateSponsorship(CreateSponsorshipRequest {
                sponsorship_id,
                sponsorship,
                ..Default::default()
            })
        },
    );
    let delete = (id(), etag()).prop_map(|(id, etag)| {
        let name = format!("sponsorships/{id}");
        Op::DeleteSponsorship(DeleteSponsorshipRequest { name, etag, ..Default::default() })
    });
    prop_oneof![5 => create, 1 => delete]
}

/// Rows of an import, of which some came before.
fn import() -> impl Strategy<Value = Op> {
    let id = one_of(&["s1", "s2", "s3", "s4", "s5", "s6"]);
    let same = || {
        let steps = opening().into_iter();
        let created = steps.filter_map(|step| match step.op {
            Op::CreateShipment(request) => Some((request.shipment_id, request.shipment)),
            _ => None,
        });
        select(created.collect::<Vec<_>>())
    };
    let new = (id, facts()).prop_map(|(id, shipment)| (id, Some(shipment)));
    let row = (prop_oneof![1 => same(), 2 => new], weighted(0.1)).prop_map(
        |((shipment_id, shipment), validate_only)| ImportShipmentsRequest {
            shipment_id,
            shipment,
            validate_only,
            ..Default::default()
        },
    );
    vec(row, 1..5).prop_map(|mut rows| {
        for (number, row) in (1..).zip(&mut rows) {
            row.row_number = number * 10;
        }
        Op::Import(rows)
    })
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let op = prop_oneof![
        5 => releases(),
        10 => shipments(),
        12 => milestone(),
        2 => milestones(),
        3 => sponsorships(),
        2 => import(),
        8 => reads(),
        2 => passing().prop_map(Op::Time),
    ];
    (op, manner()).prop_map(|(op, manner)| Step { op, manner })
}

/// Shipments of which most leave and are loaded, and what becomes of them then.
pub(crate) fn under_way() -> impl Strategy<Value = Op> {
    let value = select(vec![60, 100, 250, 400, 400, 500]).prop_map(|units| Money {
        currency_code: "USD".to_owned(),
        units,
        nanos: 0,
    });
    let lines = || {
        let line = (value.clone(), money(), weighted(0.85), shares()).prop_map(
            |(value, other, usual, shares)| ShipmentLine {
                description: "Kerupuk".to_owned(),
                hs_code: "19059080".to_owned(),
                net_kg: Some(Decimal { value: "10".to_owned() }),
                value: if usual { Some(value) } else { other },
                shares,
                ..Default::default()
            },
        );
        vec(line, 1..3)
    };
    let exporter = || one_of(&["organisations/a", "organisations/a", "organisations/b"]);
    let laden = move || {
        (1..4_u8, exporter(), lines(), weighted(0.85)).prop_map(
            |(id, exporter, lines, declared)| {
                let declaration = Declaration {
                    peb_number: format!("00010{id}"),
                    peb_date: Some(Date { year: 2025, month: 11, day: 20 }),
                    customs_office: "070100".to_owned(),
                    ..Default::default()
                };
                let shipment = Shipment {
                    name: format!("shipments/s{id}"),
                    release: "releases/r1".to_owned(),
                    exporter,
                    destination_region_code: "KR".to_owned(),
                    lines,
                    units: vec![TransportUnit::default()],
                    declaration: Some(declaration).filter(|_| declared),
                    ..Default::default()
                };
                (format!("s{id}"), shipment)
            },
        )
    };
    let create = laden().prop_map(|(shipment_id, shipment)| {
        let shipment = Some(Shipment { release: String::new(), name: String::new(), ..shipment });
        Op::CreateShipment(CreateShipmentRequest { shipment_id, shipment, ..Default::default() })
    });
    let paths = || vec(one_of(&["lines", "lines", "declaration"]), 1..2);
    let update = (laden(), paths()).prop_map(|((_, shipment), paths)| {
        Op::UpdateShipment(UpdateShipmentRequest {
            shipment: Some(shipment),
            update_mask: Some(FieldMask { paths }),
            reason: "Weighed".to_owned(),
            ..Default::default()
        })
    });
    let confirm = (1..4_u8).prop_map(|id| {
        let name = format!("shipments/s{id}");
        Op::Confirm(ConfirmShipmentRequest { name, ..Default::default() })
    });
    prop_oneof![3 => create, 4 => update, 4 => confirm, 8 => milestone(), 2 => shipments(), 1 => releases()]
}

/// Releases, and shipments that are ready.
pub(crate) fn opening() -> Vec<Step> {
    let mut ops = vec![];
    for (id, day) in [("r1", 27), ("r2", 26)] {
        let release = Release {
            display_name: "Pelepasan".to_owned(),
            event_date: Some(Date { year: 2025, month: 11, day }),
            place: "Surabaya".to_owned(),
            ..Default::default()
        };
        ops.push(Op::CreateRelease(CreateReleaseRequest {
            release_id: id.to_owned(),
            release: Some(release),
            ..Default::default()
        }));
    }
    let line = |units, shares| ShipmentLine {
        description: "Kerupuk".to_owned(),
        hs_code: "19059080".to_owned(),
        net_kg: Some(Decimal { value: "10".to_owned() }),
        value: Some(Money { currency_code: "USD".to_owned(), units, nanos: 0 }),
        shares,
        ..Default::default()
    };
    for (id, release) in [("s1", "releases/r1"), ("s2", "releases/r1"), ("s3", "releases/r2")] {
        let declaration = Declaration {
            peb_number: format!("00010{}", &id[1..]),
            peb_date: Some(Date { year: 2025, month: 11, day: 20 }),
            customs_office: "070100".to_owned(),
            ..Default::default()
        };
        let halves = vec![share("organisations/a", "", "0.5"), share("organisations/b", "", "0.5")];
        let shipment = Shipment {
            release: release.to_owned(),
            exporter: "organisations/a".to_owned(),
            destination_region_code: "KR".to_owned(),
            lines: vec![line(400, vec![]), line(200, halves)],
            units: vec![TransportUnit::default()],
            declaration: Some(declaration),
            ..Default::default()
        };
        ops.push(Op::CreateShipment(CreateShipmentRequest {
            shipment_id: id.to_owned(),
            shipment: Some(shipment),
            ..Default::default()
        }));
        let name = format!("shipments/{id}");
        ops.push(Op::Confirm(ConfirmShipmentRequest { name, ..Default::default() }));
    }
    ops.into_iter().map(|op| Step { op, manner: Manner::PLAIN }).collect()
}
