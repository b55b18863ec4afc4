//! `devisa verify`: each service's own comparisons, run and printed.

use devisa_domain::time::Clock;
use devisa_ledger::{
    Database, DatabaseUrl, StorageError, schema,
    verify::{Difference, Report},
};
use devisa_server::{SystemClock, config::Service};
use serde_json::{Value, json};

use super::{given, open_existing, urls};
use crate::{
    cli::{Format, VerifyArgs},
    exit::{Exit, Failure},
    output::{self, Align, Table},
    serve::{check_schema, migrations, stored},
};

/// Verifies the services' databases, one after the other.
pub(crate) async fn verify(args: VerifyArgs, format: Format) -> Result<Exit, Failure> {
    let source = given(&args.databases, args.log)?;
    let services: Vec<_> = args.services.into_iter().map(Service::from).collect();
    let mut reports = Vec::new();
    for (service, url) in urls(&services, &source)? {
        reports.push((service, one(service, &url).await?));
    }
    let is_clean = reports.iter().all(|(_, report)| report.is_clean());
    match format {
        Format::Json => output::print_json(&in_json(&reports, is_clean))?,
        Format::Table => output::print(&in_words(&reports))?,
    }
    Ok(if is_clean { Exit::Fine } else { Exit::No })
}

async fn one(service: Service, url: &DatabaseUrl) -> Result<Report, Failure> {
    let failed = |error| stored(url, &error);
    let database = open_existing(url).await?;
    let status = schema::status(&database, &migrations(service)).await.map_err(failed)?;
    check_schema(service, status)?;
    let report = compare(service, &database).await.map_err(failed)?;
    database.close().await;
    Ok(report)
}

async fn compare(service: Service, database: &Database) -> Result<Report, StorageError> {
    match service {
        Service::Registry => devisa_registry::verify(database, SystemClock.now()).await,
        Service::Shipment => devisa_shipment::verify(database).await,
        Service::Deal => devisa_deal::verify(database).await,
    }
}

fn in_json(reports: &[(Service, Report)], is_clean: bool) -> Value {
    let services = reports.iter().map(|(service, report)| {
        let compared = report.compared.iter();
        let differences = report.differences.iter();
        json!({
            "service": service.as_str(),
            "compared": compared.map(|(what, count)| json!({"what": what, "count": count})).collect::<Vec<_>>(),
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

fn in_words(reports: &[(Service, Report)]) -> String {
    let mut text = String::new();
    for (service, report) in reports {
        let mut table = Table::plain([Align::Right, Align::Left]).unbroken();
        for (what, count) in &report.compared {
            table.row([count.to_string(), what.clone()]);
        }
        text.push_str(&format!("{}\n{}\n", service.as_str(), table.render(2)));
        for Difference { resource, field, expected, found } in &report.differences {
            text.push_str(&format!(
                "  difference: {resource}: {field}: expected {expected}, found {found}\n"
            ));
        }
        text.push_str(&match (report.is_clean(), report.left_out) {
            (true, _) => "  no difference\n".to_owned(),
            (false, 0) => format!("  {} differences\n", report.differences.len()),
            (false, more) => format!(
                "  {} differences, and {more} more that are not shown\n",
                report.differences.len()
            ),
        });
    }
    text
}
