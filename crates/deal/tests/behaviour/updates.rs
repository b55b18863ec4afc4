use devisa_proto::{
    common::v1::Provenance,
    deal::v1::{Deal, UpdateDealRequest, deal::Instrument, deal_review::State},
};
use devisa_testkit::{TestDatabase, on_both_databases};
use prost_types::FieldMask;
use tonic::{Code, Status};

use crate::world::{
    AUTHOR, SESSION, UUID, World, absent, alone, by, invalid, loi, money, refused, review_state,
    rules, usd,
};

on_both_databases!(
    everything_changes_in_draft,
    signed_only_session_and_provenance_change,
    moving_a_signed_deal_evaluates_both_sessions,
    what_an_update_names_must_exist,
    a_mask_names_fields_that_exist,
    an_update_that_changes_nothing_writes_nothing,
    a_stale_etag_is_refused,
    whoever_updates_cannot_review,
    a_repeated_update_answers_the_same,
);

async fn update(world: &World, id: &str, patch: Deal, paths: &[&str]) -> Result<Deal, Status> {
    let deal = Deal { name: format!("deals/{id}"), ..patch };
    let paths = paths.iter().map(ToString::to_string).collect();
    let update_mask = Some(FieldMask { paths });
    let request = UpdateDealRequest { deal: Some(deal), update_mask, ..Default::default() };
    world.deals().update_deal(by(AUTHOR, request)).await.map(tonic::Response::into_inner)
}

async fn everything_changes_in_draft(database: TestDatabase) {
    let world = World::new(database).await;
    world.session("malaysia").await;
    let draft = world.draft("a", alone(loi("dona-doni", usd(5)))).await;
    let patch = Deal {
        session: SESSION.to_owned(),
        seller: "organisations/temon-agro".to_owned(),
        instrument: Instrument::Contract.into(),
        value: Some(money("IDR", 7)),
        term_months: 3,
        ..Default::default()
    };
    // Without a mask, what is set is taken.
    let changed = update(&world, "a", patch.clone(), &[]).await.unwrap();
    let expected = Deal {
        tier: devisa_proto::common::v1::Tier::Contracted.into(),
        etag: "\"2\"".to_owned(),
        update_time: changed.update_time,
        session: patch.session,
        seller: patch.seller,
        instrument: patch.instrument,
        value: patch.value,
        term_months: patch.term_months,
        realised: Some(money("IDR", 0)),
        pending: Some(money("IDR", 0)),
        closed: Some(money("IDR", 0)),
        balance: Some(money("IDR", 7)),
        ..draft
    };
    assert_eq!(changed, expected);
    let cleared = update(&world, "a", Deal::default(), &["session", "term_months"]).await.unwrap();
    assert_eq!((cleared.session.as_str(), cleared.term_months), ("", 0));
    let required = update(&world, "a", Deal::default(), &["value"]).await;
    invalid(required, &[("deal.value", "FIELD_MISSING")]);
    absent(update(&world, "no", Deal::default(), &["value"]).await, "deals/no");
    let unnamed = UpdateDealRequest { deal: Some(Deal::default()), ..Default::default() };
    invalid(world.deals().update_deal(unnamed).await, &[("deal.name", "FIELD_MISSING")]);
    let none = world.deals().update_deal(UpdateDealRequest::default()).await;
    invalid(none, &[("deal", "FIELD_MISSING")]);
}

async fn signed_only_session_and_provenance_change(database: TestDatabase) {
    let world = World::new(database).await;
    world.session("malaysia").await;
    world.signed("a", alone(loi("dona-doni", usd(5)))).await;
    for (field, patch) in [
        ("value", Deal { value: Some(usd(6)), ..Default::default() }),
        ("buyer", Deal { buyer: "organisations/office".to_owned(), ..Default::default() }),
        ("term_months", Deal { term_months: 3, ..Default::default() }),
        ("sign_date", Deal::default()),
    ] {
        let refusal = update(&world, "a", patch, &[field]).await;
        let detail = refused(refusal, Code::FailedPrecondition, "STATE_FORBIDS");
        assert!(detail.message.contains(field), "{}", detail.message);
    }
    world.registry.down(true);
    let note = "moved".to_owned();
    let patch =
        Deal { provenance: Some(Provenance { note, ..Default::default() }), ..Default::default() };
    let changed = update(&world, "a", patch, &["provenance"]).await.unwrap();
    assert_eq!(changed.provenance.unwrap().note, "moved");
    world.registry.down(false);
    let patch = Deal { session: SESSION.to_owned(), ..Default::default() };
    assert_eq!(update(&world, "a", patch, &["session"]).await.unwrap().session, SESSION);
}

