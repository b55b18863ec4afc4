//! Totals as people and as scripts read them.

use prost_reflect::{DynamicMessage, Value};
use serde_json::json;

use super::Fields;
use crate::{
    output::{self, Align, Table},
    query::messages,
};

fn total(last: &DynamicMessage) -> Option<DynamicMessage> {
    output::path(last, "total").and_then(|(_, total)| total.as_message().cloned())
}

/// The totals as one JSON document, the groups of all pages in it.
pub(super) fn to_json(last: &DynamicMessage, groups: &[DynamicMessage]) -> serde_json::Value {
    json!({
        "tier": output::json(last)["tier"],
        "groups": groups.iter().map(output::json).collect::<Vec<_>>(),
        "total": total(last).as_ref().map(output::json),
        "rates": messages(last, "rates").iter().map(output::json).collect::<Vec<_>>(),
    })
}

/// A row for each group, then the total; held values apart.
pub(super) fn render(last: &DynamicMessage, groups: &[DynamicMessage], by: &[String]) -> String {
    let Some(total) = total(last) else { return String::new() };
    let counted = columns(&total);
    let keys = by.iter().map(|name| (name.to_uppercase(), Align::Left));
    let first = by.is_empty().then(|| (String::new(), Align::Left));
    let numbers = counted.iter().map(|(_, name)| (name.clone(), Align::Right));
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
    let label = std::iter::once("total".to_owned());
    let blanks = by.iter().skip(1).map(|_| String::new());
    table.row(label.chain(blanks).chain(cells(&total)));
    format!("{}\n{}{}", output::cell(last, "tier"), table.render(0), rates(last))
}

/// What is shown of a group: fields and what they are called. Converted values come with their
/// currency.
fn columns(total: &DynamicMessage) -> Vec<(&'static str, String)> {
    let of_deals = total.descriptor_field("held_values").is_some();
    let quote = output::cell(total, "converted_value.currency_code");
    let converted =
        |field, name: &str| (!quote.is_empty()).then(|| (field, format!("{name}IN {quote}")));
    let named = |field, name: &str| Some((field, name.to_owned()));
    let columns = if of_deals {
        vec![
            named("deal_count", "DEALS"),
            named("values", "VALUE"),
            converted("converted_value", ""),
            named("held_count", "HELD"),
            named("held_values", "HELD VALUE"),
            converted("held_converted_value", "HELD "),
        ]
    } else {
        vec![
            named("shipment_count", "SHIPMENTS"),
            named("line_count", "LINES"),
            named("values", "VALUE"),
            converted("converted_value", ""),
        ]
    };
    columns.into_iter().flatten().collect()
}

/// The rates that were used, a line each.
fn rates(last: &DynamicMessage) -> String {
    let told = |rate: &DynamicMessage| {
        let cell = |path| output::cell(rate, path);
        let units = match cell("units").as_str() {
            "1" => String::new(),
            units => format!("{units} "),
        };
        format!(
            "\n{} {units}{} = {} {} ({})",
            cell("kind"),
            cell("base_currency"),
            cell("quote_currency"),
            cell("rate"),
            cell("exchange_rate"),
        )
    };
    messages(last, "rates").iter().map(told).collect()
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
    fn converted_values_come_with_their_rates() {
        let usd = json!([{"currency_code": "USD", "units": "30"}]);
        let group = json!({"keys": ["2024-12"], "shipment_count": 1, "line_count": 1, "values": usd,
                           "converted_value": {"currency_code": "IDR", "units": "495000"}});
        let answer = json!({
            "tier": "TIER_RELEASED",
            "groups": [group],
            "total": {"shipment_count": 1, "line_count": 1, "values": usd,
                      "converted_value": {"currency_code": "IDR", "units": "495000"}},
            "rates": [{"exchange_rate": "exchangeRates/house", "kind": "RATE_KIND_HOUSE",
                       "base_currency": "USD", "quote_currency": "IDR", "units": 1,
                       "rate": {"value": "16500"}}],
        });
        let answer = output::from_json("devisa.shipment.v1.SummarizeShipmentsResponse", &answer);
        let groups = messages(&answer, "groups");
        assert_eq!(
            render(&answer, &groups, &["month".to_owned()]),
            "\
RELEASED
MONTH    SHIPMENTS  LINES      VALUE       IN IDR
2024-12          1      1  USD 30.00  IDR 495,000
total            1      1  USD 30.00  IDR 495,000
HOUSE USD = IDR 16500 (exchangeRates/house)"
        );
        assert_eq!(to_json(&answer, &groups)["rates"][0]["exchange_rate"], "exchangeRates/house");
    }
}
