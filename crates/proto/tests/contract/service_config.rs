//! `proto/service_config.json` holds to the rules of gRPC's service config (gRFC A6), knows every
//! method, and repeats nothing whose repetition is not safe.

use std::{collections::BTreeMap, fs};

use devisa_schema::{Effect, effect, prost_reflect::MethodDescriptor};
use serde_json::{Value, json};

use crate::{at_root, contract};

fn config() -> Value {
    let text = fs::read_to_string(at_root("proto/service_config.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Every method named, with the entry that it is named in.
fn entries(config: &Value) -> Vec<(String, &Value)> {
    let mut named = Vec::new();
    for entry in config["methodConfig"].as_array().unwrap() {
        for name in entry["name"].as_array().unwrap() {
            let [service, method] = ["service", "method"].map(|key| name[key].as_str().unwrap());
            named.push((format!("{service}/{method}"), entry));
        }
    }
    named
}

#[test]
fn every_method_is_named_once_and_nothing_else_is() {
    let config = config();
    let mut named: Vec<_> = entries(&config).into_iter().map(|(name, _)| name).collect();
    let mut absent = Vec::new();
    for name in contract().methods().iter().map(name) {
        match named.iter().position(|other| *other == name) {
            Some(position) => drop(named.swap_remove(position)),
            None => absent.push(name),
        }
    }
    assert!(absent.is_empty(), "absent: {absent:?}; run `cargo xtask docs`");
    assert!(named.is_empty(), "twice, or no method: {named:?}; run `cargo xtask docs`");
}

#[test]
fn the_file_keeps_the_rules_of_grpc() {
    assert_eq!(faults(&config()), Vec::<String>::new());
}

#[test]
fn what_breaks_the_rules_of_grpc_is_found() {
    let bad = |pointer: &str, value: Value| {
        let mut config = config();
        *config.pointer_mut(pointer).unwrap() = value;
        assert_ne!(faults(&config), Vec::<String>::new(), "{pointer}");
    };
    bad("/methodConfig/0/timeout", json!("10"));
    bad("/methodConfig/0/timeout", json!("-1s"));
    bad("/methodConfig/0/retryPolicy/maxAttempts", json!(1));
    bad("/methodConfig/0/retryPolicy/maxAttempts", json!(6));
    bad("/methodConfig/0/retryPolicy/initialBackoff", json!("0s"));
    bad("/methodConfig/0/retryPolicy/backoffMultiplier", json!(0));
    bad("/methodConfig/0/retryPolicy/retryableStatusCodes", json!([]));
    bad("/methodConfig/0/retryPolicy/retryableStatusCodes", json!(["UNAVAILIBLE"]));
    bad("/retryThrottling/maxTokens", json!(0));
    bad("/retryThrottling/tokenRatio", json!(0));
}

#[test]
fn only_what_is_safe_is_repeated_and_only_streams_are_unbounded() {
    let (config, schema) = (config(), contract());
    let entries: BTreeMap<_, _> = entries(&config).into_iter().collect();
    for method in schema.methods() {
        let name = name(&method);
        // One that is absent is named by the test above.
        let Some(entry) = entries.get(&name) else { continue };
        let stream = effect(&method) == Effect::Stream;
        assert_eq!(entry["timeout"].is_null(), stream, "{name}");
        let retried = !entry["retryPolicy"].is_null();
        let identified = method.input().get_field_by_name("request_id").is_some();
        let safe = effect(&method) == Effect::Read || (identified && !stream);
        assert!(safe || !retried, "{name} is repeated and may happen twice");
        let codes = &entry["retryPolicy"]["retryableStatusCodes"];
        assert!(!retried || *codes == json!(["UNAVAILABLE"]), "{name}");
    }
}

fn name(method: &MethodDescriptor) -> String {
    format!("{}/{}", method.parent_service().full_name(), method.name())
}

/// Where the file breaks the rules of gRPC.
fn faults(config: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let mut demand = |holds: bool, what: &str, value: &Value| {
        if !holds {
            faults.push(format!("{what}: {value}"));
        }
    };
    for entry in config["methodConfig"].as_array().unwrap() {
        let timeout = &entry["timeout"];
        demand(timeout.is_null() || is_duration(timeout), "timeout", timeout);
        let policy = &entry["retryPolicy"];
        if policy.is_null() {
            continue;
        }
        let attempts = &policy["maxAttempts"];
        demand((2..=5).contains(&attempts.as_u64().unwrap_or(0)), "maxAttempts", attempts);
        for key in ["initialBackoff", "maxBackoff"] {
            demand(is_duration(&policy[key]), key, &policy[key]);
        }
        let multiplier = &policy["backoffMultiplier"];
        demand(multiplier.as_f64() > Some(0.0), "backoffMultiplier", multiplier);
        let codes = &policy["retryableStatusCodes"];
        demand(are_codes(codes), "retryableStatusCodes", codes);
    }
    let throttling = &config["retryThrottling"];
    let tokens = &throttling["maxTokens"];
    demand((1..=1_000).contains(&tokens.as_u64().unwrap_or(0)), "maxTokens", tokens);
    demand(throttling["tokenRatio"].as_f64() > Some(0.0), "tokenRatio", &throttling["tokenRatio"]);
    faults
}

/// The proto3 JSON of a positive duration: `1.5s`.
fn is_duration(value: &Value) -> bool {
    let seconds = value.as_str().and_then(|text| text.strip_suffix('s'));
    let digits = |seconds: &str| seconds.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    seconds.is_some_and(|s| digits(s) && s.parse::<f64>().is_ok_and(|seconds| seconds > 0.0))
}

/// Some codes of gRPC by name.
fn are_codes(value: &Value) -> bool {
    const CODES: [&str; 16] = [
        "CANCELLED",
        "UNKNOWN",
        "INVALID_ARGUMENT",
        "DEADLINE_EXCEEDED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION",
        "ABORTED",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
        "INTERNAL",
        "UNAVAILABLE",
        "DATA_LOSS",
        "UNAUTHENTICATED",
    ];
    let codes = value.as_array().filter(|codes| !codes.is_empty());
    codes.is_some_and(|codes| {
        codes.iter().all(|code| code.as_str().is_some_and(|code| CODES.contains(&code)))
    })
}
