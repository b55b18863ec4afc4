//! The stack and the running server, over a real socket and inside the process.

#![allow(clippy::unwrap_used)]

mod probe;

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use devisa_domain::refusal::Refusal;
use devisa_server::{
    Caller, Detail, Drain, Ending, Limits, Origins, Outgoing, Part, Server, ServiceChannel, Stack,
    channel, outgoing::Failure, run::Settings,
};
use futures::StreamExt;
use probe::{Client, NAME, Probe, Smuggled, ask, health, http, page, refused, whole_page};
use tokio::{net::TcpStream, sync::mpsc, task::JoinHandle};
use tonic::{Code, Request};
use tonic_health::pb::HealthCheckRequest;

/// A server on a free port with one probe part.
struct World {
    address: SocketAddr,
    admin: SocketAddr,
    probe: Probe,
    stack: Stack,
    ready: Arc<AtomicBool>,
    stops: mpsc::UnboundedSender<()>,
    serving: JoinHandle<Ending>,
}

impl World {
    async fn new() -> Self {
        Self::with(Limits::default(), Duration::from_secs(10)).await
    }

    async fn with(limits: Limits, grace: Duration) -> Self {
        Self::running(limits, Settings { drain_grace: grace, ..settings() }).await
    }

    async fn running(limits: Limits, settings: Settings) -> Self {
        let drain = Drain::new();
        let probe = Probe::new(&drain);
        let stack = Stack::builder(&limits).add_service(probe.clone()).build();
        let server = Server::bind(settings, drain).await.unwrap();
        let (address, admin) = (server.address(), server.admin_address().unwrap());
        let ready = Arc::new(AtomicBool::new(true));
        let asked = Arc::clone(&ready);
        let part = Part::new("probe", stack.clone(), move || {
            let ready = asked.load(Ordering::SeqCst);
            async move { if ready { Ok(()) } else { Err("no database".to_owned()) } }
        });
        let (stops, mut heard) = mpsc::unbounded_channel();
        let stopped = futures::stream::poll_fn(move |cx| heard.poll_recv(cx));
        let serving = tokio::spawn(async move { server.serve(vec![part], stopped).await.unwrap() });
        Self { address, admin, probe, stack, ready, stops, serving }
    }

    fn channels(&self) -> [ServiceChannel; 2] {
        let remote = channel::remote(&format!("http://{}", self.address)).unwrap();
        [channel::local(self.stack.clone()), remote]
    }

    fn remote(&self) -> Client {
        let [_, remote] = self.channels();
        Client::new(remote)
    }

    fn both(&self) -> [Client; 2] {
        self.channels().map(Client::new)
    }
}

/// Free ports, and no time to lose.
fn settings() -> Settings {
    let free = SocketAddr::from(([127, 0, 0, 1], 0));
    Settings {
        listen: free,
        admin: Some(free),
        drain_delay: Duration::from_millis(100),
        drain_grace: Duration::from_secs(10),
        max_connection_age: None,
        cors_origins: Origins::default(),
    }
}

/// What is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Waits for a level, never for an edge.
async fn until(mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < Duration::from_secs(10), "waited in vain");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn what_no_handler_answered_has_a_reason_as_well() {
    const METHOD: &str = "probe.v1.ProbeService";
    let world = World::new().await;
    for channel in world.channels() {
        let said = async |path: &'static str, text: &str| {
            Detail::of(&refused(channel.clone(), path, ask(text).into_inner()).await)
        };
        let unknown = said("/probe.v1.ProbeService/Checks", "").await;
        assert_eq!(
            (unknown.code, unknown.reason.as_str()),
            (Code::Unimplemented, "METHOD_UNKNOWN")
        );
        assert_eq!(unknown.metadata["method"], format!("{METHOD}/Checks"));

        let long = "x".repeat(5_000_000);
        for (path, text, which) in [
            ("/probe.v1.ProbeService/Check", long.as_str(), "request"),
            ("/probe.v1.ProbeService/Long", "", "response"),
        ] {
            let found = said(path, text).await;
            assert_eq!(
                (found.code, found.reason.as_str()),
                (Code::OutOfRange, "MESSAGE_TOO_LARGE")
            );
            assert_eq!(found.metadata["message"], which);
        }

        // The number is where a text should be.
        let number = prost_types::Duration { seconds: 5, nanos: 0 };
        let status = refused(channel.clone(), "/probe.v1.ProbeService/Check", number).await;
        let detail = Detail::of(&status);
        let found = (detail.code, detail.reason.as_str());
        assert_eq!(found, (Code::InvalidArgument, "MESSAGE_MALFORMED"));
        assert!(detail.metadata["detail"].contains("invalid wire type"), "{detail:?}");
    }
    // Only a port has other services beside it to ask for.
    let [_, remote] = world.channels();
    let nobody = refused(remote, "/nobody.v1.NobodyService/Check", ask("").into_inner()).await;
    let detail = Detail::of(&nobody);
    assert_eq!((detail.code, detail.reason.as_str()), (Code::Unimplemented, "METHOD_UNKNOWN"));
    assert_eq!(detail.metadata["method"], "nobody.v1.NobodyService/Check");
}

