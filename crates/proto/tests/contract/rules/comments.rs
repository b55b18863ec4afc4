//! Comments are the API reference (AIP-192), errors included.

use std::collections::BTreeSet;

use devisa_schema::{Commented, Schema, code_spans, prost_reflect::MethodDescriptor};

use super::{Found, Rule};

pub(super) const PRESENT: Rule = Rule {
    name: "comment.present",
    demand: "write a comment above it: meaning, format, unit, default, limits",
    check: present,
    bad: &[
        ("// The thing's colour, at most 50 characters.\n", "\n"),
        ("  // Closed for good.\n", "\n"),
        (
            "  // Gets a thing.\n  //\n  // Errors: `RESOURCE_NOT_FOUND`, `FIELD_INVALID`.\n",
            "\n// Detached: `FIELD_INVALID`, Errors:\n\n",
        ),
    ],
};

fn present(schema: &Schema, found: &mut Found) {
    let mut look = |at: &str, part: &dyn Commented| {
        found.unless(!part.comment().is_empty(), at, "has no comment");
    };
    schema.services().iter().for_each(|each| look(each.full_name(), each));
    schema.methods().iter().for_each(|each| look(each.full_name(), each));
    schema.fields().iter().for_each(|each| look(each.full_name(), each));
    for message in schema.messages() {
        look(message.full_name(), &message);
        let real = message.oneofs().filter(|oneof| !oneof.is_synthetic());
        real.for_each(|each| look(each.full_name(), &each));
    }
    for each in schema.enums() {
        look(each.full_name(), &each);
        each.values().for_each(|value| look(value.full_name(), &value));
    }
}

pub(super) const ERRORS: Rule = Rule {
    name: "comment.errors",
    demand: "end the method's comment with a paragraph `Errors:` that names the reasons of \
             devisa.error.v1.ErrorReason it answers with",
    check: errors,
    bad: &[("  // Errors: `RESOURCE_NOT_FOUND`, `FIELD_INVALID`.\n", "  // Never fails.\n")],
};

fn errors(schema: &Schema, found: &mut Found) {
    let known = reasons(schema);
    for method in schema.methods() {
        // A method without a comment breaks another rule.
        let comment = method.comment();
        let told = comment.split_once("Errors:").map(|(_, told)| told);
        let named = told.is_some_and(|told| code_spans(told).any(|span| known.contains(span)));
        found.unless(named || comment.is_empty(), method.full_name(), "does not tell its errors");
    }
}

pub(super) const REASONS: Rule = Rule {
    name: "comment.reasons",
    demand: "name the reason in the method's comment: what its request has can be refused",
    check: named_reasons,
    bad: &[
        ("`ETAG_MISMATCH`, `STATE_FORBIDS`", "`STATE_FORBIDS`"),
        ("`FILTER_INVALID`, `PAGE_TOKEN_INVALID`", "`PAGE_TOKEN_INVALID`"),
    ],
};

/// What a field of a request can be refused with.
const OWED: &[(&str, &str)] = &[
    ("etag", "ETAG_MISMATCH"),
    ("filter", "FILTER_INVALID"),
    ("page_token", "PAGE_TOKEN_INVALID"),
    ("request_id", "REQUEST_ID_REUSED"),
    ("update_mask", "ETAG_MISMATCH"),
];

fn named_reasons(schema: &Schema, found: &mut Found) {
    for method in schema.methods() {
        let comment = method.comment();
        let named: BTreeSet<_> = code_spans(&comment).collect();
        for reason in owed(&method) {
            let held = named.contains(reason) || comment.is_empty();
            found.unless(held, method.full_name(), format!("does not name {reason}"));
        }
    }
}

fn owed(method: &MethodDescriptor) -> BTreeSet<&'static str> {
    let request = method.input();
    let has = |field: &str| request.get_field_by_name(field).is_some();
    OWED.iter().filter(|(field, _)| has(field)).map(|(_, reason)| *reason).collect()
}

/// The reasons as they stand on the wire.
fn reasons(schema: &Schema) -> BTreeSet<String> {
    let reasons = schema.enumeration("devisa.error.v1.ErrorReason").unwrap();
    let wire = |name: &str| name.trim_start_matches("ERROR_REASON_").to_owned();
    reasons.values().map(|value| wire(value.name())).collect()
}
