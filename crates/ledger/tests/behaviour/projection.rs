//! Every event takes effect once, whoever runs the projection.

use devisa_ledger::{Change, Decision, Error, Ledger};
use devisa_proto::registry::v1::Programme;
use devisa_testkit::{TestDatabase, on_both_databases};
use futures::future::join_all;
use sea_orm::{ActiveValue::Set, EntityTrait};

use crate::toy::{self, ActiveModel, Entity, call, create};

on_both_databases!(
    a_projection_begins_at_the_beginning_and_stays_where_it_is,
    what_several_replicas_project_takes_effect_once,
);

const NAME: &str = "numbers";

/// Projects the numbers `0..`: each is added to the label of `toys/sum` as a letter. One step; whether
/// there was one left to take.
async fn step(ledger: &Ledger, numbers: u64) -> Result<bool, Error> {
    let load = || async {
        let place = ledger.place(NAME).await?;
        let sum = Entity::find_by_id("toys/sum").one(ledger.reader()).await?;
        Ok((place, sum))
    };
    let call = call(None, "step");
    let decided = ledger.write(&call, load, |(place, sum), _| {
        let next = place.revision().parse::<u64>().map_or(0, |last| last + 1);
        let response = Programme { display_name: next.to_string(), ..Default::default() };
        if next == numbers {
            return Ok(Decision { change: Change::new(), response });
        }
        let sum = sum.as_ref().expect("it was created");
        let row = ActiveModel {
            name: Set(sum.name.clone()),
            version: Set(sum.version + 1),
            create_time: Set(sum.create_time),
            label: Set(format!("{}.", sum.label)),
        };
        let change = Change::new().advance(place, &next.to_string()).update(row, sum.version);
        Ok(Decision { change, response })
    });
    Ok(decided.await?.display_name != numbers.to_string())
}

async fn label(ledger: &Ledger) -> String {
    let row = Entity::find_by_id("toys/sum").one(ledger.reader()).await.unwrap();
    row.unwrap().label
}

async fn a_projection_begins_at_the_beginning_and_stays_where_it_is(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    create(&ledger, &call(None, "x"), "sum").await.unwrap();
    assert_eq!(ledger.place(NAME).await.unwrap().revision(), "");
    assert!(step(&ledger, 3).await.unwrap());
    let reopened = toy::open(&database).await;
    assert_eq!(reopened.place(NAME).await.unwrap().revision(), "0");
    while step(&reopened, 3).await.unwrap() {}
    assert_eq!(label(&ledger).await, "...");
}

async fn what_several_replicas_project_takes_effect_once(database: TestDatabase) {
    let replicas = [toy::open(&database).await, toy::open(&database).await];
    create(&replicas[0], &call(None, "x"), "sum").await.unwrap();
    let run = async |ledger: &Ledger| loop {
        match step(ledger, 40).await {
            Ok(true) => {}
            Ok(false) => return,
            // The others were faster three times in a row.
            Err(Error::Refused(_)) => {}
            Err(other) => panic!("{other}"),
        }
    };
    join_all(replicas.iter().map(run)).await;
    assert_eq!(label(&replicas[0]).await, ".".repeat(40));
}
