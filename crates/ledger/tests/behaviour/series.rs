//! Many calls, as if one after the other.

use std::time::Duration;

use devisa_domain::refusal::Refusal;
use devisa_ledger::{Call, Decision, Error, GuardSeen, Ledger, Moment, Revision, Work};
use devisa_proto::{
    event::v1::{Event, ListEventsRequest},
    registry::v1::Programme,
};
use devisa_testkit::{Backend, TestDatabase, on_both_databases};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, QueryOrder, Statement};
use uuid::Uuid;

use crate::toy;

on_both_databases!(
    calls_in_a_row_are_answered_as_one_after_the_other,
    calls_that_do_not_meet_are_committed_together,
    one_that_was_overtaken_is_decided_again,
    nothing_is_answered_after_an_error_that_is_none_of_the_calls_own,
    nothing_is_acknowledged_of_a_commit_that_failed,
);

/// A table that is not there.
mod ghost {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "ghost")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) name: String,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What a call does to toys.
#[derive(Clone, Debug)]
enum Does {
    /// Creates one.
    Create,
    /// Creates one of the few while there are fewer than ten of them, a rule across rows.
    CreateWhileFew,
    /// Adds a mark.
    Mark,
    /// Cannot be loaded.
    Fail,
    /// Cannot be stored.
    Break,
}

#[derive(Clone, Debug)]
struct Step<'l> {
    ledger: &'l Ledger,
    call: Call,
    does: Does,
    name: String,
}

impl<'l> Step<'l> {
    fn new(ledger: &'l Ledger, does: Does, id: &str) -> Self {
        let call = toy::call(Some(Uuid::new_v4()), &format!("{does:?} {id}"));
        Self { ledger, call, does, name: format!("toys/{id}") }
    }
}

/// A toy, and how many there are with the guard of that.
#[derive(Debug)]
struct Seen {
    toy: Option<toy::Model>,
    all: Option<(usize, GuardSeen)>,
}

impl Work for Step<'_> {
    type Snapshot = Seen;
    type Response = Programme;

    fn call(&self) -> &Call {
        &self.call
    }

    async fn load(&self) -> Result<Seen, Error> {
        let all = match self.does {
            Does::CreateWhileFew => {
                let guard = self.ledger.guard("few").await?;
                let all = toy::Entity::find().all(self.ledger.reader()).await?;
                let few = all.iter().filter(|toy| toy.name.starts_with("toys/few"));
                Some((few.count(), guard))
            }
            Does::Fail => {
                let (service, detail) = ("registry".to_owned(), "down".to_owned());
                return Err(Refusal::UpstreamUnavailable { service, detail }.into());
            }
            Does::Create | Does::Mark | Does::Break => None,
        };
        Ok(Seen { toy: toy::find(self.ledger, &self.name).await?, all })
    }

    fn decide(&self, seen: &Seen, moment: &Moment) -> Result<Decision<Programme>, Refusal> {
        if matches!(self.does, Does::Mark) {
            return toy::marked(seen.toy.as_ref(), &self.name, "x");
        }
        let Decision { mut change, response } =
            toy::created(seen.toy.as_ref(), &self.name, moment)?;
        if let Some((count, guard)) = &seen.all {
            if *count >= 10 {
                return Err(Refusal::Exists { resource: "ten toys".to_owned() });
            }
            change = change.guard(guard);
        }
        if matches!(self.does, Does::Break) {
            change = change.insert(ghost::ActiveModel { name: Set(self.name.clone()) });
        }
        Ok(Decision { change, response })
    }

    fn is_answer(&self, error: &Error) -> bool {
        let Error::Refused(refusal) = error else { return false };
        !matches!(refusal, Refusal::UpstreamUnavailable { .. })
    }
}

/// What a call came to, as text.
fn text(answer: &Result<Programme, Error>) -> String {
    match answer {
        Ok(toy) => format!("{toy:?}"),
        Err(error) => format!("{error:?}"),
    }
}

