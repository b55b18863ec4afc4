//! From a YAML tree to a message, along its descriptor.
//!
//! Invariant: every mistake is recorded with its place and none stops the walk; no number passes
//! through a float; only names in snake_case are known, and only fields that a caller can set.

use devisa_proto::mask::is_output;
use prost_reflect::{
    DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, Value,
};

use super::short;
use crate::yaml::{Content, Entry, Node, Problems};

/// A walk along the message `root`.
pub(super) struct Walk<'p> {
    root: String,
    problems: &'p mut Problems,
}

/// Reads the entries as the fields of a message; of the outermost one only those that `takes`
/// accepts.
pub(super) fn read<'n>(
    problems: &mut Problems,
    message: &MessageDescriptor,
    entries: impl IntoIterator<Item = &'n Entry>,
    takes: impl Fn(&FieldDescriptor) -> bool,
) -> DynamicMessage {
    let root = message.full_name().to_owned();
    Walk { root, problems }.fields(message, entries, &takes)
}

/// Whether a data set may give the field.
pub(super) fn is_given(field: &FieldDescriptor) -> bool {
    !is_output(field)
}

impl Walk<'_> {
    fn fields<'n>(
        &mut self,
        message: &MessageDescriptor,
        entries: impl IntoIterator<Item = &'n Entry>,
        takes: &dyn Fn(&FieldDescriptor) -> bool,
    ) -> DynamicMessage {
        let mut read = DynamicMessage::new(message.clone());
        for entry in entries {
            let Some(field) = message.get_field_by_name(&entry.key).filter(takes) else {
                self.problems.add(&entry.place, no_such_field(message, &entry.key, takes));
                continue;
            };
            if entry.value.is_null() {
                continue;
            }
            if let Some(value) = self.field(&field, &entry.value) {
                read.set_field(&field, value);
            }
        }
        read
    }

    fn field(&mut self, field: &FieldDescriptor, node: &Node) -> Option<Value> {
        if field.is_map() {
            self.problems.add(&node.place, "maps cannot be given in a data set");
            return None;
        }
        if !field.is_list() {
            return self.value(&field.kind(), node);
        }
        let items = self.problems.keep(node.list())?;
        let values: Vec<_> = items.iter().map(|item| self.value(&field.kind(), item)).collect();
        values.into_iter().collect::<Option<_>>().map(Value::List)
    }

    fn value(&mut self, kind: &Kind, node: &Node) -> Option<Value> {
        match kind {
            Kind::Message(message) => self.message(message, node).map(Value::Message),
            Kind::Bool => self.problems.keep(node.boolean()).map(Value::Bool),
            _ => {
                let text = self.problems.keep(node.text())?;
                self.problems.keep_at(&node.place, scalar(kind, text))
            }
        }
    }

    fn message(&mut self, message: &MessageDescriptor, node: &Node) -> Option<DynamicMessage> {
        let short = match &node.content {
            Content::Scalar { text, .. } if !node.is_null() => short::scalar(message, text),
            Content::List(_) if message.full_name() == short::FIELD_MASK => {
                return self.field_mask(message, node);
            }
            _ => None,
        };
        if let Some(read) = short {
            return self.problems.keep_at(&node.place, read);
        }
        if let Some(form) = short::form(message) {
            let is_map = matches!(node.content, Content::Map(_));
            if !is_map || !short::has_long_form(message) {
                let found = node.kind();
                self.problems.add(&node.place, format!("expected {form}, found {found}"));
                return None;
            }
        }
        let entries = self.problems.keep(node.map())?;
        Some(self.fields(message, entries, &is_given))
    }

    fn field_mask(&mut self, message: &MessageDescriptor, node: &Node) -> Option<DynamicMessage> {
        let items = self.problems.keep(node.list())?;
        let mut paths = Vec::new();
        for item in items {
            let Some(path) = self.problems.keep(item.text()) else { continue };
            match devisa_proto::mask::check_path(&self.root, path) {
                Ok(()) => paths.push(Value::String(path.to_owned())),
                Err(broken) => self.problems.add(&item.place, broken.to_string()),
            }
        }
        let mut mask = DynamicMessage::new(message.clone());
        mask.set_field_by_name("paths", Value::List(paths));
        Some(mask)
    }
}

fn scalar(kind: &Kind, text: &str) -> Result<Value, String> {
    match kind {
        Kind::String => Ok(Value::String(text.to_owned())),
        Kind::Enum(kind) => enumerator(kind, text),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => whole(text).map(Value::I32),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => whole(text).map(Value::I64),
        Kind::Uint32 | Kind::Fixed32 => whole(text).map(Value::U32),
        Kind::Uint64 | Kind::Fixed64 => whole(text).map(Value::U64),
        _ => Err("a value of this kind cannot be given in a data set".to_owned()),
    }
}

fn whole<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("expected a whole number, found {text:?}"))
}

/// An enum value by its full or its short name.
fn enumerator(kind: &EnumDescriptor, text: &str) -> Result<Value, String> {
    let prefix = prefix(kind);
    let found = kind
        .values()
        .find(|value| value.name() == text || value.name().strip_prefix(&prefix) == Some(text));
    found.map(|value| Value::EnumNumber(value.number())).ok_or_else(|| {
        format!("{} has no value {text}; values: {}", kind.name(), short_names(kind).join(", "))
    })
}

/// What all names of an enum start with: `INSTRUMENT_`.
pub(crate) fn prefix(kind: &EnumDescriptor) -> String {
    let zero = kind.default_value();
    zero.name().strip_suffix("UNSPECIFIED").unwrap_or_default().to_owned()
}

/// The short names of an enum's values, without the unspecified one.
pub(crate) fn short_names(kind: &EnumDescriptor) -> Vec<String> {
    let prefix = prefix(kind);
    let names = kind.values().filter(|value| value.number() != 0);
    names.map(|value| value.name().trim_start_matches(&prefix).to_owned()).collect()
}

fn no_such_field(
    message: &MessageDescriptor,
    key: &str,
    takes: &dyn Fn(&FieldDescriptor) -> bool,
) -> String {
    let named = message.get_field_by_name(key);
    let camel = message.get_field_by_json_name(key).filter(|field| field.name() != key);
    match (named, camel) {
        (Some(_), _) if key == "name" => {
            "name cannot be given; it is made of `parent` and `id`".to_owned()
        }
        (Some(_), _) => format!("{key} of {} is set by Devisa and cannot be given", message.name()),
        (None, Some(field)) => format!("write {}, not {key}", field.name()),
        (None, None) => {
            let fields = message.fields().filter(|field| takes(field));
            let names: Vec<_> = fields.map(|field| field.name().to_owned()).collect();
            format!("{} has no field {key}; fields: {}", message.name(), names.join(", "))
        }
    }
}

#[cfg(test)]
#[path = "walk_tests.rs"]
mod tests;
