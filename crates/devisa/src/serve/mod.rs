//! The running services: `up` and `serve`.
//!
//! Invariant: `up` and `serve` run the same code; only where the services reach each other differs.

mod compose;
mod rebuild;

use std::path::PathBuf;

use devisa_ledger::{Database, DatabaseUrl, Hold, NotHeld, Pool, StorageError, schema};
use devisa_server::{
    Drain, Ending, Part, Server,
    channel::{self, ServiceChannel},
    config::{Config, ConfigErrors, Environment, Flags, Layered, Role, Service},
    run, telemetry,
};
use futures::{Stream, StreamExt, stream::BoxStream};
use tonic::transport::Endpoint;

pub(crate) use self::{
    compose::{migrate as bring_up_to_date, migrations},
    rebuild::rebuild,
};

use crate::{
    cli::{
        BoundArgs, DEFAULT_SERVER, DatabaseArgs, Format, LogArgs, ServeArgs, ServiceName, UpArgs,
    },
    example,
    exit::{Exit, Failure},
    output,
};

impl From<ServiceName> for Service {
    fn from(name: ServiceName) -> Self {
        match name {
            ServiceName::Registry => Self::Registry,
            ServiceName::Shipment => Self::Shipment,
            ServiceName::Deal => Self::Deal,
        }
    }
}

/// Runs all three services in one process; with an example, loads and checks it.
pub(crate) async fn up(args: UpArgs, format: Format) -> Result<Exit, Failure> {
    let temporary = temporary_folder(&args)?;
    let folder = temporary.as_ref().map(|folder| folder.path().to_owned()).or(args.data_dir);
    let flags = Flags::new()
        .with("--data-dir", folder.as_deref().map(|folder| folder.display()))
        .with("--listen", args.listen)
        .with("--admin-listen", args.admin_listen);
    let flags = bounds(flags, args.bounds);
    let config = read(Role::Up, logging(flags, &quiet(args.log)))?;
    telemetry::start(&config.log, config.log_format);
    std::fs::create_dir_all(&config.data_dir)
        .map_err(|error| Failure::internal(format!("{}: {error}", config.data_dir.display())))?;

    let drain = Drain::new();
    let mut stops = stops()?;
    let server = bind(&config, &drain).await?;
    let address = server.address();
    let _held = hold(&config)?;
    let parts = compose::parts(&config, &drain, true);
    let Some(parts) = unless_stopped(parts, &mut stops).await? else {
        return Ok(Exit::Fine);
    };
    let serving = tokio::spawn(server.serve(parts, stops));
    if format == Format::Table {
        let folder = config.data_dir.display().to_string();
        output::print(&greeting(&address.to_string(), &folder))?;
    }
    if let Some(name) = args.example {
        show_example(&format!("http://{address}"), &name, format).await;
    }
    let ending = serving.await.map_err(|error| Failure::internal(error.to_string()))?;
    finish(ending)
}

/// The folder of an example that shall leave nothing behind.
fn temporary_folder(args: &UpArgs) -> Result<Option<tempfile::TempDir>, Failure> {
    if args.example.is_none() || args.data_dir.is_some() {
        return Ok(None);
    }
    let folder = tempfile::Builder::new().prefix("devisa-").tempdir();
    folder.map(Some).map_err(|error| Failure::internal(format!("a temporary folder: {error}")))
}

/// What to type next: clients ask elsewhere only when told so.
fn greeting(address: &str, folder: &str) -> String {
    let url = format!("http://{address}");
    let elsewhere = match url.as_str() {
        DEFAULT_SERVER => String::new(),
        url => format!("export DEVISA_SERVER={url}\n     "),
    };
    format!(
        "devisa listens on {url} (registry, shipment, deal); data in {folder}\n\
         Try: {elsewhere}devisa list villages --filter 'region = \"35.25\"'\n     \
         devisa load FILE…, devisa check FILE, devisa watch shipment; Ctrl-C ends it\n"
    )
}

/// An example that fails is told and does not end the server.
async fn show_example(url: &str, name: &str, format: Format) {
    let shown = async {
        let endpoint = Endpoint::from_shared(url.to_owned())
            .map_err(|error| Failure::internal(error.to_string()))?;
        example::load_and_check(endpoint.connect_lazy(), name, format).await
    };
    if let Err(failure) = shown.await {
        failure.report();
    }
}

/// The shipment service at a URL; it is connected to when it is first asked.
pub(crate) fn shipment_service(url: &str) -> Result<ServiceChannel, Failure> {
    let wrong = |error| {
        let fix = "name the shipment service with --shipment-url";
        Failure::configuration(format!("{url:?}: {error}\n  fix: {fix}"))
    };
    channel::remote(url).map_err(wrong)
}

/// Runs one service.
pub(crate) async fn serve(args: ServeArgs) -> Result<Exit, Failure> {
    let flags = databases(Flags::new(), &args.databases)
        .with("--listen", args.listen)
        .with("--admin-listen", args.admin_listen)
        .with("--registry-url", args.upstreams.registry_url)
        .with("--shipment-url", args.upstreams.shipment_url);
    let flags = bounds(flags, args.bounds);
    let config = read(Role::Serve(args.service.into()), logging(flags, &args.log))?;
    telemetry::start(&config.log, config.log_format);
    let drain = Drain::new();
    let mut stops = stops()?;
    let server = bind(&config, &drain).await?;
    let _held = hold(&config)?;
    let parts = compose::parts(&config, &drain, false);
    let Some(parts) = unless_stopped(parts, &mut stops).await? else {
        return Ok(Exit::Fine);
    };
    finish(server.serve(parts, stops).await)
}

