//! `devisa summarize`: totals of one value tier.

use prost_reflect::{DynamicMessage, Kind, Value};
use serde_json::json;

use super::{messages, refused, request, string};
use crate::{
    catalogue,
    cli::{Format, SummarizeArgs, Summarized},
    client::Client,
    exit::{Exit, Failure},
    load::{prefix, short_names},
    output::{self, Align, Table},
};

const PAGE: i32 = 1000;

/// Runs `devisa summarize`.
pub(crate) async fn run(
    args: &SummarizeArgs,
    server: &str,
    format: Format,
) -> Result<Exit, Failure> {
    let (service, name) = match args.what {
        Summarized::Shipments => ("devisa.shipment.v1.SummaryService", "SummarizeShipments"),
        Summarized::Deals => ("devisa.deal.v1.SummaryService", "SummarizeDeals"),
    };
    let method = catalogue::method(service, name)?;
    let mut request = request(&method, &[("filter", args.filter.as_deref().unwrap_or_default())]);
    request.set_field_by_name("page_size", Value::I32(PAGE));
    set_tier(&mut request, args.tier.as_deref());
    set_dimensions(&mut request, &args.by)?;
    if args.include_held
        && request.try_set_field_by_name("include_held", Value::Bool(true)).is_err()
    {
        return Err(Failure::usage("--include-held is for deals only"));
    }
    let client = Client::connect(server).await?;
    let mut groups = Vec::new();
    let last = loop {
        let page = client.call(&method, &request).await.map_err(refused)?;
        groups.extend(messages(&page, "groups"));
        let token = string(&page, "next_page_token");
        if token.is_empty() {
            break page;
        }
        request.set_field_by_name("page_token", Value::String(token));
    };
    match format {
        Format::Json => output::print_json(&to_json(&last, &groups))?,
        Format::Table => output::print(&render(&last, &groups, &args.by))?,
    }
    Ok(Exit::Fine)
}

fn set_tier(request: &mut DynamicMessage, tier: Option<&str>) {
    let Some(tier) = tier else { return };
    let name = format!("TIER_{}", tier.to_ascii_uppercase());
    let field = request.descriptor_field("tier");
    let Some(Kind::Enum(kind)) = field.map(|field| field.kind()) else { return };
    if let Some(value) = kind.get_value_by_name(&name) {
        request.set_field_by_name("tier", Value::EnumNumber(value.number()));
    }
}

fn set_dimensions(request: &mut DynamicMessage, by: &[String]) -> Result<(), Failure> {
    let field = request.descriptor_field("group_by");
    let Some(Kind::Enum(kind)) = field.map(|field| field.kind()) else { return Ok(()) };
    let mut dimensions = Vec::new();
    for given in by {
        let name = format!("{}{}", prefix(&kind), given.to_ascii_uppercase());
        let value = kind.get_value_by_name(&name).filter(|value| value.number() != 0);
        let value = value.ok_or_else(|| {
            let known = short_names(&kind).join(", ");
            Failure::usage(format!("--by {given}: no such dimension; dimensions: {known}"))
        })?;
        dimensions.push(Value::EnumNumber(value.number()));
    }
    request.set_field_by_name("group_by", Value::List(dimensions));
    Ok(())
}

/// A field's descriptor by name.
trait Fields {
    fn descriptor_field(&self, name: &str) -> Option<prost_reflect::FieldDescriptor>;
}

impl Fields for DynamicMessage {
    fn descriptor_field(&self, name: &str) -> Option<prost_reflect::FieldDescriptor> {
        prost_reflect::ReflectMessage::descriptor(self).get_field_by_name(name)
    }
}

fn total(last: &DynamicMessage) -> Option<DynamicMessage> {
    output::path(last, "total").and_then(|(_, total)| total.as_message().cloned())
}

fn to_json(last: &DynamicMessage, groups: &[DynamicMessage]) -> serde_json::Value {
    json!({
        "tier": output::json(last)["tier"],
        "groups": groups.iter().map(output::json).collect::<Vec<_>>(),
        "total": total(last).as_ref().map(output::json),
    })
}

/// A row for each group, then the total; held values apart.
fn render(last: &DynamicMessage, groups: &[DynamicMessage], by: &[String]) -> String {
    let of_deals = total(last).is_some_and(|t| t.descriptor_field("held_values").is_some());
    let counted: &[_] = if of_deals {
        &[
            ("deal_count", "DEALS"),
            ("values", "VALUE"),
            ("held_count", "HELD"),
            ("held_values", "HELD VALUE"),
        ]
    } else {
        &[("shipment_count", "SHIPMENTS"), ("line_count", "LINES"), ("values", "VALUE")]
    };
    let keys = by.iter().map(|name| (name.to_uppercase(), Align::Left));
    let first = by.is_empty().then(|| (String::new(), Align::Left));
    let numbers = counted.iter().map(|(_, name)| ((*name).to_owned(), Align::Right));
    let mut table = Table::new(first.into_iter().chain(keys).chain(numbers)).unbroken();
    let cells = |group: &DynamicMessage| {
        counted.iter().map(|(field, _)| zero(output::cell(group, field))).collect::<Vec<_>>()
    };
    for group in groups.iter().filter(|_| !by.is_empty()) {
        let keys = group.get_field_by_name("keys");
        let keys = keys.as_deref().and_then(Value::as_list).unwrap_or_default().to_vec();
        let keys = keys.iter().map(|key| match key.as_str().unwrap_or_default() {
            "" => "(none)".to_owned(),
            key => key.to_owned(),
        });
        table.row(keys.chain(cells(group)));
    }
    if let Some(total) = total(last) {
        let label = std::iter::once("total".to_owned());
        let blanks = by.iter().skip(1).map(|_| String::new());
        table.row(label.chain(blanks).chain(cells(&total)));
    }
    format!("{}\n{}", output::cell(last, "tier"), table.render(0))
}

fn zero(text: String) -> String {
    if text.is_empty() { "0".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_come_before_their_total() {
        let usd = |units: i64| json!([{"currency_code": "USD", "units": units.to_string()}]);
        let (counted, held) = (usd(19_390), usd(239_500_000));
        let answer = json!({
            "tier": "TIER_POTENTIAL",
            "groups": [{"keys": ["sessions/a"], "deal_count": 3, "values": counted,
                        "held_count": 1, "held_values": held}],
            "total": {"deal_count": 3, "values": counted, "held_count": 1, "held_values": held},
        });
        let answer = output::from_json("devisa.deal.v1.SummarizeDealsResponse", &answer);
        let groups = messages(&answer, "groups");
        assert_eq!(
            render(&answer, &groups, &["SESSION".to_owned()]),
            "\
POTENTIAL
SESSION     DEALS          VALUE  HELD          HELD VALUE
sessions/a      3  USD 19,390.00     1  USD 239,500,000.00
total           3  USD 19,390.00     1  USD 239,500,000.00"
        );
        assert_eq!(to_json(&answer, &groups)["tier"], "TIER_POTENTIAL");
    }

    #[test]
    fn an_unknown_dimension_is_a_usage_error() {
        let method = catalogue::method("devisa.deal.v1.SummaryService", "SummarizeDeals").unwrap();
        let mut request = request(&method, &[]);
        assert!(set_dimensions(&mut request, &["session".to_owned()]).is_ok());
        let failure = set_dimensions(&mut request, &["MOON".to_owned()]).unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        assert!(failure.message.ends_with("dimensions: SESSION, SELLER"), "{}", failure.message);
    }
}
