//! Methods: how they are called, over HTTP as well, and the standard ones (AIP-127, 131 to 136).

use devisa_schema::{
    Effect, Http, Resource, Schema, effect,
    prost_reflect::{FieldDescriptor, MessageDescriptor, MethodDescriptor},
    verb,
};

use super::{Found, Rule, is_message, numbered};

pub(super) const HTTP: Rule = Rule {
    name: "method.http",
    demand: "annotate google.api.http: a path under `/<service>/v1/`; `get` reads without a body, \
             Create is `post` with the resource as body, Update `patch`, Delete `delete`, and any \
             other verb a `post` to `…:<verb>` with body `*`",
    check: http,
    bad: &[
        ("option (google.api.http) = {get: \"/sample/v1/{name=things/*}\"};", ""),
        ("{get: \"/sample/v1/{name=things/*}\"}", "{get: \"/v1/{name=things/*}\"}"),
        ("post: \"/sample/v1/{name=things/*}:close\"", "post: \"/sample/v1/{name=things/*}\""),
        ("delete: \"/sample/v1/{name=things/*}\"", "get: \"/sample/v1/{name=things/*}\""),
    ],
};

fn http(schema: &Schema, found: &mut Found) {
    for method in schema.methods() {
        match schema.http(&method) {
            None => found.note(method.full_name(), "has no google.api.http"),
            Some(http) => {
                let right = fits(&method, &http);
                found.unless(right, method.full_name(), format!("is {http:?}"));
            }
        }
    }
}

fn fits(method: &MethodDescriptor, http: &Http) -> bool {
    let service =
        method.parent_service().package_name().split('.').nth(1).unwrap_or_default().to_owned();
    let custom = http.path.rsplit_once(':').is_some();
    let shaped = match (verb(method.name()), http.verb.as_str()) {
        ("Create", "post") => !custom && !http.body.is_empty() && http.body != "*",
        ("Update", "patch") => !custom && !http.body.is_empty() && http.body != "*",
        ("Delete", "delete") => !custom && http.body.is_empty(),
        ("Get" | "List", "get") => !custom && http.body.is_empty(),
        ("Create" | "Update" | "Delete" | "Get" | "List", _) => false,
        // Recording adds to a collection, as creating does.
        ("Record", "post") => !http.body.is_empty(),
        (_, "get") => custom && effect(method) == Effect::Read,
        (_, "post") => custom && http.body == "*",
        _ => false,
    };
    shaped && http.path.starts_with(&format!("/{service}/v1/"))
}

pub(super) const MESSAGES: Rule = Rule {
    name: "method.messages",
    demand: "the request is called `<Method>Request`; the response is the resource (or \
             google.protobuf.Empty), or is called `<Method>Response`",
    check: messages,
    bad: &[
        (
            "rpc CloseThing(CloseThingRequest) returns (Thing)",
            "rpc CloseThing(CloseThingRequest) returns (Part)",
        ),
        ("rpc DeleteThing(DeleteThingRequest)", "rpc DeleteThing(CloseThingRequest)"),
    ],
};

fn messages(schema: &Schema, found: &mut Found) {
    for method in schema.methods() {
        let (request, response) = (method.input(), method.output());
        let asked = request.name() == format!("{}Request", method.name());
        found.unless(asked, method.full_name(), format!("takes {}", request.name()));
        let answered = response.name() == format!("{}Response", method.name())
            || response.full_name() == "google.protobuf.Empty"
            || schema.resource(&response).is_some();
        found.unless(answered, method.full_name(), format!("answers {}", response.name()));
    }
}

pub(super) const FIRST_FIELD: Rule = Rule {
    name: "method.first_field",
    demand: "what a request is about comes first, REQUIRED: `name`, `names` or `parent` is its field \
             1; beside `names`, an OPTIONAL `parent` comes before them (AIP-231)",
    check: first_field,
    bad: &[(
        "// The thing to close.\n  string name = 1 [\n    (google.api.field_behavior) = REQUIRED",
        "// The thing to close.\n  string name = 1 [\n    (google.api.field_behavior) = OPTIONAL",
    )],
};

fn first_field(schema: &Schema, found: &mut Found) {
    for method in schema.methods() {
        let request = method.input();
        let batch = request.get_field_by_name("names").is_some();
        let mut next = 1;
        for about in ["parent", "name", "names"] {
            let Some(field) = request.get_field_by_name(about) else { continue };
            let needed = schema.behaves(&field, "REQUIRED") || (about == "parent" && batch);
            let held = field.number() == next && needed;
            found.unless(held, field.full_name(), "is not first and required");
            next += 1;
        }
    }
}

