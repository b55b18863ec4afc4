//! `devisa summarize`: totals of one value tier.

mod period;
mod render;

use devisa_proto::{registry::v1::RateKind, totals::v1::Conversion};
use prost::Message;
use prost_reflect::{DynamicMessage, Kind, MethodDescriptor, Value};

use super::{messages, refused, request, string};
use crate::{
    catalogue,
    cli::{Format, RateName, SummarizeArgs, Summarized},
    client::Client,
    exit::{Exit, Failure},
    load::{prefix, short_names},
    output,
};

pub(crate) use period::period;
use render::{render, to_json};

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
    let mut request = asked(&method, args)?;
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
        Format::Table => output::print(&render(&last, &groups, &args.group_by))?,
    }
    Ok(Exit::Fine)
}

/// The request for the first page.
fn asked(method: &MethodDescriptor, args: &SummarizeArgs) -> Result<DynamicMessage, Failure> {
    let filter = args.filter.as_deref().unwrap_or_default();
    let mut request = request(method, &[("filter", filter)]);
    request.set_field_by_name("page_size", Value::I32(PAGE));
    set_tier(&mut request, args.tier.as_deref());
    set_dimensions(&mut request, &args.group_by)?;
    if let Some(period) = &args.period {
        set_message(&mut request, "period", period)?;
    }
    if let (Some(quote_currency), Some(kind)) = (args.convert.clone(), args.rate) {
        let conversion = Conversion { kind: RateKind::from(kind).into(), quote_currency };
        set_message(&mut request, "conversion", &conversion)?;
    }
    if args.include_held
        && request.try_set_field_by_name("include_held", Value::Bool(true)).is_err()
    {
        return Err(Failure::usage("--include-held is for deals only"));
    }
    Ok(request)
}

fn set_message(
    request: &mut DynamicMessage,
    field: &str,
    message: &impl Message,
) -> Result<(), Failure> {
    let kind = request.descriptor_field(field).map(|field| field.kind());
    let Some(Kind::Message(descriptor)) = kind else {
        return Err(Failure::internal(format!("the contract has no {field}")));
    };
    let mut value = DynamicMessage::new(descriptor);
    let copied = value.transcode_from(message);
    copied.map_err(|error| Failure::internal(format!("{field}: {error}")))?;
    request.set_field_by_name(field, Value::Message(value));
    Ok(())
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
            Failure::usage(format!("--group-by {given}: no such dimension; dimensions: {known}"))
        })?;
        dimensions.push(Value::EnumNumber(value.number()));
    }
    request.set_field_by_name("group_by", Value::List(dimensions));
    Ok(())
}

impl From<RateName> for RateKind {
    fn from(name: RateName) -> Self {
        match name {
            RateName::Jisdor => Self::Jisdor,
            RateName::KursPajak => Self::KursPajak,
            RateName::House => Self::House,
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_dimension_is_a_usage_error() {
        let method = catalogue::method("devisa.deal.v1.SummaryService", "SummarizeDeals").unwrap();
        let mut request = request(&method, &[]);
        assert!(set_dimensions(&mut request, &["session".to_owned()]).is_ok());
        let failure = set_dimensions(&mut request, &["MOON".to_owned()]).unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        let known = "dimensions: SESSION, SELLER, BUYER, OFFICE, COMMODITY, MONTH";
        assert!(failure.message.ends_with(known), "{}", failure.message);
    }
}
