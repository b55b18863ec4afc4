use devisa_proto::{
    common::v1::Tier,
    deal::v1::{
        CreateDealRequest, Deal, GetDealRequest, ListDealsRequest, StatedValue, UpdateDealRequest,
        deal::State,
    },
};
use devisa_testkit::{TestDatabase, on_both_databases};
use tonic::Code;

use crate::world::{
    SESSION, UUID, World, absent, alone, contract, date, invalid, loi, money, new_deal, refused,
    usd,
};

on_both_databases!(
    a_deal_is_created_once,
    what_it_names_must_exist,
    fields_are_refused_together,
    absent_ones_are_told_with_all_that_is_wrong,
    currencies_of_stated_values_must_agree,
    a_repeated_request_answers_the_same,
    checking_only_writes_nothing,
    lists_are_newest_first_in_pages,
    lists_are_filtered,
);

async fn a_deal_is_created_once(database: TestDatabase) {
    let world = World::new(database).await;
    world.session("malaysia").await;
    let created = world.draft("hats", loi("sang-bamboo", usd(5))).await;
    assert_eq!((created.name.as_str(), created.etag.as_str()), ("deals/hats", "\"1\""));
    assert_eq!((created.state(), created.tier()), (State::Draft, Tier::Potential));
    assert_eq!(world.deal("hats").await, created);
    let taken = world.deals().create_deal(new_deal("hats", loi("sang-bamboo", usd(5)))).await;
    let detail = refused(taken, Code::AlreadyExists, "RESOURCE_EXISTS");
    assert_eq!(detail.resource.as_deref(), Some("deals/hats"));
    let get = |name: &str| GetDealRequest { name: name.to_owned() };
    absent(world.deals().get_deal(get("deals/no")).await, "deals/no");
    invalid(world.deals().get_deal(get("deals/")).await, &[("name", "RESOURCE_NAME_FORM")]);
    invalid(world.deals().get_deal(get("")).await, &[("name", "FIELD_MISSING")]);
}

async fn what_it_names_must_exist(database: TestDatabase) {
    let world = World::new(database).await;
    let mut deal = loi("no", usd(5));
    deal.buyer = "organisations/none".to_owned();
    let before = world.contents().await;
    let expected = [
        ("deal.session", "REFERENCE_EXISTS"),
        ("deal.seller", "REFERENCE_EXISTS"),
        ("deal.buyer", "REFERENCE_EXISTS"),
    ];
    invalid(world.deals().create_deal(new_deal("a", deal)).await, &expected);
    let mut deal = alone(loi("sang-bamboo", usd(5)));
    deal.buyer = "organisations/none".to_owned();
    let one = world.deals().create_deal(new_deal("a", deal)).await;
    invalid(one, &[("deal.buyer", "REFERENCE_EXISTS")]);
    assert_eq!(world.contents().await, before);
}

async fn absent_ones_are_told_with_all_that_is_wrong(database: TestDatabase) {
    let world = World::new(database).await;
    world.draft("a", alone(loi("sang-bamboo", usd(5)))).await;
    let mut wrong = loi("no", usd(-5));
    let (text, amount) = ("Rp3,9 triliun".to_owned(), Some(usd(1)));
    wrong.stated_values.push(StatedValue { text, amount });
    let expected = [
        ("deal.value", "MONEY_POSITIVE"),
        ("deal.stated_values[0].amount", "CURRENCY_MISMATCH"),
        ("deal.session", "REFERENCE_EXISTS"),
        ("deal.seller", "REFERENCE_EXISTS"),
        ("request_id", "REQUEST_ID_UUID"),
    ];
    let request =
        CreateDealRequest { request_id: "satu".to_owned(), ..new_deal("b", wrong.clone()) };
    invalid(world.deals().create_deal(request).await, &expected);
    let patch = Deal { name: "deals/a".to_owned(), ..wrong.clone() };
    let update = UpdateDealRequest { deal: Some(patch), ..Default::default() };
    invalid(world.deals().update_deal(update).await, &expected[..4]);
    let mut early = loi("no", usd(5));
    early.sign_date = Some(date(2200, 1, 1));
    let expected = [("deal.sign_date", "DATE_FUTURE"), expected[2], expected[3]];
    invalid(world.deals().create_deal(new_deal("b", early)).await, &expected);
    // Where the registry does not answer, what is known to be wrong is told.
    world.registry.down(true);
    let answer = world.deals().create_deal(new_deal("b", wrong)).await;
    let told =
        [("deal.value", "MONEY_POSITIVE"), ("deal.stated_values[0].amount", "CURRENCY_MISMATCH")];
    invalid(answer, &told);
}

