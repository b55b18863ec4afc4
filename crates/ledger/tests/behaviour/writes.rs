//! One commit, once.

use devisa_domain::refusal::Refusal;
use devisa_ledger::{Change, Decision, Error, Ledger, StorageError};
use devisa_proto::registry::v1::Programme;
use devisa_testkit::{Backend, TestClock, TestDatabase, contents, on_both_databases};
use futures::future::join_all;
use sea_orm::{ConnectionTrait, EntityTrait};
use uuid::Uuid;

use crate::toy::{self, Entity, call, create, mark};

on_both_databases!(
    a_repeated_request_gets_the_first_answer,
    the_same_request_on_two_replicas_at_once_happens_once,
    a_reused_request_id_is_refused,
    an_answer_is_kept_seven_days,
    old_answers_are_forgotten_in_steps,
    answers_are_kept_as_long_as_the_operator_says,
    validate_only_writes_nothing,
    a_refusal_leaves_everything_as_it_was,
    no_update_is_lost,
    many_who_write_one_row_all_get_their_turn,
    a_database_held_by_another_process_is_unavailable,
    a_moved_row_that_is_only_read_is_noticed,
    a_guard_makes_rivals_decide_again,
    a_caller_that_goes_away_does_not_undo_its_write,
);

fn refusal(result: Result<Programme, Error>) -> Refusal {
    match result.unwrap_err() {
        Error::Refused(refusal) => refusal,
        Error::Storage(error) => unreachable!("{error}"),
    }
}

/// How many events are stored, settled or not.
async fn events(ledger: &Ledger) -> usize {
    contents(ledger.reader()).await.lines().filter(|line| line.starts_with("event:")).count()
}

async fn a_repeated_request_gets_the_first_answer(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    let call = call(Some(Uuid::new_v4()), "a");
    let first = create(&ledger, &call, "a").await.unwrap();
    let before = contents(ledger.reader()).await;
    assert_eq!(create(&ledger, &call, "a").await.unwrap(), first);
    assert_eq!(contents(ledger.reader()).await, before);
}

async fn the_same_request_on_two_replicas_at_once_happens_once(database: TestDatabase) {
    let replicas = [toy::open(&database).await, toy::open(&database).await];
    for round in 0..20 {
        let id = format!("r{round}");
        let call = call(Some(Uuid::new_v4()), &id);
        let both = replicas.iter().map(|replica| create(replica, &call, &id));
        let answers: Vec<_> = join_all(both).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(answers[0], answers[1]);
    }
    assert_eq!(events(&replicas[0]).await, 20);
}

async fn a_reused_request_id_is_refused(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    let id = Uuid::new_v4();
    create(&ledger, &call(Some(id), "a"), "a").await.unwrap();
    let refused = refusal(create(&ledger, &call(Some(id), "b"), "b").await);
    assert_eq!(refused, Refusal::RequestIdReused { request_id: id.to_string() });
    assert_eq!(events(&ledger).await, 1);
}

async fn an_answer_is_kept_seven_days(database: TestDatabase) {
    let clock = TestClock::at("2025-11-20T12:00:00+07:00");
    let ledger = toy::open_at(&database, clock.clone()).await;
    let call = call(Some(Uuid::new_v4()), "a");
    create(&ledger, &call, "a").await.unwrap();
    clock.set("2025-11-27T11:59:00+07:00");
    create(&ledger, &call, "a").await.unwrap();
    clock.set("2025-11-27T12:01:00+07:00");
    let forgotten = refusal(create(&ledger, &call, "a").await);
    assert_eq!(forgotten, Refusal::Exists { resource: "toys/a".to_owned() });
    create(&ledger, &call, "b").await.unwrap();
}

async fn old_answers_are_forgotten_in_steps(database: TestDatabase) {
    let clock = TestClock::at("2025-11-27T09:00:00+07:00");
    let ledger = toy::open_at(&database, clock.clone()).await;
    for id in 0..3 {
        let call = call(Some(Uuid::new_v4()), "a");
        create(&ledger, &call, &format!("old{id}")).await.unwrap();
    }
    clock.set("2025-12-04T08:59:59+07:00");
    let young = call(Some(Uuid::new_v4()), "a");
    create(&ledger, &young, "young").await.unwrap();
    assert_eq!(ledger.forget_answers().await.unwrap(), 0, "six days, 23 hours, 59 minutes");
    clock.set("2025-12-04T09:00:01+07:00");
    assert_eq!(ledger.forget_answers().await.unwrap(), 3);
    assert_eq!(ledger.forget_answers().await.unwrap(), 0);
    // What is young enough is still answered.
    assert_eq!(create(&ledger, &young, "young").await.unwrap().name, "toys/young");
}

