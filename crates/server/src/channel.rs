//! How one service reaches another: one type of channel, inside the process or over the network.
//!
//! Invariant: a local channel carries what a socket would carry and nothing else. Extensions are
//! stripped, since over a socket they do not travel; whoever leaned on them would pass in `up` and
//! fail in `serve`.

use std::{error::Error, time::Duration};

use http::{Extensions, Request, Response};
use tonic::{
    body::Body,
    transport::{self, Channel, Endpoint},
};
use tower::{ServiceExt, util::BoxCloneSyncService};

use crate::stack::Stack;

/// A channel for generated clients: `OrganisationServiceClient::new(channel)`.
pub type ServiceChannel = BoxCloneSyncService<Request<Body>, Response<Body>, Unreachable>;

/// The peer of a channel was not reached. A type with a name: a boxed error would make the futures
/// of generated clients impossible to spawn ("implementation is not general enough").
#[derive(Debug, thiserror::Error)]
#[error("the service cannot be reached")]
pub struct Unreachable(#[source] transport::Error);

/// A channel into a stack of this process, through all of its layers.
pub fn local(stack: Stack) -> ServiceChannel {
    let bare = stack.map_request(|mut request: Request<Body>| {
        *request.extensions_mut() = Extensions::new();
        request
    });
    BoxCloneSyncService::new(bare.map_err(|never| match never {}))
}

/// A channel to another process. It connects when first used and again whenever it must.
///
/// # Errors
/// [`InvalidUrl`] when `url` is not `http://host:port`.
///
/// # Panics
/// Outside a tokio runtime.
pub fn remote(url: &str) -> Result<ServiceChannel, InvalidUrl> {
    Ok(BoxCloneSyncService::new(connection(check(url)?).map_err(Unreachable)))
}

/// What went wrong at the bottom: `Connection refused` rather than `transport error`.
pub fn innermost(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// Reads an address without connecting to it.
pub(crate) fn check(url: &str) -> Result<Endpoint, InvalidUrl> {
    let endpoint = Endpoint::from_shared(url.to_owned()).map_err(|_| InvalidUrl)?;
    let uri = endpoint.uri();
    let bare = matches!(uri.path(), "" | "/") && uri.query().is_none();
    let plain = uri.scheme_str() == Some("http") && uri.host().is_some_and(|host| !host.is_empty());
    let no_user = uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
    if bare && plain && no_user { Ok(endpoint) } else { Err(InvalidUrl) }
}

/// Proxies and peers that went silent are noticed by HTTP/2 pings, within 15 seconds; until then
/// every call on the connection fails at its deadline.
fn connection(endpoint: Endpoint) -> Channel {
    endpoint
        .connect_timeout(Duration::from_secs(3))
        .tcp_nodelay(true)
        .tcp_keepalive(Some(Duration::from_secs(60)))
        .http2_keep_alive_interval(Duration::from_secs(10))
        .keep_alive_timeout(Duration::from_secs(5))
        .keep_alive_while_idle(true)
        .connect_lazy()
}

/// Not the address of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected http://host:port")]
pub struct InvalidUrl;
