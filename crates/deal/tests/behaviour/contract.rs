//! What the service promises of its contract and of its tables, whatever is added to them.

use devisa_deal::TYPES;
use devisa_proto::deal::v1::{
    Deal, Session, UpdateDealRequest, UpdateSessionRequest, review_decision::Decision,
};
use devisa_testkit::{
    TestDatabase, assert_event_types_emitted, assert_event_types_listed, forbidden_columns,
    on_both_databases,
};

use crate::world::{AUTHOR, World, by, loi, usd};

on_both_databases!(columns_are_exact, every_event_type_is_emitted);

#[test]
fn the_event_types_are_those_that_the_contract_lists() {
    let source = include_str!("../../src/events.rs");
    assert_event_types_listed("devisa.deal.v1", source, TYPES);
}

async fn columns_are_exact(database: TestDatabase) {
    let world = World::new(database).await;
    assert_eq!(forbidden_columns(world.ledger.reader()).await, Vec::<String>::new());
}

/// One of every transition that there is.
async fn every_event_type_is_emitted(database: TestDatabase) {
    let world = World::new(database).await;
    world.session("malaysia").await;
    let placed = Session {
        name: "sessions/malaysia".to_owned(),
        place: "Kuala Lumpur".to_owned(),
        ..Default::default()
    };
    let request = UpdateSessionRequest { session: Some(placed), ..Default::default() };
    world.sessions().update_session(by(AUTHOR, request)).await.unwrap();
    world.draft("large", loi("dona-doni", usd(1_000_000))).await;
    let longer = Deal { name: "deals/large".to_owned(), term_months: 12, ..Default::default() };
    let request = UpdateDealRequest { deal: Some(longer), ..Default::default() };
    world.deals().update_deal(by(AUTHOR, request)).await.unwrap();
    world.sign("large").await.unwrap();
    // The third of the small ones makes the large one an outlier of the session.
    for id in ["a", "b", "c"] {
        world.signed(id, loi("dona-doni", usd(5))).await;
    }
    world.review("large", Decision::Confirm, None).await.unwrap();

    assert_event_types_emitted(&world.ledger, TYPES).await;
}
