//! Realisations as callers make and hide them.

use devisa_proto::{
    deal::v1::{
        CreateRealisationRequest, DeleteRealisationRequest, ListRealisationsRequest,
        realisation::State as Standing,
    },
    shipment::v1::{milestone::Code as Passed, shipment::State},
};
use devisa_testkit::{TestDatabase, on_both_databases};
use tonic::Code;

use crate::{
    shipments::{realised, shipment},
    world::{
        AUTHOR, UUID, World, absent, alone, by, drawn, invalid, loi, money, new_realisation,
        refused, usd,
    },
};

on_both_databases!(
    a_shipment_just_recorded_is_asked_for,
    without_the_shipment_service_what_was_heard_stands,
    without_the_shipment_service_a_draft_may_have_been_confirmed,
    the_deal_and_the_shipment_must_allow_it,
    currencies_and_parties_must_agree,
    a_line_is_not_exceeded_by_several_deals,
    fields_are_checked_at_once,
    a_realisation_is_hidden_for_good,
    realisations_are_listed,
    a_repeated_request_draws_down_once,
    checking_only_draws_nothing_down,
);

async fn agreed(database: TestDatabase) -> World {
    let world = World::new(database).await;
    world.signed("d", alone(loi("dona-doni", usd(100)))).await;
    world
}

async fn a_shipment_just_recorded_is_asked_for(database: TestDatabase) {
    let world = agreed(database).await;
    world.shipments.know(shipment("s", State::Ready, &[usd(60)]));
    let made = world.realise("d", "r", "s", usd(40)).await.unwrap();
    assert_eq!((made.state(), made.effective_amount), (Standing::Pending, Some(usd(0))));
    assert_eq!(drawn(&world.deal("d").await), [0, 40, 0, 60]);
    world.shipments.know(realised(shipment("t", State::Loaded, &[usd(60)])));
    let made = world.realise("d", "t", "t", usd(60)).await.unwrap();
    assert_eq!((made.state(), made.effective_amount), (Standing::Realised, Some(usd(60))));
    assert_eq!(drawn(&world.deal("d").await), [60, 40, 0, 0]);
    // One that was left ashore is told so by its milestones.
    world.shipments.know(shipment("u", State::GatedIn, &[usd(60)]));
    world.shipments.pass("u", "short", Passed::ShortShipped, 1);
    let made = world.realise("d", "u", "u", usd(1)).await.unwrap();
    assert_eq!(made.state(), Standing::Freed);
}

async fn without_the_shipment_service_what_was_heard_stands(database: TestDatabase) {
    let world = agreed(database).await;
    world.shipments.know(shipment("s", State::Ready, &[usd(60)]));
    world.realise("d", "r", "s", usd(40)).await.unwrap();
    world.shipments.down(true);
    world.realise("d", "again", "s", usd(10)).await.unwrap();
    let exceeded = world.realise("d", "more", "s", usd(11)).await;
    refused(exceeded, Code::FailedPrecondition, "LINE_EXCEEDED");
    let unknown = world.realise("d", "other", "t", usd(1)).await;
    let detail = refused(unknown, Code::Unavailable, "UPSTREAM_UNAVAILABLE");
    assert_eq!(detail.metadata["service"], "shipment");
}

async fn without_the_shipment_service_a_draft_may_have_been_confirmed(database: TestDatabase) {
    let world = agreed(database).await;
    world.shipments.know(shipment("s", State::Draft, &[usd(60)]));
    let draft = world.realise("d", "r", "s", usd(40)).await;
    refused(draft, Code::FailedPrecondition, "STATE_FORBIDS");
    world.shipments.down(true);
    let unsure = world.realise("d", "r", "s", usd(40)).await;
    refused(unsure, Code::Unavailable, "UPSTREAM_UNAVAILABLE");
}

