//! A request is refused with all that is wrong with it at once.

use devisa_proto::{
    common::v1::Tier,
    deal::v1::{
        CreateRealisationRequest, CreateSessionRequest, Deal, ListDealsRequest,
        ListRealisationsRequest, Session, StatedValue, SummarizeDealsRequest, UpdateDealRequest,
        UpdateSessionRequest, summarize_deals_request::Dimension,
    },
    event::v1::ListEventsRequest,
    figure::v1::{CheckFiguresRequest, Claim, Verdict},
};
use devisa_testkit::{Expected, TestDatabase, assert_refused, on_both_databases};
use prost_types::FieldMask;
use tonic::Code;

use crate::world::{
    AUTHOR, SESSION, World, alone, by, contract, invalid, loi, money, new_realisation, new_session,
    usd,
};

on_both_databases!(
    a_session_names_nobody_and_is_malformed,
    an_unknown_path_is_told_with_what_else_is_said,
    a_change_of_a_deal_with_an_unknown_path,
    a_realisation_of_nothing_by_nothing,
    a_page_and_a_filter_are_told_together,
    a_parent_is_told_with_the_page,
    a_missing_tier_is_told_with_the_rest,
    every_claim_is_told,
    a_stated_text_without_its_amount_is_named,
);

const ID: (&str, &str) = ("request_id", "REQUEST_ID_UUID");

async fn a_session_names_nobody_and_is_malformed(database: TestDatabase) {
    let world = World::new(database).await;
    let before = world.contents().await;
    let create = async |office: &str| {
        let CreateSessionRequest { session, .. } = new_session("malaysia");
        let office = office.to_owned();
        let session = Some(Session { office, session_date: None, ..session.unwrap() });
        let request_id = "one".to_owned();
        let request = CreateSessionRequest { session, request_id, ..Default::default() };
        world.sessions().create_session(request).await
    };
    let date = ("session.session_date", "FIELD_MISSING");
    let office = ("session.office", "REFERENCE_EXISTS");
    invalid(create("organisations/no").await, &[ID, date, office]);
    invalid(create("organisations/office").await, &[ID, date]);
    // What nobody can look up is left for the next attempt.
    world.registry.down(true);
    invalid(create("organisations/other").await, &[ID, date]);
    assert_eq!(world.contents().await, before);
}

async fn an_unknown_path_is_told_with_what_else_is_said(database: TestDatabase) {
    let world = World::new(database).await;
    world.session("malaysia").await;
    let before = world.contents().await;
    let update = async |patch: Session, paths: &[&str], request_id: &str| {
        let paths = paths.iter().map(ToString::to_string).collect();
        let request = UpdateSessionRequest {
            session: Some(Session { name: SESSION.to_owned(), ..patch }),
            update_mask: Some(FieldMask { paths }),
            request_id: request_id.to_owned(),
        };
        world.sessions().update_session(request).await
    };
    let mask = ("update_mask", "FIELD_MASK_UNKNOWN_PATH");
    let place = ("session.place", "TEXT_LENGTH");
    let office = ("session.office", "REFERENCE_EXISTS");
    let name = ("session.display_name", "FIELD_MISSING");
    let patch = || Session {
        place: "x".repeat(1_000),
        office: "organisations/no".to_owned(),
        ..Default::default()
    };
    // A known path clears, an unknown one may mean whatever is set.
    let told = update(patch(), &["display_name", "colour", "size"], "one").await;
    invalid(told, &[ID, mask, mask, name, place, office]);
    invalid(update(patch(), &["colour"], "").await, &[mask, place, office]);
    invalid(update(Session::default(), &["colour"], "").await, &[mask]);
    // A mask that can be read says which fields are meant.
    invalid(update(patch(), &["office"], "one").await, &[ID, office]);
    invalid(update(patch(), &["office", "place"], "").await, &[place, office]);
    let nameless = UpdateSessionRequest {
        session: Some(Session::default()),
        update_mask: Some(FieldMask { paths: vec!["colour".to_owned()] }),
        ..Default::default()
    };
    let nameless = world.sessions().update_session(nameless).await;
    invalid(nameless, &[("session.name", "FIELD_MISSING"), mask]);
    assert_eq!(world.contents().await, before);
}

