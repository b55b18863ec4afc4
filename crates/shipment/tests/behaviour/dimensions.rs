//! Totals by every dimension, of a period, in another currency.

use devisa_proto::{
    common::v1::Tier,
    google_type::{Date, Money},
    registry::v1::RateKind,
    shipment::v1::{
        ProducerShare, Shipment, ShipmentGroup, ShipmentLine, SummarizeShipmentsRequest,
        SummarizeShipmentsResponse, milestone::Code, summarize_shipments_request::Dimension,
    },
    totals::v1::{Conversion, Period},
};
use devisa_testkit::{TestDatabase, on_both_databases};
use tonic::{Code as Status, Response};

use crate::world::{World, date, decimal, facts, invalid, line, money, new_release, peb, refused};

on_both_databases!(
    every_dimension_groups_and_filters,
    dimensions_combine_and_groups_add_up,
    goods_are_counted_where_they_were_made,
    regencies_follow_what_a_shipment_says_now,
    a_period_holds_its_first_day_and_not_its_end,
    realised_goods_are_dated_by_their_loading,
    totals_are_converted_by_the_rate_of_their_day,
    rounded_groups_add_up_to_the_total,
    missing_rates_are_named_at_once,
    a_registry_that_does_not_answer_is_told,
    requests_are_refused,
);

fn request(tier: Tier, group_by: &[Dimension]) -> SummarizeShipmentsRequest {
    SummarizeShipmentsRequest {
        tier: tier.into(),
        group_by: group_by.iter().map(|dimension| (*dimension).into()).collect(),
        ..Default::default()
    }
}

async fn summarize(
    world: &World,
    request: SummarizeShipmentsRequest,
) -> Result<SummarizeShipmentsResponse, tonic::Status> {
    world.summaries().summarize_shipments(request).await.map(Response::into_inner)
}

fn share(producer: &str, village: &str, share: &str) -> ProducerShare {
    let name = |collection: &str, id: &str| match id {
        "" => String::new(),
        id => format!("{collection}/{id}"),
    };
    ProducerShare {
        producer: name("organisations", producer),
        village: name("villages", village),
        share: decimal(share),
    }
}

fn ginger(dollars: i64, shares: Vec<ProducerShare>) -> ShipmentLine {
    ShipmentLine {
        hs_code: "09101100".to_owned(),
        commodity: "ginger".to_owned(),
        shares,
        ..line(dollars)
    }
}

async fn left(world: &World, release: &str, day: Date, shipments: Vec<(&str, Shipment)>) {
    let mut planned = new_release(release);
    planned.release.as_mut().unwrap().event_date = Some(day);
    world.releases().create_release(planned).await.unwrap();
    for (id, shipment) in shipments {
        let release = format!("releases/{release}");
        world.create(id, Shipment { release, ..shipment }).await.unwrap();
        world.confirm(id).await.unwrap();
    }
    world.dispatch(&format!("releases/{release}")).await.unwrap();
}

/// Two ceremonies: in December 2024 USD 30 of ginger to BD by `b`, whose village nobody knows; in
/// November 2025 by `a` of Gresik USD 100 of crackers and USD 100.01 of ginger, a third of it made
/// in Pacitan.
async fn seed(world: &World) {
    let early = Shipment {
        exporter: "organisations/b".to_owned(),
        destination_region_code: "BD".to_owned(),
        lines: vec![ginger(30, Vec::new())],
        ..facts()
    };
    left(world, "early", date(2024, 12, 31), vec![("early", early)]).await;
    let thirds = vec![share("maker", "", "0.333333"), share("", "35.25.11.2009", "0.666667")];
    let mut shared = ginger(100, thirds);
    shared.value = Some(Money { nanos: 10_000_000, ..money("USD", 100).unwrap() });
    let late = Shipment { lines: vec![line(100), shared], ..facts() };
    left(world, "late", date(2025, 11, 26), vec![("late", late)]).await;
}