async fn the_deal_and_the_shipment_must_allow_it(database: TestDatabase) {
    let world = agreed(database).await;
    world.shipments.know(shipment("s", State::Ready, &[usd(60)]));
    world.draft("draft", alone(loi("dona-doni", usd(5)))).await;
    let forbidden = |answer| refused(answer, Code::FailedPrecondition, "STATE_FORBIDS").metadata;
    let deal = forbidden(world.realise("draft", "r", "s", usd(1)).await);
    assert_eq!((deal["resource"].as_str(), deal["state"].as_str()), ("deals/draft", "DRAFT"));
    for (id, state) in [("new", State::Draft), ("gone", State::Cancelled)] {
        world.shipments.know(shipment(id, state, &[usd(60)]));
        let metadata = forbidden(world.realise("d", "r", id, usd(1)).await);
        assert_eq!(metadata["resource"], format!("shipments/{id}"));
    }
    // Confirmed since; its event is yet to come.
    world.shipments.know(shipment("new", State::Ready, &[usd(60)]));
    world.realise("d", "r", "new", usd(1)).await.unwrap();
    let taken = world.realise("d", "r", "s", usd(1)).await;
    refused(taken, Code::AlreadyExists, "RESOURCE_EXISTS");
    absent(world.realise("no", "r", "s", usd(1)).await, "deals/no");
    let unknown = world.realise("d", "x", "no", usd(1)).await;
    invalid(unknown, &[("realisation.shipment", "REFERENCE_EXISTS")]);
}

async fn currencies_and_parties_must_agree(database: TestDatabase) {
    let world = agreed(database).await;
    world.shipments.know(shipment("s", State::Ready, &[usd(60), money("IDR", 60)]));
    let mismatch = |answer| refused(answer, Code::InvalidArgument, "CURRENCY_MISMATCH").metadata;
    let amount = mismatch(world.realise("d", "r", "s", money("IDR", 1)).await);
    assert_eq!(amount["field"], "realisation.amount");
    let mut request = new_realisation("d", "r", "s", usd(1));
    request.realisation.as_mut().unwrap().line_index = 1;
    let line = world.realisations().create_realisation(request.clone()).await;
    let line = mismatch(line.map(tonic::Response::into_inner));
    assert_eq!(line["field"], "realisation.line_index");
    request.realisation.as_mut().unwrap().line_index = 2;
    let gone = world.realisations().create_realisation(request).await;
    invalid(gone, &[("realisation.line_index", "LINE_INDEX_RANGE")]);

    world.signed("other", alone(loi("temon-agro", usd(100)))).await;
    let stranger = world.realise("other", "r", "s", usd(1)).await;
    let detail = refused(stranger, Code::FailedPrecondition, "SELLER_NOT_IN_SHIPMENT");
    assert_eq!(detail.metadata["seller"], "organisations/temon-agro");
    // A producer sharing the line has part in it.
    world.signed("maker", alone(loi("sang-bamboo", usd(100)))).await;
    world.realise("maker", "r", "s", usd(1)).await.unwrap();
}

async fn a_line_is_not_exceeded_by_several_deals(database: TestDatabase) {
    let world = agreed(database).await;
    world.signed("e", alone(loi("dona-doni", usd(100)))).await;
    world.shipments.know(shipment("s", State::Ready, &[usd(60)]));
    world.realise("d", "r", "s", usd(40)).await.unwrap();
    let exceeded = world.realise("e", "r", "s", usd(21)).await;
    let metadata = refused(exceeded, Code::FailedPrecondition, "LINE_EXCEEDED").metadata;
    let told = ["value", "taken", "asked"].map(|key| metadata[key].as_str());
    assert_eq!(told, ["USD 60.00", "USD 40.00", "USD 21.00"]);
    // Whoever comes first: both together would be too much.
    let both =
        tokio::join!(world.realise("d", "x", "s", usd(15)), world.realise("e", "x", "s", usd(15)),);
    assert_eq!([both.0.is_ok(), both.1.is_ok()].iter().filter(|ok| **ok).count(), 1, "{both:?}");
    let sum = drawn(&world.deal("d").await)[1] + drawn(&world.deal("e").await)[1];
    assert_eq!(sum, 55);
}

async fn fields_are_checked_at_once(database: TestDatabase) {
    let world = agreed(database).await;
    let empty = CreateRealisationRequest::default();
    let answer = world.realisations().create_realisation(empty).await;
    invalid(answer, &[("parent", "FIELD_MISSING"), ("realisation", "FIELD_MISSING")]);
    let mut request = new_realisation("d", "R!", "s", usd(0));
    request.realisation.as_mut().unwrap().line_index = -1;
    let answer = world.realisations().create_realisation(request).await;
    let fields = [
        ("realisation_id", "RESOURCE_ID_FORM"),
        ("realisation.line_index", "LINE_INDEX_RANGE"),
        ("realisation.amount", "MONEY_POSITIVE"),
        ("realisation.shipment", "REFERENCE_EXISTS"),
    ];
    invalid(answer, &fields);
}

