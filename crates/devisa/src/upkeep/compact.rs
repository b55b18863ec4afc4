//! `devisa compact`: takes superseded events out of a service's log.

use devisa_domain::time::{Date, start_of_jakarta_day};
use devisa_ledger::{Compacted, Ledger, Revision, StorageError, schema};
use devisa_server::{SystemClock, config::Service};
use serde_json::json;

use super::{Given, given, open_existing, url_of};
use crate::{
    cli::{CompactArgs, Format},
    exit::{Exit, Failure},
    output::{self, Progress},
    serve::{check_schema, migrations, stored},
};

/// Compacts one service's log in steps, and says how many events it looked at and removed.
pub(crate) async fn compact(args: CompactArgs, format: Format) -> Result<Exit, Failure> {
    let clock = SystemClock::shared();
    if args.before > clock.today() {
        return Err(Failure::usage(format!(
            "--before: expected a date up to today ({}, in Asia/Jakarta), found {}",
            clock.today(),
            args.before
        )));
    }
    let source = given(&args.databases, args.log)?;
    let service = Service::from(args.service);
    let url = url_of(service, &source)?;
    let heard = match service {
        Service::Shipment if !args.no_projections => Some(heard_by_deals(&source).await?),
        Service::Shipment | Service::Registry | Service::Deal => None,
    };
    let failed = |error| stored(&url, &error);
    let database = open_existing(&url).await?;
    let status = schema::status(&database, &migrations(service)).await.map_err(failed)?;
    check_schema(service, status)?;
    let ledger = Ledger::open(database.clone(), clock, service.as_str()).await.map_err(failed)?;
    let (seen, removed) = all_steps(&ledger, args.before, heard).await.map_err(failed)?;
    let whole_after = ledger.compacted().await.map_err(failed)?;
    drop(ledger);
    database.close().await;
    let (name, before) = (service.as_str(), args.before);
    match format {
        Format::Json => output::print_json(&json!({
            "service": name,
            "before": before.to_string(),
            "seen": seen,
            "removed": removed,
            "whole_after": whole_after.to_string(),
            "heard_by_deal": heard.map(|heard| heard.to_string()),
        }))?,
        Format::Table => output::print(&format!(
            "{name}: looked at {seen} events from before {before}, removed {removed} that later \
             ones supersede{}",
            heard.map(until).unwrap_or_default()
        ))?,
    }
    Ok(Exit::Fine)
}

/// How far the deal service has heard of shipments. Without an answer nothing is removed: what it
/// has yet to hear would be lost to it.
async fn heard_by_deals(source: &Given) -> Result<Revision, Failure> {
    let why = "nothing is removed before it is known how far the deal service has heard of shipments\n  \
               fix: give its database (--deal-database-url or --data-dir), or --no-projections \
               where there is no deal service";
    let read = async {
        let url = url_of(Service::Deal, source)?;
        let failed = |error| stored(&url, &error);
        let database = open_existing(&url).await?;
        let status = schema::status(&database, &migrations(Service::Deal)).await.map_err(failed)?;
        check_schema(Service::Deal, status)?;
        let heard = devisa_deal::heard_of_shipments(&database).await.map_err(failed)?;
        database.close().await;
        Ok(heard)
    };
    read.await.map_err(|failure: Failure| failure.after(why))
}

fn until(heard: Revision) -> String {
    if heard.is_start() {
        return "; the deal service has heard of no shipment yet, so all stays".to_owned();
    }
    format!("; those behind {heard}, of which the deal service has yet to hear, stay")
}

async fn all_steps(
    ledger: &Ledger,
    before: Date,
    heard: Option<Revision>,
) -> Result<(u64, u64), StorageError> {
    let before = start_of_jakarta_day(before);
    let progress = Progress::begin("events looked at", None);
    let (mut seen, mut removed) = (0, 0);
    let mut from = Some(Revision::default());
    while let Some(start) = from {
        let Compacted { seen: looked, removed: gone, next } =
            ledger.compact(before, heard, start).await?;
        seen += looked;
        removed += gone;
        progress.add(usize::try_from(looked).unwrap_or(usize::MAX));
        from = next;
    }
    Ok((seen, removed))
}
