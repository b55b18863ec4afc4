//! What a method that changes something owes its callers (AIP-154, 155, 163).

use devisa_schema::{
    Effect, Schema, effect,
    prost_reflect::{Kind, MethodDescriptor},
    verb,
};

use super::{Found, Rule};

pub(super) const REQUEST_ID: Rule = Rule {
    name: "mutation.request_id",
    demand: "add `string request_id` OPTIONAL, which makes a repetition safe (AIP-155); if the \
             method changes nothing, its verb belongs into READING_VERBS of crates/schema/src/effect.rs",
    check: request_id,
    bad: &[(
        "string request_id = 3 [(google.api.field_behavior) = OPTIONAL];\n\n  // Checks everything and closes nothing.",
        "string attempt = 3 [(google.api.field_behavior) = OPTIONAL];\n\n  // Checks everything and closes nothing.",
    )],
};

fn request_id(schema: &Schema, found: &mut Found) {
    for method in mutations(schema) {
        let has = has(schema, &method, "request_id", Kind::String);
        found.unless(has, method.full_name(), "has no request_id");
    }
}

pub(super) const VALIDATE_ONLY: Rule = Rule {
    name: "mutation.validate_only",
    demand: "add `bool validate_only` OPTIONAL: creates and transitions can be tried (AIP-163); \
             Update, Delete and Undelete can be undone and have none",
    check: validate_only,
    bad: &[(
        "bool validate_only = 4 [(google.api.field_behavior) = OPTIONAL];\n}\n\n// Deletes",
        "bool dry_run = 4 [(google.api.field_behavior) = OPTIONAL];\n}\n\n// Deletes",
    )],
};

fn validate_only(schema: &Schema, found: &mut Found) {
    for method in mutations(schema) {
        let exempt = ["Update", "Delete", "Undelete"].contains(&verb(method.name()));
        let has = has(schema, &method, "validate_only", Kind::Bool);
        found.unless(has || exempt, method.full_name(), "has no validate_only");
    }
}

pub(super) const ETAG: Rule = Rule {
    name: "mutation.etag",
    demand: "add `string etag` OPTIONAL: what changes an existing resource can be made to depend on \
             what the caller has seen of it (AIP-154)",
    check: etag,
    bad: &[(
        "// The thing's etag, `\"1\"`.\n  string etag = 2",
        "// The thing's etag, `\"1\"`.\n  string version = 2",
    )],
};

fn etag(schema: &Schema, found: &mut Found) {
    for method in mutations(schema) {
        let existing = method.input().get_field_by_name("name").is_some();
        let has = has(schema, &method, "etag", Kind::String);
        found.unless(has || !existing, method.full_name(), "has no etag");
    }
}

fn mutations(schema: &Schema) -> impl Iterator<Item = MethodDescriptor> {
    schema.methods().into_iter().filter(|method| effect(method) == Effect::Mutation)
}

fn has(schema: &Schema, method: &MethodDescriptor, name: &str, kind: Kind) -> bool {
    let field = method.input().get_field_by_name(name);
    field.is_some_and(|field| field.kind() == kind && schema.behaves(&field, "OPTIONAL"))
}
