use devisa_proto::{
    common::v1::Tier,
    deal::v1::{
        Deal, DealGoods, DealGroup, SummarizeDealsRequest, SummarizeDealsResponse,
        review_decision::Decision, summarize_deals_request::Dimension,
    },
    google_type::Money,
    registry::v1::RateKind,
    totals::v1::{Conversion, Period},
};
use devisa_testkit::{TestDatabase, on_both_databases};
use tonic::{Code, Status};

use crate::world::{
    SESSION, World, alone, contract, date, invalid, loi, money, new_session, refused, usd,
};

on_both_databases!(
    held_values_stand_beside,
    tiers_never_mix,
    groups_are_ordered_and_paged,
    totals_are_narrowed,
    reviewed_values_count_as_decided,
    sums_beyond_64_bits_are_told,
    the_largest_values_hide_no_total,
    what_is_too_large_converted_is_absent,
    requests_are_refused,
    every_dimension_groups_and_filters,
    a_period_holds_its_first_day_and_not_its_end,
    totals_are_converted_and_name_their_rates,
    missing_rates_are_named_at_once,
);

fn request(tier: Tier, group_by: &[Dimension]) -> SummarizeDealsRequest {
    let group_by = group_by.iter().map(|dimension| (*dimension).into()).collect();
    SummarizeDealsRequest { tier: tier.into(), group_by, ..Default::default() }
}

async fn summarize(
    world: &World,
    request: SummarizeDealsRequest,
) -> Result<SummarizeDealsResponse, Status> {
    world.summaries().summarize_deals(request).await.map(tonic::Response::into_inner)
}

fn group(keys: &[&str], counted: (i32, &[Money]), held: (i32, &[Money])) -> DealGroup {
    DealGroup {
        keys: keys.iter().map(ToString::to_string).collect(),
        deal_count: counted.0,
        values: counted.1.to_vec(),
        held_count: held.0,
        held_values: held.1.to_vec(),
        ..Default::default()
    }
}

async fn held_values_stand_beside(database: TestDatabase) {
    let world = World::new(database).await;
    world.seed().await;
    world.draft("draft", loi("dona-doni", usd(5))).await;
    let mut all = request(Tier::Potential, &[]);
    let answer = summarize(&world, all.clone()).await.unwrap();
    let held = (1, &[usd(239_500_000)][..]);
    let expected = group(&[], (3, &[usd(19_390)]), held);
    assert_eq!((answer.total, answer.tier), (Some(expected.clone()), Tier::Potential.into()));
    assert_eq!((answer.groups, answer.next_page_token.as_str()), (vec![expected], ""));
    all.include_held = true;
    let answer = summarize(&world, all).await.unwrap();
    assert_eq!(answer.total, Some(group(&[], (4, &[usd(239_519_390)]), held)));
}

async fn tiers_never_mix(database: TestDatabase) {
    let world = World::new(database).await;
    world.signed("a", alone(loi("dona-doni", usd(5)))).await;
    world.signed("b", alone(contract("dona-doni", money("IDR", 7)))).await;
    world.signed("c", alone(contract("dona-doni", usd(8)))).await;
    let total = |tier| {
        let summary = summarize(&world, request(tier, &[]));
        async { summary.await.unwrap().total.unwrap() }
    };
    let none = (0, &[][..]);
    assert_eq!(total(Tier::Potential).await, group(&[], (1, &[usd(5)]), none));
    let agreed = group(&[], (2, &[money("IDR", 7), usd(8)]), none);
    assert_eq!(total(Tier::Contracted).await, agreed);
}

