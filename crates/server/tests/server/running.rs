//! A server from its bind to its end.

use std::{sync::atomic::Ordering, time::Duration};

use devisa_server::{Detail, Drain, Ending, Limits, Server};
use futures::StreamExt;
use tokio::net::TcpStream;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;

use crate::{
    probe::{NAME, ask, health, page, whole_page},
    world::{World, settings, until},
};

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
