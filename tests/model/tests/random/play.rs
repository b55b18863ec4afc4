//! What playing a sequence needs: a database, a clock that stands still, and one way to compare.

use std::{
    any::Any,
    fmt::Debug,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use devisa_domain::time::{Clock, Timestamp};
use devisa_model::{
    answer::{Answer, Refused},
    keeper::{Call, Happened},
    resource::instant,
};
use devisa_proto::{deal::v1::Deal, event::v1::Event};
use devisa_server::Detail;
use devisa_testkit::{Backend, TestDatabase};
use prost::Message;
use sea_orm::{ConnectionTrait, Database};
use tonic::{Code, Request, Response, Status};

/// A clock that tells one instant until it is moved: the model knows it exactly.
#[derive(Debug)]
pub(crate) struct StillClock(AtomicI64);

impl StillClock {
    pub(crate) fn at(instant: &str) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(Timestamp::parse(instant).unwrap().micros())))
    }

    pub(crate) fn move_by(&self, micros: i64) {
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// Who calls.
pub(crate) const ACTORS: [&str; 3] = ["local", "sari", "budi"];

/// The ids that requests are repeated under.
pub(crate) const REQUEST_IDS: [&str; 6] = [
    "3b1f2c1e-8f5e-4bb1-9d9b-0e3c5a9f2d11",
    "7c1f2c1e-8f5e-4bb1-9d9b-0e3c5a9f2d12",
    "9d1f2c1e-8f5e-4bb1-9d9b-0e3c5a9f2d13",
    "ad1f2c1e-8f5e-4bb1-9d9b-0e3c5a9f2d14",
    "bd1f2c1e-8f5e-4bb1-9d9b-0e3c5a9f2d15",
    "cd1f2c1e-8f5e-4bb1-9d9b-0e3c5a9f2d16",
];

/// A request of a principal.
pub(crate) fn by<M>(actor: &str, message: M) -> Request<M> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("devisa-principal", actor.parse().unwrap());
    request
}

/// What a service answered, as far as the model tells it.
pub(crate) fn served<T>(answer: Result<Response<T>, Status>) -> Answer<T> {
    answer.map(Response::into_inner).map_err(|status| refused(&status))
}

pub(crate) fn refused(status: &Status) -> Refused {
    let Detail { code, reason, violations, resource, .. } = Detail::of(status);
    let named = matches!(code, Code::NotFound | Code::AlreadyExists) && reason != "RATE_MISSING";
    let mut fields: Vec<_> = violations.into_iter().map(|v| (v.field, v.reason)).collect();
    fields.sort();
    Refused { code, reason, fields, resource: resource.filter(|_| named) }
}

/// Compares the model's answer with the service's.
pub(crate) fn same<T: Debug + PartialEq>(what: &str, model: &T, found: &T) -> Result<(), String> {
    if model == found {
        return Ok(());
    }
    Err(format!("{what}\nthe model: {model:#?}\nthe service: {found:#?}"))
}

/// Compares the answers to a call. An explanation of a finding is a sentence of the service's: it
/// must mention what the model's has on its lines.
pub(crate) fn same_answer<T: Any + Debug + PartialEq>(
    what: &str,
    mut model: Answer<T>,
    mut found: Answer<T>,
) -> Result<(), String> {
    if let (Ok(model), Ok(found)) = (&mut model, &mut found) {
        let deals =
            ((model as &mut dyn Any).downcast_mut(), (found as &mut dyn Any).downcast_mut());
        if let (Some(model), Some(found)) = deals {
            take_explanations(model, found)?;
        }
    }
    same(what, &model, &found)
}

/// Compares the explanations of two deals' findings, and takes them away.
pub(crate) fn take_explanations(model: &mut Deal, found: &mut Deal) -> Result<(), String> {
    let findings = |deal: &mut Deal| -> Vec<String> {
        let findings = deal.review.iter_mut().flat_map(|review| &mut review.findings);
        findings.map(|finding| std::mem::take(&mut finding.explanation)).collect()
    };
    for (wanted, told) in findings(model).iter().zip(findings(found)) {
        for mention in wanted.lines() {
            if !told.contains(mention) {
                return Err(format!("{}: {told:?} does not mention {mention:?}", found.name));
            }
        }
    }
    Ok(())
}

