//! Resources: their names and what all of them have (AIP-122, 123, 148).

use devisa_schema::{
    Resource, Schema,
    prost_reflect::{Kind, MessageDescriptor},
};

use super::{Found, Rule, is_message, numbered};

pub(super) const NAME: Rule = Rule {
    name: "resource.name",
    demand: "begin with `string name = 1`, IDENTIFIER",
    check: name,
    bad: &[(
        "string name = 1 [(google.api.field_behavior) = IDENTIFIER]",
        "string name = 1 [(google.api.field_behavior) = OUTPUT_ONLY]",
    )],
};

fn name(schema: &Schema, found: &mut Found) {
    for (message, _) in schema.resources() {
        let name = numbered(&message, 1, "name");
        let right = name
            .is_some_and(|name| schema.behaves(&name, "IDENTIFIER") && name.kind() == Kind::String);
        found.unless(right, message.full_name(), "has no identifying name as its first field");
    }
}

pub(super) const PATTERN: Rule = Rule {
    name: "resource.pattern",
    demand: "type `<service>.devisa/<Message>`; singular the message in camelCase; pattern \
             `[parents/{parent}/]<plural>/{<singular in snake_case>}`, collections in camelCase",
    check: pattern,
    bad: &[
        ("pattern: \"things/{thing}\"", "pattern: \"things/{thing_id}\""),
        ("plural: \"things\"", "plural: \"Things\""),
    ],
};

fn pattern(schema: &Schema, found: &mut Found) {
    for (message, resource) in schema.resources() {
        let right = well_named(&message, &resource);
        found.unless(right, message.full_name(), format!("is {resource:?}"));
    }
}

fn well_named(message: &MessageDescriptor, resource: &Resource) -> bool {
    let service = message.package_name().split('.').nth(1).unwrap_or_default().to_owned();
    let own = format!("{}/{{{}}}", resource.plural, resource.snake());
    let camel = message.name()[..1].to_ascii_lowercase() + &message.name()[1..];
    let parents = resource.pattern.strip_suffix(&own);
    let segments = parents.map(|parents| parents.split_terminator('/').collect::<Vec<_>>());
    let paired = segments.is_some_and(|segments| {
        segments.len() % 2 == 0 && segments.chunks(2).all(|pair| pair[1].starts_with('{'))
    });
    resource.kind == format!("{service}.devisa/{}", message.name())
        && resource.singular == camel
        && resource.plural.starts_with(|first: char| first.is_ascii_lowercase())
        && resource.plural.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && paired
}

pub(super) const COMMON: Rule = Rule {
    name: "resource.common",
    demand: "every resource has `string etag`, output-only `create_time` and `update_time`, \
             `delete_time` where it has a Delete, and `provenance` where it has a Create",
    check: common,
    bad: &[
        (
            "google.protobuf.Timestamp update_time = 11 [(google.api.field_behavior) = OUTPUT_ONLY]",
            "google.protobuf.Timestamp update_time = 11 [(google.api.field_behavior) = OPTIONAL]",
        ),
        ("string etag = 8;", "string tag = 8 [(google.api.field_behavior) = OUTPUT_ONLY];"),
        (
            "google.protobuf.Timestamp delete_time = 12",
            "google.protobuf.Timestamp vanish_time = 12",
        ),
        ("devisa.common.v1.Provenance provenance = 13", "devisa.common.v1.Provenance origin = 13"),
    ],
};

fn common(schema: &Schema, found: &mut Found) {
    let methods: Vec<_> = schema.methods().iter().map(|each| each.name().to_owned()).collect();
    for (message, _) in schema.resources() {
        let offers = |verb: &str| methods.contains(&format!("{verb}{}", message.name()));
        let time = |field: &str| {
            let field = message.get_field_by_name(field);
            field.is_some_and(|field| schema.behaves(&field, "OUTPUT_ONLY"))
        };
        let mut owes = |held: bool, field: &str| {
            found.unless(held, message.full_name(), format!("has no {field} as it should"));
        };
        owes(message.get_field_by_name("etag").is_some(), "etag");
        owes(time("create_time"), "create_time");
        owes(time("update_time"), "update_time");
        owes(time("delete_time") || !offers("Delete"), "delete_time");
        owes(has_provenance(&message) || !(offers("Create") || offers("Record")), "provenance");
    }
}

fn has_provenance(message: &MessageDescriptor) -> bool {
    let field = message.get_field_by_name("provenance");
    field.is_some_and(|field| is_message(&field, "devisa.common.v1.Provenance"))
}
