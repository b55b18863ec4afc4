//! `devisa verify`: each service's own comparisons, run and printed.

use std::collections::BTreeMap;

use devisa_deal::ShipmentLog;
use devisa_domain::time::Clock;
use devisa_ledger::{
    Database, DatabaseUrl, StorageError, schema,
    verify::{Difference, Report},
};
use devisa_server::{SystemClock, config::Service};
use serde_json::{Value, json};

use super::{Given, given, open_existing, url_of, urls};
use crate::{
    cli::{Format, VerifyArgs},
    exit::{Exit, Failure},
    output::{self, Align, Table},
    serve::{check_schema, migrations, shipment_service, stored},
};

/// Verifies the services' databases, one after the other.
pub(crate) async fn verify(args: VerifyArgs, format: Format) -> Result<Exit, Failure> {
    let source = given(&args.databases, args.log)?;
    let services: Vec<_> = args.services.into_iter().map(Service::from).collect();
    let urls = urls(&services, &source)?;
    let log = match urls.contains_key(&Service::Deal) {
        true => shipment_log(&source, &urls, args.shipment_url.as_deref()).await?,
        false => None,
    };
    let mut reports = Vec::new();
    for (service, url) in &urls {
        let report = one(*service, url, log.as_ref()).await?;
        if format == Format::Table {
            // Told as soon as it is known: the next may take its time.
            output::print(&in_words(*service, &report))?;
        }
        reports.push((*service, report));
    }
    if let Some(ShipmentLog::Database(database)) = log {
        database.close().await;
    }
    let is_clean = reports.iter().all(|(_, report)| report.is_clean());
    if format == Format::Json {
        output::print_json(&in_json(&reports, is_clean))?;
    } else if !is_clean {
        output::warn("differences were found; docs/operating.md, Verify, has what to do next");
    }
    Ok(if is_clean { Exit::Fine } else { Exit::No })
}

/// Where the shipment service's log can be read: in its database, if that is known and there, or
/// where the service answers. None is no failure; then the report says so.
async fn shipment_log(
    source: &Given,
    urls: &BTreeMap<Service, DatabaseUrl>,
    answers: Option<&str>,
) -> Result<Option<ShipmentLog>, Failure> {
    let url = urls.get(&Service::Shipment).cloned();
    let url = url.or_else(|| url_of(Service::Shipment, source).ok());
    if let Some(url) = url
        && let Ok(database) = open_existing(&url).await
    {
        let status = schema::status(&database, &migrations(Service::Shipment)).await;
        if status.is_ok_and(|status| check_schema(Service::Shipment, status).is_ok()) {
            return Ok(Some(ShipmentLog::Database(database)));
        }
        database.close().await;
    }
    let Some(answers) = answers else { return Ok(None) };
    Ok(Some(ShipmentLog::Service(shipment_service(answers)?)))
}

async fn one(
    service: Service,
    url: &DatabaseUrl,
    log: Option<&ShipmentLog>,
) -> Result<Report, Failure> {
    let failed = |error| stored(url, &error);
    let database = open_existing(url).await?;
    let status = schema::status(&database, &migrations(service)).await.map_err(failed)?;
    check_schema(service, status)?;
    let report = compare(service, &database, log).await.map_err(failed)?;
    database.close().await;
    Ok(report)
}

async fn compare(
    service: Service,
    database: &Database,
    log: Option<&ShipmentLog>,
) -> Result<Report, StorageError> {
    match service {
        Service::Registry => devisa_registry::verify(database, SystemClock.now()).await,
        Service::Shipment => devisa_shipment::verify(database).await,
        Service::Deal => devisa_deal::verify(database, log).await,
    }
}

fn in_json(reports: &[(Service, Report)], is_clean: bool) -> Value {
    let services = reports.iter().map(|(service, report)| {
        let compared = report.compared.iter();
        let differences = report.differences.iter();
        json!({
            "service": service.as_str(),
            "compared": compared.map(|(what, count)| json!({"what": what, "count": count})).collect::<Vec<_>>(),
            "not_compared": report.not_compared,
            "differences": differences.map(difference).collect::<Vec<_>>(),
            "left_out": report.left_out,
        })
    });
    json!({"consistent": is_clean, "services": services.collect::<Vec<_>>()})
}

fn difference(difference: &Difference) -> Value {
    let Difference { resource, field, expected, found } = difference;
    json!({"resource": resource, "field": field, "expected": expected, "found": found})
}

fn in_words(service: Service, report: &Report) -> String {
    let mut table = Table::plain([Align::Right, Align::Left]).unbroken();
    for (what, count) in &report.compared {
        table.row([count.to_string(), what.clone()]);
    }
    let mut text = format!("{}\n{}\n", service.as_str(), table.render(2));
    for what_and_why in &report.not_compared {
        text.push_str(&format!("  not compared: {what_and_why}\n"));
    }
    for Difference { resource, field, expected, found } in &report.differences {
        text.push_str(&format!(
            "  difference: {resource}: {field}: expected {expected}, found {found}\n"
        ));
    }
    text.push_str(&match (report.differences.len(), report.left_out) {
        (0, _) => "  no difference\n".to_owned(),
        (1, 0) => "  1 difference\n".to_owned(),
        (told, 0) => format!("  {told} differences\n"),
        (told, more) => format!("  {told} differences, and {more} more that are not shown\n"),
    });
    text
}
