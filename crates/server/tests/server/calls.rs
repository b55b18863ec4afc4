//! Calls through the stack: what they are told, how long they may take, who they are from.

use std::time::{Duration, Instant};

use devisa_domain::refusal::Refusal;
use devisa_server::{Caller, Detail, Limits, Outgoing, channel, outgoing::Failure};
use futures::StreamExt;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;

use crate::{
    probe::{Client, NAME, Smuggled, ask, health, refused},
    world::{Log, World, until},
};

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
