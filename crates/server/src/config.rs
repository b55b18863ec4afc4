//! The configuration of a process.
//!
//! Invariant: every key is read before anything is opened, and every mistake is reported at once;
//! a value is `Ok` only as the type it is used as. Secrets never appear in a message.

mod reader;
mod source;
mod url;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use devisa_ledger::{DatabaseUrl, Ledger};

pub use reader::{ConfigErrors, Mistake};
pub use source::{Environment, Flags, Layered, Source};
pub use url::ServiceUrl;

use crate::{
    run::Settings,
    stack::Limits,
    telemetry::{LogFilter, LogFormat},
};
use reader::Reader;

const HOUR: Duration = Duration::from_secs(3_600);

/// The keys: environment variables, and as flags without `DEVISA_`, in lower case with hyphens.
pub mod key {
    /// The address of the services. `serve`: 0.0.0.0:50051; `up`: 127.0.0.1:50051.
    pub const LISTEN: &str = "DEVISA_LISTEN";
    /// The address of the probes, plaintext, or `none`. `serve`: 0.0.0.0:9090; `up`: none.
    pub const ADMIN_LISTEN: &str = "DEVISA_ADMIN_LISTEN";
    /// The registry's database. A secret: also as `DEVISA_REGISTRY_DATABASE_URL_FILE`.
    pub const REGISTRY_DATABASE_URL: &str = "DEVISA_REGISTRY_DATABASE_URL";
    /// The shipment service's database. A secret, as above.
    pub const SHIPMENT_DATABASE_URL: &str = "DEVISA_SHIPMENT_DATABASE_URL";
    /// The deal service's database. A secret, as above.
    pub const DEAL_DATABASE_URL: &str = "DEVISA_DEAL_DATABASE_URL";
    /// Where shipment and deal reach the registry.
    pub const REGISTRY_URL: &str = "DEVISA_REGISTRY_URL";
    /// Where deal reaches shipment.
    pub const SHIPMENT_URL: &str = "DEVISA_SHIPMENT_URL";
    /// The folder of the embedded databases. Default: `devisa` in the user's data folder.
    pub const DATA_DIR: &str = "DEVISA_DATA_DIR";
    /// Which lines are logged. Default: `info`.
    pub const LOG: &str = "DEVISA_LOG";
    /// How they look: `text` (default) or `json`.
    pub const LOG_FORMAT: &str = "DEVISA_LOG_FORMAT";
    /// Calls in flight per service before calls are refused. Default: 512.
    pub const MAX_IN_FLIGHT: &str = "DEVISA_MAX_IN_FLIGHT";
    /// The longest deadline of a call. Default: 60s.
    pub const MAX_DEADLINE: &str = "DEVISA_MAX_DEADLINE";
    /// Age at which a connection is told to reconnect; `0s`: never. `serve`: 30m; `up`: never.
    pub const MAX_CONNECTION_AGE: &str = "DEVISA_MAX_CONNECTION_AGE";
    /// The origins whose pages may call by gRPC-Web, separated by commas. Default: none.
    pub const CORS_ORIGINS: &str = "DEVISA_CORS_ORIGINS";
    /// From turning away to not accepting any more. `serve`: 5s; `up`: 0s.
    pub const DRAIN_DELAY: &str = "DEVISA_DRAIN_DELAY";
    /// How long calls under way may then take. `serve`: 20s; `up`: 5s.
    pub const DRAIN_GRACE: &str = "DEVISA_DRAIN_GRACE";

    /// How long the answers to requests with an id are kept. Default: 168h.
    pub const KEEP_ANSWERS: &str = "DEVISA_KEEP_ANSWERS";

    /// All of them.
    pub const ALL: [&str; 17] = [
        LISTEN,
        ADMIN_LISTEN,
        REGISTRY_DATABASE_URL,
        SHIPMENT_DATABASE_URL,
        DEAL_DATABASE_URL,
        REGISTRY_URL,
        SHIPMENT_URL,
        DATA_DIR,
        LOG,
        LOG_FORMAT,
        MAX_IN_FLIGHT,
        MAX_DEADLINE,
        MAX_CONNECTION_AGE,
        CORS_ORIGINS,
        DRAIN_DELAY,
        DRAIN_GRACE,
        KEEP_ANSWERS,
    ];
}

/// A service that a process can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// Who may export.
    Registry,
    /// What left.
    Shipment,
    /// What was agreed.
    Deal,
}

