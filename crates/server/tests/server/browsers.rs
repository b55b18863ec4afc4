//! What browsers and tools find on the port of the services.

use devisa_server::{Limits, Origins, channel, run::Settings};
use futures::StreamExt;
use tonic::Request;

use crate::{
    probe::{NAME, ask, http},
    world::{World, settings},
};

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
