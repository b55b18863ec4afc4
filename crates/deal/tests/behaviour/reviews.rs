use devisa_proto::deal::v1::{ReviewDealRequest, deal_review::State, review_decision::Decision};
use devisa_testkit::{TestDatabase, on_both_databases};
use tonic::Code;

use crate::world::{
    EVIDENCE, UUID, World, absent, alone, by, invalid, loi, money, refused, review, review_state,
    rules, usd,
};

on_both_databases!(
    a_confirmed_value_counts_again,
    a_correction_replaces_the_value_and_keeps_the_old_one,
    an_implausible_correction_is_held,
    a_correction_evaluates_the_others_too,
    a_disputed_value_stands_beside,
    authors_cannot_review,
    only_signed_deals_are_reviewed,
    a_review_takes_what_its_decision_needs,
    a_correction_stays_in_the_currency,
    a_stale_etag_is_refused,
    a_repeated_review_answers_the_same,
);

async fn a_confirmed_value_counts_again(database: TestDatabase) {
    let world = World::new(database).await;
    world.seed().await;
    world.registry.down(true);
    let confirmed = world.review("sang-bamboo", Decision::Confirm, None).await.unwrap();
    assert_eq!(review_state(&confirmed), State::Confirmed);
    assert_eq!(rules(&confirmed), ["size_ceiling", "session_outlier"]);
    let [decision] = &confirmed.review.as_ref().unwrap().decisions[..] else { panic!() };
    assert_eq!(decision.decision(), Decision::Confirm);
    assert_eq!((decision.actor.as_str(), decision.evidence_uri.as_str()), ("reviewer", EVIDENCE));
    assert_eq!(decision.previous_value, Some(usd(239_500_000)));
    assert_eq!(decision.corrected_value, None);
    // What is confirmed stays so, whatever is signed later.
    world.registry.down(false);
    world.signed("e", loi("dona-doni", usd(7))).await;
    assert_eq!(review_state(&world.deal("sang-bamboo").await), State::Confirmed);
}

async fn a_correction_replaces_the_value_and_keeps_the_old_one(database: TestDatabase) {
    let world = World::new(database).await;
    world.seed().await;
    let value = Some(usd(239_500));
    let corrected = world.review("sang-bamboo", Decision::Correct, value.clone()).await.unwrap();
    // The stated Rp3,9 triliun is still a thousand times too much.
    assert_eq!((review_state(&corrected), rules(&corrected)), (State::Held, vec!["stated_values"]));
    assert_eq!(corrected.value, value);
    let decision = &corrected.review.as_ref().unwrap().decisions[0];
    assert_eq!(decision.previous_value, Some(usd(239_500_000)));
    assert_eq!(decision.corrected_value, value);
    let confirmed = world.review("sang-bamboo", Decision::Confirm, None).await.unwrap();
    assert_eq!(review_state(&confirmed), State::Confirmed);
    assert_eq!(confirmed.review.as_ref().unwrap().decisions.len(), 2);
}

async fn an_implausible_correction_is_held(database: TestDatabase) {
    let world = World::new(database).await;
    let rupiah = |miliar: i64| money("IDR", miliar * 1_000_000_000);
    let held = world.signed("a", alone(loi("dona-doni", rupiah(100)))).await;
    assert_eq!(review_state(&held), State::Held);
    let still = world.review("a", Decision::Correct, Some(rupiah(60))).await.unwrap();
    assert_eq!((review_state(&still), still.value), (State::Held, Some(rupiah(60))));
    let fine = world.review("a", Decision::Correct, Some(rupiah(40))).await.unwrap();
    assert_eq!((review_state(&fine), rules(&fine).len()), (State::Corrected, 0));
    assert_eq!(fine.review.unwrap().decisions.len(), 2);
}

async fn a_correction_evaluates_the_others_too(database: TestDatabase) {
    let world = World::new(database).await;
    world.session("malaysia").await;
    for (id, dollars) in [("a", 1_000), ("b", 1_000), ("c", 20_000), ("d", 1_000)] {
        world.signed(id, loi("dona-doni", usd(dollars))).await;
    }
    assert_eq!(review_state(&world.deal("c").await), State::None);
    world.review("a", Decision::Correct, Some(usd(10))).await.unwrap();
    world.review("b", Decision::Correct, Some(usd(10))).await.unwrap();
    let c = world.deal("c").await;
    assert_eq!((review_state(&c), rules(&c)), (State::Held, vec!["session_outlier"]));
}