impl Service {
    /// All of them, each after those it calls.
    pub const ALL: [Self; 3] = [Self::Registry, Self::Shipment, Self::Deal];

    /// Its short name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::Shipment => "shipment",
            Self::Deal => "deal",
        }
    }

    /// The service of that short name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.as_str() == name)
    }

    fn database_key(self) -> &'static str {
        match self {
            Self::Registry => key::REGISTRY_DATABASE_URL,
            Self::Shipment => key::SHIPMENT_DATABASE_URL,
            Self::Deal => key::DEAL_DATABASE_URL,
        }
    }

    /// The services it calls, and the key of where they are.
    fn upstreams(self) -> &'static [(Self, &'static str)] {
        match self {
            Self::Registry => &[],
            Self::Shipment => &[(Self::Registry, key::REGISTRY_URL)],
            Self::Deal => {
                &[(Self::Registry, key::REGISTRY_URL), (Self::Shipment, key::SHIPMENT_URL)]
            }
        }
    }
}

/// What the process is to be. It decides the defaults and what has to be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// All services, for one person's machine.
    Up,
    /// One service, as a server among others.
    Serve(Service),
}

impl Role {
    /// The services in the process, each after those it calls.
    pub fn services(self) -> Vec<Service> {
        match self {
            Self::Up => Service::ALL.to_vec(),
            Self::Serve(service) => vec![service],
        }
    }
}

/// The whole configuration of a process that serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// What the process is.
    pub role: Role,
    /// Addresses and drain.
    pub settings: Settings,
    /// What each service's stack allows.
    pub limits: Limits,
    /// The folder of the embedded databases.
    pub data_dir: PathBuf,
    /// The database of each service in the process.
    pub databases: BTreeMap<Service, DatabaseUrl>,
    /// Where the services outside the process are.
    pub upstreams: BTreeMap<Service, ServiceUrl>,
    /// How long a request that is repeated gets its first answer.
    pub keep_answers: Duration,
    /// Which lines are logged.
    pub log: LogFilter,
    /// How they look.
    pub log_format: LogFormat,
}

impl Config {
    /// Reads everything that `role` needs.
    ///
    /// # Errors
    /// Every mistake of the configuration.
    pub fn read(role: Role, source: &dyn Source) -> Result<Self, ConfigErrors> {
        let mut reader = Reader::new(source);
        let data_dir = data_dir(role, &mut reader);
        let config = Self {
            role,
            settings: settings(role, &mut reader),
            limits: limits(&mut reader),
            databases: databases(role, data_dir.as_deref(), &mut reader),
            upstreams: upstreams(role, &mut reader),
            data_dir: data_dir.unwrap_or_default(),
            keep_answers: reader
                .duration_between(key::KEEP_ANSWERS, HOUR, 365 * 24 * HOUR)
                .unwrap_or(Ledger::KEEP_ANSWERS),
            log: log(&mut reader),
            log_format: log_format(&mut reader),
        };
        reader.finish(config)
    }
}

/// Reads how to log, for commands that serve nothing.
///
/// # Errors
/// Every mistake in these two keys.
pub fn read_log(source: &dyn Source) -> Result<(LogFilter, LogFormat), ConfigErrors> {
    let mut reader = Reader::new(source);
    let read = (log(&mut reader), log_format(&mut reader));
    reader.finish(read)
}

/// Reads where one service's database is, for commands that serve nothing.
///
/// # Errors
/// Every mistake in the keys of the database and of the data folder.
pub fn read_database(service: Service, source: &dyn Source) -> Result<DatabaseUrl, ConfigErrors> {
    let mut reader = Reader::new(source);
    let role = Role::Serve(service);
    let data_dir = data_dir(role, &mut reader);
    let found = databases(role, data_dir.as_deref(), &mut reader).remove(&service);
    let found = found.unwrap_or_else(|| embedded(Path::new(""), service));
    reader.finish(found)
}

/// Reads where the databases are of every service of a role, for commands that serve nothing.
///
/// # Errors
/// Every mistake in the keys of the databases and of the data folder.
pub fn read_databases(
    role: Role,
    source: &dyn Source,
) -> Result<BTreeMap<Service, DatabaseUrl>, ConfigErrors> {
    let mut reader = Reader::new(source);
    let data_dir = data_dir(role, &mut reader);
    let found = databases(role, data_dir.as_deref(), &mut reader);
    reader.finish(found)
}

