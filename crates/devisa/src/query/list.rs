//! `devisa list`.

use prost_reflect::{DynamicMessage, Value};
use serde_json::json;

use super::{messages, refused, request, string};
use crate::{
    catalogue::{self, Resource},
    cli::{Format, ListArgs},
    client::Client,
    exit::{Exit, Failure},
    output::{self, Align, Table},
};

/// Runs `devisa list`.
pub(crate) async fn run(args: &ListArgs, server: &str, format: Format) -> Result<Exit, Failure> {
    let resource = catalogue::by_key(&args.resource)
        .ok_or_else(|| Failure::usage(format!("nothing is called {}", args.resource)))?;
    check_parent(resource, args.parent.as_deref())?;
    let client = Client::connect(server).await?;
    let (items, more) = pages(&client, resource, args).await?;
    match format {
        Format::Json => {
            let items: Vec<_> = items.iter().map(output::json).collect();
            output::print_json(&json!({ (resource.key): items }))?;
        }
        Format::Table if items.is_empty() => output::print(&format!("no {}", resource.key))?,
        Format::Table => output::print(&table(resource, &items)?)?,
    }
    if more {
        output::warn(&format!("only the first {}; --limit 0 lists all", items.len()));
    }
    Ok(Exit::Fine)
}

fn check_parent(resource: &Resource, parent: Option<&str>) -> Result<(), Failure> {
    match (resource.parent(), parent) {
        (Some(collection), None) => Err(Failure::usage(format!(
            "{} belong to one of {collection}: add --parent {collection}/…",
            resource.key
        ))),
        (None, Some(_)) => Err(Failure::usage(format!("{} have no parent", resource.key))),
        _ => Ok(()),
    }
}

/// The items, as many as asked for, and whether there are more.
async fn pages(
    client: &Client,
    resource: &Resource,
    args: &ListArgs,
) -> Result<(Vec<DynamicMessage>, bool), Failure> {
    let method = resource.method(resource.list)?;
    let limit = if args.limit == 0 { usize::MAX } else { args.limit };
    let mut request = request(&method, &[]);
    for (field, value) in [("parent", &args.parent), ("filter", &args.filter)] {
        if let Some(value) = value {
            request.set_field_by_name(field, Value::String(value.clone()));
        }
    }
    let mut items = Vec::new();
    loop {
        let wanted = i32::try_from(limit - items.len()).unwrap_or(i32::MAX);
        request.set_field_by_name("page_size", Value::I32(args.page_size.min(wanted)));
        let page = client.call(&method, &request).await.map_err(refused)?;
        items.extend(messages(&page, resource.key));
        let token = string(&page, "next_page_token");
        if token.is_empty() || items.len() >= limit {
            return Ok((items, !token.is_empty()));
        }
        request.set_field_by_name("page_token", Value::String(token));
    }
}

fn table(resource: &Resource, items: &[DynamicMessage]) -> Result<String, Failure> {
    let message = resource.descriptor()?;
    let columns = resource.columns.iter().map(|path| {
        let name = path.rsplit('.').next().unwrap_or(path);
        let field = message.get_field_by_name(name);
        let is_number =
            field.is_some_and(|f| output::is_number(&f.kind())) || *path == "totals.values";
        let align = if is_number { Align::Right } else { Align::Left };
        (path.to_uppercase().replace(['.', '_'], " "), align)
    });
    let mut table = Table::new(columns).unbroken();
    for item in items {
        table.row(resource.columns.iter().map(|path| output::cell(item, path)));
    }
    Ok(table.render(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_whole_and_amounts_stand_right() {
        let deals = catalogue::by_key("deals").unwrap();
        let deal = |id: &str, units: &str| {
            let name = format!("deals/{id}");
            let value = json!({"currency_code": "USD", "units": units});
            let seller = "organisations/a-seller-with-quite-a-long-name-for-one-line-of-a-terminal";
            let json = json!({
                "name": name, "seller": seller, "buyer": "organisations/b",
                "instrument": "INSTRUMENT_LOI", "state": "STATE_SIGNED", "value": value,
                "review": {"state": "STATE_HELD"},
            });
            output::from_json("devisa.deal.v1.Deal", &json)
        };
        let table = table(deals, &[deal("a", "239500000"), deal("b", "5")]).unwrap();
        let lines: Vec<_> = table.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[0].ends_with("VALUE  REVIEW STATE"), "{table}");
        assert!(lines[1].contains("  USD 239,500,000.00  HELD"), "{table}");
        assert!(lines[2].contains("            USD 5.00  HELD"), "{table}");
        assert!(lines[2].contains(" LOI         SIGNED "), "{table}");
    }

    #[test]
    fn a_parent_is_asked_for_exactly_where_there_is_one() {
        let parent = |key: &str, parent: Option<&str>| {
            check_parent(catalogue::by_key(key).unwrap(), parent).map_err(|failure| failure.exit)
        };
        assert_eq!(parent("decrees", None), Err(Exit::Usage));
        assert_eq!(parent("deals", Some("sessions/a")), Err(Exit::Usage));
        assert_eq!(parent("decrees", Some("programmes/p")), Ok(()));
        assert_eq!(parent("deals", None), Ok(()));
    }
}
