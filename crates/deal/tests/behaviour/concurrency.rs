use devisa_proto::deal::v1::deal_review::State;
use devisa_server::Detail;
use devisa_testkit::{TestDatabase, on_both_databases};

use crate::world::{World, loi, review_state, usd};

on_both_databases!(signatures_at_once_evaluate_each_other);

/// Whatever the order in which they come: once the last deal of the session is signed, the one
/// that stands out is held.
async fn signatures_at_once_evaluate_each_other(database: TestDatabase) {
    let world = World::new(database).await;
    world.session("malaysia").await;
    world.draft("large", loi("dona-doni", usd(1_000_000))).await;
    for id in ["a", "b", "c"] {
        world.draft(id, loi("dona-doni", usd(5))).await;
    }
    let sign = async |id: &str| {
        // Contenders are told to try again; so does this one.
        loop {
            match world.sign(id).await {
                Ok(_) => return,
                Err(status) => assert_eq!(Detail::of(&status).reason, "CONTENTION", "{status:?}"),
            }
        }
    };
    tokio::join!(sign("large"), sign("a"), sign("b"), sign("c"));
    assert_eq!(review_state(&world.deal("large").await), State::Held);
    for id in ["a", "b", "c"] {
        assert_eq!(review_state(&world.deal(id).await), State::None);
    }
}
