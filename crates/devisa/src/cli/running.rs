//! Options of the commands that run services and look after them.

use std::path::PathBuf;

use clap::Args;

use super::{BoundArgs, DatabaseArgs, LogArgs, ServiceName, UpstreamArgs};
use crate::example;

/// Options of `up`.
#[derive(Clone, Debug, Args)]
pub(crate) struct UpArgs {
    /// Where the SQLite files are kept. Default: a folder under the user's data folder; with
    /// `--example`, a temporary one.
    #[arg(long, value_name = "DIR", env = "DEVISA_DATA_DIR")]
    pub(crate) data_dir: Option<PathBuf>,

    /// Where to listen. Default: 127.0.0.1:50051.
    #[arg(long, value_name = "ADDR", env = "DEVISA_LISTEN")]
    pub(crate) listen: Option<String>,

    /// Where to answer health checks and metrics. Default: nowhere.
    #[arg(long, value_name = "ADDR", env = "DEVISA_ADMIN_LISTEN")]
    pub(crate) admin_listen: Option<String>,

    /// Load an example, check its statement, print the answer, and go on serving.
    #[arg(
        long,
        value_name = "NAME",
        num_args = 0..=1,
        default_missing_value = example::DEFAULT,
        value_parser = example::names()
    )]
    pub(crate) example: Option<String>,

    /// What it allows, and how it goes down.
    #[command(flatten)]
    pub(crate) bounds: BoundArgs,

    /// How it logs.
    #[command(flatten)]
    pub(crate) log: LogArgs,
}

/// Options of `serve`.
#[derive(Clone, Debug, Args)]
pub(crate) struct ServeArgs {
    /// The service to run.
    #[arg(value_enum)]
    pub(crate) service: ServiceName,

    /// Where to listen. Default: 0.0.0.0:50051.
    #[arg(long, value_name = "ADDR", env = "DEVISA_LISTEN")]
    pub(crate) listen: Option<String>,

    /// Where to answer health checks and metrics. Default: 0.0.0.0:9090.
    #[arg(long, value_name = "ADDR", env = "DEVISA_ADMIN_LISTEN")]
    pub(crate) admin_listen: Option<String>,

    /// The databases; only the service's own is used.
    #[command(flatten)]
    pub(crate) databases: DatabaseArgs,

    /// Where the other services answer.
    #[command(flatten)]
    pub(crate) upstreams: UpstreamArgs,

    /// What it allows, and how it goes down.
    #[command(flatten)]
    pub(crate) bounds: BoundArgs,

    /// How it logs.
    #[command(flatten)]
    pub(crate) log: LogArgs,
}

/// Options of `doctor`.
#[derive(Clone, Debug, Args)]
pub(crate) struct DoctorArgs {
    /// The service to look at, as `devisa serve` would run it. Default: all, as `devisa up` would.
    #[arg(value_enum)]
    pub(crate) service: Option<ServiceName>,

    /// Where it would listen.
    #[arg(long, value_name = "ADDR", env = "DEVISA_LISTEN")]
    pub(crate) listen: Option<String>,

    /// The databases; only those of the services looked at are used.
    #[command(flatten)]
    pub(crate) databases: DatabaseArgs,

    /// Where the other services answer.
    #[command(flatten)]
    pub(crate) upstreams: UpstreamArgs,
}

impl DoctorArgs {
    /// Whether something is given that only a process on this machine has.
    pub(crate) fn is_of_a_process(&self) -> bool {
        self.service.is_some() || self.listen.is_some() || self.databases != DatabaseArgs::default()
    }
}
