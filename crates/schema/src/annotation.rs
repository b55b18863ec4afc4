//! The annotations of `google.api`.

use prost_reflect::{
    DynamicMessage, FieldDescriptor, MessageDescriptor, MethodDescriptor, ReflectMessage, Value,
};

use crate::Schema;

/// `google.api.http`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Http {
    /// `get`, `post`, `patch` or `delete`.
    pub verb: String,
    /// The path with its variables.
    pub path: String,
    /// The field that is the body, or `*`; empty for none.
    pub body: String,
}

/// `google.api.resource`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// `registry.devisa/Village`.
    pub kind: String,
    /// `villages/{village}`.
    pub pattern: String,
    /// `village`.
    pub singular: String,
    /// `villages`.
    pub plural: String,
}

impl Resource {
    /// Whether its names begin with another resource's.
    pub fn has_parent(&self) -> bool {
        self.pattern.split('/').count() > 2
    }

    /// The singular as fields spell it: `exchange_rate`.
    pub fn snake(&self) -> String {
        self.singular.chars().fold(String::new(), |mut snake, letter| {
            if letter.is_ascii_uppercase() {
                snake.push('_');
            }
            snake.push(letter.to_ascii_lowercase());
            snake
        })
    }
}

impl Schema {
    /// `google.api.http` of a method.
    pub fn http(&self, method: &MethodDescriptor) -> Option<Http> {
        let rule = self.message_option(&method.options(), "google.api.http")?;
        let pattern = rule.descriptor().oneofs().find(|oneof| oneof.name() == "pattern")?;
        let verb = pattern.fields().find(|field| rule.has_field(field))?;
        let (path, body) = (text(&rule, verb.name()), text(&rule, "body"));
        Some(Http { verb: verb.name().to_owned(), path, body })
    }

    /// `google.api.resource` of a message.
    pub fn resource(&self, message: &MessageDescriptor) -> Option<Resource> {
        let resource = self.message_option(&message.options(), "google.api.resource")?;
        let patterns = resource.get_field_by_name("pattern")?;
        let pattern = patterns.as_list()?.first()?.as_str()?.to_owned();
        Some(Resource {
            kind: text(&resource, "type"),
            pattern,
            singular: text(&resource, "singular"),
            plural: text(&resource, "plural"),
        })
    }

    /// The resources with the messages that are them.
    pub fn resources(&self) -> Vec<(MessageDescriptor, Resource)> {
        let annotated =
            |message: MessageDescriptor| Some((message.clone(), self.resource(&message)?));
        self.messages().into_iter().filter_map(annotated).collect()
    }

    /// `google.api.field_behavior` of a field, by name: `REQUIRED`.
    pub fn behaviours(&self, field: &FieldDescriptor) -> Vec<String> {
        let Some(extension) = self.pool.get_extension_by_name("google.api.field_behavior") else {
            return Vec::new();
        };
        let options = field.options();
        let values = options.get_extension(&extension);
        let (kind, listed) = (extension.kind(), values.as_list().unwrap_or_default());
        let name = |value: &Value| {
            Some(kind.as_enum()?.get_value(value.as_enum_number()?)?.name().to_owned())
        };
        listed.iter().filter_map(name).collect()
    }

    /// Whether a field has a behaviour.
    pub fn behaves(&self, field: &FieldDescriptor, behaviour: &str) -> bool {
        self.behaviours(field).iter().any(|has| has == behaviour)
    }

    /// The type of resource that a field refers to (`registry.devisa/Village`), by `type` or by
    /// `child_type`.
    pub fn reference(&self, field: &FieldDescriptor) -> Option<String> {
        let reference = self.message_option(&field.options(), "google.api.resource_reference")?;
        let kinds = [text(&reference, "type"), text(&reference, "child_type")];
        kinds.into_iter().find(|kind| !kind.is_empty())
    }

    fn message_option(&self, options: &DynamicMessage, name: &str) -> Option<DynamicMessage> {
        let extension = self.pool.get_extension_by_name(name)?;
        options
            .has_extension(&extension)
            .then(|| options.get_extension(&extension).into_owned())
            .and_then(|value| value.as_message().cloned())
    }
}

fn text(message: &DynamicMessage, field: &str) -> String {
    let value = message.get_field_by_name(field);
    value.and_then(|value| value.as_str().map(ToOwned::to_owned)).unwrap_or_default()
}