/// The key, the shipments, the lines and the cents of each group.
fn told(groups: &[ShipmentGroup]) -> Vec<(String, i32, i32, i64)> {
    let cents = |money: &Money| money.units * 100 + i64::from(money.nanos) / 10_000_000;
    let told = groups.iter().map(|group| {
        let cents = group.values.iter().map(cents).sum();
        (group.keys.join("|"), group.shipment_count, group.line_count, cents)
    });
    told.collect()
}

async fn groups(world: &World, by: &[Dimension], filter: &str) -> Vec<(String, i32, i32, i64)> {
    let filter = filter.to_owned();
    let request = SummarizeShipmentsRequest { filter, ..request(Tier::Released, by) };
    told(&summarize(world, request).await.unwrap().groups)
}

type Told = (&'static str, i32, i32, i64);

const CASES: [(Dimension, &str, &[Told]); 8] = [
    (
        Dimension::Destination,
        "destination_region_code",
        &[("BD", 1, 1, 3_000), ("KR", 1, 2, 20_001)],
    ),
    (Dimension::Commodity, "commodity", &[("", 1, 1, 10_000), ("ginger", 2, 2, 13_001)]),
    (Dimension::HsChapter, "hs_chapter", &[("09", 2, 2, 13_001), ("19", 1, 1, 10_000)]),
    (
        Dimension::Regency,
        "regency",
        &[("35.01", 1, 1, 3_334), ("35.25", 1, 2, 16_667), ("UNKNOWN", 1, 1, 3_000)],
    ),
    (
        Dimension::Exporter,
        "exporter",
        &[("organisations/a", 1, 2, 20_001), ("organisations/b", 1, 1, 3_000)],
    ),
    (
        Dimension::Release,
        "release",
        &[("releases/early", 1, 1, 3_000), ("releases/late", 1, 2, 20_001)],
    ),
    (Dimension::Month, "month", &[("2024-12", 1, 1, 3_000), ("2025-11", 1, 2, 20_001)]),
    (Dimension::Year, "year", &[("2024", 1, 1, 3_000), ("2025", 1, 2, 20_001)]),
];

async fn every_dimension_groups_and_filters(database: TestDatabase) {
    let world = World::new(database).await;
    seed(&world).await;
    for (dimension, field, expected) in CASES {
        let expected: Vec<_> =
            expected.iter().map(|(key, s, l, cents)| ((*key).to_owned(), *s, *l, *cents)).collect();
        assert_eq!(groups(&world, &[dimension], "").await, expected, "{dimension:?}");
        // Each group is what a filter by its key leaves.
        for group in &expected {
            let filter = format!("{field} = \"{}\"", group.0);
            assert_eq!(groups(&world, &[dimension], &filter).await, std::slice::from_ref(group));
            let others = format!("{field} != \"{}\"", group.0);
            let others = groups(&world, &[dimension], &others).await;
            assert_eq!(others.len(), expected.len() - 1, "{field}");
        }
    }
    let either = "regency = \"35.01\" OR regency = UNKNOWN";
    assert_eq!(groups(&world, &[], either).await, [(String::new(), 2, 2, 6_334)]);
    let since = "year >= 2025 AND month < \"2025-12\"";
    assert_eq!(groups(&world, &[], since).await, [(String::new(), 1, 2, 20_001)]);
}

async fn dimensions_combine_and_groups_add_up(database: TestDatabase) {
    let world = World::new(database).await;
    seed(&world).await;
    let all: Vec<_> = CASES.iter().map(|(dimension, ..)| *dimension).collect();
    let answer = summarize(&world, request(Tier::Released, &all)).await.unwrap();
    let keys: Vec<_> = answer.groups.iter().map(|group| group.keys.join("|")).collect();
    let of_a = "09|35.01|organisations/a|releases/late|2025-11|2025";
    assert_eq!(keys.len(), 4);
    assert_eq!(keys[0], "BD|ginger|09|UNKNOWN|organisations/b|releases/early|2024-12|2024");
    assert_eq!(keys[1], "KR||19|35.25|organisations/a|releases/late|2025-11|2025");
    assert_eq!(keys[2], format!("KR|ginger|{of_a}"));
    for (dimension, ..) in CASES {
        let answer = summarize(&world, request(Tier::Released, &[dimension])).await.unwrap();
        let sum: i64 = told(&answer.groups).iter().map(|group| group.3).sum();
        let total = told(&[answer.total.unwrap()]);
        assert_eq!(total, [(String::new(), 2, 3, sum)], "{dimension:?}");
    }
    // Pages, in the order of the keys, one group each.
    let mut page = SummarizeShipmentsRequest { page_size: 1, ..request(Tier::Released, &all) };
    let mut paged = Vec::new();
    loop {
        let answer = summarize(&world, page.clone()).await.unwrap();
        paged.extend(answer.groups.iter().map(|group| group.keys.join("|")));
        page.page_token = answer.next_page_token;
        if page.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(paged, keys);
    let first = SummarizeShipmentsRequest { page_token: String::new(), ..page };
    let token = summarize(&world, first.clone()).await.unwrap().next_page_token;
    let period = Some(Period { start_date: Some(date(2025, 1, 1)), end_date: None });
    let other = SummarizeShipmentsRequest { page_token: token, period, ..first };
    refused(summarize(&world, other).await, Status::InvalidArgument, "PAGE_TOKEN_INVALID");
}

async fn goods_are_counted_where_they_were_made(database: TestDatabase) {
    let world = World::new(database).await;
    seed(&world).await;
    // The shipment counts in both regencies, in the total once; so does its shared line.
    let by = groups(&world, &[Dimension::Release, Dimension::Regency], "commodity = ginger").await;
    let expected = [
        ("releases/early|UNKNOWN".to_owned(), 1, 1, 3_000),
        ("releases/late|35.01".to_owned(), 1, 1, 3_334),
        ("releases/late|35.25".to_owned(), 1, 1, 6_667),
    ];
    assert_eq!(by, expected);
    let whole = request(Tier::Released, &[Dimension::Regency]);
    let total = summarize(&world, whole).await.unwrap().total.unwrap();
    assert_eq!(told(&[total]), [(String::new(), 2, 3, 23_001)]);
}

async fn regencies_follow_what_a_shipment_says_now(database: TestDatabase) {
    let world = World::new(database).await;
    let alone = Shipment { declaration: peb("000001"), ..facts() };
    world.create("s", alone).await.unwrap();
    let elsewhere = Shipment { exporter: "organisations/maker".to_owned(), ..Default::default() };
    world.update("s", &["exporter"], elsewhere).await.unwrap();
    world.confirm("s").await.unwrap();
    world.happened("s", Code::Loaded).await.unwrap();
    let regencies = async || {
        let by = request(Tier::Realised, &[Dimension::Regency]);
        told(&summarize(&world, by).await.unwrap().groups)
    };
    assert_eq!(regencies().await, [("35.01".to_owned(), 1, 1, 10_000)]);
    let mut lines = vec![line(100)];
    lines[0].shares = vec![share("", "35.25.11.2009", "0.25"), share("b", "", "0.75")];
    let patch = Shipment { lines, ..Default::default() };
    world.update_because("s", &["lines"], patch, "who made it was found out").await.unwrap();
    let expected = [("35.25".to_owned(), 1, 1, 2_500), ("UNKNOWN".to_owned(), 1, 1, 7_500)];
    assert_eq!(regencies().await, expected);
}

async fn a_period_holds_its_first_day_and_not_its_end(database: TestDatabase) {
    let world = World::new(database).await;
    seed(&world).await;
    let total = async |start_date, end_date| {
        let period = Some(Period { start_date, end_date });
        let request = SummarizeShipmentsRequest { period, ..request(Tier::Released, &[]) };
        summarize(&world, request).await.map(|answer| answer.total.unwrap().shipment_count)
    };
    let (early, late) = (Some(date(2024, 12, 31)), Some(date(2025, 11, 26)));
    assert_eq!(total(None, None).await.unwrap(), 2);
    assert_eq!(total(early, late).await.unwrap(), 1);
    assert_eq!(total(late, Some(date(2025, 11, 27))).await.unwrap(), 1);
    assert_eq!(total(None, early).await.unwrap(), 0);
    invalid(total(late, early).await, &[("period.end_date", "DATE_ORDER")]);
}

async fn realised_goods_are_dated_by_their_loading(database: TestDatabase) {
    let world = World::new(database).await;
    seed(&world).await;
    let declared = Shipment { declaration: peb("000001"), ..Default::default() };
    world.update("early", &["declaration"], declared).await.unwrap();
    let months = async || {
        let by = request(Tier::Realised, &[Dimension::Month, Dimension::Year]);
        told(&summarize(&world, by).await.unwrap().groups)
    };
    assert_eq!(months().await, []);
    // It left in December 2024 and was loaded today.
    world.happened("early", Code::Loaded).await.unwrap();
    assert_eq!(months().await, [("2025-11|2025".to_owned(), 1, 1, 3_000)]);
    let released = groups(&world, &[Dimension::Month], "year = 2024").await;
    assert_eq!(released, [("2024-12".to_owned(), 1, 1, 3_000)]);
}

fn into(kind: RateKind, quote: &str) -> Option<Conversion> {
    Some(Conversion { kind: kind.into(), quote_currency: quote.to_owned() })
}

async fn totals_are_converted_by_the_rate_of_their_day(database: TestDatabase) {
    let world = World::new(database).await;
    seed(&world).await;
    let mut euros = facts();
    euros.lines[0].value = money("EUR", 2);
    euros.lines.push(ShipmentLine { value: money("IDR", 5), ..line(1) });
    left(&world, "euros", date(2025, 11, 25), vec![("euros", euros)]).await;
    left(&world, "today", date(2025, 11, 27), vec![("today", facts())]).await;
    let by = SummarizeShipmentsRequest {
        conversion: into(RateKind::House, "IDR"),
        ..request(Tier::Released, &[Dimension::Release])
    };
    let answer = summarize(&world, by.clone()).await.unwrap();
    let converted: Vec<_> =
        answer.groups.iter().map(|group| group.converted_value.clone().unwrap()).collect();
    let idr = |units, nanos| Money { currency_code: "IDR".to_owned(), units, nanos };
    let expected = [
        idr(30 * 16_500, 0),
        idr(2 * 19_250 + 1 + 5, 0),
        idr(20_001 * 165, 0),
        idr(1_660_000, 500_000_000),
    ];
    assert_eq!(converted, expected);
    let total = answer.total.unwrap();
    assert_eq!(total.values.len(), 3);
    let units = 30 * 16_500 + 38_506 + 20_001 * 165 + 1_660_000;
    assert_eq!(total.converted_value, Some(idr(units, 500_000_000)));
    let names: Vec<_> = answer.rates.iter().map(|rate| rate.exchange_rate.as_str()).collect();
    let rates = ["house-eur", "house-usd-1", "house-usd-2"].map(|id| format!("exchangeRates/{id}"));
    assert_eq!(names, rates);
    assert_eq!(answer.rates[2].rate, decimal("16600.005"));
    assert!(answer.rates.iter().all(|rate| rate.kind() == RateKind::House && rate.units == 1));
    // Rates are kept for a while, and a total on another page has them all.
    let calls = world.registry.calls();
    let second = SummarizeShipmentsRequest { page_size: 1, ..by };
    let second = summarize(&world, second).await.unwrap();
    assert_eq!((second.rates, second.total), (answer.rates, Some(total)));
    assert_eq!(world.registry.calls(), calls);
}

async fn rounded_groups_add_up_to_the_total(database: TestDatabase) {
    let world = World::new(database).await;
    // Three groups of a cent at 16,600.005 are IDR 166.00005 each: a sen remains nowhere.
    let cent = || {
        let mut cents = facts();
        cents.lines[0].value = Some(Money { nanos: 10_000_000, ..money("USD", 1).unwrap() });
        cents
    };
    let mut shipments = vec![("a", cent()), ("b", cent()), ("c", cent())];
    for (destination, (_, shipment)) in ["AU", "BD", "KR"].into_iter().zip(&mut shipments) {
        shipment.destination_region_code = destination.to_owned();
    }
    left(&world, "today", date(2025, 11, 27), shipments).await;
    let by = SummarizeShipmentsRequest {
        conversion: into(RateKind::House, "IDR"),
        ..request(Tier::Released, &[Dimension::Destination])
    };
    let answer = summarize(&world, by).await.unwrap();
    let sen = |money: &Option<Money>| {
        let money = money.as_ref().unwrap();
        money.units * 100 + i64::from(money.nanos) / 10_000_000
    };
    // 1.01 × 16,600.005 = 16,766.00505; three of them are 50,298.01515.
    let groups: Vec<_> = answer.groups.iter().map(|group| sen(&group.converted_value)).collect();
    assert_eq!(groups, [1_676_601, 1_676_601, 1_676_600]);
    assert_eq!(sen(&answer.total.unwrap().converted_value), 5_029_802);
}

async fn missing_rates_are_named_at_once(database: TestDatabase) {
    let world = World::new(database).await;
    seed(&world).await;
    let mut euros = facts();
    euros.lines[0].value = money("EUR", 2);
    left(&world, "today", date(2025, 11, 27), vec![("euros", euros)]).await;
    let convert = async |kind, quote| {
        let conversion = into(kind, quote);
        let by = SummarizeShipmentsRequest { conversion, ..request(Tier::Released, &[]) };
        summarize(&world, by).await
    };
    let detail = refused(convert(RateKind::House, "IDR").await, Status::NotFound, "RATE_MISSING");
    assert_eq!(detail.metadata["missing"], "EUR/IDR on 2025-11-27");
    let detail = refused(convert(RateKind::Jisdor, "KRW").await, Status::NotFound, "RATE_MISSING");
    let told = |key: &str| detail.metadata[key].as_str();
    assert_eq!((told("kind"), told("pair")), ("JISDOR", "EUR/KRW,USD/KRW"));
    assert_eq!(told("missing"), "EUR/KRW on 2025-11-27; USD/KRW on 2024-12-31, 2025-11-26");
}

async fn a_registry_that_does_not_answer_is_told(database: TestDatabase) {
    let world = World::new(database).await;
    seed(&world).await;
    world.registry.switch_off();
    let conversion = into(RateKind::House, "IDR");
    let by = SummarizeShipmentsRequest { conversion, ..request(Tier::Released, &[]) };
    refused(summarize(&world, by.clone()).await, Status::Unavailable, "UPSTREAM_UNAVAILABLE");
    // Without a conversion it is not asked, nor where nothing is to be converted.
    assert!(summarize(&world, request(Tier::Released, &[])).await.is_ok());
    let nothing = SummarizeShipmentsRequest { filter: "year = 1999".to_owned(), ..by };
    let nothing = summarize(&world, nothing).await.unwrap().total.unwrap();
    assert_eq!(nothing.converted_value, money("IDR", 0));
}

async fn requests_are_refused(database: TestDatabase) {
    let world = World::new(database).await;
    let wrong = SummarizeShipmentsRequest {
        period: Some(Period { start_date: Some(Date::default()), end_date: None }),
        conversion: into(RateKind::Unspecified, ""),
        ..request(Tier::Potential, &[Dimension::Year, Dimension::Year])
    };
    let fields = [
        ("tier", "TIER_UNSUPPORTED"),
        ("group_by[1]", "GROUP_BY_DUPLICATE"),
        ("period.start_date", "DATE_FORM"),
        ("conversion.kind", "FIELD_MISSING"),
        ("conversion.quote_currency", "FIELD_MISSING"),
    ];
    invalid(summarize(&world, wrong).await, &fields);
    for filter in [
        "tier = RELEASED",
        "regency = \"35\"",
        "regency = \"99.99\"",
        "month = \"2025\"",
        "year = 25",
        "hs_chapter = 9",
        "year = 2025 OR month = \"2025-11\"",
        "exporter < \"organisations/a\"",
    ] {
        let filter = filter.to_owned();
        let request = SummarizeShipmentsRequest { filter, ..request(Tier::Released, &[]) };
        let answer = summarize(&world, request).await;
        refused(answer, Status::InvalidArgument, "FILTER_INVALID");
    }
}
