//! The layers around the handlers.
//!
//! Invariant: every call passes them, over a socket or inside the process: it gets its caller and
//! its deadline, a place within the limit, a span, and an answer even when its handler panics.
//! They stand around the routes, not in the transport, because the local client has no transport.

use std::{
    any::Any,
    collections::HashSet,
    convert::Infallible,
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use devisa_proto::mask::POOL;
use futures::{FutureExt, future::BoxFuture};
use http::{Request, Response};
use tokio::time::{Instant, timeout_at};
use tonic::{Status, body::Body, server::NamedService, service::Routes};
use tower::Service;
use tracing::{Instrument, Span, field::Empty};

use crate::{
    body::{Course, Watched, code_in},
    call::{Caller, DEFAULT_PRINCIPAL},
    config,
    door::{Door, Full, Place},
    foreign,
    status::{self, deadline_exceeded, internal, overloaded, refuse},
};

/// The streams that services of our own may have open beyond the limit, such as the one by which
/// deals follow shipments from each replica: no number of watchers keeps these out. Who names
/// itself as one of them is believed, as everyone is where nobody is authenticated.
const STREAMS_OF_SERVICES: usize = 64;

/// What a stack allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Calls in flight at once, and streams that are open at once. A stream counts among the calls
    /// only until its headers are out: it may live for hours.
    pub max_in_flight: usize,
    /// The longest deadline; also that of a call that names none.
    pub max_deadline: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_in_flight: 512, max_deadline: Duration::from_secs(60) }
    }
}

/// The services of one part of the process with the layers around them. Clones share the limit.
#[derive(Clone, Debug)]
pub struct Stack {
    routes: Routes,
    rules: Arc<Rules>,
}

/// What the clones of a stack share.
#[derive(Debug)]
struct Rules {
    names: Vec<&'static str>,
    /// Absent around health and reflection, which must answer when nothing else does.
    door: Option<Door>,
    /// Streams have places of their own, so that no number of watchers keeps the calls out.
    streams: Door,
    /// The places of services of our own when those are taken.
    streams_of_services: Door,
    /// The full names of the methods that answer with a stream.
    streaming: HashSet<String>,
    max_deadline: Duration,
    panics: AtomicU64,
}

/// Gathers the services of a [`Stack`].
#[derive(Debug)]
pub struct StackBuilder {
    routes: Routes,
    names: Vec<&'static str>,
    door: Option<Door>,
    streams: Door,
    max_deadline: Duration,
}

impl StackBuilder {
    /// Adds a generated server; see [`bounded!`](crate::bounded).
    #[must_use]
    pub fn add_service<S>(mut self, service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        self.names.push(S::NAME);
        self.routes = self.routes.add_service(service);
        self
    }

    /// Puts the layers around the services.
    pub fn build(self) -> Stack {
        let Self { routes, names, door, streams, max_deadline } = self;
        let streaming = streaming(&names);
        let rules = Rules {
            names,
            door,
            streams,
            streams_of_services: Door::new(STREAMS_OF_SERVICES),
            streaming,
            max_deadline,
            panics: AtomicU64::new(0),
        };
        Stack { routes: routes.prepare(), rules: Arc::new(rules) }
    }
}

impl Stack {
    /// A stack without services yet.
    pub fn builder(limits: &Limits) -> StackBuilder {
        StackBuilder {
            routes: Routes::default(),
            names: Vec::new(),
            door: Some(Door::new(limits.max_in_flight)),
            streams: Door::new(limits.max_in_flight),
            max_deadline: limits.max_deadline,
        }
    }

    /// A stack for health and reflection: without a limit.
    pub(crate) fn unlimited() -> StackBuilder {
        StackBuilder { door: None, ..Self::builder(&Limits::default()) }
    }

    /// The full names of its services: `devisa.registry.v1.ProgrammeService`.
    pub fn names(&self) -> &[&'static str] {
        &self.rules.names
    }

    /// The calls in flight.
    pub fn in_flight(&self) -> usize {
        self.rules.door.as_ref().map_or(0, Door::inside)
    }

    /// The calls that may be in flight at once; none where there is no limit.
    pub fn limit(&self) -> Option<usize> {
        self.rules.door.as_ref().map(Door::limit)
    }

    /// The streams that are open.
    pub fn streams(&self) -> usize {
        self.rules.streams.inside() + self.rules.streams_of_services.inside()
    }

    /// The panics caught since the start.
    pub fn panics(&self) -> u64 {
        self.rules.panics.load(Ordering::Relaxed)
    }
}

impl Service<Request<Body>> for Stack {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // The routes are always ready; the limit answers instead of holding back.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let Self { routes, rules } = self.clone();
        Box::pin(async move { Ok(rules.pass(routes, request).await) })
    }
}

