//! What `devisa verify` compares of the deal service.

use devisa_proto::{deal::v1::review_decision::Decision, shipment::v1::shipment::State};
use devisa_testkit::{TestDatabase, assert_every_tampering_is_found, on_both_databases};

use crate::{
    shipments::shipment,
    world::{World, usd},
};

on_both_databases!(every_tampering_is_found);

async fn every_tampering_is_found(database: TestDatabase) {
    let world = World::new(database).await;
    world.seed().await;
    world.review("sang-bamboo", Decision::Correct, Some(usd(239_500))).await.unwrap();
    let ready = shipment("s", State::Ready, &[usd(5)]);
    world.shipments.tell(ready);
    world.realise("sang-bamboo", "r", "s", usd(5)).await.unwrap();
    let verify = || async { devisa_deal::verify(world.ledger.database()).await.unwrap() };
    let tried = assert_every_tampering_is_found(&world.database, &[], verify).await;
    assert!(tried > 100, "only {tried} values and rows were tried");
}
