//! The client: one connection, calls by descriptor, and refusals in words.
//!
//! Invariant: a call that reads may be repeated; a call that writes is repeated only with the same
//! `request_id`.

mod address;
mod codec;
mod refusal;

use std::{future::Future, time::Duration};

use devisa_server::channel::innermost;
use prost_reflect::{DynamicMessage, MethodDescriptor};
use tonic::{
    Code, Request, Response, Status, Streaming,
    client::Grpc,
    codegen::http::uri::PathAndQuery,
    transport::{Channel, Endpoint},
};

pub(crate) use self::refusal::{Refused, failure, not_grpc};
use crate::exit::Failure;

/// How long a call may take.
const DEADLINE: Duration = Duration::from_secs(30);
/// How often a call is tried while the server says that it is unavailable.
const ATTEMPTS: u32 = 3;
/// How long it waits before the second attempt; longer before the next.
const PAUSE: Duration = Duration::from_millis(200);
/// The largest answer accepted.
const LARGEST_ANSWER: usize = 64 << 20;

/// A connection to Devisa.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    channel: Channel,
}

impl From<Channel> for Client {
    fn from(channel: Channel) -> Self {
        Self { channel }
    }
}

impl Client {
    /// Connects to a server.
    pub(crate) async fn connect(url: &str) -> Result<Self, Failure> {
        let endpoint = Endpoint::from(address::parse(url)?);
        let endpoint = endpoint.connect_timeout(Duration::from_secs(5));
        let channel = endpoint.connect().await.map_err(|error| {
            Failure::unreachable(format!(
                "no server answers at {url}: {}\n  fix: start one with `devisa up`, or name another \
                 with --server URL",
                innermost(&error)
            ))
        })?;
        Ok(channel.into())
    }

    /// The connection, for generated clients.
    pub(crate) fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// Calls a method; again, with the same request, while the server is unavailable.
    pub(crate) async fn call(
        &self,
        method: &MethodDescriptor,
        request: &DynamicMessage,
    ) -> Result<DynamicMessage, Status> {
        let path = path(method)?;
        patiently(|| async {
            let mut grpc = self.ready().await?;
            let codec = codec::Dynamic::new(method.output());
            let response =
                grpc.unary(within_deadline(request.clone()), path.clone(), codec).await?;
            Ok(response.into_inner())
        })
        .await
    }

    /// Calls a method that answers with a stream.
    pub(crate) async fn stream(
        &self,
        method: &MethodDescriptor,
        request: DynamicMessage,
    ) -> Result<Streaming<DynamicMessage>, Status> {
        let mut grpc = self.ready().await?;
        let codec = codec::Dynamic::new(method.output());
        let begun = grpc.server_streaming(Request::new(request), path(method)?, codec);
        // The stream may last; that it begins must not.
        let begun = tokio::time::timeout(DEADLINE, begun).await;
        let late = |_| Status::deadline_exceeded(format!("no answer within {DEADLINE:?}"));
        Ok(begun.map_err(late)??.into_inner())
    }

    async fn ready(&self) -> Result<Grpc<Channel>, Status> {
        let mut grpc = Grpc::new(self.channel()).max_decoding_message_size(LARGEST_ANSWER);
        grpc.ready().await.map_err(|error| Status::unavailable(innermost(&error)))?;
        Ok(grpc)
    }
}

/// A request that carries the deadline of this client.
pub(crate) fn within_deadline<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(DEADLINE);
    request
}

/// Repeats a call a few times while it is answered with `UNAVAILABLE`.
pub(crate) async fn patiently<T, F>(mut call: impl FnMut() -> F) -> Result<T, Status>
where
    F: Future<Output = Result<T, Status>>,
{
    for attempt in 1..ATTEMPTS {
        match call().await {
            Err(status) if status.code() == Code::Unavailable => {
                tokio::time::sleep(PAUSE * attempt).await;
            }
            answered => return answered,
        }
    }
    call().await
}

/// Asks, patiently, what a command cannot do without: it ends with whatever else is answered.
pub(crate) async fn answered<T, F>(call: impl FnMut() -> F) -> Result<T, Failure>
where
    F: Future<Output = Result<Response<T>, Status>>,
{
    let response = patiently(call).await.map_err(|status| failure(&status))?;
    Ok(response.into_inner())
}

fn path(method: &MethodDescriptor) -> Result<PathAndQuery, Status> {
    let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
    PathAndQuery::try_from(path).map_err(|error| Status::internal(error.to_string()))
}
