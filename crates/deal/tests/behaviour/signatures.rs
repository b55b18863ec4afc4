use devisa_proto::deal::v1::{SignDealRequest, deal::State};
use devisa_testkit::{TestDatabase, on_both_databases};
use tonic::Code;

use crate::world::{
    AUTHOR, UUID, World, absent, alone, by, date, invalid, loi, refused, signature, usd,
};

on_both_databases!(
    a_draft_is_signed_once,
    a_signature_needs_a_day_that_has_come,
    the_day_is_jakartas,
    a_stale_etag_is_refused,
    a_repeated_signature_answers_the_same,
    checking_only_writes_nothing,
);

async fn a_draft_is_signed_once(database: TestDatabase) {
    let world = World::new(database).await;
    world.draft("a", alone(loi("dona-doni", usd(5)))).await;
    let signed = world.sign("a").await.unwrap();
    assert_eq!((signed.state(), signed.etag.as_str()), (State::Signed, "\"2\""));
    assert_eq!(world.deal("a").await, signed);
    let again = refused(world.sign("a").await, Code::FailedPrecondition, "STATE_FORBIDS");
    assert_eq!(again.metadata["state"], "SIGNED");
    absent(world.sign("no").await, "deals/no");
    let unnamed = world.deals().sign_deal(SignDealRequest::default()).await;
    invalid(unnamed, &[("name", "FIELD_MISSING")]);
}

async fn a_signature_needs_a_day_that_has_come(database: TestDatabase) {
    let world = World::new(database).await;
    let mut undated = alone(loi("dona-doni", usd(5)));
    undated.sign_date = None;
    world.draft("a", undated).await;
    invalid(world.sign("a").await, &[("sign_date", "FIELD_MISSING")]);
    let on = |day| SignDealRequest { sign_date: Some(date(2025, 11, day)), ..signature("a") };
    let future = world.deals().sign_deal(on(28)).await;
    invalid(future, &[("sign_date", "DATE_FUTURE")]);
    invalid(world.deals().sign_deal(on(31)).await, &[("sign_date", "DATE_FORM")]);
    let today = world.deals().sign_deal(on(27)).await.unwrap().into_inner();
    assert_eq!(today.sign_date, Some(date(2025, 11, 27)));
}

async fn the_day_is_jakartas(database: TestDatabase) {
    let world = World::new(database).await;
    world.draft("a", alone(loi("dona-doni", usd(5)))).await;
    let request = || SignDealRequest { sign_date: Some(date(2025, 11, 28)), ..signature("a") };
    world.clock.set("2025-11-27T16:59:59Z");
    invalid(world.deals().sign_deal(request()).await, &[("sign_date", "DATE_FUTURE")]);
    world.clock.set("2025-11-27T17:00:00Z");
    assert!(world.deals().sign_deal(request()).await.is_ok());
}

async fn a_stale_etag_is_refused(database: TestDatabase) {
    let world = World::new(database).await;
    world.draft("a", alone(loi("dona-doni", usd(5)))).await;
    let with = |etag: &str| SignDealRequest { etag: etag.to_owned(), ..signature("a") };
    let stale = world.deals().sign_deal(with("\"9\"")).await;
    refused(stale, Code::Aborted, "ETAG_MISMATCH");
    assert!(world.deals().sign_deal(with("\"1\"")).await.is_ok());
}

async fn a_repeated_signature_answers_the_same(database: TestDatabase) {
    let world = World::new(database).await;
    world.draft("a", alone(loi("dona-doni", usd(5)))).await;
    let request = SignDealRequest { request_id: UUID.to_owned(), ..signature("a") };
    let first = world.deals().sign_deal(by(AUTHOR, request.clone())).await.unwrap().into_inner();
    let before = world.contents().await;
    let again = world.deals().sign_deal(by(AUTHOR, request)).await.unwrap().into_inner();
    assert_eq!(again, first);
    assert_eq!(world.contents().await, before);
}

async fn checking_only_writes_nothing(database: TestDatabase) {
    let world = World::new(database).await;
    world.draft("a", alone(loi("dona-doni", usd(5)))).await;
    let before = world.contents().await;
    let request = SignDealRequest { validate_only: true, ..signature("a") };
    let answer = world.deals().sign_deal(request).await.unwrap().into_inner();
    assert_eq!(answer.state(), State::Signed);
    assert_eq!(world.contents().await, before);
}
