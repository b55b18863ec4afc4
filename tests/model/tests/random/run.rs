//! Runs random sequences until there were enough operations, and shrinks one that fails.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    fmt::Debug,
    ops::RangeInclusive,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use devisa_model::keeper::Happened;
use devisa_testkit::Backend;
use proptest::{
    collection::vec,
    option,
    strategy::{Just, Strategy},
    test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner},
};

/// Steps of one sequence.
const LENGTH: u32 = 200;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

/// What a sequence came to: how many operations were done and how often what happened, or at which
/// step what differed.
pub(crate) type Played = Result<(usize, Tally), (usize, String)>;

/// How often each type of event was told.
pub(crate) type Tally = BTreeMap<String, usize>;

/// Counts what happened.
pub(crate) fn tally(events: &[Happened]) -> Tally {
    let mut tally = Tally::new();
    events.iter().for_each(|event| *tally.entry(event.kind.clone()).or_default() += 1);
    tally
}

/// How many sequences there are, and how long they are.
pub(crate) struct Plan {
    cases: u32,
    lengths: RangeInclusive<usize>,
}

impl Plan {
    /// A part of all operations that are asked for, in hundredths.
    pub(crate) fn share(hundredths: u64) -> Self {
        let wanted = number("DEVISA_MODEL_OPERATIONS").unwrap_or(12_000) * hundredths / 100;
        let cases = u32::try_from(wanted).unwrap().div_ceil(LENGTH);
        Self { cases, lengths: 1..=2 * LENGTH as usize }
    }

    /// One sequence, after which there is something of everything.
    pub(crate) fn once() -> Self {
        let length = LENGTH as usize;
        Self { cases: 1, lengths: length..=length + length / 2 }
    }
}

/// Runs what a sequence awaits.
pub(crate) fn block_on<T>(played: impl Future<Output = T>) -> T {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(played)
}

/// The tests of a service on both databases: random sequences, which are so many hundredths of all
/// operations, and one sequence after which every list and every total is compared by every two
/// comparisons. The module has `opening`, `step` and `play(backend, steps, whether by every two)`.
macro_rules! both_ways_on_both_databases {
    ($service:literal, $hundredths:literal) => {
        both_ways_on_both_databases!(
            @on is_as_the_model_says_on_sqlite, every_two_comparisons_agree_on_sqlite,
            Sqlite, $service, $hundredths
        );
        both_ways_on_both_databases!(
            @on is_as_the_model_says_on_postgres, every_two_comparisons_agree_on_postgres,
            Postgres, $service, $hundredths
        );
    };
    (@on $random:ident, $pairs:ident, $backend:ident, $service:literal, $hundredths:literal) => {
        #[test]
        fn $random() {
            let plan = $crate::run::Plan::share($hundredths);
            let play = |backend, steps| play(backend, steps, false);
            $crate::run::run($service, Backend::$backend, plan, opening(), step(), play);
        }

        #[test]
        fn $pairs() {
            let (plan, what) = ($crate::run::Plan::once(), concat!($service, ", every two comparisons"));
            let play = |backend, steps| play(backend, steps, true);
            $crate::run::run(what, Backend::$backend, plan, opening(), step(), play);
        }
    };
}
pub(crate) use both_ways_on_both_databases;

/// Plays sequences of steps, each after most of the `opening`, without which little would be allowed.
pub(crate) fn run<S: Strategy>(
    service: &str,
    backend: Backend,
    Plan { cases, lengths }: Plan,
    opening: Vec<S::Value>,
    step: S,
    play: impl Fn(Backend, Vec<S::Value>) -> Played,
) where
    S::Value: Clone + Debug,
{
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let seed = number("DEVISA_MODEL_SEED").unwrap_or(now.subsec_nanos().into());
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_time: 180_000,
        max_shrink_iters: 5_000,
        ..Config::default()
    };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(config, rng);
    println!("{service} on {backend:?}: DEVISA_MODEL_SEED={seed}, {cases} sequences");
    let (begun, done) = (Instant::now(), Cell::new(0));
    let (happened, failed) = (RefCell::new(Tally::new()), RefCell::new(Failed::default()));
    let opening: Vec<_> =
        opening.into_iter().map(|step| option::weighted(0.9, Just(step))).collect();
    let sequences = (opening, vec(step, lengths));
    let sequences = sequences.prop_map(|(opening, steps)| {
        opening.into_iter().flatten().chain(steps).collect::<Vec<_>>()
    });
    let outcome = runner.run(&sequences, |steps| {
        let told: Vec<_> = steps.iter().map(|step| format!("{step:?}")).collect();
        if let Some(why) = failed.borrow().again(&told) {
            return Err(TestCaseError::fail(why));
        }
        let played = play(backend, steps);
        let add = |(count, tally): (usize, Tally)| {
            done.set(done.get() + count);
            for (kind, often) in tally {
                *happened.borrow_mut().entry(kind).or_default() += often;
            }
        };
        played.map(add).map_err(|(index, why)| {
            if failed.borrow().why.is_empty() {
                println!("{service} on {backend:?}: after {index} steps: {why}\nshrinking …");
            }
            *failed.borrow_mut() = Failed { steps: told[..index].to_vec(), why: why.clone() };
            TestCaseError::fail(why)
        })
    });
    let (count, took) = (done.get(), begun.elapsed());
    println!("{service}: operations {count}, seed {seed}, database {backend:?}, {took:.1?}");
    for (kind, often) in happened.borrow().iter() {
        println!("  {kind} {often}");
    }
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(why, steps)) => {
            let steps: Vec<_> = steps.iter().map(|step| format!("{step:?}")).collect();
            panic!("DEVISA_MODEL_SEED={seed}: {why}\nafter:\n{}", steps.join("\n"))
        }
        Err(TestError::Abort(why)) => panic!("DEVISA_MODEL_SEED={seed}: {why}"),
    }
}

/// The steps that failed last: what begins with them fails again, and is not played.
#[derive(Default)]
struct Failed {
    steps: Vec<String>,
    why: String,
}

impl Failed {
    fn again(&self, steps: &[String]) -> Option<String> {
        let begins = !self.why.is_empty() && steps.starts_with(&self.steps);
        begins.then(|| self.why.clone())
    }
}
