//! An event in one line.

use devisa_proto::mask::POOL;
use prost_reflect::{DynamicMessage, Value};

use super::string;
use crate::output::{self, Tone};

/// How many changed fields are named; more are counted.
const FIELDS: usize = 6;

/// When, what, of which resource, the state it is in now, by whom, and which fields changed.
pub(super) fn render(event: &DynamicMessage) -> String {
    let kind = string(event, "type");
    let short = kind.splitn(4, '.').nth(3).unwrap_or(&kind);
    let time = output::cell(event, "time");
    let time = time.split_once('+').map_or(time.as_str(), |(time, _)| time).replace('T', " ");
    let about = [state(event), format!("by {}", output::cell(event, "actor")), changed(event)];
    let about: Vec<_> = about.into_iter().filter(|part| !part.is_empty()).collect();
    format!(
        "{}  {}  {:<36}  {}",
        Tone::Quiet.paint(&time),
        tone(short).paint(&format!("{short:<22}")),
        output::cell(event, "subject"),
        about.join(", ")
    )
}

/// What is made is good, what is undone deserves a second look.
fn tone(kind: &str) -> Tone {
    match kind.rsplit('.').next().unwrap_or_default() {
        "created" | "recorded" => Tone::Good,
        "deleted" | "cancelled" | "withdrawn" | "lapsed" => Tone::Doubt,
        _ => Tone::Heading,
    }
}

/// The resource's state after the event, when it has one.
fn state(event: &DynamicMessage) -> String {
    let resource = || {
        let (_, data) = output::path(event, "data")?;
        let data = data.as_message()?;
        let url = string(data, "type_url");
        let message = POOL.get_message_by_name(url.rsplit('/').next()?)?;
        let Value::Bytes(bytes) = data.get_field_by_name("value")?.into_owned() else {
            return None;
        };
        DynamicMessage::decode(message, bytes).ok()
    };
    resource().map(|resource| output::cell(&resource, "state")).unwrap_or_default()
}

/// The fields that changed; all of them are new when the resource is.
fn changed(event: &DynamicMessage) -> String {
    let paths = output::cell(event, "changed.paths");
    let paths: Vec<_> = paths.split(", ").filter(|path| !path.is_empty()).collect();
    let is_new = string(event, "type").ends_with(".created");
    match paths.as_slice() {
        [] => String::new(),
        _ if is_new => String::new(),
        paths if paths.len() <= FIELDS => format!("changed {}", paths.join(", ")),
        paths => {
            let (named, more) = paths.split_at(FIELDS);
            format!("changed {} and {} more", named.join(", "), more.len())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn line(kind: &str, changed: &str) -> String {
        let event = output::from_json(
            "devisa.event.v1.Event",
            &json!({
                "type": format!("devisa.deal.v1.{kind}"),
                "subject": "deals/a",
                "time": "2025-11-26T07:00:00Z",
                "actor": "local",
                "data": {"@type": "type.googleapis.com/devisa.deal.v1.Deal", "state": "STATE_SIGNED"},
                "changed": changed,
            }),
        );
        let line = anstream::adapter::strip_str(&render(&event)).to_string();
        line.split("  ")
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("|")
    }

    #[test]
    fn an_event_is_one_line() {
        assert_eq!(
            line("deal.signed", "state,signDate"),
            "2025-11-26 14:00:00|deal.signed|deals/a|SIGNED, by local, changed state, sign_date"
        );
    }

    #[test]
    fn what_is_new_has_changed_wholly() {
        assert!(line("deal.created", "seller,buyer").ends_with("|SIGNED, by local"));
    }

    #[test]
    fn many_fields_are_counted() {
        let line = line("deal.updated", "a,b,c,d,e,f,g,h");
        assert!(line.ends_with("changed a, b, c, d, e, f and 2 more"), "{line}");
    }
}
