//! Options of the commands that keep databases in good order.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use devisa_domain::time::Date;

use super::{DatabaseArgs, LogArgs, ServiceName};

/// Options of `migrate`.
#[derive(Clone, Debug, Args)]
pub(crate) struct MigrateArgs {
    /// The service whose database is migrated.
    #[arg(value_enum)]
    pub(crate) service: ServiceName,

    /// Then put all that comes behind all that was: after every restore to an earlier state, before
    /// anybody writes. Watchers resume with the revisions that they have.
    #[arg(long)]
    pub(crate) new_epoch: bool,

    /// The databases; only the service's own is touched.
    #[command(flatten)]
    pub(crate) databases: DatabaseArgs,

    /// How it logs.
    #[command(flatten)]
    pub(crate) log: LogArgs,
}

/// Options of `compact`.
#[derive(Clone, Debug, Args)]
pub(crate) struct CompactArgs {
    /// The service whose event log is compacted.
    #[arg(value_enum)]
    pub(crate) service: ServiceName,

    /// Only events from before this day, a date in Asia/Jakarta that is not in the future.
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(crate) before: Date,

    /// No deal service follows this shipment service: do not ask one's database how far it has
    /// heard of shipments. What such a service had yet to hear would be lost to it.
    #[arg(long)]
    pub(crate) no_projections: bool,

    /// The databases; only the service's own is changed. For shipment, that of the deal service is
    /// read too: what deals have yet to hear of stays.
    #[command(flatten)]
    pub(crate) databases: DatabaseArgs,

    /// How it logs.
    #[command(flatten)]
    pub(crate) log: LogArgs,
}

fn date(text: &str) -> Result<Date, String> {
    let whole = (text.len() == 10).then(|| Date::parse_from_str(text, "%Y-%m-%d").ok()).flatten();
    whole.ok_or_else(|| "expected a date such as 2025-11-26".to_owned())
}

/// Options of `verify`.
#[derive(Clone, Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The services whose databases are verified, as `devisa serve` would use them. Default: all
    /// three, as `devisa up` would.
    #[arg(value_enum, value_name = "SERVICE")]
    pub(crate) services: Vec<ServiceName>,

    /// Where the shipment service answers, to compare with its log what deals know of shipments.
    /// Not needed where its database is given.
    #[arg(long, value_name = "URL", env = "DEVISA_SHIPMENT_URL")]
    pub(crate) shipment_url: Option<String>,

    /// The databases; nothing is written to them.
    #[command(flatten)]
    pub(crate) databases: DatabaseArgs,

    /// How it logs.
    #[command(flatten)]
    pub(crate) log: LogArgs,
}

/// Options of `backup`.
#[derive(Clone, Debug, Args)]
pub(crate) struct BackupArgs {
    /// The folder of the backup; absent, or empty.
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,

    /// The databases; all three must be embedded ones.
    #[command(flatten)]
    pub(crate) databases: DatabaseArgs,

    /// How it logs.
    #[command(flatten)]
    pub(crate) log: LogArgs,
}

/// Options of `restore`.
#[derive(Clone, Debug, Args)]
pub(crate) struct RestoreArgs {
    /// The folder of the backup.
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,

    /// Where to put the databases; absent, or empty. Default: where `devisa up` keeps them.
    #[arg(long, value_name = "DIR", env = "DEVISA_DATA_DIR")]
    pub(crate) data_dir: Option<PathBuf>,

    /// How it logs.
    #[command(flatten)]
    pub(crate) log: LogArgs,
}

/// Options of `rebuild`.
#[derive(Clone, Debug, Args)]
pub(crate) struct RebuildArgs {
    /// The service whose projection is rebuilt.
    #[arg(value_enum)]
    pub(crate) service: Projecting,

    /// The databases; only the service's own is touched. It may be served meanwhile.
    #[command(flatten)]
    pub(crate) databases: DatabaseArgs,

    /// Where the shipment service answers. Default: the server of `--server`.
    #[arg(long, value_name = "URL", env = "DEVISA_SHIPMENT_URL")]
    pub(crate) shipment_url: Option<String>,

    /// How it logs.
    #[command(flatten)]
    pub(crate) log: LogArgs,
}

/// The services that follow another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Projecting {
    /// What deals know of shipments.
    Deal,
}