async fn groups_are_ordered_and_paged(database: TestDatabase) {
    let world = World::new(database).await;
    world.seed().await;
    world.signed("alone", alone(loi("temon-agro", usd(1)))).await;
    let mut by_both = request(Tier::Potential, &[Dimension::Session, Dimension::Seller]);
    by_both.page_size = 3;
    let first = summarize(&world, by_both.clone()).await.unwrap();
    let none = (0, &[][..]);
    let (artha, bamboo) = ("organisations/artha-rimpang", "organisations/sang-bamboo");
    let (doni, temon) = ("organisations/dona-doni", "organisations/temon-agro");
    assert_eq!(
        first.groups,
        [
            group(&["", temon], (1, &[usd(1)]), none),
            group(&[SESSION, artha], (1, &[usd(4_700)]), none),
            group(&[SESSION, doni], (1, &[usd(2_690)]), none),
        ]
    );
    let token = first.next_page_token;
    let second = SummarizeDealsRequest { page_token: token.clone(), ..by_both.clone() };
    let second = summarize(&world, second).await.unwrap();
    assert_eq!(
        second.groups,
        [
            group(&[SESSION, bamboo], none, (1, &[usd(239_500_000)])),
            group(&[SESSION, temon], (1, &[usd(12_000)]), none),
        ]
    );
    assert_eq!((second.next_page_token.as_str(), second.total.clone()), ("", first.total));
    let other = SummarizeDealsRequest { include_held: true, page_token: token, ..by_both };
    let other = summarize(&world, other).await;
    refused(other, Code::InvalidArgument, "PAGE_TOKEN_INVALID");
    let sellers = summarize(&world, request(Tier::Potential, &[Dimension::Seller])).await.unwrap();
    assert_eq!(sellers.groups[3], group(&[temon], (2, &[usd(12_001)]), none));
}

async fn totals_are_narrowed(database: TestDatabase) {
    let world = World::new(database).await;
    world.seed().await;
    world.signed("alone", alone(loi("temon-agro", usd(1)))).await;
    let total = |filter: &str| {
        let filter = filter.to_owned();
        let request = SummarizeDealsRequest { filter, ..request(Tier::Potential, &[]) };
        let summary = summarize(&world, request);
        async { summary.await.unwrap().total.unwrap().values }
    };
    assert_eq!(total("seller = \"organisations/temon-agro\"").await, [usd(12_001)]);
    let both = format!("session = \"{SESSION}\" AND seller = \"organisations/temon-agro\"");
    assert_eq!(total(&both).await, [usd(12_000)]);
    let none = summarize(
        &world,
        SummarizeDealsRequest {
            filter: "session = \"sessions/none\"".to_owned(),
            ..request(Tier::Potential, &[Dimension::Seller])
        },
    );
    let none = none.await.unwrap();
    assert_eq!((none.groups, none.total), (vec![], Some(group(&[], (0, &[]), (0, &[])))));
}

async fn reviewed_values_count_as_decided(database: TestDatabase) {
    let world = World::new(database).await;
    world.seed().await;
    let values = || async {
        let total = summarize(&world, request(Tier::Potential, &[])).await.unwrap().total.unwrap();
        (total.values, total.held_values)
    };
    world.review("sang-bamboo", Decision::Confirm, None).await.unwrap();
    assert_eq!(values().await, (vec![usd(239_519_390)], vec![]));
    world.review("dona-doni", Decision::Dispute, None).await.unwrap();
    assert_eq!(values().await, (vec![usd(239_516_700)], vec![usd(2_690)]));
}

async fn sums_beyond_64_bits_are_told(database: TestDatabase) {
    let world = World::new(database).await;
    let most = i64::MAX / 100 - 1;
    world.signed("a", alone(loi("dona-doni", money("IDR", most)))).await;
    let held = summarize(&world, request(Tier::Potential, &[])).await.unwrap().total.unwrap();
    assert_eq!(held.held_values, [money("IDR", most)]);
    world.signed("b", alone(loi("dona-doni", money("IDR", most)))).await;
    let beyond = summarize(&world, request(Tier::Potential, &[])).await.unwrap().total.unwrap();
    assert_eq!(beyond.held_values, [money("IDR", 2 * most)]);
}

