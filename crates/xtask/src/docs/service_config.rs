//! `proto/service_config.json`: deadlines and retries for clients that take a gRPC service config.
//! Which method falls under which policy is told by its name, so that none is forgotten.

use devisa_schema::{Effect, Schema, effect, prost_reflect::MethodDescriptor, verb};
use serde_json::{Value, json};

/// The file. Why it says what it says: `docs/service-config.md`.
pub(super) fn render(schema: &Schema) -> String {
    let methods = schema.methods();
    let under = |policy: Policy| -> Vec<Value> {
        methods.iter().filter(|method| Policy::of(method) == policy).map(name).collect()
    };
    let entries = Policy::ALL.map(|policy| policy.entry(under(policy)));
    let config = json!({
        "loadBalancingConfig": [{"round_robin": {}}],
        "methodConfig": entries,
        "retryThrottling": {"maxTokens": 10, "tokenRatio": 0.1},
    });
    format!("{config:#}\n")
}

/// How the calls of a method are bounded and repeated.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Policy {
    /// Reads of a few rows.
    Lookup,
    /// Reads that add up many rows.
    Total,
    /// Changes: repeated only because their `request_id` makes that safe.
    Mutation,
    /// Streams: unbounded, and resumed by their caller.
    Stream,
}

impl Policy {
    const ALL: [Self; 4] = [Self::Lookup, Self::Total, Self::Mutation, Self::Stream];

    fn of(method: &MethodDescriptor) -> Self {
        match effect(method) {
            Effect::Stream => Self::Stream,
            Effect::Mutation => Self::Mutation,
            Effect::Read => match verb(method.name()) {
                "Check" | "Count" | "Summarize" => Self::Total,
                _ => Self::Lookup,
            },
        }
    }

    fn entry(self, names: Vec<Value>) -> Value {
        match self {
            Self::Lookup => {
                json!({"name": names, "timeout": "10s", "retryPolicy": retry(4, "0.1s")})
            }
            Self::Total => {
                json!({"name": names, "timeout": "30s", "retryPolicy": retry(3, "0.2s")})
            }
            Self::Mutation => {
                json!({"name": names, "timeout": "30s", "retryPolicy": retry(3, "0.2s")})
            }
            Self::Stream => json!({"name": names}),
        }
    }
}

fn retry(attempts: u32, first: &str) -> Value {
    json!({
        "maxAttempts": attempts,
        "initialBackoff": first,
        "maxBackoff": "2s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"],
    })
}

fn name(method: &MethodDescriptor) -> Value {
    json!({"service": method.parent_service().full_name(), "method": method.name()})
}
