//! Keeps databases in good order: `migrate`, `compact`, `verify`, `backup` and `restore`.
//!
//! Invariant: each works on databases themselves, needs no server, and may run while one serves,
//! save `restore`, which only ever writes where nothing was.

mod backup;
mod compact;
mod manifest;
mod migrate;
mod restore;
mod verify;

use std::{collections::BTreeMap, time::Duration};

use devisa_ledger::{Database, DatabaseUrl, Pool};
use devisa_server::{
    config::{self, Environment, Flags, Layered, Role, Service},
    telemetry,
};

pub(crate) use self::{
    backup::backup, compact::compact, migrate::migrate, restore::restore, verify::verify,
};
use crate::{
    cli::{DatabaseArgs, LogArgs},
    exit::Failure,
    serve::{databases, logging, misconfigured, open, quiet},
};

/// What is given by flag or by variable.
type Given = Layered<Flags, Environment>;

/// Reads what is given, and starts logging as it says.
fn given(args: &DatabaseArgs, log: LogArgs) -> Result<Given, Failure> {
    let source = Layered(logging(databases(Flags::new(), args), &quiet(log)), Environment);
    let (filter, format) = config::read_log(&source).map_err(misconfigured)?;
    telemetry::start(&filter, format);
    Ok(source)
}

/// Where one service's database is.
fn url_of(service: Service, source: &Given) -> Result<DatabaseUrl, Failure> {
    config::read_database(service, source).map_err(misconfigured)
}

/// Where the databases are of the services named, as `serve` finds them; without any named, of all,
/// as `up` does.
fn urls(services: &[Service], source: &Given) -> Result<BTreeMap<Service, DatabaseUrl>, Failure> {
    if services.is_empty() {
        return config::read_databases(Role::Up, source).map_err(misconfigured);
    }
    services.iter().map(|service| Ok((*service, url_of(*service, source)?))).collect()
}

/// Opens a database for work whose end is not known: whoever runs it decides how long it may take.
async fn open_patiently(url: &DatabaseUrl) -> Result<Database, Failure> {
    open(url, &Pool { statement_timeout: Duration::ZERO, ..Pool::default() }).await
}

/// The same, of one that must be there: opening a file would make it.
async fn open_existing(url: &DatabaseUrl) -> Result<Database, Failure> {
    check_exists(url)?;
    open_patiently(url).await
}

/// Refuses a file that is not there.
pub(crate) fn check_exists(url: &DatabaseUrl) -> Result<(), Failure> {
    match url {
        DatabaseUrl::Sqlite(path) if !path.exists() => Err(Failure::configuration(format!(
            "{url}: there is no such file\n  fix: name its folder with --data-dir, or its URL; \
             `devisa doctor` looks further"
        ))),
        _ => Ok(()),
    }
}