async fn fields_are_refused_together(database: TestDatabase) {
    let world = World::new(database).await;
    let missing = [
        ("deal.seller", "FIELD_MISSING"),
        ("deal.buyer", "FIELD_MISSING"),
        ("deal.instrument", "FIELD_MISSING"),
        ("deal.value", "FIELD_MISSING"),
    ];
    invalid(world.deals().create_deal(new_deal("a", Deal::default())).await, &missing);
    let none = CreateDealRequest::default();
    invalid(world.deals().create_deal(none).await, &[("deal", "FIELD_MISSING")]);
    let mut wrong = alone(loi("sang-bamboo", usd(-5)));
    wrong.term_months = 601;
    let expected = [
        ("deal_id", "RESOURCE_ID_FORM"),
        ("deal.value", "MONEY_POSITIVE"),
        ("deal.term_months", "TERM_MONTHS_RANGE"),
    ];
    invalid(world.deals().create_deal(new_deal("-", wrong)).await, &expected);
    let mut wrong = alone(loi("buyer", usd(5)));
    wrong.sign_date = Some(date(2025, 11, 28));
    let expected = [("deal.buyer", "DEAL_PARTIES"), ("deal.sign_date", "DATE_FUTURE")];
    invalid(world.deals().create_deal(new_deal("a", wrong)).await, &expected);
}

async fn currencies_of_stated_values_must_agree(database: TestDatabase) {
    let world = World::new(database).await;
    let with = |amount| {
        let mut deal = alone(loi("sang-bamboo", usd(239_500_000)));
        let text = "Rp3,9 triliun".to_owned();
        deal.stated_values.push(StatedValue { text, amount: Some(amount) });
        new_deal("a", deal)
    };
    let mismatch = world.deals().create_deal(with(usd(239_500_000))).await;
    let detail = refused(mismatch, Code::InvalidArgument, "CURRENCY_MISMATCH");
    assert_eq!(detail.metadata["field"], "deal.stated_values[0].amount");
    let outside = world.deals().create_deal(with(money("IDR", 4_000_000_000_000))).await;
    invalid(outside, &[("deal.stated_values[0].amount", "STATED_VALUE_INTERVAL")]);
    let stated = money("IDR", 3_951_750_000_000);
    let created = world.deals().create_deal(with(stated.clone())).await.unwrap().into_inner();
    assert_eq!(created.stated_values[0].amount, Some(stated));
}

async fn a_repeated_request_answers_the_same(database: TestDatabase) {
    let world = World::new(database).await;
    let deal = alone(loi("sang-bamboo", usd(5)));
    let request = CreateDealRequest { request_id: UUID.to_owned(), ..new_deal("", deal) };
    let first = world.deals().create_deal(request.clone()).await.unwrap().into_inner();
    let before = world.contents().await;
    world.registry.down(true);
    let again = world.deals().create_deal(request.clone()).await.unwrap().into_inner();
    assert_eq!(again, first);
    let other = CreateDealRequest { deal_id: "b".to_owned(), ..request };
    refused(world.deals().create_deal(other).await, Code::InvalidArgument, "REQUEST_ID_REUSED");
    assert_eq!(world.contents().await, before);
}