async fn a_realisation_is_hidden_for_good(database: TestDatabase) {
    let world = agreed(database).await;
    world.shipments.know(shipment("s", State::Ready, &[usd(60)]));
    let made = world.realise("d", "r", "s", usd(60)).await.unwrap();
    let delete = DeleteRealisationRequest { name: made.name.clone(), ..Default::default() };
    let stale = DeleteRealisationRequest { etag: "\"9\"".to_owned(), ..delete.clone() };
    refused(world.realisations().delete_realisation(stale).await, Code::Aborted, "ETAG_MISMATCH");
    let hidden = world.realisations().delete_realisation(delete.clone()).await;
    let hidden = hidden.unwrap().into_inner();
    assert!(hidden.delete_time.is_some());
    assert_eq!(world.realisation("d", "r").await, hidden);
    assert_eq!(drawn(&world.deal("d").await), [0, 0, 0, 100]);
    absent(world.realisations().delete_realisation(delete).await, &made.name);
    let unnamed = DeleteRealisationRequest::default();
    let unnamed = world.realisations().delete_realisation(unnamed).await;
    invalid(unnamed, &[("name", "FIELD_MISSING")]);
    // The line has its amount back, and the id stays taken.
    world.realise("d", "s", "s", usd(60)).await.unwrap();
    let taken = world.realise("d", "r", "s", usd(1)).await;
    refused(taken, Code::AlreadyExists, "RESOURCE_EXISTS");
}

async fn realisations_are_listed(database: TestDatabase) {
    let world = agreed(database).await;
    world.signed("e", alone(loi("dona-doni", usd(100)))).await;
    world.shipments.know(shipment("s", State::Ready, &[usd(60)]));
    for (deal, id) in [("d", "a"), ("d", "b"), ("e", "c")] {
        let made = world.realise(deal, id, "s", usd(1)).await.unwrap();
        if id == "b" {
            let delete = DeleteRealisationRequest { name: made.name, ..Default::default() };
            world.realisations().delete_realisation(delete).await.unwrap();
        }
    }
    let list = async |request: ListRealisationsRequest| {
        let page = world.realisations().list_realisations(request).await.unwrap().into_inner();
        let short = |name: &str| name.rsplit('/').next().unwrap().to_owned();
        page.realisations.iter().map(|r| short(&r.name)).collect::<Vec<_>>()
    };
    let of =
        |parent: &str| ListRealisationsRequest { parent: parent.to_owned(), ..Default::default() };
    assert_eq!(list(of("deals/d")).await, ["a"]);
    assert_eq!(list(of("deals/e")).await, ["c"]);
    let all = ListRealisationsRequest { show_deleted: true, ..of("deals/d") };
    assert_eq!(list(all).await, ["b", "a"]);
    let filter = "create_time < \"2025-01-01T00:00:00Z\"".to_owned();
    let none = ListRealisationsRequest { filter, ..of("deals/d") };
    assert_eq!(list(none).await, Vec::<String>::new());
    absent(world.realisations().list_realisations(of("deals/no")).await, "deals/no");
    let unnamed = world.realisations().list_realisations(of("")).await;
    invalid(unnamed, &[("parent", "FIELD_MISSING")]);
    let wrong = ListRealisationsRequest { filter: "amount = 1".to_owned(), ..of("deals/d") };
    let wrong = world.realisations().list_realisations(wrong).await;
    refused(wrong, Code::InvalidArgument, "FILTER_INVALID");
}

async fn a_repeated_request_draws_down_once(database: TestDatabase) {
    let world = agreed(database).await;
    world.shipments.know(shipment("s", State::Ready, &[usd(60)]));
    let mut request = new_realisation("d", "r", "s", usd(40));
    request.request_id = UUID.to_owned();
    let send = async || {
        let request = by(AUTHOR, request.clone());
        world.realisations().create_realisation(request).await.unwrap().into_inner()
    };
    let first = send().await;
    assert_eq!(send().await, first);
    assert_eq!(drawn(&world.deal("d").await), [0, 40, 0, 60]);
}

async fn checking_only_draws_nothing_down(database: TestDatabase) {
    let world = agreed(database).await;
    world.shipments.know(shipment("s", State::Ready, &[usd(60)]));
    world.realise("d", "r", "s", usd(40)).await.unwrap();
    let before = world.contents().await;
    let mut request = new_realisation("d", "x", "s", usd(20));
    request.validate_only = true;
    world.realisations().create_realisation(request).await.unwrap();
    assert_eq!(world.contents().await, before);
}