async fn a_change_of_a_deal_with_an_unknown_path(database: TestDatabase) {
    let world = World::new(database).await;
    world.draft("a", alone(loi("dona-doni", usd(5)))).await;
    let before = world.contents().await;
    let patch = Deal {
        name: "deals/a".to_owned(),
        seller: "organisations/no".to_owned(),
        term_months: -1,
        ..Default::default()
    };
    let paths = ["value", "price"].map(str::to_owned).to_vec();
    let request = UpdateDealRequest {
        deal: Some(patch),
        update_mask: Some(FieldMask { paths }),
        request_id: "one".to_owned(),
    };
    let expected = [
        ID,
        ("update_mask", "FIELD_MASK_UNKNOWN_PATH"),
        ("deal.value", "FIELD_MISSING"),
        ("deal.term_months", "TERM_MONTHS_RANGE"),
        ("deal.seller", "REFERENCE_EXISTS"),
    ];
    invalid(world.deals().update_deal(request).await, &expected);
    assert_eq!(world.contents().await, before);
}

async fn a_realisation_of_nothing_by_nothing(database: TestDatabase) {
    let world = World::new(database).await;
    world.signed("d", alone(loi("dona-doni", usd(100)))).await;
    let before = world.contents().await;
    let create = async |request| world.realisations().create_realisation(by(AUTHOR, request)).await;
    let malformed = |parent: &str| CreateRealisationRequest {
        parent: parent.to_owned(),
        ..new_realisation("d", "R", "none", usd(0))
    };
    let id = ("realisation_id", "RESOURCE_ID_FORM");
    let amount = ("realisation.amount", "MONEY_POSITIVE");
    let shipment = ("realisation.shipment", "REFERENCE_EXISTS");
    let parent = ("parent", "RESOURCE_NOT_FOUND");
    invalid(create(malformed("deals/d")).await, &[id, amount, shipment]);
    invalid(create(malformed("deals/none")).await, &[id, amount, parent, shipment]);
    // What is well formed and names nothing.
    let absent = create(new_realisation("none", "r", "none", usd(1))).await;
    let fields = &[parent, shipment];
    let expected = Expected { code: Code::NotFound, reason: "RESOURCE_NOT_FOUND", fields };
    assert_eq!(assert_refused(absent, expected).resource.as_deref(), Some("deals/none"));
    world.shipments.down(true);
    invalid(create(malformed("deals/none")).await, &[id, amount, parent]);
    assert_eq!(world.contents().await, before, "asking whether it exists is not hearing of it");
}

const SIZE: (&str, &str) = ("page_size", "PAGE_SIZE_NEGATIVE");
const TOKEN: (&str, &str) = ("page_token", "PAGE_TOKEN_INVALID");
const FILTER: (&str, &str) = ("filter", "FILTER_INVALID");

async fn a_page_and_a_filter_are_told_together(database: TestDatabase) {
    let world = World::new(database).await;
    for id in ["a", "b"] {
        world.draft(id, alone(loi("dona-doni", usd(5)))).await;
    }
    let list = async |page_size: i32, page_token: &str, filter: &str| {
        let (page_token, filter) = (page_token.to_owned(), filter.to_owned());
        let request = ListDealsRequest { page_size, page_token, filter };
        world.deals().list_deals(request).await.map(tonic::Response::into_inner)
    };
    let expect = |reason, fields| Expected { code: Code::InvalidArgument, reason, fields };
    let all = list(-1, "junk", "moon = 1").await;
    assert_refused(all, expect("FILTER_INVALID", &[FILTER, SIZE, TOKEN]));
    let page = list(-1, "junk", "").await;
    assert_refused(page, expect("FIELD_INVALID", &[SIZE, TOKEN]));
    let token = list(1, "", "").await.unwrap().next_page_token;
    assert_refused(
        list(-1, &token, "state = DRAFT").await,
        expect("FIELD_INVALID", &[SIZE, TOKEN]),
    );
    // Whose arguments are wrong cannot be told whether the token is for them.
    assert_refused(list(0, &token, "moon = 1").await, expect("FILTER_INVALID", &[FILTER]));

    let request = ListEventsRequest {
        page_size: -1,
        page_token: "junk".to_owned(),
        types: vec!["x".to_owned()],
        ..Default::default()
    };
    let kind = ("types[0]", "TYPES_UNKNOWN");
    invalid(world.events().list_events(request.clone()).await, &[kind, SIZE, TOKEN]);
    let after_revision = format!("00000002{}", "0".repeat(32));
    let beyond = ListEventsRequest { after_revision, types: Vec::new(), ..request };
    let revision = ("after_revision", "REVISION_BEYOND");
    invalid(world.events().list_events(beyond).await, &[revision, SIZE, TOKEN]);
}

async fn a_parent_is_told_with_the_page(database: TestDatabase) {
    let world = World::new(database).await;
    let list = async |parent: &str, page_size: i32| {
        let (parent, page_token) = (parent.to_owned(), "junk".to_owned());
        let filter = "moon = 1".to_owned();
        let request =
            ListRealisationsRequest { parent, page_size, page_token, filter, show_deleted: false };
        world.realisations().list_realisations(request).await
    };
    let form = ("parent", "RESOURCE_NAME_FORM");
    invalid(list("d", -1).await, &[form, FILTER, SIZE, TOKEN]);
    let fields = &[("parent", "RESOURCE_NOT_FOUND"), FILTER, SIZE, TOKEN];
    let expected = Expected { code: Code::NotFound, reason: "RESOURCE_NOT_FOUND", fields };
    assert_refused(list("deals/d", -1).await, expected);
}

