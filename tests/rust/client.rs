//! A small Rust client of Devisa, to read, to copy and to build on.
//!
//! It is tonic and the generated clients of the crate `devisa-proto`, nothing else. What a client of
//! Devisa should do, and where it is done here:
//!
//! - name who calls and give every call a deadline: [`Devisa::connect`];
//! - read why a call was refused from its details, not from its message: [`Refusal`];
//! - read lists to the empty page token: [`every`];
//! - give every write a `request_id`, so that repeating it is safe: [`repeating`];
//! - send back the `etag` it read, and start again when somebody else was faster:
//!   [`read_and_change`];
//! - remember the revision of the last event it handled, and resume after it: [`Follower`].

use std::{collections::HashMap, error::Error as _, time::Duration};

use devisa_proto::{
    event::v1::{Event, WatchRequest, WatchResponse, watch_response::Update},
    registry::v1::organisation_service_client::OrganisationServiceClient,
    shipment::v1::{
        event_service_client::EventServiceClient, release_service_client::ReleaseServiceClient,
        shipment_service_client::ShipmentServiceClient,
    },
};
use tokio::time::{sleep, timeout};
use tonic::{
    Code, Request, Status, Streaming,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};
use tonic_types::{FieldViolation, StatusExt};

/// How long a call may take. Without a deadline a lost answer is waited for forever.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// Devisa's services at one address, called as one principal.
#[derive(Clone)]
pub(crate) struct Devisa {
    pub(crate) organisations: OrganisationServiceClient<Caller>,
    pub(crate) releases: ReleaseServiceClient<Caller>,
    pub(crate) shipments: ShipmentServiceClient<Caller>,
    pub(crate) shipment_events: EventServiceClient<Caller>,
}

/// A connection on which every call names its principal and has a deadline.
pub(crate) type Caller = InterceptedService<Channel, Defaults>;

impl Devisa {
    /// Connects when the first call is made, and again whenever the connection is lost.
    pub(crate) fn connect(url: &str, principal: &'static str, deadline: Duration) -> Self {
        let endpoint =
            Endpoint::from_shared(url.to_owned()).expect("an address as http://HOST:PORT");
        let channel = endpoint.connect_timeout(Duration::from_secs(5)).connect_lazy();
        let principal = MetadataValue::from_static(principal);
        let caller = InterceptedService::new(channel, Defaults { principal, deadline });
        Self {
            organisations: OrganisationServiceClient::new(caller.clone()),
            releases: ReleaseServiceClient::new(caller.clone()),
            shipments: ShipmentServiceClient::new(caller.clone()),
            shipment_events: EventServiceClient::new(caller),
        }
    }
}

/// What every call is made with.
#[derive(Clone)]
pub(crate) struct Defaults {
    principal: MetadataValue<Ascii>,
    deadline: Duration,
}

impl Interceptor for Defaults {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("devisa-principal", self.principal.clone());
        request.set_timeout(self.deadline);
        Ok(request)
    }
}

/// Why a call failed. Decide by `reason`; `message` is for people and may change.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) code: Code,
    pub(crate) message: String,
    /// A value of `devisa.error.v1.ErrorReason` without its prefix; empty when it is not Devisa that
    /// answered, but the network or something in between.
    pub(crate) reason: String,
    /// The parts of the message by name, such as `resource` or `expected`.
    pub(crate) metadata: HashMap<String, String>,
    /// Every rule that the request broke, all at once: the field's path, the rule for programs as
    /// `reason`, and for people as `description`.
    pub(crate) violations: Vec<FieldViolation>,
    /// The resource that is absent or in the way; empty where there is none.
    pub(crate) resource: String,
    /// How long to wait before the same call may succeed; none when waiting is no help.
    pub(crate) retry_after: Option<Duration>,
}

impl From<Status> for Refusal {
    /// Reads the details of a failed call, which travel in `grpc-status-details-bin`.
    fn from(status: Status) -> Self {
        let details = status.get_error_details();
        let info = details.error_info().filter(|info| info.domain == "devisa");
        Self {
            code: match status.code() {
                // What tonic's client says when its own deadline has passed,
                Code::Cancelled => Code::DeadlineExceeded,
                // and when the connection broke: no server's answer has a source.
                Code::Unknown | Code::Internal if status.source().is_some() => Code::Unavailable,
                code => code,
            },
            message: status.message().to_owned(),
            reason: info.map(|info| info.reason.clone()).unwrap_or_default(),
            metadata: info.map(|info| info.metadata.clone()).unwrap_or_default(),
            violations: details
                .bad_request()
                .map(|bad| bad.field_violations.clone())
                .unwrap_or_default(),
            resource: details
                .resource_info()
                .map(|info| info.resource_name.clone())
                .unwrap_or_default(),
            retry_after: details.retry_info().and_then(|info| info.retry_delay),
        }
    }
}

