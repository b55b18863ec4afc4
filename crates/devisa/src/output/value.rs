//! Field values for people: money with its currency, dates in ISO form, short enum names.

use chrono::{DateTime, FixedOffset, SecondsFormat};
use devisa_domain::{
    figure::plain,
    money::{Currency, Sum},
};
use devisa_proto::google_type;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, ReflectMessage, Value};
use rust_decimal::Decimal;

use crate::load::prefix;

/// Where the clocks of Devisa's users are: WIB, UTC+07:00.
const JAKARTA_SECONDS: i32 = 7 * 3600;

/// The field at a path of a message, when it is set.
pub(crate) fn path(message: &DynamicMessage, path: &str) -> Option<(FieldDescriptor, Value)> {
    let (step, rest) = path.split_once('.').map_or((path, None), |(s, r)| (s, Some(r)));
    let field = message.descriptor().get_field_by_name(step)?;
    let value = message.has_field(&field).then(|| message.get_field(&field).into_owned())?;
    match rest {
        None => Some((field, value)),
        Some(rest) => self::path(value.as_message()?, rest),
    }
}

/// The field at a path as a table shows it; empty when it is not set.
pub(crate) fn cell(message: &DynamicMessage, path: &str) -> String {
    self::path(message, path).map(|(field, value)| text(&field.kind(), &value)).unwrap_or_default()
}

/// The same for a path that may go through lists: one value for each of their parts.
pub(crate) fn cells(message: &DynamicMessage, path: &str) -> String {
    let Some((step, rest)) = path.split_once('.') else { return cell(message, path) };
    let Some((_, value)) = self::path(message, step) else { return String::new() };
    match value {
        Value::Message(part) => cells(&part, rest),
        Value::List(parts) => {
            let parts = parts.iter().filter_map(Value::as_message).map(|part| cells(part, rest));
            parts.collect::<Vec<_>>().join(", ")
        }
        _ => String::new(),
    }
}

/// Whether a table aligns the field to the right.
pub(crate) fn is_number(kind: &Kind) -> bool {
    match kind {
        Kind::String | Kind::Bool | Kind::Enum(_) | Kind::Bytes => false,
        Kind::Message(message) => {
            matches!(message.full_name(), "google.type.Money" | "google.type.Decimal")
        }
        _ => true,
    }
}

/// An amount as people read it: `USD 351,607.40`.
pub(crate) fn money(money: &google_type::Money) -> String {
    let read = Currency::parse(&money.currency_code)
        .and_then(|currency| Sum::from_parts(money.units, money.nanos, currency));
    read.map_or_else(
        |_| format!("{} {} units {} nanos", money.currency_code, money.units, money.nanos),
        |money| money.to_string(),
    )
}

/// A number with its thousands grouped: `16,738`.
pub(crate) fn number(number: Decimal) -> String {
    let digits = plain(number);
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |d| ("-", d));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut written = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            written.push(',');
        }
        written.push(digit);
    }
    if fraction.is_empty() { written } else { written + "." + fraction }
}

fn text(kind: &Kind, value: &Value) -> String {
    match value {
        Value::List(items) => {
            items.iter().map(|item| text(kind, item)).collect::<Vec<_>>().join(", ")
        }
        Value::String(text) => printable(text),
        Value::Bool(value) => value.to_string(),
        Value::EnumNumber(number) => enumerator(kind, *number),
        Value::Message(message) => message_text(message),
        Value::I32(number) => number.to_string(),
        Value::I64(number) => number.to_string(),
        Value::U32(number) => number.to_string(),
        Value::U64(number) => number.to_string(),
        _ => String::new(),
    }
}

/// A text in one line, without what would move a terminal's cursor or change its colours.
fn printable(text: &str) -> String {
    let clean = |c: char| match c {
        '\n' | '\t' => ' ',
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    text.chars().map(clean).collect()
}

fn enumerator(kind: &Kind, number: i32) -> String {
    let Kind::Enum(kind) = kind else { return number.to_string() };
    let name = kind.get_value(number).map(|value| value.name().to_owned());
    name.map_or_else(
        || number.to_string(),
        |name| name.trim_start_matches(&prefix(kind)).to_owned(),
    )
}

fn message_text(message: &DynamicMessage) -> String {
    match message.descriptor().full_name() {
        "google.type.Date" => message.transcode_to::<google_type::Date>().map_or_else(
            |_| String::new(),
            |date| format!("{:04}-{:02}-{:02}", date.year, date.month, date.day),
        ),
        "google.type.Money" => {
            message.transcode_to().map_or_else(|_| String::new(), |amount| money(&amount))
        }
        "google.type.Decimal" => cell(message, "value"),
        "google.protobuf.FieldMask" => cell(message, "paths"),
        "google.protobuf.Timestamp" => {
            let part = |name| path(message, name).map(|(_, value)| value);
            let seconds = part("seconds").and_then(|v| v.as_i64()).unwrap_or_default();
            let nanos = part("nanos").and_then(|v| v.as_i32()).unwrap_or_default();
            instant(seconds, nanos)
        }
        _ => {
            let fields = message
                .fields()
                .map(|(field, value)| format!("{}: {}", field.name(), text(&field.kind(), value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
    }
}

/// An instant on the clocks of Jakarta, ISO 8601.
fn instant(seconds: i64, nanos: i32) -> String {
    let instant = DateTime::from_timestamp(seconds, u32::try_from(nanos).unwrap_or_default());
    let jakarta = FixedOffset::east_opt(JAKARTA_SECONDS);
    instant.zip(jakarta).map_or_else(String::new, |(instant, jakarta)| {
        instant.with_timezone(&jakarta).to_rfc3339_opts(SecondsFormat::Secs, false)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_move_the_cursor() {
        assert_eq!(printable("a\nb\tc \u{1b}[2J é"), "a b c \u{fffd}[2J é");
    }

    #[test]
    fn thousands_are_grouped() {
        let written = |digits: &str| number(Decimal::from_str_exact(digits).unwrap());
        assert_eq!(written("16738.00"), "16,738");
        assert_eq!(written("188.50"), "188.5");
        assert_eq!(written("-1234567.5"), "-1,234,567.5");
        assert_eq!(written("0.0444"), "0.0444");
    }
}
