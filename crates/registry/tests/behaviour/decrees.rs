use devisa_proto::registry::v1::{
    CreateDecreeRequest, Decree, GetDecreeRequest, ListDecreesRequest,
};
use devisa_testkit::{TestDatabase, on_both_databases};

use crate::world::{World, absent, date, invalid, taken};

on_both_databases!(a_decree_is_of_a_programme, a_decree_is_not_of_tomorrow, decrees_are_listed);

fn create(parent: &str, decree: Decree) -> CreateDecreeRequest {
    CreateDecreeRequest {
        parent: parent.to_owned(),
        decree_id: "d".to_owned(),
        decree: Some(decree),
        ..Default::default()
    }
}

async fn a_decree_is_of_a_programme(database: TestDatabase) {
    let world = World::new(database).await;
    world.programme().await;
    let decree = world.decree("d", date(2025, 10, 31), 293, "35").await;
    assert_eq!(decree.name, "programmes/lpei/decrees/d");
    let get = |name: &str| GetDecreeRequest { name: name.to_owned() };
    let found = world.decrees().get_decree(get(&decree.name)).await.unwrap().into_inner();
    assert_eq!(found, decree);
    let again = world.decrees().create_decree(create("programmes/lpei", decree.clone())).await;
    taken(again, "programmes/lpei/decrees/d", &[("decree_id", "RESOURCE_EXISTS")]);
    let orphan = world.decrees().create_decree(create("programmes/no", decree)).await;
    absent(orphan, "programmes/no");
    let none = "programmes/lpei/decrees/no";
    absent(world.decrees().get_decree(get(none)).await, none);
}

async fn a_decree_is_not_of_tomorrow(database: TestDatabase) {
    let world = World::new(database).await;
    world.programme().await;
    let before = world.contents().await;
    let decree = Decree {
        number: "1".to_owned(),
        issuer: "LPEI".to_owned(),
        issue_date: Some(date(2025, 11, 28)),
        declared_village_count: 1,
        region: "35.80".to_owned(),
        ..Default::default()
    };
    let fields = [("decree.issue_date", "DATE_FUTURE"), ("decree.region", "REGION_UNKNOWN")];
    let answer = world.decrees().create_decree(create("programmes/lpei", decree)).await;
    invalid(answer, &fields);
    assert_eq!(world.contents().await, before);
    // 17:30 in London is half an hour into the next day in Jakarta.
    world.clock.set("2025-11-27T17:30:00Z");
    world.decree("d", date(2025, 11, 28), 1, "").await;
}

async fn decrees_are_listed(database: TestDatabase) {
    let world = World::new(database).await;
    world.programme().await;
    for id in ["a", "b"] {
        world.decree(id, date(2025, 1, 1), 1, "").await;
    }
    let list =
        |parent: &str| ListDecreesRequest { parent: parent.to_owned(), ..Default::default() };
    let page = world.decrees().list_decrees(list("programmes/lpei")).await.unwrap().into_inner();
    let names: Vec<_> = page.decrees.iter().map(|decree| decree.name.as_str()).collect();
    assert_eq!(names, ["programmes/lpei/decrees/b", "programmes/lpei/decrees/a"]);
    absent(world.decrees().list_decrees(list("programmes/no")).await, "programmes/no");
    invalid(world.decrees().list_decrees(list("")).await, &[("parent", "FIELD_MISSING")]);
}
