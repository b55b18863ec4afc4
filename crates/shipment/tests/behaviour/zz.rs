use devisa_testkit::{TestDatabase, on_both_databases};
use crate::world::{World, facts, new_shipment};
on_both_databases!(crowd);
async fn crowd(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    for n in [4, 16, 64] {
        let tasks: Vec<_> = (0..n).map(|i| {
            let mut c = world.shipments();
            tokio::spawn(async move {
                let mut s = facts(); s.release = "releases/r".to_owned();
                c.create_shipment(new_shipment(&format!("s{n}-{i}"), s)).await.is_ok()
            })
        }).collect();
        let mut ok = 0; for t in tasks { if t.await.unwrap() { ok += 1; } }
        eprintln!("{n}: {ok} ok");
    }
}
