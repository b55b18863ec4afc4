//! What is taken back and what is corrected.

use devisa_proto::{
    common::v1::Tier,
    shipment::v1::{
        GetMilestoneRequest,
        milestone::{Classifier, Code},
        shipment::State,
    },
};
use devisa_testkit::{TestDatabase, on_both_databases};

use crate::world::{World, correcting, facts, forbidden, happened_at, invalid, new_milestone};

on_both_databases!(
    cargo_left_behind_is_loaded_again,
    cargo_that_came_back_was_released,
    what_was_taken_back_before_it_was_known,
    a_correction_replaces_the_corrected_one,
    what_did_not_happen_is_taken_back,
    corrections_are_refused_for_what_they_are,
    recordings_at_once_agree,
);

async fn stands(world: &World, id: &str) -> (State, Tier) {
    let shipment = world.get(id).await;
    (shipment.state(), shipment.tier())
}

async fn cargo_left_behind_is_loaded_again(database: TestDatabase) {
    let world = World::new(database).await;
    for (id, code) in [("a", Code::Rolled), ("b", Code::ShortShipped)] {
        world.declared(id).await;
        let record = async |code, minutes| world.record(happened_at(id, "", code, minutes)).await;
        record(Code::GatedIn, 0).await.unwrap();
        record(Code::Loaded, 1).await.unwrap();
        record(Code::Departed, 2).await.unwrap();
        assert_eq!(stands(&world, id).await, (State::Departed, Tier::Realised));
        let taken_back = record(code, 3).await.unwrap();
        assert_eq!((taken_back.code(), taken_back.dcsa_code.as_str()), (code, ""));
        assert_eq!(stands(&world, id).await, (State::GatedIn, Tier::Unspecified));
        record(Code::Loaded, 4).await.unwrap();
        assert_eq!(stands(&world, id).await, (State::Loaded, Tier::Realised));
    }
}

async fn cargo_that_came_back_was_released(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    world.ready("a").await;
    world.dispatch("releases/r").await.unwrap();
    for code in [Code::GatedIn, Code::Loaded, Code::Departed, Code::Arrived, Code::Delivered] {
        world.happened("a", code).await.unwrap();
    }
    assert_eq!(world.get("a").await.state(), State::Delivered);
    world.happened("a", Code::Returned).await.unwrap();
    assert_eq!(stands(&world, "a").await, (State::Released, Tier::Released));
    forbidden(world.cancel("a").await, "shipments/a", "RELEASED");
    world.declared("b").await;
    world.happened("b", Code::Loaded).await.unwrap();
    world.happened("b", Code::Returned).await.unwrap();
    assert_eq!(stands(&world, "b").await, (State::Ready, Tier::Unspecified));
    assert_eq!(world.cancel("b").await.unwrap().state(), State::Cancelled);
}

async fn what_was_taken_back_before_it_was_known(database: TestDatabase) {
    let world = World::new(database).await;
    world.declared("a").await;
    world.record(happened_at("a", "", Code::Rolled, 10)).await.unwrap();
    let before = world.get("a").await;
    world.record(happened_at("a", "", Code::Loaded, 10)).await.unwrap();
    assert_eq!(world.get("a").await, before, "loaded on the vessel that it was rolled from");
    world.record(happened_at("a", "", Code::Loaded, 11)).await.unwrap();
    assert_eq!(stands(&world, "a").await, (State::Loaded, Tier::Realised));
    world.record(happened_at("a", "", Code::ShortShipped, 9)).await.unwrap();
    assert_eq!(stands(&world, "a").await, (State::Loaded, Tier::Realised));
}

