//! A server from bind to exit.
//!
//! Invariant: it never hangs and never drops what it accepted without trying. Going down it first
//! turns new calls away, waits until the balancer has noticed, stops accepting, lets calls finish
//! and streams end, and all of that within a bound.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    io,
    net::SocketAddr,
    pin::pin,
    time::Duration,
};

use futures::{Stream, StreamExt};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::oneshot,
    task::{JoinError, JoinHandle},
};
use tokio_util::sync::CancellationToken;
use tonic::transport::server::TcpIncoming;
use tonic_reflection::server::Builder as Reflection;
use tonic_web::GrpcWebLayer;
use tower::util::option_layer;

use crate::{
    admin::Admin,
    bounded,
    health::{Board, Part},
    origins::Origins,
    stack::{Port, Stack},
};

/// Where and how a server runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The address of the services; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The address of the probes, if there are any.
    pub admin: Option<SocketAddr>,
    /// How long to go on answering after turning away, so that the balancer notices.
    pub drain_delay: Duration,
    /// How long calls under way may then take to finish.
    pub drain_grace: Duration,
    /// The age at which a connection is told to reconnect, so that clients spread over replicas.
    pub max_connection_age: Option<Duration>,
    /// The origins whose pages may call by gRPC-Web.
    pub cors_origins: Origins,
}

/// Tells streams that the server is going down. Clones are told together.
#[derive(Clone, Debug, Default)]
pub struct Drain(CancellationToken);

impl Drain {
    /// A drain that has not begun.
    pub fn new() -> Self {
        Self::default()
    }

    /// Waits until streams must end, with [`draining`](crate::status::draining).
    pub async fn begun(&self) {
        self.0.cancelled().await;
    }

    /// Whether streams must end.
    pub fn has_begun(&self) -> bool {
        self.0.is_cancelled()
    }

    /// The token behind it, for what takes a token.
    pub fn token(&self) -> CancellationToken {
        self.0.clone()
    }

    /// Begins it. The server does so itself; this is for tests and for parts without a server.
    pub fn begin(&self) {
        self.0.cancel();
    }
}

/// How a server ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Every call was answered and every connection closed.
    Finished,
    /// The grace ran out with calls or connections open.
    CutShort,
    /// A second stop did not wait for the first.
    Forced,
}

/// Why a server cannot run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// An address is taken or not allowed.
    #[error("cannot listen on {address}: {cause}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        cause: io::Error,
    },
    /// The descriptors do not describe the services.
    #[error("cannot describe the services: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// The transport failed while nobody had asked to stop.
    #[error("the server ended: {0}")]
    Transport(#[from] tonic::transport::Error),
    /// The server's task failed.
    #[error("the server ended: {0}")]
    Task(#[from] JoinError),
}

/// Stops on SIGTERM and SIGINT, once for each.
///
/// # Errors
/// When the system refuses the handlers.
pub fn signals() -> io::Result<impl Stream<Item = ()> + Send> {
    let both = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(futures::stream::unfold(both, |(mut terminate, mut interrupt)| async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        Some(((), (terminate, interrupt)))
    }))
}

/// A server that is bound and not serving yet.
#[derive(Debug)]
pub struct Server {
    settings: Settings,
    listener: TcpListener,
    address: SocketAddr,
    admin_address: Option<SocketAddr>,
    board: Board,
    drain: Drain,
    /// Answers from the bind on, so that a probe can tell starting from dead.
    _admin: Option<Admin>,
}

impl Server {
    /// Takes the addresses; the probes answer from here on.
    ///
    /// # Errors
    /// [`RunError::Bind`].
    pub async fn bind(settings: Settings, drain: Drain) -> Result<Self, RunError> {
        let (listener, address) = listen(settings.listen).await?;
        let board = Board::new().await;
        let (mut admin, mut admin_address) = (None, None);
        if let Some(wanted) = settings.admin {
            let (listener, address) = listen(wanted).await?;
            admin_address = Some(address);
            admin = Some(Admin::start(listener, &board));
        }
        Ok(Self { settings, listener, address, admin_address, board, drain, _admin: admin })
    }

