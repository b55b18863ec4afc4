use devisa_proto::deal::v1::{
    Deal, ListDealsRequest, SummarizeDealsRequest, UpdateDealRequest, review_decision::Decision,
};
use devisa_testkit::{TestDatabase, on_both_databases};
use tonic::Code;

use crate::world::{World, alone, by, loi, new_deal, refused, usd};

on_both_databases!(
    without_the_registry_only_reads_and_plain_decisions_go_on,
    known_organisations_are_not_asked_for_again,
    what_is_deleted_is_not_named_anew_but_stays_a_party,
    nothing_is_asked_for_a_call_that_is_refused_anyway,
);

async fn without_the_registry_only_reads_and_plain_decisions_go_on(database: TestDatabase) {
    let world = World::new(database).await;
    world.signed("a", alone(loi("dona-doni", usd(5)))).await;
    world.draft("b", alone(loi("dona-doni", usd(5)))).await;
    world.registry.down(true);
    let before = world.contents().await;
    let down = |refusal: Result<Deal, tonic::Status>| {
        let detail = refused(refusal, Code::Unavailable, "UPSTREAM_UNAVAILABLE");
        assert_eq!(detail.metadata["service"], "registry");
        assert!(detail.retry_after.is_some());
    };
    let create = world.deals().create_deal(new_deal("c", alone(loi("temon-agro", usd(5))))).await;
    down(create.map(tonic::Response::into_inner));
    down(world.sign("b").await);
    down(world.review("a", Decision::Correct, Some(usd(6))).await);
    let seller = "organisations/temon-agro".to_owned();
    let deal = Some(Deal { name: "deals/b".to_owned(), seller, ..Default::default() });
    let update = UpdateDealRequest { deal, ..Default::default() };
    let update = world.deals().update_deal(by("x", update)).await;
    down(update.map(tonic::Response::into_inner));
    assert_eq!(world.contents().await, before);

    world.deal("a").await;
    world.deals().list_deals(ListDealsRequest::default()).await.unwrap();
    let summary = SummarizeDealsRequest { tier: 1, ..Default::default() };
    world.summaries().summarize_deals(summary).await.unwrap();
    world.review("a", Decision::Dispute, None).await.unwrap();
    world.registry.down(false);
    world.sign("b").await.unwrap();
}

async fn known_organisations_are_not_asked_for_again(database: TestDatabase) {
    let world = World::new(database).await;
    world.draft("a", alone(loi("dona-doni", usd(5)))).await;
    let asked = world.registry.calls();
    world.draft("b", alone(loi("dona-doni", usd(5)))).await;
    assert_eq!(world.registry.calls(), asked);
    // That one is absent is asked each time: it may be recorded meanwhile.
    let absent = || new_deal("c", alone(loi("newcomer", usd(5))));
    world.deals().create_deal(absent()).await.unwrap_err();
    world.registry.organisation("newcomer", None);
    world.deals().create_deal(absent()).await.unwrap();
}

async fn what_is_deleted_is_not_named_anew_but_stays_a_party(database: TestDatabase) {
    let world = World::new(database).await;
    world.registry.organisation("newcomer", None);
    world.registry.delete("newcomer");
    let refusal = world.deals().create_deal(new_deal("a", alone(loi("newcomer", usd(5))))).await;
    let detail = refused(refusal, Code::InvalidArgument, "FIELD_INVALID");
    let broken = (detail.violations[0].field.as_str(), detail.violations[0].reason.as_str());
    assert_eq!((detail.violations.len(), broken), (1, ("deal.seller", "REFERENCE_EXISTS")));
    world.draft("b", alone(loi("dona-doni", usd(5)))).await;
    world.registry.delete("dona-doni");
    world.sign("b").await.unwrap();
}

async fn nothing_is_asked_for_a_call_that_is_refused_anyway(database: TestDatabase) {
    let world = World::new(database).await;
    world.signed("a", alone(loi("dona-doni", usd(5)))).await;
    let asked = world.registry.calls();
    world.sign("a").await.unwrap_err();
    let taken = world.deals().create_deal(new_deal("a", alone(loi("temon-agro", usd(5))))).await;
    refused(taken, Code::AlreadyExists, "RESOURCE_EXISTS");
    assert_eq!(world.registry.calls(), asked);
}