/// Everything that a list method has: `page` answers the items of a page, by its token, and the
/// token of the next.
///
/// A page may be shorter than asked for, or empty. Only an empty token says that there is nothing
/// more.
pub(crate) async fn every<T>(
    mut page: impl AsyncFnMut(String) -> Result<(Vec<T>, String), Refusal>,
) -> Result<Vec<T>, Refusal> {
    let mut found = Vec::new();
    let mut page_token = String::new();
    loop {
        let (items, next_page_token) = page(page_token).await?;
        found.extend(items);
        if next_page_token.is_empty() {
            return Ok(found);
        }
        page_token = next_page_token;
    }
}

/// Sends a write until it is answered. The `request_id` in it makes that safe: a write whose answer
/// is lost may have happened, and with the same id Devisa answers what it answered the first time.
pub(crate) async fn repeating<T>(
    mut write: impl AsyncFnMut() -> Result<T, Refusal>,
    attempts: u32,
) -> Result<T, Refusal> {
    let mut attempt = 1;
    loop {
        let refusal = match write().await {
            Err(refusal) if attempt < attempts => refusal,
            answer => return answer,
        };
        let lost = matches!(refusal.code, Code::Unavailable | Code::DeadlineExceeded);
        match refusal.retry_after {
            Some(asked) => sleep(asked).await,
            None if lost => sleep(Duration::from_millis(100) * 2_u32.pow(attempt)).await,
            None => return Err(refusal),
        }
        attempt += 1;
    }
}

/// Reads a resource and lets `change` write it with the `etag` it has.
///
/// When somebody changed it in between, Devisa refuses with `ETAG_MISMATCH`. The new state may call
/// for another change, so both steps are done again; the old change is not forced onto it.
pub(crate) async fn read_and_change<T>(
    mut read: impl AsyncFnMut() -> Result<T, Refusal>,
    mut change: impl AsyncFnMut(T) -> Result<T, Refusal>,
    attempts: u32,
) -> Result<T, Refusal> {
    let mut attempt = 1;
    loop {
        match change(read().await?).await {
            Err(refusal) if refusal.reason == "ETAG_MISMATCH" && attempt < attempts => attempt += 1,
            answer => return answer,
        }
    }
}

/// The events of a service after a revision, and then those that come.
///
/// When the stream ends, because the server goes down, the network breaks or nothing is heard, it is
/// opened again after the last revision seen: nothing is skipped and nothing comes twice. Store the
/// revision of the last event that you have dealt with, and start from it after your own restart.
pub(crate) struct Follower {
    client: EventServiceClient<Caller>,
    request: WatchRequest,
    stream: Option<Streaming<WatchResponse>>,
    patience: Duration,
}

impl Follower {
    /// `patience` is how long it waits without a word. A checkpoint comes about every ten seconds,
    /// so after thirty the connection is dead.
    pub(crate) fn new(
        client: EventServiceClient<Caller>,
        request: WatchRequest,
        patience: Duration,
    ) -> Self {
        Self { client, request, stream: None, patience }
    }

    /// Waits for the next event.
    pub(crate) async fn next(&mut self) -> Result<Event, Refusal> {
        loop {
            match self.receive().await.map_err(Refusal::from) {
                Ok(Update::Event(event)) => {
                    self.request.after_revision.clone_from(&event.revision);
                    return Ok(event);
                }
                Ok(Update::Checkpoint(checkpoint)) => {
                    self.request.after_revision = checkpoint.revision;
                }
                Err(refusal) => self.resume(refusal).await?,
            }
        }
    }

    async fn receive(&mut self) -> Result<Update, Status> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => none.insert(self.client.watch(self.request.clone()).await?.into_inner()),
        };
        let silent = |_| Status::deadline_exceeded("nothing was heard for too long");
        let message = timeout(self.patience, stream.message()).await.map_err(silent)??;
        message.and_then(|message| message.update).ok_or(Status::unavailable("the stream ended"))
    }

    /// Lets go of a stream that may be opened again: the server or the network is gone, nothing was
    /// heard, or this reader was too slow.
    async fn resume(&mut self, refusal: Refusal) -> Result<(), Refusal> {
        self.stream = None;
        match refusal.code {
            Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted => {
                sleep(refusal.retry_after.unwrap_or(Duration::from_millis(100))).await;
                Ok(())
            }
            _ => Err(refusal),
        }
    }
}
