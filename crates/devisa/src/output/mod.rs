//! What is printed: tables for people, JSON for scripts.

mod progress;
mod style;
mod table;
mod value;
mod wrap;

use std::io::{ErrorKind, Write};

use prost_reflect::{DynamicMessage, SerializeOptions};
use serde_json::Value;

pub(crate) use self::{
    progress::Progress,
    style::{Tone, choose_color, tint},
    table::{Align, Table},
    value::{cell, cells, is_number, money, number, path},
};
use crate::exit::Failure;

/// Prints to standard output, with a line end; its colours only where they are seen.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    let written = writeln!(out, "{}", text.trim_end_matches('\n')).and_then(|()| out.flush());
    written.map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Failure::reader_gone(),
        _ => Failure::internal(format!("standard output: {error}")),
    })
}

/// Prints JSON, indented.
pub(crate) fn print_json(value: &Value) -> Result<(), Failure> {
    print(&format!("{value:#}"))
}

/// Says something on standard error that changes nothing.
pub(crate) fn warn(message: &str) {
    tell(Tone::Doubt, "warning", message);
}

/// Says something on standard error. Nobody who has closed it can be told so.
pub(crate) fn tell(tone: Tone, kind: &str, message: &str) {
    let kind = format!("{kind}:");
    let text = wrap::for_standard_error(&format!("{kind} {message}"));
    let text = text.replacen(&kind, &tone.paint(&kind), 1);
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// A message in the proto3 JSON mapping with the names of the protos; unset fields are there too.
pub(crate) fn json(message: &DynamicMessage) -> Value {
    let options = SerializeOptions::new().use_proto_field_name(true).skip_default_fields(false);
    let json = message.serialize_with_options(serde_json::value::Serializer, &options);
    json.unwrap_or_else(|error| Value::String(format!("not representable: {error}")))
}

/// A message from its JSON.
#[cfg(test)]
pub(crate) fn from_json(message: &str, json: &Value) -> DynamicMessage {
    let descriptor = crate::catalogue::message(message).unwrap();
    DynamicMessage::deserialize(descriptor, json).unwrap()
}
