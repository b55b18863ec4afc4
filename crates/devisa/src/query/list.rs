//! `devisa list`.

use prost_reflect::{DynamicMessage, FieldDescriptor, MessageDescriptor, Value};
use serde_json::{Value as Json, json};

use super::{messages, refused, request, string};
use crate::{
    catalogue::{self, Resource},
    cli::{Format, ListArgs},
    client::Client,
    exit::{Exit, Failure},
    output::{self, Align, Progress, Table},
};

/// The field of requests that asks for what was deleted or hidden, too.
const SHOW_DELETED: &str = "show_deleted";
/// How many characters of a text a cell shows.
const LONGEST_TEXT: usize = 80;
/// What stands for the rest.
const CUT: &str = "...";

/// Runs `devisa list`.
pub(crate) async fn run(args: &ListArgs, server: &str, format: Format) -> Result<Exit, Failure> {
    let resource = catalogue::by_key(&args.resource)
        .ok_or_else(|| Failure::usage(format!("nothing is called {}", args.resource)))?;
    check_parent(resource, args.parent.as_deref())?;
    check_deleted(resource, args.show_deleted)?;
    let mut columns = columns(resource, &args.columns)?;
    if args.show_deleted && args.columns.is_empty() {
        columns.push("delete_time");
    }
    let client = Client::connect(server).await?;
    let (items, more) = pages(&client, resource, args).await?;
    match format {
        Format::Json => {
            let chosen: &[_] = if args.columns.is_empty() { &[] } else { &columns };
            let items: Vec<_> = items.iter().map(|item| pick(output::json(item), chosen)).collect();
            output::print_json(&json!({ (resource.key): items }))?;
        }
        Format::Table if items.is_empty() => output::print(&format!("no {}", resource.key))?,
        Format::Table => output::print(&table(resource, &columns, &items)?)?,
    }
    if more {
        output::warn(&format!("only the first {}; --limit 0 lists all", items.len()));
    }
    Ok(Exit::Fine)
}