async fn a_correction_replaces_the_corrected_one(database: TestDatabase) {
    let world = World::new(database).await;
    world.declared("a").await;
    let loaded = world.record(happened_at("a", "m1", Code::Loaded, 0)).await.unwrap();
    let gated = correcting(happened_at("a", "m2", Code::GatedIn, 0), "a", "m1");
    let gated = world.record(gated).await.unwrap();
    assert_eq!(gated.corrects, "shipments/a/milestones/m1");
    assert_eq!(stands(&world, "a").await, (State::GatedIn, Tier::Unspecified));
    let get = GetMilestoneRequest { name: loaded.name.clone() };
    let kept = world.milestones().get_milestone(get).await.unwrap().into_inner();
    assert_eq!(kept, loaded, "the corrected one stays as it was");
    let departed = correcting(happened_at("a", "m3", Code::Departed, 5), "a", "m2");
    world.record(departed).await.unwrap();
    assert_eq!(stands(&world, "a").await, (State::Departed, Tier::Realised));
    world.record(happened_at("a", "m4", Code::Rolled, 6)).await.unwrap();
    let booked = correcting(happened_at("a", "", Code::Booked, 6), "a", "m4");
    world.record(booked).await.unwrap();
    assert_eq!(stands(&world, "a").await, (State::Departed, Tier::Realised), "never rolled");
}

async fn what_did_not_happen_is_taken_back(database: TestDatabase) {
    let world = World::new(database).await;
    world.declared("a").await;
    world.record(happened_at("a", "m1", Code::Loaded, 0)).await.unwrap();
    let estimate = new_milestone("a", "m2", Code::Loaded, Classifier::Estimated);
    world.record(correcting(estimate, "a", "m1")).await.unwrap();
    assert_eq!(stands(&world, "a").await, (State::Ready, Tier::Unspecified));
    let happened = correcting(happened_at("a", "m3", Code::Loaded, 7), "a", "m2");
    world.record(happened).await.unwrap();
    assert_eq!(stands(&world, "a").await, (State::Loaded, Tier::Realised));
}

async fn corrections_are_refused_for_what_they_are(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    world.ready("a").await;
    world.dispatch("releases/r").await.unwrap();
    world.declared("b").await;
    world.record(happened_at("a", "m1", Code::Loaded, 0)).await.unwrap();
    world.record(happened_at("b", "m1", Code::Loaded, 0)).await.unwrap();
    let second = correcting(happened_at("a", "m2", Code::Loaded, 1), "a", "m1");
    world.record(second).await.unwrap();
    let before = world.contents().await;
    let refused = [
        ("a", "m1", "CORRECTS_CORRECTED"),
        ("a", "released", "CORRECTS_RELEASED"),
        ("a", "no", "REFERENCE_EXISTS"),
        ("a", "new", "REFERENCE_EXISTS"),
        ("b", "m1", "CORRECTS_SHIPMENT"),
    ];
    for (id, corrected, rule) in refused {
        for classifier in [Classifier::Planned, Classifier::Actual] {
            let request = new_milestone("a", "new", Code::GatedIn, classifier);
            let answer = world.record(correcting(request, id, corrected)).await;
            invalid(answer, &[("milestone.corrects", rule)]);
        }
    }
    let as_released = correcting(happened_at("a", "", Code::Released, 0), "a", "m2");
    invalid(world.record(as_released).await, &[("milestone.code", "MILESTONE_CODE_RELEASED")]);
    let mut malformed = happened_at("a", "", Code::Loaded, 0);
    malformed.milestone.as_mut().unwrap().corrects = "m2".to_owned();
    invalid(world.record(malformed).await, &[("milestone.corrects", "RESOURCE_NAME_FORM")]);
    assert_eq!(world.contents().await, before);
    world.create("c", facts()).await.unwrap();
    let plan = new_milestone("c", "plan", Code::Loaded, Classifier::Planned);
    world.record(plan).await.unwrap();
    world.cancel("c").await.unwrap();
    let late = new_milestone("c", "", Code::Loaded, Classifier::Planned);
    forbidden(world.record(correcting(late, "c", "plan")).await, "shipments/c", "CANCELLED");
}

async fn recordings_at_once_agree(database: TestDatabase) {
    let world = World::new(database).await;
    for round in 0..6 {
        let id = format!("s{round}");
        world.declared(&id).await;
        world.record(happened_at(&id, "roll", Code::Rolled, 9)).await.unwrap();
        // By itself neither changes anything; together they do.
        let undone = correcting(happened_at(&id, "", Code::Booked, 9), &id, "roll");
        let (loaded, undone) = tokio::join!(
            world.record(happened_at(&id, "", Code::Loaded, 8)),
            world.record(undone),
        );
        assert!(loaded.is_ok() && undone.is_ok(), "{loaded:?} {undone:?}");
        assert_eq!(stands(&world, &id).await, (State::Loaded, Tier::Realised));
    }
}
