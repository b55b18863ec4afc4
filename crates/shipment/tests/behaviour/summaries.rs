//! Totals by tier.

use devisa_proto::{
    common::v1::Tier,
    shipment::v1::{
        Shipment, ShipmentGroup, SummarizeShipmentsRequest, SummarizeShipmentsResponse,
        milestone::Code, summarize_shipments_request::Dimension,
    },
};
use devisa_testkit::{TestDatabase, on_both_databases};
use tonic::{Code as Status, Response};

use crate::world::{World, facts, invalid, line, money, peb, refused};

on_both_databases!(
    tiers_are_by_reaching,
    groups_are_ordered_and_add_up,
    groups_come_in_pages,
    totals_are_filtered,
    totals_are_refused_without_a_tier,
    sums_beyond_64_bits_are_told,
    the_largest_values_hide_no_total,
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

/// Keys, shipments, lines and the values of a group.
fn told(group: &ShipmentGroup) -> (String, i32, i32, String) {
    let values = group.values.iter().map(|m| format!("{} {}", m.currency_code, m.units));
    let values = values.collect::<Vec<_>>().join(", ");
    (group.keys.join("|"), group.shipment_count, group.line_count, values)
}

fn group(keys: &str, shipments: i32, lines: i32, values: &str) -> (String, i32, i32, String) {
    (keys.to_owned(), shipments, lines, values.to_owned())
}

/// Two releases that left, one of whose shipments was loaded and declared; a draft beside them.
async fn seed(world: &World) {
    for (release, id, destination, dollars) in
        [("r", "a", "KR", 10), ("r", "b", "AU", 20), ("s", "c", "KR", 40)]
    {
        if id != "b" {
            world.release(release).await;
        }
        let mut shipment = facts();
        shipment.release = format!("releases/{release}");
        shipment.destination_region_code = destination.to_owned();
        shipment.lines = vec![line(dollars), line(dollars)];
        shipment.lines[1].value = money("EUR", dollars);
        world.create(id, shipment).await.unwrap();
        world.confirm(id).await.unwrap();
    }
    world.dispatch("releases/r").await.unwrap();
    world.dispatch("releases/s").await.unwrap();
    world.create("draft", facts()).await.unwrap();
    let declared = Shipment { declaration: peb("000001"), ..Default::default() };
    world.update("a", &["declaration"], declared).await.unwrap();
    world.happened("a", Code::Loaded).await.unwrap();
    // Loaded and declared, but of no release: realised without having been released.
    let alone = Shipment { declaration: peb("000002"), ..facts() };
    world.create("alone", alone).await.unwrap();
    world.confirm("alone").await.unwrap();
    world.happened("alone", Code::Departed).await.unwrap();
}

async fn tiers_are_by_reaching(database: TestDatabase) {
    let world = World::new(database).await;
    let nothing = summarize(&world, request(Tier::Released, &[])).await.unwrap();
    assert!(nothing.groups.is_empty());
    assert_eq!(told(&nothing.total.unwrap()), group("", 0, 0, ""));
    seed(&world).await;
    let released = summarize(&world, request(Tier::Released, &[])).await.unwrap();
    assert_eq!(released.tier(), Tier::Released);
    assert_eq!(told(&released.groups[0]), group("", 3, 6, "EUR 70, USD 70"));
    assert_eq!(released.total.as_ref(), released.groups.first());
    let realised = summarize(&world, request(Tier::Realised, &[])).await.unwrap();
    assert_eq!(told(&realised.total.unwrap()), group("", 2, 3, "EUR 10, USD 110"));
}

async fn groups_are_ordered_and_add_up(database: TestDatabase) {
    let world = World::new(database).await;
    seed(&world).await;
    let groups = async |tier, group_by: &[Dimension]| {
        let summary = summarize(&world, request(tier, group_by)).await.unwrap();
        let shipments: i32 = summary.groups.iter().map(|group| group.shipment_count).sum();
        assert_eq!(summary.total.unwrap().shipment_count, shipments);
        summary.groups.iter().map(told).collect::<Vec<_>>()
    };
    let by_destination = groups(Tier::Released, &[Dimension::Destination]).await;
    let expected = [group("AU", 1, 2, "EUR 20, USD 20"), group("KR", 2, 4, "EUR 50, USD 50")];
    assert_eq!(by_destination, expected);
    let both = groups(Tier::Released, &[Dimension::Release, Dimension::Destination]).await;
    let expected = [
        group("releases/r|AU", 1, 2, "EUR 20, USD 20"),
        group("releases/r|KR", 1, 2, "EUR 10, USD 10"),
        group("releases/s|KR", 1, 2, "EUR 40, USD 40"),
    ];
    assert_eq!(both, expected);
    let realised = groups(Tier::Realised, &[Dimension::Release]).await;
    let expected = [group("", 1, 1, "USD 100"), group("releases/r", 1, 2, "EUR 10, USD 10")];
    assert_eq!(realised, expected);
}

async fn groups_come_in_pages(database: TestDatabase) {
    let world = World::new(database).await;
    seed(&world).await;
    let all = request(Tier::Released, &[Dimension::Destination, Dimension::Release]);
    let whole = summarize(&world, all.clone()).await.unwrap();
    let mut paged = Vec::new();
    let mut page_token = String::new();
    loop {
        let page = SummarizeShipmentsRequest { page_size: 1, page_token, ..all.clone() };
        let page = summarize(&world, page).await.unwrap();
        assert_eq!(page.total, whole.total, "the total holds every page's groups");
        paged.extend(page.groups);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!((paged.len(), &paged), (3, &whole.groups));
    let first = SummarizeShipmentsRequest { page_size: 1, ..all.clone() };
    let page_token = summarize(&world, first).await.unwrap().next_page_token;
    let other = SummarizeShipmentsRequest { tier: Tier::Realised.into(), page_token, ..all };
    refused(summarize(&world, other).await, Status::InvalidArgument, "PAGE_TOKEN_INVALID");
}

async fn totals_are_filtered(database: TestDatabase) {
    let world = World::new(database).await;
    seed(&world).await;
    let total = async |tier, filter: &str| {
        let request = SummarizeShipmentsRequest { filter: filter.to_owned(), ..request(tier, &[]) };
        Ok(told(&summarize(&world, request).await?.total.unwrap()))
    };
    let korea = total(Tier::Released, "destination_region_code = \"KR\"").await.unwrap();
    assert_eq!(korea, group("", 2, 4, "EUR 50, USD 50"));
    let both = "destination_region_code = \"KR\" AND release = \"releases/s\"";
    assert_eq!(total(Tier::Released, both).await.unwrap(), group("", 1, 2, "EUR 40, USD 40"));
    let none = total(Tier::Realised, "release = \"\"").await.unwrap();
    assert_eq!(none, group("", 1, 1, "USD 100"));
    for filter in ["state = READY", "release = \"r\"", "destination_region_code = \"XX\""] {
        let answer: Result<_, tonic::Status> = total(Tier::Released, filter).await;
        refused(answer, Status::InvalidArgument, "FILTER_INVALID");
    }
}

async fn totals_are_refused_without_a_tier(database: TestDatabase) {
    let world = World::new(database).await;
    let none = summarize(&world, request(Tier::Unspecified, &[])).await;
    refused(none, Status::InvalidArgument, "TIER_REQUIRED");
    let other = summarize(&world, request(Tier::Contracted, &[])).await;
    invalid(other, &[("tier", "TIER_UNSUPPORTED")]);
    let twice = [Dimension::Release, Dimension::Release, Dimension::Unspecified];
    let fields = [("group_by[1]", "GROUP_BY_DUPLICATE"), ("group_by[2]", "FIELD_MISSING")];
    invalid(summarize(&world, request(Tier::Released, &twice)).await, &fields);
    let negative = SummarizeShipmentsRequest { page_size: -1, ..request(Tier::Released, &[]) };
    invalid(summarize(&world, negative).await, &[("page_size", "PAGE_SIZE_NEGATIVE")]);
}

async fn sums_beyond_64_bits_are_told(database: TestDatabase) {
    let world = World::new(database).await;
    for id in ["a", "b"] {
        let mut shipment = Shipment { declaration: peb(&format!("00000{}", id.len())), ..facts() };
        if id == "b" {
            shipment.declaration = peb("000009");
        }
        shipment.lines = vec![line(90_000_000_000_000_000)];
        world.create(id, shipment).await.unwrap();
        world.confirm(id).await.unwrap();
        world.happened(id, Code::Loaded).await.unwrap();
        let answer = summarize(&world, request(Tier::Realised, &[])).await;
        match id {
            "a" => assert_eq!(answer.unwrap().total.unwrap().values.len(), 1),
            _ => {
                let both = money("USD", 180_000_000_000_000_000).unwrap();
                assert_eq!(answer.unwrap().total.unwrap().values, [both]);
            }
        }
    }
}

async fn the_largest_values_hide_no_total(database: TestDatabase) {
    let world = World::new(database).await;
    // Yen have no decimals: of their largest amounts no two fit into one `Money`.
    let most = money("JPY", i64::MAX);
    for (id, peb_number) in [("a", "000001"), ("b", "000002")] {
        let mut shipment = Shipment { declaration: peb(peb_number), ..facts() };
        shipment.lines = vec![line(1)];
        shipment.lines[0].value = most.clone();
        world.create(id, shipment).await.unwrap();
        world.confirm(id).await.unwrap();
        world.happened(id, Code::Loaded).await.unwrap();
    }
    let by = [Dimension::Regency, Dimension::Exporter];
    let answer = summarize(&world, request(Tier::Realised, &by)).await.unwrap();
    let most = most.unwrap();
    assert_eq!(answer.total.unwrap().values, [most.clone(), most]);
}