async fn moving_a_signed_deal_evaluates_both_sessions(database: TestDatabase) {
    let world = World::new(database).await;
    world.session("malaysia").await;
    world.session("other").await;
    let elsewhere =
        |dollars| Deal { session: "sessions/other".to_owned(), ..loi("dona-doni", usd(dollars)) };
    for id in ["a", "b", "c"] {
        world.signed(id, loi("dona-doni", usd(5))).await;
        world.signed(&format!("other-{id}"), elsewhere(5)).await;
    }
    let large = world.signed("large", loi("dona-doni", usd(400))).await;
    assert_eq!(review_state(&large), State::None);
    world.signed("other-large", elsewhere(20_000)).await;
    let outlier = world.deal("other-large").await;
    assert_eq!((review_state(&outlier), rules(&outlier)), (State::Held, vec!["session_outlier"]));
    // The deal moves in beside smaller ones, and is still within bounds; back home it is alone.
    let to = |session: &str| Deal { session: session.to_owned(), ..Default::default() };
    let moved = update(&world, "other-large", to(SESSION), &["session"]).await.unwrap();
    assert_eq!((review_state(&moved), rules(&moved)), (State::Held, vec!["session_outlier"]));
    let gone = update(&world, "other-large", to(""), &["session"]).await.unwrap();
    assert_eq!((review_state(&gone), rules(&gone).len()), (State::Held, 0));
    // What stays behind is evaluated as well: with fewer large ones around, one stands out.
    for id in ["d", "e", "f"] {
        world.signed(id, loi("temon-agro", usd(3_000))).await;
    }
    assert_eq!(review_state(&world.deal("large").await), State::None);
    for id in ["d", "e"] {
        update(&world, id, to("sessions/other"), &["session"]).await.unwrap();
    }
    let left = world.deal("f").await;
    assert_eq!((review_state(&left), rules(&left)), (State::Held, vec!["session_outlier"]));
}

async fn what_an_update_names_must_exist(database: TestDatabase) {
    let world = World::new(database).await;
    world.draft("a", alone(loi("dona-doni", usd(5)))).await;
    let patch = Deal {
        session: "sessions/no".to_owned(),
        seller: "organisations/no".to_owned(),
        ..Default::default()
    };
    let expected = [("deal.session", "REFERENCE_EXISTS"), ("deal.seller", "REFERENCE_EXISTS")];
    invalid(update(&world, "a", patch, &[]).await, &expected);
}

async fn a_mask_names_fields_that_exist(database: TestDatabase) {
    let world = World::new(database).await;
    let draft = world.draft("a", alone(loi("dona-doni", usd(5)))).await;
    let unknown = update(&world, "a", Deal::default(), &["value", "price"]).await;
    assert_eq!(unknown.as_ref().unwrap_err().code(), Code::InvalidArgument);
    let detail = devisa_server::Detail::of(&unknown.unwrap_err());
    assert_eq!(detail.violations[0].field, "update_mask");
    // What only the service writes is ignored.
    let patch = Deal { tier: 4, ..Default::default() };
    assert_eq!(update(&world, "a", patch, &["tier", "review"]).await.unwrap(), draft);
}

async fn an_update_that_changes_nothing_writes_nothing(database: TestDatabase) {
    let world = World::new(database).await;
    let draft = world.draft("a", alone(loi("dona-doni", usd(5)))).await;
    let before = world.contents().await;
    let same = update(&world, "a", draft.clone(), &["*"]).await.unwrap();
    assert_eq!(same, draft);
    assert_eq!(world.contents().await, before);
}

async fn a_stale_etag_is_refused(database: TestDatabase) {
    let world = World::new(database).await;
    let draft = world.draft("a", alone(loi("dona-doni", usd(5)))).await;
    let patch = Deal { value: Some(usd(6)), ..draft };
    update(&world, "a", patch.clone(), &["value"]).await.unwrap();
    let stale = update(&world, "a", patch, &["value"]).await;
    refused(stale, Code::Aborted, "ETAG_MISMATCH");
}

async fn whoever_updates_cannot_review(database: TestDatabase) {
    use devisa_proto::deal::v1::review_decision::Decision;
    let world = World::new(database).await;
    world.signed("a", alone(loi("dona-doni", usd(5)))).await;
    let provenance = Some(Provenance { note: "n".to_owned(), ..Default::default() });
    let deal = Some(Deal { name: "deals/a".to_owned(), provenance, ..Default::default() });
    let request = UpdateDealRequest { deal, ..Default::default() };
    world.deals().update_deal(by("reviewer", request)).await.unwrap();
    let refusal = world.review("a", Decision::Confirm, None).await;
    refused(refusal, Code::FailedPrecondition, "SAME_PRINCIPAL");
}

async fn a_repeated_update_answers_the_same(database: TestDatabase) {
    let world = World::new(database).await;
    world.draft("a", alone(loi("dona-doni", usd(5)))).await;
    let deal = |dollars| {
        Some(Deal { name: "deals/a".to_owned(), value: Some(usd(dollars)), ..Default::default() })
    };
    let request_id = UUID.to_owned();
    let request = UpdateDealRequest { deal: deal(6), request_id, ..Default::default() };
    let first = world.deals().update_deal(request.clone()).await.unwrap().into_inner();
    let before = world.contents().await;
    let again = world.deals().update_deal(request.clone()).await.unwrap().into_inner();
    assert_eq!(again, first);
    let other = UpdateDealRequest { deal: deal(7), ..request };
    refused(world.deals().update_deal(other).await, Code::InvalidArgument, "REQUEST_ID_REUSED");
    assert_eq!(world.contents().await, before);
}
