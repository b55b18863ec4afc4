//! The pages of `docs/errors/` show what is really sent.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::{Value, json};
use tonic_types::StatusExt;

use super::*;

/// A status with this reason, as a caller could meet it.
fn sample(reason: Reason) -> Status {
    const REVISION: &str = "0000000100000000000002f40000000000000011";
    match reason {
        Reason::Overloaded => overloaded(512),
        Reason::DeadlineExceeded => deadline_exceeded(),
        Reason::ServerDraining => draining(Some(REVISION)),
        Reason::SlowReader => slow_reader(REVISION),
        Reason::StorageUnavailable => refuse(StorageError::Unavailable("refused".to_owned())),
        Reason::Internal => internal("a fault"),
        Reason::MethodUnknown => method_unknown("devisa.deal.v1.DealService/SignDeals"),
        Reason::MessageMalformed => message_malformed("invalid tag value: 0"),
        Reason::MessageTooLarge => message_too_large("request"),
        // No service sends it; a client that tells it as a status tells it so.
        Reason::ResourceDiffers => {
            let text =
                "organisations/temon-agro: display_name (given CV Temon, found CV Temon Agro)";
            let answer = Answer::new(reason, text).with("fields", "display_name");
            answer.about("organisations/temon-agro").into_status()
        }
        refused => {
            let mut samples = refusals().into_iter().map(|(refusal, _)| refusal);
            let sample = samples.find(|refusal| refusal.reason() == refused);
            refuse(sample.unwrap_or_else(|| panic!("refusals() has no sample of {refused:?}")))
        }
    }
}

/// A status as the pages write it: the proto3 JSON of `google.rpc.Status` with the code by name.
fn written(status: &Status) -> Value {
    let details = status.get_error_details();
    let mut list = Vec::new();
    if let Some(info) = details.error_info() {
        let metadata: BTreeMap<_, _> = info.metadata.iter().collect();
        list.push(json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": info.reason, "domain": info.domain, "metadata": metadata,
        }));
    }
    if let Some(bad) = details.bad_request() {
        let violation = |fault: &tonic_types::FieldViolation| json!({"field": fault.field, "reason": fault.reason, "description": fault.description});
        let violations: Vec<_> = bad.field_violations.iter().map(violation).collect();
        list.push(json!({
            "@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": violations,
        }));
    }
    if let Some(resource) = details.resource_info() {
        list.push(json!({
            "@type": "type.googleapis.com/google.rpc.ResourceInfo",
            "resourceType": resource.resource_type, "resourceName": resource.resource_name,
            "description": resource.description,
        }));
    }
    if let Some(delay) = details.retry_info().and_then(|info| info.retry_delay) {
        let delay = format!("{}.{:03}s", delay.as_secs(), delay.subsec_millis());
        list.push(json!({
            "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay,
        }));
    }
    json!({"code": name(status.code()), "message": status.message(), "details": list})
}

/// `InvalidArgument` is `INVALID_ARGUMENT` in JSON.
fn name(code: Code) -> String {
    let mut name = String::new();
    for letter in format!("{code:?}").chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

#[test]
fn the_example_on_each_page_is_what_is_sent() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors");
    let mut wrong = Vec::new();
    for reason in Reason::ALL {
        let page = fs::read_to_string(folder.join(format!("{}.md", reason.as_str())));
        let page = page.unwrap_or_default();
        let shown = page.split_once("```json\n").and_then(|(_, rest)| rest.split_once("```"));
        let shown = shown.and_then(|(shown, _)| serde_json::from_str::<Value>(shown).ok());
        let sent = written(&sample(reason));
        if shown.as_ref() != Some(&sent) {
            wrong.push(format!("docs/errors/{}.md should show\n{sent:#}", reason.as_str()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