    /// The address of the services.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of the probes.
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin_address
    }

    /// Serves `parts` with health, reflection and gRPC-Web until the first item of `stops`, then
    /// goes down gracefully; a second item ends it at once.
    ///
    /// # Errors
    /// [`RunError`] when serving ends unasked.
    pub async fn serve(
        self,
        parts: Vec<Part>,
        stops: impl Stream<Item = ()>,
    ) -> Result<Ending, RunError> {
        let Self { settings, listener, address, admin_address, board, drain, _admin } = self;
        board.announce(&parts).await;
        let infra = Stack::unlimited()
            .add_service(bounded!(board.service()))
            .add_service(reflection(&parts).build_v1()?)
            .add_service(reflection(&parts).build_v1alpha()?)
            .build();
        let port = Port::new(parts.iter().map(|part| part.stack.clone()).chain([infra]));
        let (stop, mut serving) = start(&settings, listener, port);
        tracing::info!(%address, admin = admin_address.map(tracing::field::display), "serving");

        let mut stops = pin!(stops.chain(futures::stream::pending()));
        tokio::select! {
            _ = stops.next() => {}
            () = board.watch(&parts) => {}
            ended = &mut serving => {
                ended??;
                return Ok(Ending::Finished);
            }
        }
        tokio::select! {
            ending = go_down(&settings, &board, &drain, &parts, stop, serving) => Ok(ending),
            _ = stops.next() => Ok(Ending::Forced),
        }
    }
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), RunError> {
    let failed = |cause| RunError::Bind { address, cause };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

/// The running server; it ends some time after the sender has said so.
type Serving = JoinHandle<Result<(), tonic::transport::Error>>;

/// `Server::timeout` stays unset: it answers CANCELLED, and the stack has the deadlines already.
fn start(settings: &Settings, listener: TcpListener, port: Port) -> (oneshot::Sender<()>, Serving) {
    let (stop, stopped) = oneshot::channel();
    let mut server = tonic::transport::Server::builder()
        .accept_http1(true)
        // A peer that takes no byte looks the same whether its network went silent or it reads slowly.
        // So it has longer to answer a ping than a slow reader of a watch has to take an event: its
        // stream is ended with the reason and the revision to resume from, not with its connection.
        .http2_keepalive_interval(Some(Duration::from_secs(30)))
        .http2_keepalive_timeout(Some(Duration::from_secs(20)))
        .max_concurrent_streams(1_024);
    if let Some(age) = settings.max_connection_age {
        // Without a grace of its own: with one, tonic closes hard and sends no GOAWAY.
        server = server.max_connection_age(jittered(age));
    }
    let incoming = TcpIncoming::from(listener)
        .with_nodelay(Some(true))
        .with_keepalive(Some(Duration::from_secs(60)));
    let server = server.layer(option_layer(settings.cors_origins.layer()));
    let serving =
        server.layer(GrpcWebLayer::new()).serve_with_incoming_shutdown(port, incoming, async {
            // A dropped sender is a process that is going away as well.
            let _ = stopped.await;
        });
    (stop, tokio::spawn(serving))
}

async fn go_down(
    settings: &Settings,
    board: &Board,
    drain: &Drain,
    parts: &[Part],
    stop: oneshot::Sender<()>,
    serving: Serving,
) -> Ending {
    tracing::info!("going down: new calls are turned away");
    board.turn_away(parts).await;
    tokio::time::sleep(settings.drain_delay).await;
    // GOAWAY first, then the streams: their clients must not come back to this process.
    let _ = stop.send(());
    drain.begin();
    board.close(parts).await;
    match tokio::time::timeout(settings.drain_grace, serving).await {
        Ok(_) => {
            tracing::info!("stopped: every call was answered");
            Ending::Finished
        }
        Err(_) => {
            tracing::warn!(grace = ?settings.drain_grace, "stopped: some calls were cut short");
            Ending::CutShort
        }
    }
}

/// Reflection of what is served here, and of nothing else. Both versions of it, because older tools
/// know only v1alpha.
fn reflection(parts: &[Part]) -> Reflection<'static> {
    const OWN: [&str; 3] = [
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
    ];
    let names = parts.iter().flat_map(|part| part.stack.names().iter().copied());
    names.chain(OWN).fold(
        Reflection::configure()
            .register_encoded_file_descriptor_set(devisa_proto::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(
                tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
            )
            .include_reflection_service(false),
        |builder, name| builder.with_service_name(name),
    )
}

/// Up to a tenth more or less, the same for the whole process, so that replicas started together
/// do not send their clients away together.
fn jittered(age: Duration) -> Duration {
    let chance = RandomState::new().build_hasher().finish() % 200;
    let share = u32::try_from(chance).unwrap_or(0);
    age / 1_000 * (900 + share)
}
