use devisa_proto::{
    common::v1::Tier,
    deal::v1::{
        DealGroup, SummarizeDealsRequest, SummarizeDealsResponse, review_decision::Decision,
        summarize_deals_request::Dimension,
    },
    google_type::Money,
};
use devisa_testkit::{TestDatabase, on_both_databases};
use tonic::{Code, Status};

use crate::world::{SESSION, World, alone, contract, invalid, loi, money, refused, usd};

on_both_databases!(
    held_values_stand_beside,
    tiers_never_mix,
    groups_are_ordered_and_paged,
    totals_are_narrowed,
    reviewed_values_count_as_decided,
    sums_beyond_64_bits_are_refused,
    requests_are_refused,
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

async fn sums_beyond_64_bits_are_refused(database: TestDatabase) {
    let world = World::new(database).await;
    let most = i64::MAX / 100 - 1;
    world.signed("a", alone(loi("dona-doni", money("IDR", most)))).await;
    let held = summarize(&world, request(Tier::Potential, &[])).await.unwrap().total.unwrap();
    assert_eq!(held.held_values, [money("IDR", most)]);
    world.signed("b", alone(loi("dona-doni", money("IDR", most)))).await;
    let beyond = summarize(&world, request(Tier::Potential, &[])).await;
    invalid(beyond, &[("values", "SUM_OVERFLOW")]);
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
        filter: "buyer = \"organisations/buyer\"".to_owned(),
        ..request(Tier::Potential, &[])
    };
    refused(summarize(&world, wrong).await, Code::InvalidArgument, "FILTER_INVALID");
    let wrong = SummarizeDealsRequest { page_size: -1, ..request(Tier::Potential, &[]) };
    invalid(summarize(&world, wrong).await, &[("page_size", "PAGE_SIZE_NEGATIVE")]);
}