async fn answers_are_kept_as_long_as_the_operator_says(database: TestDatabase) {
    let clock = TestClock::at("2025-11-27T09:00:00+07:00");
    let opened = database.open::<toy::Migrator>().await;
    let hour = std::time::Duration::from_secs(3_600);
    let ledger = Ledger::open_keeping(opened, clock.clone(), "devisa.toy", hour).await.unwrap();
    let request = call(Some(Uuid::new_v4()), "a");
    create(&ledger, &request, "a").await.unwrap();
    clock.set("2025-11-27T09:59:59+07:00");
    create(&ledger, &request, "a").await.unwrap();
    clock.set("2025-11-27T10:00:01+07:00");
    // By itself, as a serving process does.
    let forgetting = tokio::spawn({
        let ledger = ledger.clone();
        async move { ledger.keep_forgetting().await }
    });
    for _ in 0..500 {
        let held = contents(ledger.reader()).await;
        if !held.lines().any(|line| line.starts_with("idempotency:")) {
            forgetting.abort();
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the answer is forgotten");
}

async fn validate_only_writes_nothing(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    let before = contents(ledger.reader()).await;
    let mut call = call(Some(Uuid::new_v4()), "a");
    call.validate_only = true;
    assert_eq!(create(&ledger, &call, "a").await.unwrap().name, "toys/a");
    assert_eq!(contents(ledger.reader()).await, before);
}

async fn a_refusal_leaves_everything_as_it_was(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    create(&ledger, &call(None, "a"), "a").await.unwrap();
    let before = contents(ledger.reader()).await;
    let refused = refusal(create(&ledger, &call(Some(Uuid::new_v4()), "a"), "a").await);
    assert_eq!(refused, Refusal::Exists { resource: "toys/a".to_owned() });
    assert_eq!(contents(ledger.reader()).await, before);
}

async fn no_update_is_lost(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    create(&ledger, &call(None, "a"), "a").await.unwrap();
    let marks: Vec<_> = "abcdefgh".chars().map(String::from).collect();
    let results = join_all(marks.iter().map(|letter| mark(&ledger, "a", letter))).await;
    let mut acknowledged: Vec<_> = marks
        .iter()
        .zip(&results)
        .filter(|(_, result)| result.is_ok())
        .map(|(letter, _)| letter.clone())
        .collect();
    let row = Entity::find_by_id("toys/a").one(ledger.reader()).await.unwrap().unwrap();
    let mut stored: Vec<_> = row.label.chars().map(String::from).collect();
    acknowledged.sort();
    stored.sort();
    assert_eq!(stored, acknowledged);
    assert_eq!(row.version as usize, 1 + acknowledged.len());
    for refused in results.into_iter().filter(Result::is_err).map(refusal) {
        assert!(matches!(refused, Refusal::Contention { .. }), "{refused:?}");
    }
}

async fn many_who_write_one_row_all_get_their_turn(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    create(&ledger, &call(None, "a"), "a").await.unwrap();
    let marks = join_all((0..64).map(|_| mark(&ledger, "a", "."))).await;
    assert!(marks.iter().all(Result::is_ok), "{marks:?}");
    let row = Entity::find_by_id("toys/a").one(ledger.reader()).await.unwrap().unwrap();
    assert_eq!(row.label.len(), 64);
}

async fn a_moved_row_that_is_only_read_is_noticed(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    create(&ledger, &call(None, "a"), "a").await.unwrap();
    let load = || async { Ok(()) };
    let resting = |version| {
        let response = Programme::default();
        let change = Change::new().rests_on::<Entity>(&"toys/a", version);
        let change = change.event(toy::UPDATED, &"toys/b", None, &response);
        Decision { change, response }
    };
    ledger.write(&call(None, "b"), load, |(), _| Ok(resting(1))).await.unwrap();
    let moved = ledger.write(&call(None, "b"), load, |(), _| Ok(resting(2))).await;
    assert!(matches!(refusal(moved), Refusal::Contention { .. }));
    assert_eq!(events(&ledger).await, 2);
}

async fn a_guard_makes_rivals_decide_again(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    // Each may create a toy only while there are fewer than three, a rule across rows.
    let one = |id: String| {
        let ledger = &ledger;
        async move {
            let name = format!("toys/{id}");
            let load = || async {
                let guard = ledger.guard("toys").await?;
                Ok((guard, Entity::find().all(ledger.reader()).await?.len()))
            };
            let call = call(None, &id);
            let written = ledger.write(&call, load, |(guard, count), moment| {
                if *count >= 3 {
                    return Err(Refusal::Exists { resource: "three toys".to_owned() });
                }
                let row = toy::ActiveModel {
                    name: sea_orm::Set(name.clone()),
                    version: sea_orm::Set(1),
                    create_time: sea_orm::Set(moment.now.micros()),
                    label: sea_orm::Set(String::new()),
                };
                let change = Change::new().guard(guard).insert(row);
                Ok(Decision { change, response: Programme::default() })
            });
            written.await
        }
    };
    join_all((0..10).map(|number| one(number.to_string()))).await;
    assert_eq!(Entity::find().all(ledger.reader()).await.unwrap().len(), 3);
}

async fn a_caller_that_goes_away_does_not_undo_its_write(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    for number in 0..20 {
        let id = format!("t{number}");
        let call = call(Some(Uuid::new_v4()), &id);
        // Dropped at some await of the write, another one each time.
        let _ = tokio::time::timeout(
            std::time::Duration::from_micros(number * 150),
            create(&ledger, &call, &id),
        )
        .await;
        let answer = create(&ledger, &call, &id).await.unwrap();
        assert_eq!(answer.name, format!("toys/{id}"));
    }
    assert_eq!(events(&ledger).await, 20);
}

/// On a file the write lock is one for all; on PostgreSQL nobody else's lock stands in the way of
/// another row.
async fn a_database_held_by_another_process_is_unavailable(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    let other = sea_orm::Database::connect(database.raw_url()).await.unwrap();
    let begin = match database.backend {
        Backend::Sqlite => "BEGIN IMMEDIATE",
        Backend::Postgres => "BEGIN; SELECT 1",
    };
    other.execute_unprepared(begin).await.unwrap();
    let written = create(&ledger, &call(None, "a"), "a").await;
    match database.backend {
        Backend::Sqlite => {
            let error = written.unwrap_err();
            assert!(matches!(error, Error::Storage(StorageError::Unavailable(_))), "{error:?}");
        }
        Backend::Postgres => assert_eq!(written.unwrap().name, "toys/a"),
    }
    other.close().await.unwrap();
    create(&ledger, &call(None, "b"), "b").await.unwrap();
}