/// Stops are listened for before anything else begins: the first process of a container ignores
/// every signal that it has no handler for.
fn stops() -> Result<BoxStream<'static, ()>, Failure> {
    let signals = run::signals().map_err(|error| Failure::internal(error.to_string()))?;
    Ok(signals.boxed())
}

/// The parts; none when a stop came before they were ready.
async fn unless_stopped(
    parts: impl Future<Output = Result<Vec<Part>, Failure>>,
    stops: &mut (impl Stream<Item = ()> + Unpin),
) -> Result<Option<Vec<Part>>, Failure> {
    tokio::select! {
        parts = parts => parts.map(Some),
        _ = stops.next() => {
            tracing::info!("stopped before it served");
            Ok(None)
        }
    }
}

/// The flags that say where the databases are.
pub(crate) fn databases(flags: Flags, args: &DatabaseArgs) -> Flags {
    let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
    flags
        .with("--registry-database-url", args.registry_database_url.clone())
        .with("--registry-database-url-file", path(&args.registry_database_url_file))
        .with("--shipment-database-url", args.shipment_database_url.clone())
        .with("--shipment-database-url-file", path(&args.shipment_database_url_file))
        .with("--deal-database-url", args.deal_database_url.clone())
        .with("--deal-database-url-file", path(&args.deal_database_url_file))
        .with("--data-dir", path(&args.data_dir))
}

fn bounds(flags: Flags, args: BoundArgs) -> Flags {
    flags
        .with("--max-in-flight", args.max_in_flight)
        .with("--max-deadline", args.max_deadline)
        .with("--max-connection-age", args.max_connection_age)
        .with("--cors-origins", args.cors_origins)
        .with("--drain-delay", args.drain_delay)
        .with("--drain-grace", args.drain_grace)
        .with("--keep-answers", args.keep_answers)
}

/// Unless a level is asked for, only warnings: logs of every call, or notices of the databases,
/// would bury what a command prints for people.
pub(crate) fn quiet(log: LogArgs) -> LogArgs {
    LogArgs { filter: log.filter.or_else(|| Some("warn".to_owned())), ..log }
}

pub(crate) fn logging(flags: Flags, args: &LogArgs) -> Flags {
    flags.with("--log", args.filter.clone()).with("--log-format", args.format.clone())
}

fn read(role: Role, flags: Flags) -> Result<Config, Failure> {
    Config::read(role, &Layered(flags, Environment)).map_err(misconfigured)
}

pub(crate) fn misconfigured(errors: ConfigErrors) -> Failure {
    let lines: String = errors.0.iter().map(|mistake| format!("\n  {mistake}")).collect();
    Failure::configuration(format!(
        "what is given does not do{lines}\n  fix: set each, or give its flag: DEVISA_LISTEN is \
         --listen; `devisa doctor` looks further"
    ))
}

async fn bind(config: &Config, drain: &Drain) -> Result<Server, Failure> {
    let bound = Server::bind(config.settings.clone(), drain.clone()).await;
    bound.map_err(|error| match error {
        run::RunError::Bind { .. } => Failure::configuration(format!(
            "{error}\n  fix: stop what listens there, or give another address with --listen"
        )),
        error => Failure::internal(error.to_string()),
    })
}

/// Takes the right to serve each database of the process, to be kept to its end.
fn hold(config: &Config) -> Result<Vec<Hold>, Failure> {
    let (mut held, mut taken) = (Vec::new(), String::new());
    for url in config.databases.values() {
        match Hold::take(url) {
            Ok(hold) => held.push(hold),
            Err(refused @ NotHeld::Taken { .. }) => {
                taken.push_str(&format!("\n  {url}: {refused}"))
            }
            Err(NotHeld::Storage(error)) => return Err(unopened(url, &error)),
        }
    }
    if taken.is_empty() {
        return Ok(held);
    }
    Err(Failure::configuration(format!(
        "one process at a time serves an SQLite file{taken}\n  fix: stop that process, or name \
         another folder with --data-dir"
    )))
}

pub(crate) async fn open(url: &DatabaseUrl, pool: &Pool) -> Result<Database, Failure> {
    Database::open(url, pool).await.map_err(|error| unopened(url, &error))
}

fn unopened(url: &DatabaseUrl, error: &StorageError) -> Failure {
    Failure::unreachable(format!(
        "{url}: {error}\n  fix: start it, or correct its URL or folder; `devisa doctor` looks further"
    ))
}

pub(crate) fn stored(url: &DatabaseUrl, error: &StorageError) -> Failure {
    Failure::internal(format!("{url}: {error}"))
}

/// A database that is not migrated is a mistake of the operator's, told with its cure.
pub(crate) fn check_schema(service: Service, status: schema::Status) -> Result<(), Failure> {
    match status {
        schema::Status::Current | schema::Status::Ahead(_) => Ok(()),
        schema::Status::Behind(missing) => Err(Failure::configuration(format!(
            "the database of {0} is not migrated ({1}); run `devisa migrate {0}`",
            service.as_str(),
            missing.join(", "),
        ))),
    }
}

fn finish(ending: Result<Ending, run::RunError>) -> Result<Exit, Failure> {
    ending.map(|_| Exit::Fine).map_err(|error| Failure::internal(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_type_next_reaches_the_server() {
        assert!(greeting("127.0.0.1:50051", "d").contains("\nTry: devisa list"));
        let elsewhere = greeting("127.0.0.1:7", "d");
        assert!(
            elsewhere.contains("\nTry: export DEVISA_SERVER=http://127.0.0.1:7\n"),
            "{elsewhere}"
        );
    }
}
