//! Options that several commands share: databases, upstreams, bounds, logs.

use std::path::PathBuf;

use clap::Args;

/// Where the services' databases are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub(crate) struct DatabaseArgs {
    /// The registry's database, `sqlite:` or `postgres:`.
    #[arg(long, value_name = "URL", env = "DEVISA_REGISTRY_DATABASE_URL", hide_env_values = true)]
    pub(crate) registry_database_url: Option<String>,

    /// A file that holds the URL of the registry's database.
    #[arg(long, value_name = "FILE", env = "DEVISA_REGISTRY_DATABASE_URL_FILE")]
    pub(crate) registry_database_url_file: Option<PathBuf>,

    /// The shipment service's database.
    #[arg(long, value_name = "URL", env = "DEVISA_SHIPMENT_DATABASE_URL", hide_env_values = true)]
    pub(crate) shipment_database_url: Option<String>,

    /// A file that holds the URL of the shipment service's database.
    #[arg(long, value_name = "FILE", env = "DEVISA_SHIPMENT_DATABASE_URL_FILE")]
    pub(crate) shipment_database_url_file: Option<PathBuf>,

    /// The deal service's database.
    #[arg(long, value_name = "URL", env = "DEVISA_DEAL_DATABASE_URL", hide_env_values = true)]
    pub(crate) deal_database_url: Option<String>,

    /// A file that holds the URL of the deal service's database.
    #[arg(long, value_name = "FILE", env = "DEVISA_DEAL_DATABASE_URL_FILE")]
    pub(crate) deal_database_url_file: Option<PathBuf>,

    /// Where the SQLite files are kept of services without a database URL.
    #[arg(long, value_name = "DIR", env = "DEVISA_DATA_DIR")]
    pub(crate) data_dir: Option<PathBuf>,
}

/// Where the services answer that a service calls.
#[derive(Clone, Debug, Args)]
pub(crate) struct UpstreamArgs {
    /// Where the registry answers; needed by shipment and deal.
    #[arg(long, value_name = "URL", env = "DEVISA_REGISTRY_URL")]
    pub(crate) registry_url: Option<String>,

    /// Where the shipment service answers; needed by deal.
    #[arg(long, value_name = "URL", env = "DEVISA_SHIPMENT_URL")]
    pub(crate) shipment_url: Option<String>,
}

/// What a running process allows, and how it goes down. Durations are written `500ms`, `10s`, `2m`
/// or `1h`.
#[derive(Clone, Debug, Args)]
pub(crate) struct BoundArgs {
    /// Calls in flight per service before calls are refused. Default: 512.
    #[arg(long, value_name = "N", env = "DEVISA_MAX_IN_FLIGHT")]
    pub(crate) max_in_flight: Option<String>,

    /// The longest deadline of a call. Default: 60s.
    #[arg(long, value_name = "DURATION", env = "DEVISA_MAX_DEADLINE")]
    pub(crate) max_deadline: Option<String>,

    /// The age at which a connection is told to reconnect; 0s: never. Default: serve 30m, up 0s.
    #[arg(long, value_name = "DURATION", env = "DEVISA_MAX_CONNECTION_AGE")]
    pub(crate) max_connection_age: Option<String>,

    /// The origins whose pages may call by gRPC-Web, separated by commas. Default: none.
    #[arg(long, value_name = "ORIGINS", env = "DEVISA_CORS_ORIGINS")]
    pub(crate) cors_origins: Option<String>,

    /// From being NOT_SERVING to accepting no more. Default: serve 5s, up 0s.
    #[arg(long, value_name = "DURATION", env = "DEVISA_DRAIN_DELAY")]
    pub(crate) drain_delay: Option<String>,

    /// How long calls under way may then take. Default: serve 20s, up 5s.
    #[arg(long, value_name = "DURATION", env = "DEVISA_DRAIN_GRACE")]
    pub(crate) drain_grace: Option<String>,

    /// How long a request that is repeated gets its first answer, from 1h on. Default: 168h.
    #[arg(long, value_name = "DURATION", env = "DEVISA_KEEP_ANSWERS")]
    pub(crate) keep_answers: Option<String>,
}

/// How a service logs.
#[derive(Clone, Debug, Args)]
pub(crate) struct LogArgs {
    /// What is logged: a level, or `target=level` directives separated by commas.
    #[arg(id = "log", long, value_name = "FILTER", env = "DEVISA_LOG")]
    pub(crate) filter: Option<String>,

    /// How it is logged: `text` or `json`.
    #[arg(
        id = "log_format",
        long = "log-format",
        value_name = "FORMAT",
        env = "DEVISA_LOG_FORMAT"
    )]
    pub(crate) format: Option<String>,
}