async fn a_disputed_value_stands_beside(database: TestDatabase) {
    let world = World::new(database).await;
    world.signed("a", alone(loi("dona-doni", usd(5)))).await;
    let disputed = world.review("a", Decision::Dispute, None).await.unwrap();
    assert_eq!(review_state(&disputed), State::Disputed);
}

async fn authors_cannot_review(database: TestDatabase) {
    let world = World::new(database).await;
    world.draft("a", alone(loi("dona-doni", usd(5)))).await;
    world.deals().sign_deal(by("signer", crate::world::signature("a"))).await.unwrap();
    for author in [crate::world::AUTHOR, "signer"] {
        let request = by(author, review("a", Decision::Confirm, None));
        let refusal = world.deals().review_deal(request).await;
        let detail = refused(refusal, Code::FailedPrecondition, "SAME_PRINCIPAL");
        assert_eq!(detail.metadata["principal"], author);
    }
    // Having reviewed it once is no obstacle.
    world.review("a", Decision::Dispute, None).await.unwrap();
    world.review("a", Decision::Confirm, None).await.unwrap();
}

async fn only_signed_deals_are_reviewed(database: TestDatabase) {
    let world = World::new(database).await;
    world.draft("a", alone(loi("dona-doni", usd(5)))).await;
    let draft = world.review("a", Decision::Confirm, None).await;
    refused(draft, Code::FailedPrecondition, "STATE_FORBIDS");
    absent(world.review("no", Decision::Confirm, None).await, "deals/no");
}

async fn a_review_takes_what_its_decision_needs(database: TestDatabase) {
    let world = World::new(database).await;
    world.signed("a", alone(loi("dona-doni", usd(5)))).await;
    let bare = |decision: Decision| ReviewDealRequest {
        evidence_uri: String::new(),
        ..review("a", decision, None)
    };
    let confirm = world.deals().review_deal(bare(Decision::Confirm)).await;
    invalid(confirm, &[("evidence_uri", "FIELD_MISSING")]);
    let correct = world.deals().review_deal(bare(Decision::Correct)).await;
    invalid(correct, &[("corrected_value", "FIELD_MISSING"), ("evidence_uri", "FIELD_MISSING")]);
    let none = world.deals().review_deal(bare(Decision::Unspecified)).await;
    invalid(none, &[("decision", "FIELD_MISSING")]);
    for decision in [Decision::Confirm, Decision::Dispute] {
        let refusal = world.review("a", decision, Some(usd(4))).await;
        invalid(refusal, &[("corrected_value", "CORRECTED_VALUE_UNEXPECTED")]);
    }
    let zero = world.review("a", Decision::Correct, Some(usd(0))).await;
    invalid(zero, &[("corrected_value", "MONEY_POSITIVE")]);
}

async fn a_correction_stays_in_the_currency(database: TestDatabase) {
    let world = World::new(database).await;
    world.signed("a", alone(loi("dona-doni", usd(5)))).await;
    let refusal = world.review("a", Decision::Correct, Some(money("IDR", 5))).await;
    let detail = refused(refusal, Code::InvalidArgument, "CURRENCY_MISMATCH");
    assert_eq!(detail.metadata["field"], "corrected_value");
}

async fn a_stale_etag_is_refused(database: TestDatabase) {
    let world = World::new(database).await;
    world.signed("a", alone(loi("dona-doni", usd(5)))).await;
    let etag = "\"1\"".to_owned();
    let stale = ReviewDealRequest { etag, ..review("a", Decision::Confirm, None) };
    let stale = world.deals().review_deal(by("reviewer", stale)).await;
    refused(stale, Code::Aborted, "ETAG_MISMATCH");
}

async fn a_repeated_review_answers_the_same(database: TestDatabase) {
    let world = World::new(database).await;
    world.signed("a", alone(loi("dona-doni", usd(5)))).await;
    let request_id = UUID.to_owned();
    let request = ReviewDealRequest { request_id, ..review("a", Decision::Correct, Some(usd(6))) };
    let checked =
        ReviewDealRequest { validate_only: true, request_id: String::new(), ..request.clone() };
    let before = world.contents().await;
    world.deals().review_deal(by("reviewer", checked)).await.unwrap();
    assert_eq!(world.contents().await, before);
    let send = || by("reviewer", request.clone());
    let first = world.deals().review_deal(send()).await.unwrap().into_inner();
    let before = world.contents().await;
    assert_eq!(world.deals().review_deal(send()).await.unwrap().into_inner(), first);
    assert_eq!(world.contents().await, before);
}