/// Compares the log with what happened in the model.
pub(crate) fn same_events(model: &[Happened], found: &[Event]) -> Result<(), String> {
    let found: Vec<_> = found.iter().map(happened).collect();
    for (index, (model, found)) in model.iter().zip(&found).enumerate() {
        same(&format!("event {index}"), model, found)?;
    }
    same("the number of events", &model.len(), &found.len())
}

/// Compares what happened to deals, which say why.
pub(crate) fn same_happened(model: &[Happened], found: &[Happened]) -> Result<(), String> {
    for (index, (model, found)) in model.iter().zip(found).enumerate() {
        let what = format!("event {index}");
        let (mut model, mut found) = (model.clone(), found.clone());
        if model.type_url.ends_with(".Deal") {
            let read = |data: &[u8]| Deal::decode(data).unwrap();
            let (mut wanted, mut told) = (read(&model.data), read(&found.data));
            take_explanations(&mut wanted, &mut told)?;
            same(&what, &wanted, &told)?;
            (model.data, found.data) = (vec![], vec![]);
        }
        same(&what, &model, &found)?;
    }
    same("the number of events", &model.len(), &found.len())
}

pub(crate) fn happened(event: &Event) -> Happened {
    let data = event.data.clone().unwrap_or_default();
    Happened {
        kind: event.r#type.clone(),
        subject: event.subject.clone(),
        time: instant(event.time.as_ref()),
        actor: event.actor.clone(),
        request_id: event.request_id.clone(),
        type_url: data.type_url,
        data: data.value,
    }
}

/// How a call is made: by whom, under which request id, whether it is only validated, and whether
/// it is sent twice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    pub(crate) actor: usize,
    pub(crate) request_id: Option<usize>,
    pub(crate) validate_only: bool,
    pub(crate) twice: bool,
    /// Compare the whole database before and after a refusal.
    pub(crate) watched: bool,
}

impl Manner {
    /// A call as most are.
    pub(crate) const PLAIN: Self =
        Self { actor: 1, request_id: None, validate_only: false, twice: false, watched: false };

    pub(crate) fn request_id(&self) -> String {
        self.request_id.map(|index| REQUEST_IDS[index].to_owned()).unwrap_or_default()
    }

    pub(crate) fn call(&self, method: &'static str, now: Timestamp, request: Vec<u8>) -> Call {
        let actor = ACTORS[self.actor].to_owned();
        let (request_id, validate_only) = (self.request_id(), self.validate_only);
        Call { method, actor, now, request_id, request, validate_only }
    }
}

/// Makes a change in the service and in the model; twice where the step says so.
macro_rules! change {
    (
        $world:ident, $step:ident, $request:expr, $method:literal,
        $client:ident.$rpc:ident, |$state:ident, $moment:ident, $it:ident| $check:expr, $run:ident
        $(, validate: $validate:ident)?
    ) => {{
        let mut request = $request.clone();
        request.request_id = $step.manner.request_id();
        let mut manner = $step.manner;
        manner.validate_only = false;
        $(request.$validate = $step.manner.validate_only;
        manner.validate_only = $step.manner.validate_only;)?
        for _ in 0..=usize::from(manner.twice) {
            let before = if manner.watched { $world.contents().await } else { String::new() };
            let call = manner.call($method, $world.clock.now(), request.encode_to_vec());
            let $it = &request;
            let model = $world.model.mutate(
                &call,
                |$state, $moment| $check,
                |state, moment| state.$run(moment, &request),
            );
            let mut client = $client::new($world.channel.clone());
            let found = $crate::play::served(client.$rpc($crate::play::by(&call.actor, request.clone())).await);
            $crate::play::same_answer(&format!("{:?}", $step), model.clone(), found)?;
            if manner.watched && (model.is_err() || manner.validate_only) {
                let what = format!("{:?} must leave everything as it was", $step);
                $crate::play::same(&what, &before, &$world.contents().await)?;
            }
        }
        Ok(())
    }};
}

pub(crate) use change;

/// Removes the database of a sequence: there are many.
pub(crate) async fn remove(database: TestDatabase) {
    if database.backend == Backend::Postgres {
        let (_, name) = database.raw_url().rsplit_once('/').unwrap();
        let admin = std::env::var("DEVISA_TEST_POSTGRES_URL").unwrap();
        let admin = Database::connect(&admin).await.unwrap();
        admin.execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
        admin.close().await.unwrap();
    }
}
