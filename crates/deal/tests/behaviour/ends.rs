//! Deals that lapse or are withdrawn.

use devisa_proto::deal::v1::{
    LapseDealRequest, SummarizeDealsRequest, WithdrawDealRequest, deal::State,
    deal_review::State as ReviewState, review_decision::Decision,
};
use devisa_testkit::{TestDatabase, on_both_databases};
use tonic::Code;

use crate::world::{
    UUID, World, absent, alone, by, drawn, invalid, loi, refused, review_state, rules, usd,
};

on_both_databases!(
    a_signed_deal_lapses_once,
    drafts_and_signed_deals_are_withdrawn,
    an_end_evaluates_the_session_again,
    an_end_is_answered_again_and_checked_alone,
    what_ended_stands_beside_the_totals,
);

async fn a_signed_deal_lapses_once(database: TestDatabase) {
    let world = World::new(database).await;
    world.draft("a", alone(loi("dona-doni", usd(5)))).await;
    let draft = refused(world.lapse("a").await, Code::FailedPrecondition, "STATE_FORBIDS");
    assert_eq!(draft.metadata["state"], "DRAFT");
    let signed = world.sign("a").await.unwrap();
    assert_eq!(drawn(&signed), [0, 0, 0, 5]);
    let lapsed = world.lapse("a").await.unwrap();
    assert_eq!((lapsed.state(), drawn(&lapsed)), (State::Lapsed, [0, 0, 5, 0]));
    assert_eq!(world.deal("a").await, lapsed);
    for again in [world.lapse("a").await, world.withdraw("a").await] {
        refused(again, Code::FailedPrecondition, "STATE_FORBIDS");
    }
    let review = world.review("a", Decision::Dispute, None).await;
    refused(review, Code::FailedPrecondition, "STATE_FORBIDS");
    absent(world.lapse("no").await, "deals/no");
    let unnamed = world.deals().lapse_deal(LapseDealRequest::default()).await;
    invalid(unnamed, &[("name", "FIELD_MISSING")]);
}

async fn drafts_and_signed_deals_are_withdrawn(database: TestDatabase) {
    let world = World::new(database).await;
    world.draft("a", alone(loi("dona-doni", usd(5)))).await;
    let withdrawn = world.withdraw("a").await.unwrap();
    assert_eq!((withdrawn.state(), drawn(&withdrawn)), (State::Withdrawn, [0, 0, 5, 0]));
    refused(world.sign("a").await, Code::FailedPrecondition, "STATE_FORBIDS");
    world.signed("b", alone(loi("dona-doni", usd(7)))).await;
    assert_eq!(world.withdraw("b").await.unwrap().state(), State::Withdrawn);
    let unnamed = world.deals().withdraw_deal(WithdrawDealRequest::default()).await;
    invalid(unnamed, &[("name", "FIELD_MISSING")]);
}

/// The fourth deal of the session made the large one an outlier; without it there are too few to
/// say so. It stays held all the same, since only a review frees it.
async fn an_end_evaluates_the_session_again(database: TestDatabase) {
    let world = World::new(database).await;
    world.session("malaysia").await;
    world.signed("large", loi("dona-doni", usd(1_000_000))).await;
    for id in ["a", "b", "c"] {
        world.signed(id, loi("dona-doni", usd(5))).await;
    }
    assert!(rules(&world.deal("large").await).contains(&"session_outlier"));
    world.withdraw("c").await.unwrap();
    let large = world.deal("large").await;
    assert!(!rules(&large).contains(&"session_outlier"));
    assert_eq!(review_state(&large), ReviewState::Held);
    // Whoever withdrew another deal had no part in writing this one.
    let request = crate::world::review("large", Decision::Confirm, None);
    world.deals().review_deal(by("ender", request)).await.unwrap();
}

async fn an_end_is_answered_again_and_checked_alone(database: TestDatabase) {
    let world = World::new(database).await;
    world.signed("a", alone(loi("dona-doni", usd(5)))).await;
    let request = LapseDealRequest { name: "deals/a".to_owned(), ..Default::default() };
    let before = world.contents().await;
    let checked = LapseDealRequest { validate_only: true, ..request.clone() };
    let answer = world.deals().lapse_deal(checked).await.unwrap().into_inner();
    assert_eq!(answer.state(), State::Lapsed);
    let stale = LapseDealRequest { etag: "\"9\"".to_owned(), ..request.clone() };
    refused(world.deals().lapse_deal(stale).await, Code::Aborted, "ETAG_MISMATCH");
    assert_eq!(world.contents().await, before);
    let named = LapseDealRequest { request_id: UUID.to_owned(), ..request };
    let first = world.deals().lapse_deal(named.clone()).await.unwrap().into_inner();
    assert_eq!(world.deals().lapse_deal(named).await.unwrap().into_inner(), first);
}

async fn what_ended_stands_beside_the_totals(database: TestDatabase) {
    let world = World::new(database).await;
    for (id, dollars) in [("kept", 3), ("lapsed", 5), ("withdrawn", 7)] {
        world.signed(id, alone(loi("dona-doni", usd(dollars)))).await;
    }
    world.draft("never", alone(loi("dona-doni", usd(11)))).await;
    world.withdraw("never").await.unwrap();
    world.lapse("lapsed").await.unwrap();
    world.withdraw("withdrawn").await.unwrap();
    let request = SummarizeDealsRequest { tier: 1, ..Default::default() };
    let summary = world.summaries().summarize_deals(request).await.unwrap().into_inner();
    let total = summary.total.unwrap();
    assert_eq!((total.deal_count, total.values), (1, vec![usd(3)]));
    assert_eq!((total.lapsed_count, total.lapsed_values), (1, vec![usd(5)]));
    assert_eq!((total.withdrawn_count, total.withdrawn_values), (1, vec![usd(7)]));
    assert_eq!(summary.groups.len(), 1);
}
