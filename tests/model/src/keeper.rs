//! What every service does around a change: nothing is half done, nothing is done twice, everything
//! that happens is told.

use std::collections::BTreeMap;

use devisa_domain::time::{Date, Timestamp};
use prost::{Message, Name};
use tonic::Code;

use crate::{
    answer::{Answer, Refused},
    resource::Resource,
};

/// Who calls, when, and how a repetition is told.
#[derive(Clone, Debug)]
pub struct Call {
    /// The method's short name.
    pub method: &'static str,
    /// The principal.
    pub actor: String,
    /// The instant.
    pub now: Timestamp,
    /// The request's id; empty for none.
    pub request_id: String,
    /// The whole request.
    pub request: Vec<u8>,
    /// Whether nothing shall be written.
    pub validate_only: bool,
}

/// A change as the event log tells it.
#[derive(Clone, PartialEq, Eq)]
pub struct Happened {
    /// The type, such as `devisa.registry.v1.organisation.created`.
    pub kind: String,
    /// The resource's name.
    pub subject: String,
    /// When.
    pub time: Timestamp,
    /// Who.
    pub actor: String,
    /// By which request.
    pub request_id: String,
    /// The type of the resource.
    pub type_url: String,
    /// The whole resource after.
    pub data: Vec<u8>,
}

impl std::fmt::Debug for Happened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { kind, subject, time, actor, request_id, data, .. } = self;
        write!(f, "{kind} {subject} at {time} by {actor} ({request_id}), {} bytes", data.len())
    }
}

/// The moment of a change, which gathers what happens.
#[derive(Debug)]
pub struct Moment {
    /// The instant.
    pub now: Timestamp,
    /// The principal.
    pub actor: String,
    request_id: String,
    events: Vec<Happened>,
}

impl Moment {
    /// The business date.
    pub fn today(&self) -> Date {
        self.now.jakarta_date()
    }

    /// Tells that something happened to a resource, which is now so: when it says that it was
    /// changed.
    pub fn tell<R: Resource + Name>(&mut self, kind: &str, resource: &R) {
        self.events.push(Happened {
            kind: format!("{}.{kind}", R::PACKAGE),
            subject: resource.name().to_owned(),
            time: resource.updated(),
            actor: self.actor.clone(),
            request_id: self.request_id.clone(),
            type_url: format!("type.googleapis.com/{}", R::full_name()),
            data: resource.encode_to_vec(),
        });
    }
}

/// An answer kept for a repetition.
#[derive(Clone, Debug)]
struct Kept {
    at: Timestamp,
    request: Vec<u8>,
    response: Vec<u8>,
}

/// How long answers are kept: seven days.
const KEPT_MICROS: i64 = 7 * 24 * 3_600 * 1_000_000;

/// A service: its resources, the answers it keeps, and its log.
#[derive(Clone, Debug, Default)]
pub struct Keeper<S> {
    /// The resources.
    pub state: S,
    /// Everything that happened.
    pub events: Vec<Happened>,
    answers: BTreeMap<(String, &'static str, String), Kept>,
}

impl<S: Clone> Keeper<S> {
    /// Makes a change, or nothing: what is refused or only validated is done to a copy.
    ///
    /// # Errors
    /// What `run` refuses; `REQUEST_ID_REUSED`.
    pub fn mutate<R: Message + Default>(
        &mut self,
        call: &Call,
        check: impl FnOnce(&S, &Moment) -> Answer<()>,
        run: impl FnOnce(&mut S, &mut Moment) -> Answer<R>,
    ) -> Answer<R> {
        let Call { now, actor, request_id, .. } = call.clone();
        let mut moment = Moment { now, actor, request_id, events: vec![] };
        check(&self.state, &moment)?;
        let key = (call.actor.clone(), call.method, call.request_id.clone());
        if let Some(first) = self.first(&key, call.now) {
            return match first.request == call.request {
                true => Ok(R::decode(first.response.as_slice()).unwrap_or_default()),
                false => Err(reused()),
            };
        }
        let mut state = self.state.clone();
        let response = run(&mut state, &mut moment)?;
        if call.validate_only {
            return Ok(response);
        }
        self.state = state;
        self.events.append(&mut moment.events);
        let (request, encoded) = (call.request.clone(), response.encode_to_vec());
        self.answers.insert(key, Kept { at: call.now, request, response: encoded });
        Ok(response)
    }

    fn first(&self, key: &(String, &'static str, String), now: Timestamp) -> Option<&Kept> {
        let kept = self.answers.get(key).filter(|_| !key.2.is_empty())?;
        (kept.at.micros() >= now.micros() - KEPT_MICROS).then_some(kept)
    }
}

fn reused() -> Refused {
    const REASON: &str = "REQUEST_ID_REUSED";
    let fields = vec![("request_id".to_owned(), REASON.to_owned())];
    Refused { fields, ..Refused::because(Code::InvalidArgument, REASON) }
}
