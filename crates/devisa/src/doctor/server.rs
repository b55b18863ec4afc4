//! A running server from outside: reachable, serving, and speaking the same contract.

use devisa_proto::mask::POOL;
use devisa_server::config::Service;
use futures::stream;
use prost::Message;
use prost_reflect::DynamicMessage;
use prost_types::FileDescriptorProto;
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};

use super::{
    process::named,
    report::Report,
    upstream::{self, Answer},
};
use crate::{
    client::{Client, not_grpc, within_deadline},
    exit::{Exit, Failure},
};

const OTHER_PORT: &str = "name the port of the services, not of the probes, nor of another program";

/// Looks at the server at a URL.
///
/// # Errors
/// The URL is none.
pub(super) async fn look(url: &str, report: &mut Report) -> Result<(), Failure> {
    match Client::connect(url).await {
        Ok(client) => look_at(&client, url, report).await,
        Err(failure) if failure.exit == Exit::Usage => return Err(failure),
        Err(failure) => {
            let why = failure.message.lines().next().unwrap_or_default();
            let cure = "start one with `devisa up`, or name another with --server URL";
            report.fail_with(Exit::Unreachable, "server", why, cure);
        }
    }
    Ok(())
}

/// Looks at the server at a URL, or tells that there is none.
pub(super) async fn look_if_there(url: &str, report: &mut Report) {
    match Client::connect(url).await {
        Ok(client) => look_at(&client, url, report).await,
        Err(_) => report.ok("server", format!("none at {url}; `devisa up` starts one")),
    }
}

async fn look_at(client: &Client, url: &str, report: &mut Report) {
    match upstream::latency(client).await {
        Some(took) => {
            let took = upstream::milliseconds(took);
            report.ok("server", format!("{url} answers in {took}"));
        }
        None => {
            let detail = format!("{url} answers, and not as Devisa does");
            return report.fail_with(Exit::Unreachable, "server", &detail, OTHER_PORT);
        }
    }
    let mut served = Vec::new();
    for service in Service::ALL {
        let what = named(service, "health");
        match upstream::ask(client, service).await {
            Answer::Serving(count) => {
                report.ok(&what, format!("SERVING, {count} gRPC services"));
                served.push(service);
            }
            Answer::Absent => report.ok(&what, "not served here"),
            Answer::Failing(names, why) => {
                let detail = format!("{why} ({})", upstream::which(service, &names));
                report.fail(&what, detail, &upstream::log(service));
            }
        }
    }
    let Some(first) = served.first() else { return };
    if !is_of_services(client, *first).await {
        let detail = format!("{url} tells its health and does nothing else");
        return report.fail_with(Exit::Unreachable, "server", &detail, OTHER_PORT);
    }
    contract(client, &served, report).await;
}

/// Whether calls are answered here, as on the port of the services: that of the probes tells health
/// as well. What is answered does not matter.
async fn is_of_services(client: &Client, service: Service) -> bool {
    let log = format!("devisa.{}.v1.EventService", service.as_str());
    let methods = POOL
        .get_service_by_name(&log)
        .into_iter()
        .flat_map(|log| log.methods().collect::<Vec<_>>());
    let Some(method) = methods.into_iter().find(|method| !method.is_server_streaming()) else {
        return true;
    };
    let asked = client.call(&method, &DynamicMessage::new(method.input())).await;
    asked.err().is_none_or(|status| not_grpc(&status).is_none())
}

/// Whether the server describes its services as this program knows them.
async fn contract(client: &Client, served: &[Service], report: &mut Report) {
    let mut differing = Vec::new();
    for name in served.iter().flat_map(|service| upstream::services(*service)) {
        let theirs = described(client, &name).await;
        if theirs.is_none() || theirs != ours(&name) {
            differing.push(name);
        }
    }
    let this = concat!("devisa ", env!("CARGO_PKG_VERSION"));
    if differing.is_empty() {
        return report.ok("contract", format!("the same as that of this program, {this}"));
    }
    let detail = format!("{} of {this} differ", differing.join(", "));
    report.warn("contract", detail, "use the program of the server's version");
}

/// The file that describes a gRPC service, as the server has it.
async fn described(client: &Client, service: &str) -> Option<FileDescriptorProto> {
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::FileContainingSymbol(service.to_owned())),
    };
    let request = within_deadline(stream::iter([request]));
    let mut reflection = ServerReflectionClient::new(client.channel());
    let answers = reflection.server_reflection_info(request).await.ok()?;
    let answer = answers.into_inner().message().await.ok()??;
    let Some(MessageResponse::FileDescriptorResponse(files)) = answer.message_response else {
        return None;
    };
    let file = files.file_descriptor_proto.first()?;
    FileDescriptorProto::decode(file.as_slice()).ok().map(without_comments)
}

fn ours(service: &str) -> Option<FileDescriptorProto> {
    let file = POOL.get_service_by_name(service)?.parent_file();
    Some(without_comments(file.file_descriptor_proto().clone()))
}

/// Comments change nothing about what is sent.
fn without_comments(mut file: FileDescriptorProto) -> FileDescriptorProto {
    file.source_code_info = None;
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_server_that_is_not_there_is_unreachable_only_when_it_was_named() {
        let mut report = Report::default();
        look_if_there("http://127.0.0.1:1", &mut report).await;
        assert_eq!(report.exit(), Exit::Fine);
        look("http://127.0.0.1:1", &mut report).await.unwrap();
        assert_eq!(report.exit(), Exit::Unreachable);
        let wrong = look("127.0.0.1:1", &mut report).await.unwrap_err();
        assert_eq!(wrong.exit, Exit::Usage);
    }

    #[test]
    fn every_service_is_described() {
        for service in Service::ALL {
            for name in upstream::services(service) {
                assert!(ours(&name).is_some_and(|file| file.source_code_info.is_none()));
            }
        }
    }
}
