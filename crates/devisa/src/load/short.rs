//! The short forms in which people write dates, money, decimals, instants and field masks.

use chrono::{DateTime, NaiveDate};
use devisa_domain::money::{Currency, Money};
use prost_reflect::{DynamicMessage, MessageDescriptor, Value};
use rust_decimal::Decimal;

/// The message of field masks.
pub(super) const FIELD_MASK: &str = "google.protobuf.FieldMask";
const DATE: &str = "google.type.Date";
const MONEY: &str = "google.type.Money";
const DECIMAL: &str = "google.type.Decimal";
const TIMESTAMP: &str = "google.protobuf.Timestamp";

/// The short form of a message, in words, when it has one.
pub(super) fn form(message: &MessageDescriptor) -> Option<&'static str> {
    match message.full_name() {
        DATE => Some("a date such as 2025-11-26"),
        MONEY => Some("an amount such as USD 53200.00"),
        DECIMAL => Some("a number such as 12.50"),
        TIMESTAMP => Some("an instant such as 2025-11-26T09:00:00+07:00"),
        FIELD_MASK => Some("a list of field paths such as [exporter, lines.net_kg]"),
        _ => None,
    }
}

/// Whether the message may also be written as a mapping of its fields.
pub(super) fn has_long_form(message: &MessageDescriptor) -> bool {
    matches!(message.full_name(), DATE | MONEY | DECIMAL)
}

/// Reads the short form; none when the message has none for a single value.
pub(super) fn scalar(
    message: &MessageDescriptor,
    text: &str,
) -> Option<Result<DynamicMessage, String>> {
    let read = match message.full_name() {
        DATE => date(text).map(|date| set_date(message, date)),
        MONEY => money(text).map(|money| set_money(message, money)),
        DECIMAL => decimal(text).map(|_| {
            let mut decimal = DynamicMessage::new(message.clone());
            decimal.set_field_by_name("value", Value::String(text.to_owned()));
            decimal
        }),
        TIMESTAMP => instant(message, text),
        _ => return None,
    };
    let form = form(message).unwrap_or_default();
    Some(read.map_err(|why| match why.as_str() {
        "" => format!("expected {form}, found {text:?}"),
        why => format!("expected {form}, found {text:?}: {why}"),
    }))
}

/// Reads a date written `2025-11-26`.
pub(crate) fn date(text: &str) -> Result<NaiveDate, String> {
    let has_shape = text.len() == 10
        && text.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| has_shape);
    date.ok_or_else(String::new)
}

/// Sets the fields of a `google.type.Date`.
fn set_date(message: &MessageDescriptor, date: NaiveDate) -> DynamicMessage {
    use chrono::Datelike;
    let part = |part: u32| Value::I32(i32::try_from(part).unwrap_or_default());
    let mut set = DynamicMessage::new(message.clone());
    set.set_field_by_name("year", Value::I32(date.year()));
    set.set_field_by_name("month", part(date.month()));
    set.set_field_by_name("day", part(date.day()));
    set
}

fn money(text: &str) -> Result<Money, String> {
    let (code, amount) = text.split_once(' ').ok_or_else(String::new)?;
    let currency = Currency::parse(code).map_err(|broken| broken.to_string())?;
    let amount = decimal(amount.trim_start())?;
    Money::from_decimal(amount, currency).map_err(|broken| broken.to_string())
}

fn set_money(message: &MessageDescriptor, money: Money) -> DynamicMessage {
    let (units, nanos) = money.parts();
    let mut set = DynamicMessage::new(message.clone());
    set.set_field_by_name("currency_code", Value::String(money.currency().code().to_owned()));
    set.set_field_by_name("units", Value::I64(units));
    set.set_field_by_name("nanos", Value::I32(nanos));
    set
}

/// Reads digits with at most one point; no grouping, no exponent.
fn decimal(text: &str) -> Result<Decimal, String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let are_digits = [whole, fraction]
        .iter()
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    if !are_digits {
        return Err(String::new());
    }
    Decimal::from_str_exact(text).map_err(|_| "more than 28 digits".to_owned())
}

fn instant(message: &MessageDescriptor, text: &str) -> Result<DynamicMessage, String> {
    let instant = DateTime::parse_from_rfc3339(text).map_err(|error| error.to_string())?;
    let nanos = i32::try_from(instant.timestamp_subsec_nanos()).unwrap_or_default();
    let mut set = DynamicMessage::new(message.clone());
    set.set_field_by_name("seconds", Value::I64(instant.timestamp()));
    set.set_field_by_name("nanos", Value::I32(nanos));
    Ok(set)
}
