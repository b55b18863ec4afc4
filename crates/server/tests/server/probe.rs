//! A tiny service whose handlers do as they are told, and a client of it.

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use devisa_ledger::StorageError;
use devisa_server::{Drain, MAX_MESSAGE_BYTES, ServiceChannel, bounded, caller, refuse, status};
use futures::{FutureExt, Stream, StreamExt, future::BoxFuture};
use http::{Request as HttpRequest, Response as HttpResponse};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Notify,
};
use tonic::{
    GrpcMethod, Request, Response, Status, body::Body, server::NamedService, transport::Channel,
};
use tonic_health::pb::{HealthCheckRequest as Ask, HealthCheckResponse as Answer};
use tonic_prost::ProstCodec;

pub(crate) const NAME: &str = "probe.v1.ProbeService";
type Answers = Pin<Box<dyn Stream<Item = Result<Answer, Status>> + Send>>;

/// Does what the request's text says.
#[derive(Clone)]
pub(crate) struct Probe {
    pub(crate) drain: Drain,
    pub(crate) gate: Arc<Notify>,
}

/// Something that must not get past a local channel.
#[derive(Clone)]
pub(crate) struct Smuggled;

impl Probe {
    pub(crate) fn new(drain: &Drain) -> Self {
        Self { drain: drain.clone(), gate: Arc::new(Notify::new()) }
    }

    async fn check(self, request: Request<Ask>) -> Result<Response<Answer>, Status> {
        let who = caller(&request)?.clone();
        let smuggled = request.extensions().get::<Smuggled>().is_some()
            || request.extensions().get::<GrpcMethod<'static>>().is_some();
        match request.into_inner().service.as_str() {
            "panic" => panic!("on purpose"),
            "broken" => return Err(refuse(StorageError::Broken("no such column".to_owned()))),
            "slow" => tokio::time::sleep(Duration::from_secs(5)).await,
            "brief" => tokio::time::sleep(Duration::from_millis(300)).await,
            "gate" => self.gate.notified().await,
            "smuggled" if smuggled => return Err(Status::data_loss("smuggled")),
            "who" if who.principal != "wati" => return Err(Status::data_loss(who.principal)),
            _ => {}
        }
        Ok(Response::new(Answer { status: 1 }))
    }

    async fn watch(self, request: Request<Ask>) -> Result<Response<Answers>, Status> {
        let panics = request.into_inner().service == "panic";
        let first = futures::stream::iter([Ok(Answer { status: 1 })]);
        let drain = self.drain;
        let end = futures::stream::once(async move {
            // tonic gathers messages until a stream has to wait.
            tokio::time::sleep(Duration::from_millis(50)).await;
            assert!(!panics, "on purpose");
            drain.begun().await;
            Err(status::draining(Some("r1")))
        });
        Ok(Response::new(first.chain(end).boxed()))
    }
}

impl NamedService for Probe {
    const NAME: &'static str = NAME;
}

impl tower::Service<HttpRequest<Body>> for Probe {
    type Response = HttpResponse<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<HttpResponse<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: HttpRequest<Body>) -> Self::Future {
        let probe = self.clone();
        async move {
            let grpc = bounded_grpc();
            let (method, handler) = (request.uri().path().to_owned(), Handler(probe));
            Ok(match method.rsplit('/').next() {
                Some("Watch") => { grpc }.server_streaming(handler, request).await,
                Some("Check") => { grpc }.unary(handler, request).await,
                // Its answer is longer than it may be.
                Some("Long") => {
                    grpc.apply_max_message_size_config(None, Some(0)).unary(handler, request).await
                }
                // As the generated servers answer.
                _ => Status::unimplemented("").into_http(),
            })
        }
        .boxed()
    }
}

fn bounded_grpc() -> tonic::server::Grpc<ProstCodec<Answer, Ask>> {
    let grpc = tonic::server::Grpc::new(ProstCodec::default());
    grpc.apply_max_message_size_config(Some(MAX_MESSAGE_BYTES), Some(MAX_MESSAGE_BYTES))
}

struct Handler(Probe);

impl tonic::server::UnaryService<Ask> for Handler {
    type Response = Answer;
    type Future = BoxFuture<'static, Result<Response<Answer>, Status>>;

    fn call(&mut self, request: Request<Ask>) -> Self::Future {
        self.0.clone().check(request).boxed()
    }
}

impl tonic::server::ServerStreamingService<Ask> for Handler {
    type Response = Answer;
    type ResponseStream = Answers;
    type Future = BoxFuture<'static, Result<Response<Answers>, Status>>;

    fn call(&mut self, request: Request<Ask>) -> Self::Future {
        self.0.clone().watch(request).boxed()
    }
}

/// A client over a local channel or a socket.
#[derive(Clone)]
pub(crate) struct Client(tonic::client::Grpc<ServiceChannel>);

impl Client {
    pub(crate) fn new(channel: ServiceChannel) -> Self {
        Self(bounded!(tonic::client::Grpc::new(channel)))
    }

    pub(crate) async fn check(
        &mut self,
        request: Request<Ask>,
    ) -> Result<Response<Answer>, Status> {
        self.0.ready().await.map_err(|error| Status::from_error(error.into()))?;
        let path = http::uri::PathAndQuery::from_static("/probe.v1.ProbeService/Check");
        self.0.unary(request, path, ProstCodec::<Ask, Answer>::default()).await
    }

    pub(crate) async fn watch(&mut self, text: &str) -> Result<tonic::Streaming<Answer>, Status> {
        self.0.ready().await.map_err(|error| Status::from_error(error.into()))?;
        let path = http::uri::PathAndQuery::from_static("/probe.v1.ProbeService/Watch");
        let codec = ProstCodec::<Ask, Answer>::default();
        self.0.server_streaming(ask(text), path, codec).await.map(Response::into_inner)
    }
}

/// A call of any path with any message, bounded by nobody; the status it was refused with.
pub(crate) async fn refused<T>(channel: ServiceChannel, path: &'static str, message: T) -> Status
where
    T: prost::Message + Send + Sync + 'static,
{
    let mut grpc = tonic::client::Grpc::new(channel);
    grpc.ready().await.unwrap();
    let path = http::uri::PathAndQuery::from_static(path);
    let codec = ProstCodec::<T, Answer>::default();
    grpc.unary(Request::new(message), path, codec).await.map(drop).unwrap_err()
}

pub(crate) fn ask(text: &str) -> Request<Ask> {
    Request::new(Ask { service: text.to_owned() })
}

pub(crate) async fn health(address: SocketAddr) -> HealthClient {
    let channel = Channel::from_shared(format!("http://{address}")).unwrap();
    HealthClient::new(channel.connect().await.unwrap())
}

pub(crate) type HealthClient = tonic_health::pb::health_client::HealthClient<Channel>;

/// A plain HTTP/1.1 request; the answer's head and body.
pub(crate) async fn http(address: SocketAddr, request: &[u8]) -> Vec<u8> {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.unwrap();
    answer
}

/// The status line of a page.
pub(crate) async fn page(address: SocketAddr, path: &str) -> String {
    whole_page(address, path).await.lines().next().unwrap_or_default().to_owned()
}

/// A page with its head.
pub(crate) async fn whole_page(address: SocketAddr, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    String::from_utf8(http(address, request.as_bytes()).await).unwrap()
}