/// Reads where the embedded databases are kept, as `up` does.
///
/// # Errors
/// When none is given and there is no home folder.
pub fn read_data_dir(source: &dyn Source) -> Result<PathBuf, ConfigErrors> {
    let mut reader = Reader::new(source);
    let found = data_dir(Role::Up, &mut reader).unwrap_or_default();
    reader.finish(found)
}

fn log(reader: &mut Reader) -> LogFilter {
    reader.parsed(key::LOG).unwrap_or_default()
}

fn log_format(reader: &mut Reader) -> LogFormat {
    reader.parsed(key::LOG_FORMAT).unwrap_or_default()
}

fn settings(role: Role, reader: &mut Reader) -> Settings {
    let up = role == Role::Up;
    let seconds = Duration::from_secs;
    let host = if up { [127, 0, 0, 1] } else { [0, 0, 0, 0] };
    let admin = (!up).then_some(SocketAddr::from(([0, 0, 0, 0], 9_090)));
    let age = if up { Duration::ZERO } else { seconds(30 * 60) };
    let age = reader.duration(key::MAX_CONNECTION_AGE).unwrap_or(age);
    Settings {
        listen: reader.address(key::LISTEN).unwrap_or(SocketAddr::from((host, 50_051))),
        admin: reader.address_or_none(key::ADMIN_LISTEN).unwrap_or(admin),
        drain_delay: reader.duration(key::DRAIN_DELAY).unwrap_or(if up {
            Duration::ZERO
        } else {
            seconds(5)
        }),
        drain_grace: reader.duration(key::DRAIN_GRACE).unwrap_or(if up {
            seconds(5)
        } else {
            seconds(20)
        }),
        max_connection_age: (!age.is_zero()).then_some(age),
        cors_origins: reader.parsed(key::CORS_ORIGINS).unwrap_or_default(),
    }
}

fn limits(reader: &mut Reader) -> Limits {
    let defaults = Limits::default();
    let deadline = reader.duration(key::MAX_DEADLINE).unwrap_or(defaults.max_deadline);
    if deadline.is_zero() {
        reader.mistake(key::MAX_DEADLINE, "more than 0s", "0s");
    }
    Limits {
        max_in_flight: reader.count(key::MAX_IN_FLIGHT).unwrap_or(defaults.max_in_flight),
        max_deadline: deadline,
    }
}

/// The folder given, else the user's. `None` when a server was given none: it must not keep what
/// is entrusted to it in a folder that goes away with its container.
fn data_dir(role: Role, reader: &mut Reader) -> Option<PathBuf> {
    if let Some(given) = reader.text(key::DATA_DIR) {
        return Some(PathBuf::from(given));
    }
    if role != Role::Up {
        return None;
    }
    let xdg = reader.text("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = reader.text("HOME").map(|home| PathBuf::from(home).join(".local/share"));
    let found = xdg.or(home).map(|folder| folder.join("devisa"));
    if found.is_none() {
        reader.mistake(key::DATA_DIR, "a folder, as there is no home folder", "nothing");
    }
    found
}

fn databases(
    role: Role,
    data_dir: Option<&Path>,
    reader: &mut Reader,
) -> BTreeMap<Service, DatabaseUrl> {
    let mut found = BTreeMap::new();
    for service in role.services() {
        let key = service.database_key();
        let form = "sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE";
        let given = reader.secret(key, form, |text| DatabaseUrl::parse(text).ok());
        match given.or_else(|| data_dir.map(|folder| embedded(folder, service))) {
            Some(url) => {
                found.insert(service, url);
            }
            None if role == Role::Up || reader.is_mistaken(key) => {}
            None => reader.mistake(key, "a database, or DEVISA_DATA_DIR", "nothing"),
        }
    }
    found
}

fn embedded(folder: &Path, service: Service) -> DatabaseUrl {
    DatabaseUrl::Sqlite(folder.join(format!("{}.db", service.as_str())))
}

fn upstreams(role: Role, reader: &mut Reader) -> BTreeMap<Service, ServiceUrl> {
    let Role::Serve(service) = role else {
        return BTreeMap::new();
    };
    let mut found = BTreeMap::new();
    for (upstream, key) in service.upstreams() {
        match reader.parsed::<ServiceUrl>(key) {
            Some(url) => {
                found.insert(*upstream, url);
            }
            None if reader.is_mistaken(key) => {}
            None => reader.mistake(key, "http://host:port", "nothing"),
        }
    }
    found
}

#[cfg(test)]
mod tests;
