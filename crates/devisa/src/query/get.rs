//! `devisa get`.

use prost_reflect::{DynamicMessage, Kind, Value};

use super::{refused, request};
use crate::{
    catalogue::{self, RESOURCES, Resource},
    cli::{Format, GetArgs},
    client::Client,
    exit::{Exit, Failure},
    output::{self, Align, Table},
};

/// The field that says since when a resource is deleted or hidden.
const DELETED: &str = "delete_time";

/// Runs `devisa get`.
pub(crate) async fn run(args: &GetArgs, server: &str, format: Format) -> Result<Exit, Failure> {
    let resource = catalogue::by_name(&args.name).ok_or_else(|| unknown(&args.name))?;
    let client = Client::connect(server).await?;
    let method = resource.get()?;
    let request = request(&method, &[("name", &args.name)]);
    let found = client.call(&method, &request).await.map_err(refused)?;
    match format {
        Format::Json => output::print_json(&output::json(&found))?,
        Format::Table => output::print(&render(&found))?,
    }
    let deleted = output::cell(&found, DELETED);
    if !deleted.is_empty() {
        output::warn(&format!("{} is deleted or hidden since {deleted}", args.name));
    }
    Ok(Exit::Fine)
}

fn unknown(name: &str) -> Failure {
    let collection = name.trim_end_matches('/');
    let is_collection = |resource: &&Resource| {
        resource.key == collection || resource.collections.last() == Some(&collection)
    };
    if let Some(Resource { key, .. }) = RESOURCES.iter().find(is_collection) {
        let message = format!("{name:?} is not the name of one resource");
        return Failure::usage(format!("{message}\n  fix: `devisa list {key}` lists them"));
    }
    let forms = RESOURCES.iter().map(|resource| {
        let segments: Vec<_> = resource.collections.iter().map(|c| format!("{c}/…")).collect();
        format!("\n    {}", segments.join("/"))
    });
    let forms: String = forms.collect();
    Failure::usage(format!("{name:?} is not the name of a resource\n  fix: names look so:{forms}"))
}

/// One line for each field; parts below their whole.
fn render(message: &DynamicMessage) -> String {
    let mut rows = Vec::new();
    collect("", message, &mut rows);
    let mut table = Table::plain([Align::Left, Align::Left]).labelled();
    for (path, value) in rows {
        table.row([path, value]);
    }
    table.render(0)
}

fn collect(prefix: &str, message: &DynamicMessage, rows: &mut Vec<(String, String)>) {
    for (field, value) in message.fields() {
        let path = match prefix {
            "" => field.name().to_owned(),
            prefix => format!("{prefix}.{}", field.name()),
        };
        match (value, is_whole(&field.kind())) {
            (Value::Message(part), false) => collect(&path, part, rows),
            (Value::List(parts), false) => {
                for (index, part) in parts.iter().enumerate() {
                    let Value::Message(part) = part else { continue };
                    collect_part(&format!("{path}[{index}]"), part, rows);
                }
            }
            _ => rows.push((path, output::cell(message, field.name()))),
        }
    }
}

fn collect_part(path: &str, part: &DynamicMessage, rows: &mut Vec<(String, String)>) {
    let before = rows.len();
    collect(path, part, rows);
    if rows.len() == before {
        rows.push((path.to_owned(), "(nothing else is known)".to_owned()));
    }
}

/// Whether a value of this kind is shown in one cell.
fn is_whole(kind: &Kind) -> bool {
    match kind {
        Kind::Message(message) => message.full_name().starts_with("google."),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parts_stand_below_their_whole() {
        let shipment = json!({
            "incoterm": {"code": "FOB"},
            "lines": [{"value": {"currency_code": "USD", "units": "200000"}}],
            "units": [{}],
            "state": "STATE_READY",
        });
        assert_eq!(
            render(&output::from_json("devisa.shipment.v1.Shipment", &shipment)),
            "\
incoterm.code   FOB
lines[0].value  USD 200,000.00
units[0]        (nothing else is known)
state           READY"
        );
    }
}
