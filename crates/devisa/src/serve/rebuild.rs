//! Makes anew what a service keeps of another one's events: `rebuild`.

use devisa_deal::{Deals, Rebuilt};
use devisa_domain::refusal::Refusal;
use devisa_ledger::{Error, Ledger, Pool, schema};
use devisa_server::{
    Drain, SystemClock,
    config::{self, Environment, Flags, Layered, Service},
    telemetry,
};
use serde_json::json;

use super::{
    check_schema, compose, databases, logging, misconfigured, open, quiet, shipment_service, stored,
};
use crate::{
    cli::{Format, Projecting, RebuildArgs},
    exit::{Exit, Failure},
    output,
    upkeep::check_exists,
};

/// Rebuilds a projection, and says what of it was missing or wrong.
pub(crate) async fn rebuild(
    args: RebuildArgs,
    server: &str,
    format: Format,
) -> Result<Exit, Failure> {
    let Projecting::Deal = args.service;
    let flags = logging(databases(Flags::new(), &args.databases), &quiet(args.log));
    let source = Layered(flags, Environment);
    let (filter, log_format) = config::read_log(&source).map_err(misconfigured)?;
    telemetry::start(&filter, log_format);
    let url = config::read_database(Service::Deal, &source).map_err(misconfigured)?;
    let shipment = args.shipment_url.as_deref().unwrap_or(server);
    let shipment = shipment_service(shipment)?;
    check_exists(&url)?;
    let database = open(&url, &Pool::default()).await?;
    let names = compose::migrations(Service::Deal);
    let status = schema::status(&database, &names).await.map_err(|error| stored(&url, &error))?;
    check_schema(Service::Deal, status)?;
    let ledger = Ledger::open(database, SystemClock::shared(), Deals::SOURCE).await;
    let ledger = ledger.map_err(|error| stored(&url, &error))?;
    // The registry is not asked for anything.
    let deals = Deals::new(ledger.clone(), shipment.clone(), shipment, Drain::new());
    let rebuilt = deals.rebuild().await.map_err(failed)?;
    ledger.database().clone().close().await;
    report(rebuilt, format)?;
    Ok(Exit::Fine)
}

fn failed(error: Error) -> Failure {
    match error {
        Error::Refused(refusal @ Refusal::UpstreamUnavailable { .. }) => Failure::unreachable(
            format!("{refusal}\n  fix: start it, or say where it answers with --shipment-url"),
        ),
        Error::Refused(refusal) => Failure::refused(refusal.to_string()),
        error => Failure::internal(error.to_string()),
    }
}

fn report(rebuilt: Rebuilt, format: Format) -> Result<(), Failure> {
    let Rebuilt { events, shipments, written } = rebuilt;
    match format {
        Format::Json => output::print_json(&json!({
            "service": "deal", "events": events, "shipments": shipments, "written": written,
        })),
        Format::Table => output::print(&format!(
            "deal: read {events} events of {shipments} shipments; {written} rows were missing, too \
             many or said something else, and were written"
        )),
    }
}
