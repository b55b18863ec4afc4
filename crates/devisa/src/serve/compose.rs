//! Puts the services of a process together.

use devisa_deal::Deals;
use devisa_ledger::{Database, Ledger, Pool, StorageError, schema};
use devisa_registry::Registry;
use devisa_server::{
    Drain, Part, ServiceChannel, SystemClock, channel,
    config::{Config, Service},
};
use devisa_shipment::Shipments;

use super::{check_schema, open, stored};
use crate::exit::Failure;

/// The parts of the process, each after those it calls. With `migrating`, their databases are
/// brought up to date first; otherwise they must be.
pub(super) async fn parts(
    config: &Config,
    drain: &Drain,
    migrating: bool,
) -> Result<Vec<Part>, Failure> {
    let mut parts = Vec::new();
    for service in config.role.services() {
        let ledger = ledger(config, service, migrating).await?;
        keep_forgetting(&ledger, drain);
        let part = match service {
            Service::Registry => Registry::new(ledger, drain.clone()).part(&config.limits),
            Service::Shipment => {
                let registry = reach(config, &parts, Service::Registry)?;
                Shipments::new(ledger, registry, drain.clone()).part(&config.limits)
            }
            Service::Deal => {
                let registry = reach(config, &parts, Service::Registry)?;
                let shipment = reach(config, &parts, Service::Shipment)?;
                let deals = Deals::new(ledger, registry, shipment, drain.clone());
                let part = deals.part(&config.limits);
                tokio::spawn(async move { deals.follow().await });
                part
            }
        };
        parts.push(part);
    }
    Ok(parts)
}

async fn ledger(config: &Config, service: Service, migrating: bool) -> Result<Ledger, Failure> {
    let missing = || Failure::configuration(format!("{} has no database", service.as_str()));
    let url = config.databases.get(&service).ok_or_else(missing)?;
    let database = open(url, &Pool::default()).await?;
    if migrating {
        migrate(service, &database).await.map_err(|error| stored(url, &error))?;
    }
    let names = migrations(service);
    let status = schema::status(&database, &names).await.map_err(|error| stored(url, &error))?;
    check_schema(service, status)?;
    let source = match service {
        Service::Registry => Registry::SOURCE,
        Service::Shipment => Shipments::SOURCE,
        Service::Deal => Deals::SOURCE,
    };
    let keep = config.keep_answers;
    let opened = Ledger::open_keeping(database, SystemClock::shared(), source, keep).await;
    opened.map_err(|error| stored(url, &error))
}

/// Forgets answers that are too old, until the process goes down.
fn keep_forgetting(ledger: &Ledger, drain: &Drain) {
    let (ledger, drain) = (ledger.clone(), drain.clone());
    tokio::spawn(async move {
        tokio::select! {
            () = ledger.keep_forgetting() => {}
            () = drain.begun() => {}
        }
    });
}

/// Inside the process through the same layers as over a socket; otherwise by its URL.
fn reach(config: &Config, parts: &[Part], service: Service) -> Result<ServiceChannel, Failure> {
    if let Some(part) = parts.iter().find(|part| part.name == service.as_str()) {
        return Ok(channel::local(part.stack.clone()));
    }
    let missing = || Failure::configuration(format!("no URL of {}", service.as_str()));
    let url = config.upstreams.get(&service).ok_or_else(missing)?;
    url.channel().map_err(|error| Failure::configuration(error.to_string()))
}

/// Brings a service's database up to date.
pub(crate) async fn migrate(service: Service, database: &Database) -> Result<(), StorageError> {
    match service {
        Service::Registry => schema::migrate::<devisa_registry::Migrator>(database).await,
        Service::Shipment => schema::migrate::<devisa_shipment::Migrator>(database).await,
        Service::Deal => schema::migrate::<devisa_deal::Migrator>(database).await,
    }
}

/// The names of the migrations of a service.
pub(crate) fn migrations(service: Service) -> Vec<String> {
    match service {
        Service::Registry => schema::names::<devisa_registry::Migrator>(),
        Service::Shipment => schema::names::<devisa_shipment::Migrator>(),
        Service::Deal => schema::names::<devisa_deal::Migrator>(),
    }
}
