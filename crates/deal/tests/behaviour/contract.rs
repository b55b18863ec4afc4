//! What the service promises of its contract and of its tables, whatever is added to them.

use devisa_deal::TYPES;
use devisa_proto::{
    deal::v1::{
        Deal, DeleteRealisationRequest, Session, UpdateDealRequest, UpdateSessionRequest,
        review_decision::Decision,
    },
    shipment::v1::shipment::State,
};
use devisa_testkit::{
    TestDatabase, assert_event_types_emitted, assert_event_types_listed, forbidden_columns,
    on_both_databases,
};

use crate::{
    shipments::{realised, shipment},
    world::{AUTHOR, World, alone, by, drawn, loi, usd},
};

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
    let session = world.session("malaysia").await;
    let place = "Kuala Lumpur".to_owned();
    let session = Some(Session { name: session.name, place, ..Default::default() });
    let request = UpdateSessionRequest { session, ..Default::default() };
    world.sessions().update_session(request).await.unwrap();
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
    world.lapse("a").await.unwrap();
    world.withdraw("b").await.unwrap();
    draw_down(&world).await;

    assert_event_types_emitted(&world.ledger, TYPES).await;
}

/// A deal is drawn down, fulfilled and reopened, its realisations lowered and hidden.
async fn draw_down(world: &World) {
    world.signed("d", alone(loi("dona-doni", usd(5)))).await;
    let ready = shipment("s", State::Ready, &[usd(5)]);
    world.shipments.tell(ready.clone());
    let made = world.realise("d", "r", "s", usd(5)).await.unwrap();
    world.follow();
    world.shipments.tell(realised(ready.clone()));
    world.deal_when("d", |deal| drawn(deal)[0] == 5).await;
    world.shipments.tell(ready);
    world.deal_when("d", |deal| drawn(deal)[1] == 5).await;
    world.shipments.tell(shipment("s", State::Ready, &[usd(4)]));
    world.deal_when("d", |deal| drawn(deal)[1] == 4).await;
    let delete = DeleteRealisationRequest { name: made.name, ..Default::default() };
    world.realisations().delete_realisation(delete).await.unwrap();
}
