//! `docs/api.md`: the whole contract on one page.

use std::{collections::BTreeMap, fmt::Write};

use devisa_schema::{
    Commented, Schema,
    prost_reflect::{EnumDescriptor, MessageDescriptor, MethodDescriptor, ServiceDescriptor},
};

use super::text::{anchor, cell, kind, link, paragraphs};

const HEAD: &str = "\
# The API

Written by `cargo xtask docs` from the comments in [`proto/`](../proto); change them there.

Each method has its gRPC path, its HTTP form for gateways, and the fields of its request.
`REQUIRED`: the call is refused without it. `OPTIONAL`: it may be absent. `OUTPUT_ONLY`: set by the
server, ignored in requests. `IMMUTABLE`: set once. `IDENTIFIER`: the resource's name. Why a call is
refused: [the error reasons](errors/README.md). Deadlines and retries:
[the service config](service-config.md).
";

/// The page.
pub(super) fn render(schema: &Schema) -> String {
    let packages = packages(schema);
    let mut page = HEAD.to_owned();
    for (package, parts) in &packages {
        let _ = write!(page, "\n- [{package}](#{package})");
        for service in &parts.services {
            let _ = write!(page, "\n  - [{}](#{})", service.name(), service.full_name());
        }
    }
    page.push('\n');
    for (package, parts) in &packages {
        let _ = write!(page, "\n{}\n## {package}\n", anchor(package));
        parts.services.iter().for_each(|each| page.push_str(&service(schema, each)));
        parts.others(schema).iter().for_each(|each| page.push_str(&message(schema, each, "###")));
        parts.enums.iter().for_each(|each| page.push_str(&enumeration(each)));
    }
    page
}

/// What a package declares.
#[derive(Default)]
struct Package {
    services: Vec<ServiceDescriptor>,
    messages: Vec<MessageDescriptor>,
    enums: Vec<EnumDescriptor>,
}

impl Package {
    /// The messages that do not stand under the one method that uses them.
    fn others(&self, schema: &Schema) -> Vec<MessageDescriptor> {
        let methods = schema.methods();
        let under = |message: &MessageDescriptor| methods.iter().any(|it| belongs(message, it));
        self.messages.iter().filter(|message| !under(message)).cloned().collect()
    }
}

fn packages(schema: &Schema) -> BTreeMap<String, Package> {
    let mut packages = BTreeMap::<String, Package>::new();
    for each in schema.services() {
        packages.entry(each.package_name().to_owned()).or_default().services.push(each);
    }
    for each in schema.messages() {
        packages.entry(each.package_name().to_owned()).or_default().messages.push(each);
    }
    for each in schema.enums() {
        packages.entry(each.package_name().to_owned()).or_default().enums.push(each);
    }
    packages
}

/// Whether the message is the method's own request or response.
fn belongs(message: &MessageDescriptor, method: &MethodDescriptor) -> bool {
    let own = message.package_name() == method.parent_service().package_name()
        && message.name().starts_with(method.name());
    own && (*message == method.input() || *message == method.output())
}

fn service(schema: &Schema, service: &ServiceDescriptor) -> String {
    let mut text = format!("\n{}\n### {}\n", anchor(service.full_name()), service.name());
    text.push_str(&prose(&service.comment()));
    service.methods().for_each(|each| text.push_str(&method(schema, &each)));
    text
}

fn method(schema: &Schema, method: &MethodDescriptor) -> String {
    let service = method.parent_service();
    let mut text = format!("\n{}\n#### {}\n\n", anchor(method.full_name()), method.name());
    let _ = write!(text, "`{}/{}`", service.full_name(), method.name());
    if let Some(http) = schema.http(method) {
        let _ = write!(text, " · `{} {}`", http.verb.to_uppercase(), http.path);
    }
    text.push('\n');
    text.push_str(&prose(&method.comment()));
    let [asked, answered] = [
        (method.is_client_streaming(), method.input()),
        (method.is_server_streaming(), method.output()),
    ]
    .map(|(stream, message)| {
        format!("{}{}", if stream { "a stream of " } else { "" }, link(message.full_name()))
    });
    let _ = write!(text, "\nTakes {asked}, answers {answered}.\n");
    for part in [method.input(), method.output()] {
        if belongs(&part, method) {
            text.push_str(&message(schema, &part, "#####"));
        }
    }
    text
}

fn message(schema: &Schema, message: &MessageDescriptor, level: &str) -> String {
    let mut text =
        format!("\n{}\n{level} {}\n", anchor(message.full_name()), name(message.full_name()));
    text.push_str(&prose(&message.comment()));
    if let Some(resource) = schema.resource(message) {
        let _ = write!(text, "\nIts names: `{}`.\n", resource.pattern);
    }
    if message.fields().next().is_none() {
        return text;
    }
    text.push_str("\n| field | type | behaviour | meaning |\n|---|---|---|---|\n");
    for field in message.fields() {
        let behaviours = schema.behaviours(&field).join(" ");
        let meaning = match field.containing_oneof().filter(|oneof| !oneof.is_synthetic()) {
            Some(oneof) => format!("One of `{}`. {}", oneof.name(), cell(&field.comment())),
            None => cell(&field.comment()),
        };
        let _ =
            writeln!(text, "| `{}` | {} | {behaviours} | {meaning} |", field.name(), kind(&field));
    }
    text
}

fn enumeration(each: &EnumDescriptor) -> String {
    let mut text = format!("\n{}\n### {}\n", anchor(each.full_name()), name(each.full_name()));
    text.push_str(&prose(&each.comment()));
    text.push_str("\n| value | number | meaning |\n|---|---|---|\n");
    for value in each.values() {
        let _ = writeln!(
            text,
            "| `{}` | {} | {} |",
            value.name(),
            value.number(),
            cell(&value.comment())
        );
    }
    text
}

/// A type's name within its package: `Deal.State`.
fn name(full_name: &str) -> &str {
    full_name.split_once(".v1.").map_or(full_name, |(_, name)| name)
}

fn prose(comment: &str) -> String {
    paragraphs(comment).iter().map(|paragraph| format!("\n{paragraph}\n")).collect()
}
