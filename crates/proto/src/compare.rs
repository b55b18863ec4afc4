//! In what two versions of a message differ, field by field.

use prost::{Message, Name};
use prost_reflect::{DynamicMessage, SerializeOptions};
use serde::Serialize;
use serde_json::Value;

use crate::mask;

/// A place where two messages differ, with what stands there in each, as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differing {
    /// The path: `lines[2].value.units`.
    pub path: String,
    /// What the one has.
    pub one: String,
    /// What the other has.
    pub other: String,
}

/// Every place where two messages differ, but for the top-level fields named.
pub fn differing<M: Message + Name>(one: &M, other: &M, but: &[&str]) -> Vec<Differing> {
    let mut found = Vec::new();
    compare("", &json(one, but), &json(other, but), &mut found);
    found
}

/// Every place where two values differ, as they are stored.
pub fn differing_values<T: Serialize>(one: &T, other: &T) -> Vec<Differing> {
    let json = |value: &T| {
        serde_json::to_value(value).unwrap_or_else(|error| Value::String(error.to_string()))
    };
    let mut found = Vec::new();
    compare("", &json(one), &json(other), &mut found);
    found
}

fn json<M: Message + Name>(message: &M, but: &[&str]) -> Value {
    let mut dynamic: DynamicMessage = mask::dynamic(message);
    but.iter().for_each(|field| dynamic.clear_field_by_name(field));
    let options = SerializeOptions::new().use_proto_field_name(true).skip_default_fields(false);
    let json = dynamic.serialize_with_options(serde_json::value::Serializer, &options);
    // What JSON cannot say, such as an instant out of range, is compared as it is printed.
    json.unwrap_or_else(|_| Value::String(format!("{:?}", dynamic)))
}

fn compare(path: &str, one: &Value, other: &Value, found: &mut Vec<Differing>) {
    match (one, other) {
        _ if one == other => {}
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => {
            let dot = if path.is_empty() { "" } else { "." };
            for (key, value) in a {
                compare(&format!("{path}{dot}{key}"), value, &b[key], found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                compare(&format!("{path}[{index}]"), a, b, found);
            }
        }
        _ => found.push(Differing {
            path: path.to_owned(),
            one: one.to_string(),
            other: other.to_string(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::v1::{Enrolment, EnrolmentEntry};

    #[test]
    fn a_difference_is_told_where_it_is() {
        let entry =
            |reason: &str| EnrolmentEntry { reason: reason.to_owned(), ..Default::default() };
        let one =
            Enrolment { cluster: "a".to_owned(), history: vec![entry("x")], ..Default::default() };
        let other =
            Enrolment { cluster: "b".to_owned(), history: vec![entry("y")], ..Default::default() };
        let told: Vec<_> = differing(&one, &other, &[])
            .into_iter()
            .map(|Differing { path, one, other }| format!("{path} {one} {other}"))
            .collect();
        assert_eq!(told, [r#"cluster "a" "b""#, r#"history[0].reason "x" "y""#]);
        assert!(differing(&one, &one, &[]).is_empty());
        assert!(differing(&one, &other, &["cluster", "history"]).is_empty());
        let longer = Enrolment { history: vec![entry("x"), entry("x")], ..one.clone() };
        assert_eq!(differing(&one, &longer, &[])[0].path, "history");
    }
}