/// Whether some can be deleted is for the list's request to say.
fn check_deleted(resource: &Resource, show_deleted: bool) -> Result<(), Failure> {
    let request = resource.method(resource.list)?.input();
    if !show_deleted || request.get_field_by_name(SHOW_DELETED).is_some() {
        return Ok(());
    }
    let message = format!("--show-deleted: {} are never deleted or hidden", resource.key);
    Err(Failure::usage(message + "\n  fix: leave it out"))
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

/// The columns asked for, else the usual ones.
fn columns<'a>(resource: &'a Resource, asked: &'a [String]) -> Result<Vec<&'a str>, Failure> {
    if asked.is_empty() {
        return Ok(resource.columns.to_vec());
    }
    let message = resource.descriptor()?;
    for column in asked {
        if field(&message, column).is_none() {
            return Err(no_column(&message, column));
        }
    }
    Ok(asked.iter().map(String::as_str).collect())
}

/// Names the fields there are where the path goes astray.
fn no_column(message: &MessageDescriptor, path: &str) -> Failure {
    let (before, _) = path.rsplit_once('.').unwrap_or_default();
    let inside = field(message, before).and_then(|field| field.kind().as_message().cloned());
    let (prefix, message) = match &inside {
        Some(inside) => (format!("{before}."), inside),
        None => (String::new(), message),
    };
    let names: Vec<_> = message.fields().map(|field| format!("{prefix}{}", field.name())).collect();
    let names = names.join(", ");
    Failure::usage(format!("--columns {path}: no such field\n  fix: name some of {names}"))
}

/// The same JSON with these columns only, by their paths; all of it when there are none.
fn pick(item: Json, columns: &[&str]) -> Json {
    if columns.is_empty() {
        return item;
    }
    let picked = columns.iter().map(|path| ((*path).to_owned(), at(&item, path)));
    Json::Object(picked.collect())
}

/// What stands at a path; of a list, what stands there in each of its parts.
fn at(item: &Json, path: &str) -> Json {
    match (item, path.split_once('.').unwrap_or((path, ""))) {
        (_, ("", _)) => item.clone(),
        (Json::Array(parts), _) => parts.iter().map(|part| at(part, path)).collect(),
        (_, (step, rest)) => at(&item[step], rest),
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
    if args.show_deleted {
        request.set_field_by_name(SHOW_DELETED, Value::Bool(true));
    }
    let mut items = Vec::new();
    let progress = Progress::begin(resource.key, None);
    loop {
        let wanted = i32::try_from(limit - items.len()).unwrap_or(i32::MAX);
        request.set_field_by_name("page_size", Value::I32(args.page_size.min(wanted)));
        let page = client.call(&method, &request).await.map_err(refused)?;
        let before = items.len();
        items.extend(messages(&page, resource.key));
        progress.add(items.len() - before);
        let token = string(&page, "next_page_token");
        if token.is_empty() || items.len() >= limit {
            return Ok((items, !token.is_empty()));
        }
        request.set_field_by_name("page_token", Value::String(token));
    }
}

fn table(
    resource: &Resource,
    columns: &[&str],
    items: &[DynamicMessage],
) -> Result<String, Failure> {
    let message = resource.descriptor()?;
    let headings = columns.iter().map(|path| {
        let field = field(&message, path);
        let is_number = field.is_some_and(|field| output::is_number(&field.kind()));
        let align = if is_number { Align::Right } else { Align::Left };
        (path.to_uppercase().replace(['.', '_'], " "), align)
    });
    let mut table = Table::new(headings).unbroken();
    for item in items {
        table.row(columns.iter().map(|path| shortened(output::cells(item, path))));
    }
    Ok(table.render(0))
}

/// A long text makes every line of the table long; what has no spaces is a name and stays whole.
fn shortened(cell: String) -> String {
    if cell.chars().count() <= LONGEST_TEXT || !cell.contains(' ') {
        return cell;
    }
    let kept: String = cell.chars().take(LONGEST_TEXT - CUT.len()).collect();
    kept.trim_end().to_owned() + CUT
}

/// The field at a path; paths go through lists.
fn field(message: &MessageDescriptor, path: &str) -> Option<FieldDescriptor> {
    let (step, rest) = path.split_once('.').map_or((path, None), |(s, r)| (s, Some(r)));
    let found = message.get_field_by_name(step)?;
    match rest {
        None => Some(found),
        Some(rest) => field(found.kind().as_message()?, rest),
    }
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
        let items = [deal("a", "239500000"), deal("b", "5")];
        let table = table(deals, deals.columns, &items).unwrap();
        let lines: Vec<_> = table.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[0].ends_with("VALUE  REVIEW STATE"), "{table}");
        assert!(lines[1].contains("  USD 239,500,000.00  HELD"), "{table}");
        assert!(lines[2].contains("            USD 5.00  HELD"), "{table}");
        assert!(lines[2].contains(" LOI         SIGNED "), "{table}");
    }

    #[test]
    fn columns_may_be_chosen_also_inside_lists() {
        let shipments = catalogue::by_key("shipments").unwrap();
        let value = json!({"currency_code": "USD", "units": "5"});
        let json = json!({
            "name": "shipments/a",
            "lines": [{"hs_code": "190590", "value": value}, {"hs_code": "091011", "value": value}],
        });
        let shipment = output::from_json("devisa.shipment.v1.Shipment", &json);
        let asked = ["name", "lines.hs_code", "lines.value"].map(ToOwned::to_owned);
        let chosen = columns(shipments, &asked).unwrap();
        assert_eq!(
            table(shipments, &chosen, std::slice::from_ref(&shipment)).unwrap(),
            "NAME         LINES HS CODE          LINES VALUE\n\
             shipments/a  190590, 091011  USD 5.00, USD 5.00"
        );
        let picked = pick(output::json(&shipment), &chosen);
        assert_eq!(picked["name"], "shipments/a");
        assert_eq!(picked["lines.hs_code"], json!(["190590", "091011"]));
        assert_eq!(picked.as_object().unwrap().len(), 3);
    }

    #[test]
    fn an_unknown_column_names_those_there_are() {
        let deals = catalogue::by_key("deals").unwrap();
        let failure = columns(deals, &["moon".to_owned()]).unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        assert!(failure.message.starts_with("--columns moon: "), "{}", failure.message);
        assert!(failure.message.contains("seller, buyer"), "{}", failure.message);
        let failure = columns(deals, &["review.moon".to_owned()]).unwrap_err();
        assert!(failure.message.contains("review.state, review.findings"), "{}", failure.message);
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

    #[test]
    fn long_texts_are_cut_and_names_are_not() {
        let name = format!("shipments/{}", "a".repeat(100));
        assert_eq!(shortened(name.clone()), name);
        let text = "é ".repeat(40);
        assert_eq!(shortened(text.clone()), text);
        let cut = shortened("é ".repeat(41));
        assert_eq!(cut, "é ".repeat(38) + "é...");
        assert!(cut.chars().count() <= LONGEST_TEXT);
    }

    #[test]
    fn only_what_can_be_deleted_is_asked_for() {
        let deleted = |key: &str, asked: bool| {
            let checked = check_deleted(catalogue::by_key(key).unwrap(), asked);
            checked.map_err(|failure| failure.exit)
        };
        for key in ["organisations", "products", "sponsorships"] {
            assert_eq!(deleted(key, true), Ok(()));
        }
        assert_eq!(deleted("shipments", true), Err(Exit::Usage));
        assert_eq!(deleted("shipments", false), Ok(()));
    }
}