pub(super) const STANDARD: Rule = Rule {
    name: "method.standard",
    demand: "Get, Delete: `name` of the resource's type. List: `parent` where the resource has \
             one. Create: `parent` where the resource has one, `<resource>_id` OPTIONAL or \
             REQUIRED, `<resource>` REQUIRED. Update: `<resource>` REQUIRED as field 1, \
             google.protobuf.FieldMask `update_mask` OPTIONAL. Get, Create, Update answer the resource",
    check: standard,
    bad: &[
        ("string thing_id = 1", "string id = 1"),
        ("google.protobuf.FieldMask update_mask = 2", "string update_mask = 2"),
        (
            "google.protobuf.FieldMask update_mask = 2 [(google.api.field_behavior) = OPTIONAL]",
            "google.protobuf.FieldMask update_mask = 2 [(google.api.field_behavior) = REQUIRED]",
        ),
        (
            "string thing_id = 1 [(google.api.field_behavior) = OPTIONAL]",
            "string thing_id = 1 [(google.api.field_behavior) = OUTPUT_ONLY]",
        ),
        (
            "// The thing's name, `things/a`.\n  string name = 1 [\n    (google.api.field_behavior) = REQUIRED,\n    (google.api.resource_reference).type = \"sample.devisa/Thing\"",
            "// The thing's name, `things/a`.\n  string name = 1 [\n    (google.api.field_behavior) = REQUIRED,\n    (google.api.resource_reference).type = \"sample.devisa/Other\"",
        ),
    ],
};

fn standard(schema: &Schema, found: &mut Found) {
    for method in schema.methods() {
        let kept = match verb(method.name()) {
            "Get" => of_the_response(schema, &method, get),
            "Create" => of_the_response(schema, &method, create),
            "Update" => of_the_response(schema, &method, update),
            "List" => list(schema, &method),
            "Delete" => delete(schema, &method),
            _ => true,
        };
        found.unless(kept, method.full_name(), "is not as the standard method of its name");
    }
}

type Shape = fn(&Schema, &MessageDescriptor, &Resource) -> bool;

fn of_the_response(schema: &Schema, method: &MethodDescriptor, shape: Shape) -> bool {
    let resource = schema.resource(&method.output());
    resource.is_some_and(|resource| shape(schema, &method.input(), &resource))
}

fn get(schema: &Schema, request: &MessageDescriptor, resource: &Resource) -> bool {
    let name = numbered(request, 1, "name");
    name.is_some_and(|name| schema.reference(&name).as_ref() == Some(&resource.kind))
}

fn create(schema: &Schema, request: &MessageDescriptor, resource: &Resource) -> bool {
    let id = request.get_field_by_name(&format!("{}_id", resource.snake()));
    let stated = |id: FieldDescriptor| {
        ["OPTIONAL", "REQUIRED"].iter().any(|behaviour| schema.behaves(&id, behaviour))
    };
    id.is_some_and(stated) && parent(request, resource) && takes(schema, request, resource)
}

fn update(schema: &Schema, request: &MessageDescriptor, resource: &Resource) -> bool {
    let mask = request.get_field_by_name("update_mask");
    let masked = mask.is_some_and(|mask| {
        is_message(&mask, "google.protobuf.FieldMask") && schema.behaves(&mask, "OPTIONAL")
    });
    masked && numbered(request, 1, &resource.snake()).is_some() && takes(schema, request, resource)
}

/// Whether the resource itself is in the request.
fn takes(schema: &Schema, request: &MessageDescriptor, resource: &Resource) -> bool {
    let field = request.get_field_by_name(&resource.snake());
    let same = |field: FieldDescriptor| {
        let kind = field.kind().as_message().and_then(|message| schema.resource(message));
        kind.as_ref() == Some(resource) && schema.behaves(&field, "REQUIRED")
    };
    field.is_some_and(same)
}

fn list(schema: &Schema, method: &MethodDescriptor) -> bool {
    let items = method.output().get_field(1);
    let kind = items.and_then(|items| items.kind().as_message().cloned());
    // A list of what is no resource, such as events, has no parent to name.
    let resource = kind.and_then(|kind| schema.resource(&kind));
    resource.is_none_or(|resource| parent(&method.input(), &resource))
}

fn parent(request: &MessageDescriptor, resource: &Resource) -> bool {
    request.get_field_by_name("parent").is_some() == resource.has_parent()
}

fn delete(schema: &Schema, method: &MethodDescriptor) -> bool {
    let noun = method.name().trim_start_matches("Delete");
    let resources = schema.resources();
    let resource = resources.iter().find(|(message, _)| message.name() == noun);
    resource.is_some_and(|(_, resource)| get(schema, &method.input(), resource))
}