/// The toys, and the events in their order, without what tells one run from another.
async fn told(ledger: &Ledger) -> (Vec<String>, Vec<String>) {
    let toys = toy::Entity::find().order_by_asc(toy::Column::Name).all(ledger.reader()).await;
    let toys = toys.unwrap();
    let toys = toys.iter().map(|t| format!("{} {} {}", t.name, t.version, t.label));
    let events = settled(ledger).await;
    let events = events.iter().map(|e| format!("{} {} {}", e.r#type, e.subject, e.request_id));
    (toys.collect(), events.collect())
}

/// The events, once all are told: one that is committed is told only when no earlier transaction of
/// the server can still get in front of it.
async fn settled(ledger: &Ledger) -> Vec<Event> {
    let types = &[toy::CREATED, toy::UPDATED];
    let request = ListEventsRequest { page_size: 1_000, ..Default::default() };
    for _ in 0..1_500 {
        let listed = ledger.list_events(&request, "toy/ListEvents", types).await.unwrap().events;
        let backend = ledger.reader().get_database_backend();
        let count = Statement::from_string(backend, "SELECT count(*) AS n FROM event");
        let count = ledger.reader().query_one_raw(count).await.unwrap().unwrap();
        if listed.len() as i64 == count.try_get::<i64>("", "n").unwrap() {
            return listed;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the events settle");
}

/// A sequence that a number stands for: few names, so that calls meet; some repeated, some that only
/// check.
fn steps(ledger: &Ledger, seed: u64, count: usize) -> Vec<Step<'_>> {
    let mut state = seed;
    let mut random = |below: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut steps: Vec<Step<'_>> = Vec::new();
    for _ in 0..count {
        let id = format!("t{}", random(20));
        let mut step = match random(10) {
            0..4 => Step::new(ledger, Does::Create, &id),
            4..6 => Step::new(ledger, Does::CreateWhileFew, &format!("few-{id}")),
            6..9 => Step::new(ledger, Does::Mark, &id),
            _ if steps.is_empty() => Step::new(ledger, Does::Create, &id),
            _ => {
                let place = usize::try_from(random(steps.len() as u64)).unwrap();
                steps[place].clone()
            }
        };
        step.call.validate_only |= random(10) == 0;
        let bits = u128::from(random(u64::MAX >> 33)) << 64 | u128::from(random(u64::MAX >> 33));
        if !steps.iter().any(|before| before.call.request_id == step.call.request_id) {
            step.call.request_id = Some(Uuid::from_u128(bits));
        }
        steps.push(step);
    }
    steps
}

async fn calls_in_a_row_are_answered_as_one_after_the_other(database: TestDatabase) {
    let backend = database.backend;
    for seed in 0..6 {
        let one_by_one = TestDatabase::fresh(backend).await;
        let together = TestDatabase::fresh(backend).await;
        let one_by_one = toy::open(&one_by_one).await;
        let mut expected = Vec::new();
        for step in steps(&one_by_one, seed, 120) {
            let load = || step.load();
            let answer = one_by_one.write(&step.call, load, |seen, now| step.decide(seen, now));
            expected.push(text(&answer.await));
        }
        let together = toy::open(&together).await;
        let mut found = Vec::new();
        for steps in steps(&together, seed, 120).chunks(40) {
            found.extend(together.write_in_order(steps).await.iter().map(text));
        }
        assert_eq!(found, expected, "sequence {seed}");
        assert_eq!(told(&together).await, told(&one_by_one).await, "sequence {seed}");
    }
}

async fn calls_that_do_not_meet_are_committed_together(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    let steps: Vec<_> =
        (0..30).map(|id| Step::new(&ledger, Does::Create, &format!("t{id}"))).collect();
    let answers = ledger.write_in_order(&steps).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    let (toys, events) = told(&ledger).await;
    assert_eq!((toys.len(), events.len()), (30, 30));
    if database.backend == Backend::Postgres {
        let events = settled(&ledger).await;
        let transaction = |text: &str| text[8..24].to_owned();
        let first = transaction(&events[0].revision);
        assert!(events.iter().all(|event| transaction(&event.revision) == first));
        assert!(Revision::parse(&events[0].revision).is_ok());
    }
    assert_eq!(told(&ledger).await, (toys, events));
    let again = ledger.write_in_order(&steps).await;
    assert_eq!(
        again.iter().map(text).collect::<Vec<_>>(),
        answers.iter().map(text).collect::<Vec<_>>()
    );
}

async fn one_that_was_overtaken_is_decided_again(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    toy::create(&ledger, &toy::call(None, "a"), "a").await.unwrap();
    let series = async {
        for _ in 0..20 {
            let steps: Vec<_> = (0..4).map(|_| Step::new(&ledger, Does::Mark, "a")).collect();
            let answers = ledger.write_in_order(&steps).await;
            assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        }
    };
    let others = async {
        for _ in 0..20 {
            toy::mark(&ledger, "a", "o").await.unwrap();
        }
    };
    futures::future::join(series, others).await;
    let found = toy::find(&ledger, "toys/a").await.unwrap().unwrap();
    let marks = |mark: char| found.label.chars().filter(|found| *found == mark).count();
    assert_eq!((marks('x'), marks('o'), found.version), (80, 20, 101));
}

async fn nothing_is_answered_after_an_error_that_is_none_of_the_calls_own(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    let steps = [("a", Does::Create), ("b", Does::Create), ("c", Does::Fail), ("d", Does::Create)];
    let steps = steps.map(|(id, does)| Step::new(&ledger, does, id));
    let answers = ledger.write_in_order(&steps).await;
    assert_eq!(answers.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, true, false]);
    assert_eq!(told(&ledger).await.0, ["toys/a 1 ", "toys/b 1 "]);
}

async fn nothing_is_acknowledged_of_a_commit_that_failed(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    let steps = [("a", Does::Create), ("b", Does::Create), ("c", Does::Break), ("d", Does::Create)];
    let steps = steps.map(|(id, does)| Step::new(&ledger, does, id));
    let answers = ledger.write_in_order(&steps).await;
    assert!(matches!(answers[..], [Err(Error::Storage(_))]), "{answers:?}");
    assert_eq!(told(&ledger).await, (Vec::new(), Vec::new()));
}