async fn the_largest_values_hide_no_total(database: TestDatabase) {
    let world = World::new(database).await;
    world.session("malaysia").await;
    // Yen have no decimals: of their largest amounts no two fit into one `Money`.
    let (yen, dollars) = (money("JPY", i64::MAX), usd(i64::MAX / 100 - 1));
    for (id, value) in [("a", &yen), ("b", &yen), ("c", &dollars), ("d", &dollars)] {
        world.signed(id, loi("dona-doni", value.clone())).await;
        world.review(id, Decision::Dispute, None).await.unwrap();
    }
    world.signed("usual", loi("temon-agro", usd(1))).await;
    let by_seller = request(Tier::Potential, &[Dimension::Seller]);
    let converted = SummarizeDealsRequest {
        conversion: into(RateKind::KursPajak, "USD"),
        filter: "seller = \"organisations/temon-agro\"".to_owned(),
        ..by_seller.clone()
    };
    let total = summarize(&world, by_seller).await.unwrap().total.unwrap();
    assert_eq!(total.values, [usd(1)]);
    let both = usd(2 * (i64::MAX / 100 - 1));
    assert_eq!(total.held_values, [yen.clone(), yen, both]);
    let total = summarize(&world, converted).await.unwrap().total.unwrap();
    assert_eq!(total.converted_value, Some(usd(1)));
}

async fn what_is_too_large_converted_is_absent(database: TestDatabase) {
    let world = World::new(database).await;
    world.signed("most", alone(loi("dona-doni", usd(i64::MAX / 100 - 1)))).await;
    world.signed("usual", alone(loi("temon-agro", usd(1)))).await;
    let request = SummarizeDealsRequest {
        conversion: into(RateKind::KursPajak, "IDR"),
        ..request(Tier::Potential, &[Dimension::Seller])
    };
    let answer = summarize(&world, request).await.unwrap();
    let total = answer.total.unwrap();
    assert_eq!(total.held_values, [usd(i64::MAX / 100 - 1)]);
    assert_eq!(total.converted_value, Some(money("IDR", 16_738)));
    assert_eq!(total.held_converted_value, None);
    assert_eq!(answer.groups[1].held_converted_value, Some(money("IDR", 0)));
}

async fn requests_are_refused(database: TestDatabase) {
    let world = World::new(database).await;
    let none = summarize(&world, request(Tier::Unspecified, &[])).await;
    refused(none, Code::InvalidArgument, "TIER_REQUIRED");
    let other = summarize(&world, request(Tier::Realised, &[])).await;
    invalid(other, &[("tier", "TIER_UNSUPPORTED")]);
    let twice = [Dimension::Seller, Dimension::Seller, Dimension::Unspecified];
    let twice = summarize(&world, request(Tier::Potential, &twice)).await;
    invalid(twice, &[("group_by[1]", "GROUP_BY_DUPLICATE"), ("group_by[2]", "ENUM_UNKNOWN")]);
    let wrong = SummarizeDealsRequest {
        filter: "instrument = LOI".to_owned(),
        ..request(Tier::Potential, &[])
    };
    refused(summarize(&world, wrong).await, Code::InvalidArgument, "FILTER_INVALID");
    let wrong = SummarizeDealsRequest { page_size: -1, ..request(Tier::Potential, &[]) };
    invalid(summarize(&world, wrong).await, &[("page_size", "PAGE_SIZE_NEGATIVE")]);
}

/// The keys of all groups, each with the dollars that count in it.
async fn told(world: &World, dimension: Dimension, filter: &str) -> Vec<(String, i64)> {
    let filter = filter.to_owned();
    let request = SummarizeDealsRequest { filter, ..request(Tier::Potential, &[dimension]) };
    let groups = summarize(world, request).await.unwrap().groups;
    groups.iter().map(|group| (group.keys[0].clone(), group.values[0].units)).collect()
}

fn goods(commodities: &[&str]) -> Vec<DealGoods> {
    let one = |commodity: &&str| DealGoods {
        description: "Goods".to_owned(),
        commodity: (*commodity).to_owned(),
        ..Default::default()
    };
    commodities.iter().map(one).collect()
}