#[tokio::test]
async fn a_deadline_is_kept_and_named_both_ways() {
    let world = World::new().await;
    for mut client in world.both() {
        let mut request = ask("slow");
        // Long enough that the stack's margin outlasts a busy machine: the transport has a timer too.
        request.set_timeout(Duration::from_secs(2));
        let begun = Instant::now();
        let status = client.check(request).await.unwrap_err();
        assert!(begun.elapsed() < Duration::from_secs(5));
        let detail = Detail::of(&status);
        let found = (detail.code, detail.reason.as_str());
        assert_eq!(found, (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"));
    }
}

#[tokio::test]
async fn a_call_without_a_deadline_is_capped() {
    let limits = Limits { max_deadline: Duration::from_millis(100), ..Limits::default() };
    let world = World::with(limits, Duration::from_secs(1)).await;
    for mut client in world.both() {
        let status = client.check(ask("slow")).await.unwrap_err();
        assert_eq!(status.code(), Code::DeadlineExceeded);
        // A stream is bounded to its headers only.
        let mut stream = client.watch("").await.unwrap();
        stream.next().await.unwrap().unwrap();
        assert!(tokio::time::timeout(Duration::from_millis(300), stream.next()).await.is_err());
    }
}

#[tokio::test]
async fn a_panic_is_an_internal_error_both_ways() {
    let world = World::new().await;
    for mut client in world.both() {
        let detail = Detail::of(&client.check(ask("panic")).await.unwrap_err());
        assert_eq!((detail.code, detail.reason.as_str()), (Code::Internal, "INTERNAL"));
        assert!(!detail.message.contains("purpose"));

        let mut stream = client.watch("panic").await.unwrap();
        stream.next().await.unwrap().unwrap();
        let detail = Detail::of(&stream.next().await.unwrap().unwrap_err());
        assert_eq!((detail.code, detail.reason.as_str()), (Code::Internal, "INTERNAL"));

        client.check(ask("")).await.unwrap();
    }
    assert_eq!(world.stack.panics(), 4);
}

#[tokio::test]
async fn an_internal_error_is_logged_with_its_call_and_its_cause() {
    let world = World::new().await;
    let [local, _] = world.channels();
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .with_max_level(tracing::Level::ERROR)
        .finish();
    let logging = tracing::subscriber::set_default(subscriber);
    for text in ["broken", "panic"] {
        let detail = Detail::of(&Client::new(local.clone()).check(ask(text)).await.unwrap_err());
        assert_eq!((detail.code, detail.reason.as_str()), (Code::Internal, "INTERNAL"));
        assert!(!format!("{detail:?}").contains("no such column"), "{detail:?}");
        let said = String::from_utf8(std::mem::take(&mut *log.0.lock().unwrap())).unwrap();
        let cause = if text == "broken" { "no such column" } else { "a handler panicked" };
        let [cause_line, end] = &said.lines().collect::<Vec<_>>()[..] else { panic!("{said}") };
        assert!(cause_line.contains("internal error") && cause_line.contains(cause), "{said}");
        assert!(end.contains("call failed") && end.contains("code=Internal"), "{said}");
        for line in [cause_line, end] {
            assert!(line.contains("method=\"probe.v1.ProbeService/Check\""), "{said}");
            assert!(line.contains("principal=\"local\""), "{said}");
        }
    }
    drop(logging);
}

#[tokio::test]
async fn beyond_the_limit_calls_are_refused_at_once_and_health_is_not() {
    let limits = Limits { max_in_flight: 1, ..Limits::default() };
    let world = World::with(limits, Duration::from_secs(10)).await;
    let mut first = world.remote();
    // A stream gives its place back with its headers.
    let _stream = first.watch("").await.unwrap();
    let held = tokio::spawn(async move { first.check(ask("gate")).await });
    until(async || world.stack.in_flight() == 1).await;
    for mut client in world.both() {
        let detail = Detail::of(&client.check(ask("")).await.unwrap_err());
        assert_eq!((detail.code, detail.reason.as_str()), (Code::ResourceExhausted, "OVERLOADED"));
        assert_eq!(detail.metadata["limit"], "1");
        assert!(detail.retry_after.is_some());
    }
    let mut probing = health(world.address).await;
    probing.check(HealthCheckRequest::default()).await.unwrap();
    world.probe.gate.notify_one();
    held.await.unwrap().unwrap();
    for mut client in world.both() {
        client.check(ask("")).await.unwrap();
    }
}

#[tokio::test]
async fn the_principal_is_metadata_and_extensions_do_not_travel() {
    let world = World::new().await;
    for mut client in world.both() {
        let mut request = ask("smuggled");
        request.extensions_mut().insert(Smuggled);
        request.extensions_mut().insert(tonic::GrpcMethod::new(NAME, "Check"));
        request.extensions_mut().insert(Caller::inside("root"));
        client.check(request).await.unwrap();

        let mut request = ask("who");
        request.extensions_mut().insert(Caller::inside("root"));
        request.metadata_mut().insert("devisa-principal", "wati".parse().unwrap());
        client.check(request).await.unwrap();

        let status = client.check(ask("who")).await.unwrap_err();
        assert_eq!(status.message(), "local");

        let mut request = ask("");
        request.metadata_mut().insert("devisa-principal", "dua kata".parse().unwrap());
        assert_eq!(client.check(request).await.unwrap_err().code(), Code::InvalidArgument);
    }
}

#[tokio::test]
async fn an_outgoing_call_carries_its_caller_and_keeps_to_its_time() {
    let world = World::new().await;
    for mut client in world.both() {
        let outgoing = Outgoing::new(&Caller::inside("wati"), "probe");
        let message = |text| ask(text).into_inner();
        outgoing.send(message("who"), |request| client.check(request)).await.unwrap();

        let hurried = outgoing.clone().within(Duration::from_millis(100));
        let failed = hurried.send(message("slow"), |request| client.check(request)).await;
        let Err(Failure::Unavailable(Refusal::UpstreamUnavailable { service, .. })) = failed else {
            panic!("{failed:?}");
        };
        assert_eq!(service, "probe");

        let refused = outgoing.send(message("panic"), |request| client.check(request)).await;
        assert!(matches!(refused, Err(Failure::Refused(detail)) if detail.reason == "INTERNAL"));
    }
    let mut nobody = Client::new(channel::remote("http://127.0.0.1:9").unwrap());
    let outgoing = Outgoing::new(&Caller::inside("wati"), "registry");
    // Spawned, because handlers need futures that can be sent; so do generated clients.
    let asked = async move {
        outgoing.send(ask("").into_inner(), |request| nobody.check(request)).await.map(drop)
    };
    let failed = tokio::spawn(asked).await.unwrap();
    assert!(matches!(failed, Err(Failure::Unavailable(_))), "{failed:?}");
}

#[tokio::test]
async fn readiness_follows_the_check() {
    let world = World::new().await;
    until(async || page(world.admin, "/readyz").await.contains("200")).await;
    assert!(page(world.admin, "/startupz").await.contains("200"));
    let status = async |name: &str| {
        let request = HealthCheckRequest { service: name.to_owned() };
        health(world.address).await.check(request).await.unwrap().into_inner().status
    };
    assert_eq!((status("").await, status(NAME).await), (1, 1));

    world.ready.store(false, Ordering::SeqCst);
    until(async || page(world.admin, "/readyz").await.contains("503")).await;
    assert_eq!((status("").await, status(NAME).await), (2, 2));
    assert!(page(world.admin, "/livez").await.contains("200"));
    assert!(page(world.admin, "/startupz").await.contains("200"));
    let mut admin = health(world.admin).await;
    assert_eq!(admin.check(HealthCheckRequest::default()).await.unwrap().into_inner().status, 2);
}

#[tokio::test]
async fn metrics_tell_what_is_taken_and_given_back() {
    let world = World::new().await;
    let shows = async |line: &str| {
        let page = whole_page(world.admin, "/metrics").await;
        page.lines().any(|found| found == line)
    };
    until(async || shows("devisa_calls_in_flight{service=\"probe\"} 0").await).await;
    assert!(shows("devisa_calls_limit{service=\"probe\"} 512").await);
    assert!(shows("# TYPE devisa_panics_total counter").await);

    let mut client = world.remote();
    let mut other = world.remote();
    let held = tokio::spawn(async move { other.check(ask("gate")).await });
    until(async || shows("devisa_calls_in_flight{service=\"probe\"} 1").await).await;
    client.check(ask("panic")).await.unwrap_err();
    assert!(shows("devisa_panics_total{service=\"probe\"} 1").await);
    world.probe.gate.notify_one();
    held.await.unwrap().unwrap();
    until(async || shows("devisa_calls_in_flight{service=\"probe\"} 0").await).await;
}

#[tokio::test]
async fn probes_answer_from_the_bind_on() {
    let server = Server::bind(settings(), Drain::new()).await.unwrap();
    let admin = server.admin_address().unwrap();
    assert!(page(admin, "/livez").await.contains("200"));
    assert!(page(admin, "/readyz").await.contains("503"));
    assert!(page(admin, "/startupz").await.contains("503"));
    assert!(page(admin, "/metrics").await.contains("200"));
}

#[tokio::test]
async fn a_stop_lets_calls_finish_and_ends_streams() {
    let world = World::new().await;
    let mut client = world.remote();
    let mut stream = client.watch("").await.unwrap();
    stream.next().await.unwrap().unwrap();
    let mut probing = health(world.address).await;
    let watched = probing.watch(HealthCheckRequest::default()).await.unwrap().into_inner();
    let watched = tokio::spawn(watched.collect::<Vec<_>>());
    // One that never says a word must not hold the server for ever either.
    let _silent = TcpStream::connect(world.address).await.unwrap();
    let mut other = world.remote();
    let in_flight = tokio::spawn(async move { other.check(ask("brief")).await });
    until(async || world.stack.in_flight() == 1).await;

    world.stops.send(()).unwrap();
    until(async || page(world.admin, "/readyz").await.contains("503")).await;
    assert!(page(world.admin, "/livez").await.contains("200"));
    in_flight.await.unwrap().unwrap();
    let detail = Detail::of(&stream.next().await.unwrap().unwrap_err());
    assert_eq!((detail.code, detail.reason.as_str()), (Code::Unavailable, "SERVER_DRAINING"));
    assert_eq!(detail.metadata["revision"], "r1");
    let told = watched.await.unwrap();
    assert_eq!(told.last().unwrap().as_ref().unwrap().status, 2);
    drop(_silent);
    assert_eq!(world.serving.await.unwrap(), Ending::Finished);
    assert!(TcpStream::connect(world.address).await.is_err());
}

#[tokio::test]
async fn what_does_not_end_is_cut_short() {
    let world = World::with(Limits::default(), Duration::from_millis(200)).await;
    let mut client = world.remote();
    let held = tokio::spawn(async move { client.check(ask("gate")).await });
    until(async || world.stack.in_flight() == 1).await;
    world.stops.send(()).unwrap();
    assert_eq!(world.serving.await.unwrap(), Ending::CutShort);
    held.abort();
}

#[tokio::test]
async fn a_second_stop_does_not_wait() {
    let world = World::with(Limits::default(), Duration::from_secs(60)).await;
    let mut client = world.remote();
    let held = tokio::spawn(async move { client.check(ask("gate")).await });
    until(async || world.stack.in_flight() == 1).await;
    world.stops.send(()).unwrap();
    world.stops.send(()).unwrap();
    assert_eq!(world.serving.await.unwrap(), Ending::Forced);
    held.abort();
}

/// What a page's browser is told of a method, asking beforehand and then calling. Headers are in
/// lower case already.
async fn as_a_browser(world: &World, origin: &str) -> [String; 2] {
    let path = "/probe.v1.ProbeService/Broken";
    let head = format!("HTTP/1.1\r\nhost: x\r\nconnection: close\r\norigin: {origin}\r\n");
    let before = format!(
        "OPTIONS {path} {head}access-control-request-method: POST\r\n\
         access-control-request-headers: content-type,devisa-principal,x-grpc-web\r\n\r\n"
    );
    let call = format!(
        "POST {path} {head}content-type: application/grpc-web+proto\r\ncontent-length: 5\r\n\r\n"
    );
    let call = [call.as_bytes(), &[0; 5]].concat();
    let said = async |request: &[u8]| {
        String::from_utf8_lossy(&http(world.address, request).await).into_owned()
    };
    [said(before.as_bytes()).await, said(&call).await]
}

#[tokio::test]
async fn pages_call_whose_origin_is_named() {
    let cors_origins: Origins = "https://portal.example,http://localhost:5173".parse().unwrap();
    let world = World::running(Limits::default(), Settings { cors_origins, ..settings() }).await;
    for origin in ["https://portal.example", "http://localhost:5173"] {
        let [before, call] = as_a_browser(&world, origin).await;
        assert!(before.starts_with("HTTP/1.1 200"), "{before}");
        let let_in = format!("access-control-allow-origin: {origin}\r\n");
        for told in [
            let_in.as_str(),
            "access-control-allow-methods: POST\r\n",
            "access-control-allow-headers: content-type,devisa-principal,x-grpc-web\r\n",
            "access-control-max-age: 7200\r\n",
        ] {
            assert!(before.contains(told), "{told}\n{before}");
        }
        let readable = "grpc-status,grpc-message,grpc-status-details-bin";
        let readable = format!("access-control-expose-headers: {readable}\r\n");
        for told in [&let_in, &readable, "grpc-status: 12\r\n", "grpc-status-details-bin: "] {
            assert!(call.contains(told), "{told}\n{call}");
        }
        assert!(!call.contains("allow-credentials"), "{call}");
    }
    let answers = as_a_browser(&world, "https://portal.example.evil").await;
    assert!(!answers.concat().contains("access-control-allow-origin"), "{answers:?}");

    // What is no browser's is answered as ever.
    world.remote().check(ask("")).await.unwrap();
}

#[tokio::test]
async fn no_page_calls_when_none_is_named() {
    let world = World::new().await;
    let answers = as_a_browser(&world, "https://portal.example").await;
    assert!(!answers.concat().contains("access-control"), "{answers:?}");
}

#[tokio::test]
async fn grpc_web_and_reflection_answer_on_the_same_port() {
    let world = World::new().await;
    let call = async |path: &str| {
        let head = format!(
            "POST /{path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
             content-type: application/grpc-web+proto\r\ncontent-length: 5\r\n\r\n"
        );
        let request = [head.as_bytes(), &[0; 5]].concat();
        String::from_utf8_lossy(&http(world.address, &request).await).into_owned()
    };
    let answer = call("probe.v1.ProbeService/Check").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("grpc-status:0"), "{answer}");
    assert!(call("nobody.v1.NobodyService/Check").await.contains("grpc-status: 12"));

    let asked = tonic_reflection::pb::v1::ServerReflectionRequest {
        message_request: Some(
            tonic_reflection::pb::v1::server_reflection_request::MessageRequest::ListServices(
                String::new(),
            ),
        ),
        ..Default::default()
    };
    let channel = channel::remote(&format!("http://{}", world.address)).unwrap();
    let mut client =
        tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient::new(channel);
    let stream = Request::new(futures::stream::iter([asked]));
    let answers = tokio::spawn(async move { client.server_reflection_info(stream).await });
    let mut answers = answers.await.unwrap().unwrap().into_inner();
    let listed = format!("{:?}", answers.next().await.unwrap().unwrap());
    assert!(listed.contains(NAME) && listed.contains("grpc.health.v1.Health"), "{listed}");

    // Older tools know only the version before.
    use tonic_reflection::pb::v1alpha as old;
    let asked = old::ServerReflectionRequest {
        message_request: Some(
            old::server_reflection_request::MessageRequest::FileContainingSymbol(
                "grpc.reflection.v1alpha.ServerReflection".to_owned(),
            ),
        ),
        ..Default::default()
    };
    let channel = channel::remote(&format!("http://{}", world.address)).unwrap();
    let mut client = old::server_reflection_client::ServerReflectionClient::new(channel);
    let stream = Request::new(futures::stream::iter([asked]));
    let answers = tokio::spawn(async move { client.server_reflection_info(stream).await });
    let mut answers = answers.await.unwrap().unwrap().into_inner();
    let found = format!("{:?}", answers.next().await.unwrap().unwrap());
    assert!(found.contains("FileDescriptorResponse"), "{found}");
}
