//! Commands that show what is on record: `list`, `get`, `watch`, `summarize`.

pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod summarize;
pub(crate) mod watch;

use prost_reflect::{DynamicMessage, MethodDescriptor, Value};
use tonic::Status;

use crate::{client, exit::Failure};

/// A request of a method with string fields.
fn request(method: &MethodDescriptor, fields: &[(&str, &str)]) -> DynamicMessage {
    let mut request = DynamicMessage::new(method.input());
    for (name, value) in fields {
        request.set_field_by_name(name, Value::String((*value).to_owned()));
    }
    request
}

/// The messages of a repeated field.
fn messages(message: &DynamicMessage, field: &str) -> Vec<DynamicMessage> {
    let Some(value) = message.get_field_by_name(field) else { return Vec::new() };
    let items = value.as_list().unwrap_or_default();
    items.iter().filter_map(|item| item.as_message().cloned()).collect()
}

/// The text of a string field.
fn string(message: &DynamicMessage, field: &str) -> String {
    let value = message.get_field_by_name(field);
    value.and_then(|value| value.as_str().map(ToOwned::to_owned)).unwrap_or_default()
}

fn refused(status: Status) -> Failure {
    client::failure(&status)
}