async fn checking_only_writes_nothing(database: TestDatabase) {
    let world = World::new(database).await;
    let before = world.contents().await;
    let deal = alone(loi("sang-bamboo", usd(5)));
    let request = CreateDealRequest { validate_only: true, ..new_deal("a", deal) };
    let answer = world.deals().create_deal(request).await.unwrap().into_inner();
    assert_eq!(answer.name, "deals/a");
    assert_eq!(world.contents().await, before);
}

async fn lists_are_newest_first_in_pages(database: TestDatabase) {
    let world = World::new(database).await;
    for id in ["a", "b", "c"] {
        world.draft(id, alone(loi("sang-bamboo", usd(5)))).await;
    }
    let mut request = ListDealsRequest { page_size: 2, ..Default::default() };
    let page = world.deals().list_deals(request.clone()).await.unwrap().into_inner();
    let names: Vec<_> = page.deals.iter().map(|deal| deal.name.as_str()).collect();
    assert_eq!(names, ["deals/c", "deals/b"]);
    // A row written meanwhile neither repeats nor hides others.
    world.draft("d", alone(loi("sang-bamboo", usd(5)))).await;
    request.page_token = page.next_page_token;
    let page = world.deals().list_deals(request.clone()).await.unwrap().into_inner();
    let names: Vec<_> = page.deals.iter().map(|deal| deal.name.as_str()).collect();
    assert_eq!((names, page.next_page_token.as_str()), (vec!["deals/a"], ""));
    request.filter = "state = DRAFT".to_owned();
    let other = world.deals().list_deals(request).await;
    refused(other, Code::InvalidArgument, "PAGE_TOKEN_INVALID");
}

async fn lists_are_filtered(database: TestDatabase) {
    let world = World::new(database).await;
    world.seed().await;
    world.draft("draft", alone(contract("dona-doni", usd(5)))).await;
    let names = |filter: &str| {
        let request = ListDealsRequest { filter: filter.to_owned(), ..Default::default() };
        let mut client = world.deals();
        async move {
            let page = client.list_deals(request).await?.into_inner();
            let mut names: Vec<_> = page.deals.into_iter().map(|deal| deal.name).collect();
            names.sort();
            Ok::<_, tonic::Status>(names)
        }
    };
    assert_eq!(names("review.state = HELD").await.unwrap(), ["deals/sang-bamboo"]);
    assert_eq!(names("session = \"\"").await.unwrap(), ["deals/draft"]);
    assert_eq!(names("state = STATE_DRAFT").await.unwrap(), ["deals/draft"]);
    assert_eq!(names("instrument = CONTRACT").await.unwrap(), ["deals/draft"]);
    let seller = "seller = \"organisations/dona-doni\"";
    assert_eq!(names(seller).await.unwrap(), ["deals/dona-doni", "deals/draft"]);
    let both = format!("{seller} AND session = \"{SESSION}\"");
    assert_eq!(names(&both).await.unwrap(), ["deals/dona-doni"]);
    assert_eq!(names("buyer = \"organisations/buyer\"").await.unwrap().len(), 5);
    let held_or_none = "review.state = HELD OR review.state = STATE_NONE";
    assert_eq!(names(held_or_none).await.unwrap().len(), 5);
    let two = "(seller = \"organisations/dona-doni\" OR seller = \"organisations/temon-agro\")";
    assert_eq!(names(two).await.unwrap().len(), 3);
    let signed = format!("{two} AND state != DRAFT");
    assert_eq!(names(&signed).await.unwrap(), ["deals/dona-doni", "deals/temon-agro"]);
    assert_eq!(names("create_time >= \"2025-11-28T00:00:00Z\"").await.unwrap(), [""; 0]);
    for wrong in [
        "tier = POTENTIAL",
        "state = LOST",
        "session = \"x\"",
        "state < DRAFT",
        "state =",
        "state = DRAFT OR review.state = HELD",
    ] {
        refused(names(wrong).await, Code::InvalidArgument, "FILTER_INVALID");
    }
}