/// Three deals: at a session with an office, at one without, and at none; October and November.
async fn spread(world: &World) {
    let mut with_office = new_session("malaysia");
    with_office.session.as_mut().unwrap().office = "organisations/office".to_owned();
    world.sessions().create_session(with_office).await.unwrap();
    world.session("without").await;
    let ginger = Deal { goods: goods(&["ginger"]), ..loi("dona-doni", usd(1)) };
    world.signed("a", ginger).await;
    let mixed = Deal {
        goods: goods(&["ginger", "", "sugar"]),
        session: "sessions/without".to_owned(),
        sign_date: Some(date(2025, 10, 31)),
        ..loi("dona-doni", usd(2))
    };
    world.signed("b", mixed).await;
    let buyer = "organisations/temon-agro".to_owned();
    world.signed("c", alone(Deal { buyer, ..loi("artha-rimpang", usd(4)) })).await;
}

async fn every_dimension_groups_and_filters(database: TestDatabase) {
    let world = World::new(database).await;
    spread(&world).await;
    let cases: [(Dimension, &[(&str, i64)]); 6] = [
        (Dimension::Session, &[("", 4), (SESSION, 1), ("sessions/without", 2)]),
        (Dimension::Seller, &[("organisations/artha-rimpang", 4), ("organisations/dona-doni", 3)]),
        (Dimension::Buyer, &[("organisations/buyer", 3), ("organisations/temon-agro", 4)]),
        (Dimension::Office, &[("", 6), ("organisations/office", 1)]),
        (Dimension::Commodity, &[("", 4), ("MIXED", 2), ("ginger", 1)]),
        (Dimension::Month, &[("2025-10", 2), ("2025-11", 5)]),
    ];
    let fields = ["session", "seller", "buyer", "office", "commodity", "month"];
    for ((dimension, groups), field) in cases.into_iter().zip(fields) {
        let found = told(&world, dimension, "").await;
        let found: Vec<_> = found.iter().map(|(key, value)| (key.as_str(), *value)).collect();
        assert_eq!(found, groups, "{dimension:?}");
        // Each group is what a filter by its key leaves.
        for (key, value) in groups {
            let only = told(&world, dimension, &format!("{field} = \"{key}\"")).await;
            assert_eq!(only, [((*key).to_owned(), *value)], "{field}");
            let others = told(&world, dimension, &format!("{field} != \"{key}\"")).await;
            assert_eq!(others.len(), groups.len() - 1, "{field}");
        }
    }
    let late = told(&world, Dimension::Month, "month > \"2025-10\"").await;
    assert_eq!(late, [("2025-11".to_owned(), 5)]);
    let either = "commodity = ginger OR commodity = MIXED";
    assert_eq!(told(&world, Dimension::Month, either).await.len(), 2);
}

async fn a_period_holds_its_first_day_and_not_its_end(database: TestDatabase) {
    let world = World::new(database).await;
    spread(&world).await;
    let total = async |start, end| {
        let period = Some(Period { start_date: start, end_date: end });
        let request = SummarizeDealsRequest { period, ..request(Tier::Potential, &[]) };
        summarize(&world, request).await.map(|answer| answer.total.unwrap().deal_count)
    };
    let (october, november) = (Some(date(2025, 10, 31)), Some(date(2025, 11, 26)));
    assert_eq!(total(None, None).await.unwrap(), 3);
    assert_eq!(total(october, november).await.unwrap(), 1);
    assert_eq!(total(november, None).await.unwrap(), 2);
    assert_eq!(total(None, october).await.unwrap(), 0);
    let backwards = total(november, november).await;
    invalid(backwards, &[("period.end_date", "DATE_ORDER")]);
    let impossible = total(Some(date(2025, 2, 30)), november).await;
    invalid(impossible, &[("period.start_date", "DATE_FORM")]);
}