async fn a_missing_tier_is_told_with_the_rest(database: TestDatabase) {
    let world = World::new(database).await;
    let session = i32::from(Dimension::Session);
    let summarize = async |tier: i32| {
        let request = SummarizeDealsRequest {
            tier,
            group_by: vec![session, session],
            filter: "moon = 1".to_owned(),
            page_size: -1,
            page_token: "junk".to_owned(),
            ..Default::default()
        };
        world.summaries().summarize_deals(request).await
    };
    let twice = ("group_by[1]", "GROUP_BY_DUPLICATE");
    let fields = &[("tier", "TIER_REQUIRED"), twice, FILTER, SIZE, TOKEN];
    let expected = Expected { code: Code::InvalidArgument, reason: "TIER_REQUIRED", fields };
    let detail = assert_refused(summarize(0).await, expected);
    assert_eq!(detail.metadata["field"], "tier");
    let another = summarize(Tier::Released.into()).await;
    invalid(another, &[("tier", "TIER_UNSUPPORTED"), twice, FILTER, SIZE, TOKEN]);
    invalid(summarize(Tier::Potential.into()).await, &[twice, FILTER, SIZE, TOKEN]);
}

fn claim(text: &str, metric: &str, of: &str, filter: &str) -> Claim {
    let [text, metric, of, filter] = [text, metric, of, filter].map(str::to_owned);
    Claim { text, metric, of, filter, as_of: None }
}

async fn every_claim_is_told(database: TestDatabase) {
    let world = World::new(database).await;
    world.session("malaysia").await;
    world.signed("a", loi("dona-doni", usd(5))).await;
    world.signed("b", contract("temon-agro", usd(7))).await;
    let check = async |claims: Vec<Claim>| {
        world.summaries().check_figures(CheckFiguresRequest { claims }).await
    };
    let claims = vec![
        claim("12 dolar AS", "session_value", SESSION, ""),
        claim("5 dolar AS", "deal_value", "deals/none", "moon = 1"),
        claim("5 dolar AS", "deal_value", "deals/a", ""),
        claim("dua LoI", "session_deal_count", "sessions/none", ""),
    ];
    let fields = &[
        ("claims[0].filter", "TIER_REQUIRED"),
        ("claims[1].filter", "FILTER_INVALID"),
        ("claims[1].of", "RESOURCE_NOT_FOUND"),
        ("claims[3].of", "RESOURCE_NOT_FOUND"),
    ];
    let expected = Expected { code: Code::InvalidArgument, reason: "TIER_REQUIRED", fields };
    assert_refused(check(claims.clone()).await, expected);
    let unreadable = [claims, vec![claim("", "deal_value", "deals/a", "")]].concat();
    let fields = [fields, &[("claims[4].text", "FIELD_MISSING")][..]].concat();
    invalid(check(unreadable).await, &fields);
}

async fn a_stated_text_without_its_amount_is_named(database: TestDatabase) {
    let world = World::new(database).await;
    let stated = |text: &str, amount| StatedValue { text: text.to_owned(), amount };
    let mut deal = alone(loi("dona-doni", usd(2_690)));
    deal.stated_values = vec![stated("11 ribu ringgit", Some(money("MYR", 11_000)))];
    deal.stated_values.push(stated("Rp44 juta", None));
    world.signed("a", deal).await;
    let check = async |text: &str| {
        let claims = vec![claim(text, "deal_value", "deals/a", "")];
        let answer = world.summaries().check_figures(CheckFiguresRequest { claims }).await;
        let verdict = answer.unwrap().into_inner().verdicts.remove(0);
        (verdict.verdict(), verdict.explanation)
    };
    let named = "\"Rp44 juta\" is stated without an amount; record it as stated_values[1].amount";
    let (verdict, told) = check("Rp44 juta").await;
    assert_eq!(verdict, Verdict::Undecidable);
    assert!(told.contains(named), "{told}");
    // Where an amount answers, and where nothing was stated, there is nothing to give.
    for (text, expected) in [
        ("11 ribu ringgit", Verdict::Consistent),
        ("2.690 dolar AS", Verdict::Consistent),
        ("44 juta euro", Verdict::Undecidable),
    ] {
        let (verdict, told) = check(text).await;
        assert_eq!(verdict, expected, "{text}: {told}");
        assert!(!told.contains("without an amount"), "{told}");
    }
}