impl Rules {
    async fn pass(self: Arc<Self>, routes: Routes, request: Request<Body>) -> Response<Body> {
        let caller = self.caller(&request);
        let method = method(&request).to_owned();
        let span = span(&method, caller.as_ref().map_or("", |caller| &caller.principal));
        let mut course = Course::begin(span.clone());
        let (answered, open) = match self.open(&method, caller.as_ref().ok()) {
            Ok(open) => (self.admit(routes, request, caller).instrument(span).await, open),
            Err(full) => (Err(overloaded(full.limit)), None),
        };
        let mut response = answered.unwrap_or_else(Status::into_http);
        foreign::explain_headers(response.headers_mut(), &method);
        match code_in(response.headers()) {
            Some(code) => {
                course.finish(code);
                response
            }
            None => response.map(|body| {
                let panicked = Box::new(move |panic: Box<dyn Any + Send>| self.panicked(&*panic));
                Body::new(Watched::new(body, course, panicked, open))
            }),
        }
    }

    fn caller(&self, request: &Request<Body>) -> Result<Caller, Status> {
        let read = Caller::read(request.headers(), self.max_deadline);
        match read {
            // A probe says nothing that would be kept; it is not refused over a header.
            Err(_) if self.door.is_none() => Ok(Caller::inside(DEFAULT_PRINCIPAL)),
            read => read.map_err(refuse),
        }
    }

    /// The place of a stream, to be held to its end; none for a call.
    fn open(&self, method: &str, caller: Option<&Caller>) -> Result<Option<Place>, Full> {
        if !self.streaming.contains(method) {
            return Ok(None);
        }
        let ours = caller.is_some_and(|caller| config::Service::named(&caller.principal).is_some());
        let place = self.streams.enter();
        place
            .or_else(|full| if ours { self.streams_of_services.enter() } else { Err(full) })
            .map(Some)
    }

    async fn admit(
        &self,
        routes: Routes,
        mut request: Request<Body>,
        caller: Result<Caller, Status>,
    ) -> Result<Response<Body>, Status> {
        let caller = caller?;
        // Held until the handler has answered. A stream's body holds none: it would keep a place
        // for hours, and the calls that end would find no room.
        let _place = match &self.door {
            Some(door) => Some(door.enter().map_err(|full| overloaded(full.limit))?),
            None => None,
        };
        let deadline = caller.deadline;
        request.extensions_mut().insert(caller);
        self.answer(routes, request, deadline).await
    }

    async fn answer(
        &self,
        mut routes: Routes,
        request: Request<Body>,
        deadline: Option<Instant>,
    ) -> Result<Response<Body>, Status> {
        let work = AssertUnwindSafe(async move { routes.call(request).await }).catch_unwind();
        let ended = match deadline {
            Some(deadline) if deadline <= Instant::now() => return Err(deadline_exceeded()),
            Some(deadline) => timeout_at(deadline, work).await.map_err(|_| deadline_exceeded())?,
            None => work.await,
        };
        match ended {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(never)) => match never {},
            Err(panic) => Err(self.panicked(&*panic)),
        }
    }

    fn panicked(&self, panic: &(dyn Any + Send)) -> Status {
        self.panics.fetch_add(1, Ordering::Relaxed);
        let text = panic
            .downcast_ref::<&str>()
            .map(ToString::to_string)
            .or_else(|| panic.downcast_ref::<String>().cloned());
        internal(format!("a handler panicked: {}", text.unwrap_or_default()))
    }
}

/// Those of the services' methods that answer with a stream.
fn streaming(services: &[&str]) -> HashSet<String> {
    let known = services.iter().filter_map(|name| POOL.get_service_by_name(name));
    let methods = known.flat_map(|service| service.methods().collect::<Vec<_>>());
    let streaming = methods.filter(|method| method.is_server_streaming());
    streaming.map(|m| format!("{}/{}", m.parent_service().full_name(), m.name())).collect()
}

/// `package.Service/Method`.
fn method(request: &Request<Body>) -> &str {
    request.uri().path().trim_start_matches('/')
}

fn span(method: &str, principal: &str) -> Span {
    // Of the highest level, so that whatever is logged inside of it is known by its call.
    tracing::error_span!("call", method, principal, code = Empty, duration_us = Empty)
}

/// Several stacks on one port, told apart by the service's name.
#[derive(Clone, Debug)]
pub(crate) struct Port {
    stacks: Arc<std::collections::HashMap<&'static str, Stack>>,
}

impl Port {
    pub(crate) fn new(stacks: impl IntoIterator<Item = Stack>) -> Self {
        let named = stacks.into_iter().flat_map(|stack| {
            stack.names().to_vec().into_iter().map(move |name| (name, stack.clone()))
        });
        Self { stacks: Arc::new(named.collect()) }
    }
}

impl Service<Request<Body>> for Port {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let method = method(&request);
        let name = method.split_once('/').map_or(method, |(name, _)| name);
        match self.stacks.get(name) {
            Some(stack) => stack.clone().call(request),
            None => {
                let unknown = status::method_unknown(method).into_http();
                Box::pin(async { Ok(unknown) })
            }
        }
    }
}