fn into(kind: RateKind, quote: &str) -> Option<Conversion> {
    Some(Conversion { kind: kind.into(), quote_currency: quote.to_owned() })
}

async fn totals_are_converted_and_name_their_rates(database: TestDatabase) {
    let world = World::new(database).await;
    world.seed().await;
    world.signed("rupiah", alone(loi("temon-agro", money("IDR", 7)))).await;
    let request = SummarizeDealsRequest {
        conversion: into(RateKind::KursPajak, "IDR"),
        ..request(Tier::Potential, &[Dimension::Seller])
    };
    let answer = summarize(&world, request.clone()).await.unwrap();
    let total = answer.total.unwrap();
    assert_eq!(total.values, [money("IDR", 7), usd(19_390)]);
    assert_eq!(total.converted_value, Some(money("IDR", 19_390 * 16_738 + 7)));
    assert_eq!(total.held_converted_value, Some(money("IDR", 239_500_000 * 16_738)));
    let temon = &answer.groups[3];
    assert_eq!(temon.converted_value, Some(money("IDR", 12_000 * 16_738 + 7)));
    assert_eq!(temon.held_converted_value, Some(money("IDR", 0)));
    let [rate] = &answer.rates[..] else { panic!("{:?}", answer.rates) };
    assert_eq!(rate.exchange_rate, "exchangeRates/kmk-usd");
    assert_eq!((rate.kind(), rate.units), (RateKind::KursPajak, 1));
    let pair = (rate.base_currency.as_str(), rate.quote_currency.as_str());
    assert_eq!((pair, rate.rate.as_ref().unwrap().value.as_str()), (("USD", "IDR"), "16738.00"));
    // Without a conversion there is none of it.
    let plain = SummarizeDealsRequest { conversion: None, ..request.clone() };
    let plain = summarize(&world, plain).await.unwrap();
    assert_eq!((plain.rates.len(), plain.total.unwrap().converted_value), (0, None));
    // The rate is kept for a second; one that must be asked for is not to be had.
    let kept_for = std::time::Duration::from_millis(1_100);
    tokio::time::sleep(kept_for).await;
    assert!(summarize(&world, request.clone()).await.is_ok());
    world.registry.down(true);
    assert!(summarize(&world, request.clone()).await.is_ok());
    tokio::time::sleep(kept_for).await;
    let old = summarize(&world, request.clone()).await;
    refused(old, Code::Unavailable, "UPSTREAM_UNAVAILABLE");
    let other = SummarizeDealsRequest { conversion: into(RateKind::Jisdor, "IDR"), ..request };
    let other = summarize(&world, other).await;
    refused(other, Code::Unavailable, "UPSTREAM_UNAVAILABLE");
}

async fn missing_rates_are_named_at_once(database: TestDatabase) {
    let world = World::new(database).await;
    spread(&world).await;
    world.signed("euro", alone(loi("temon-agro", money("EUR", 7)))).await;
    let convert = async |conversion| {
        let request = SummarizeDealsRequest { conversion, ..request(Tier::Potential, &[]) };
        summarize(&world, request).await
    };
    let detail =
        refused(convert(into(RateKind::Jisdor, "IDR")).await, Code::NotFound, "RATE_MISSING");
    let told = |key: &str| detail.metadata[key].as_str();
    assert_eq!((told("kind"), told("pair")), ("JISDOR", "EUR/IDR,USD/IDR"));
    assert_eq!(told("date"), "2025-10-31,2025-11-26");
    let missing = "EUR/IDR on 2025-11-26; USD/IDR on 2025-10-31, 2025-11-26";
    assert_eq!(told("missing"), missing);
    let wrong = convert(into(RateKind::Unspecified, "XYZ")).await;
    let fields = [
        ("conversion.kind", "FIELD_MISSING"),
        ("conversion.quote_currency", "CURRENCY_CODE_UNKNOWN"),
    ];
    invalid(wrong, &fields);
}
