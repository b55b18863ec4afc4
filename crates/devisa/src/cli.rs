//! The command line: its commands, options and help.

mod examples;
mod upkeep;

use std::path::PathBuf;

use clap::{
    ArgMatches, Args, CommandFactory, FromArgMatches, Id, Parser, Subcommand, ValueEnum,
    parser::ValueSource,
};
use clap_complete::Shell;
use devisa_proto::totals::v1::Period;
use rust_decimal::Decimal;

pub(crate) use self::upkeep::{BackupArgs, CompactArgs, MigrateArgs, RestoreArgs, VerifyArgs};
use crate::{catalogue, example};

/// The options that every command takes, by id.
const GLOBAL: [&str; 3] = ["server", "format", "color"];

/// Options that every command takes.
const EVERYWHERE: &str = "Options of every command";

/// The export ledger of Indonesia's Desa Devisa programme.
///
/// `devisa up --example` starts everything, loads a real release and checks what the press said
/// of it. Exit codes: 0 fine; 1 the answer is no; 2 usage; 3 refused; 64 configuration; 69 the
/// server does not answer; 70 internal.
#[derive(Debug, Parser)]
#[command(name = "devisa", version, max_term_width = 100, propagate_version = true)]
pub(crate) struct Cli {
    /// The server that the client commands talk to. Default: http://127.0.0.1:50051.
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "URL", env = "DEVISA_SERVER")]
    pub(crate) server: Option<String>,

    /// How answers are printed.
    #[arg(long, global = true, help_heading = EVERYWHERE, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,

    /// When to use colours; `auto` uses them on a terminal, unless `NO_COLOR` is set.
    #[arg(long, global = true, help_heading = EVERYWHERE, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub(crate) color: Color,

    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The server that is meant when none is named.
pub(crate) const DEFAULT_SERVER: &str = "http://127.0.0.1:50051";

impl Cli {
    /// The command line of this process; what cannot be read ends it.
    pub(crate) fn read() -> Self {
        let read = Self::of(&Self::command().get_matches());
        read.unwrap_or_else(|error| error.exit())
    }

    /// What was given. A doctor that is told what to look at does so: a server that the environment
    /// alone names does not come before a flag.
    fn of(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut cli = Self::from_arg_matches(matches)?;
        let typed = |matches: &ArgMatches, id: &str| {
            matches.value_source(id) == Some(ValueSource::CommandLine)
        };
        if let (Command::Doctor(_), Some((_, own))) = (&cli.command, matches.subcommand()) {
            let mut own_flags = own.ids().map(Id::as_str).filter(|id| !GLOBAL.contains(id));
            if own_flags.any(|id| typed(own, id)) && !typed(matches, "server") {
                cli.server = None;
            }
        }
        Ok(cli)
    }

    /// The server that the client commands talk to.
    pub(crate) fn server(&self) -> &str {
        self.server.as_deref().unwrap_or(DEFAULT_SERVER)
    }
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal.
    Auto,
    /// Also into files and pipes.
    Always,
    /// Nowhere.
    Never,
}

/// How answers are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Aligned tables for people.
    Table,
    /// JSON for scripts.
    Json,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run all three services in one process on one port, on SQLite files; nothing to install.
    #[command(after_help = examples::UP)]
    Up(UpArgs),
    /// Run one service.
    #[command(after_help = examples::SERVE)]
    Serve(ServeArgs),
    /// Bring a service's database to the schema that this program needs.
    #[command(after_help = examples::MIGRATE)]
    Migrate(MigrateArgs),
    /// Recompute what a service's database derives, and compare it with the event log.
    #[command(after_help = examples::VERIFY)]
    Verify(VerifyArgs),
    /// Copy the embedded databases into a folder, also while they are served.
    #[command(after_help = examples::BACKUP)]
    Backup(BackupArgs),
    /// Bring a backup back into an empty data folder.
    #[command(after_help = examples::RESTORE)]
    Restore(RestoreArgs),
    /// Remove superseded events from a service's log; without it they stay for ever.
    #[command(after_help = examples::COMPACT)]
    Compact(CompactArgs),
    /// Make anew what a service keeps of another one's events, from the first event on.
    #[command(after_help = examples::REBUILD)]
    Rebuild(RebuildArgs),
    /// Load data sets (YAML); what is there already is skipped, so the same file twice changes nothing.
    #[command(after_help = examples::LOAD)]
    Load(LoadArgs),
    /// Import many records out of a spreadsheet (CSV): bad lines go to a file beside it with their
    /// reasons, good ones are safe; the same file again repeats nothing.
    #[command(after_help = examples::IMPORT)]
    Import(ImportArgs),
    /// Check the published figures of a statement (YAML) against the records.
    #[command(after_help = examples::CHECK)]
    Check(CheckArgs),
    /// Read one published figure, without a server.
    #[command(after_help = examples::FIGURE)]
    Figure(FigureArgs),
    /// List resources.
    #[command(after_help = examples::LIST)]
    List(ListArgs),
    /// Show one resource.
    #[command(after_help = examples::GET)]
    Get(GetArgs),
    /// Follow a service's events as they happen, a line each; Ctrl-C ends it.
    #[command(after_help = examples::WATCH)]
    Watch(WatchArgs),
    /// Totals of one value tier.
    #[command(after_help = examples::SUMMARIZE)]
    Summarize(SummarizeArgs),
    /// Look whether everything is as it should be, and say how to mend what is not.
    #[command(after_help = examples::DOCTOR)]
    Doctor(Box<DoctorArgs>),
    /// Print what a shell needs to complete commands, options and values.
    #[command(after_help = examples::COMPLETIONS)]
    Completions(CompletionsArgs),
}

/// The three services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ServiceName {
    /// Villages, programmes, decrees, enrolments, organisations, exchange rates.
    Registry,
    /// Releases, shipments, milestones, sponsorships.
    Shipment,
    /// Matching sessions and deals.
    Deal,
}

impl ServiceName {
    /// The name as it stands in package names.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::Shipment => "shipment",
            Self::Deal => "deal",
        }
    }
}

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

/// Where the services' databases are.
#[derive(Clone, Debug, Default, Args)]
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

/// Options of `load`.
#[derive(Clone, Debug, Args)]
pub(crate) struct LoadArgs {
    /// The data sets. All are read before anything is written.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

/// What can be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Imported {
    /// Shipments, each in the state DRAFT.
    Shipments,
}

/// Options of `import`.
#[derive(Clone, Debug, Args)]
pub(crate) struct ImportArgs {
    /// What to import.
    #[arg(value_enum)]
    pub(crate) what: Imported,

    /// The spreadsheet, with its columns' names in the first line: see docs/importing.md.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Check every line as an import does, and write nothing, neither records nor files.
    #[arg(long)]
    pub(crate) validate_only: bool,
}

/// Options of `check`.
#[derive(Clone, Debug, Args)]
pub(crate) struct CheckArgs {
    /// The statement.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

/// Options of `figure`.
#[derive(Clone, Debug, Args)]
pub(crate) struct FigureArgs {
    /// The figure as published, such as "Rp5,8 miliar" or "enam truk".
    #[arg(value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) text: String,

    /// A number to check it against, in the figure's own currency or unit: 351607.40.
    #[arg(long, value_name = "NUMBER", value_parser = number, allow_hyphen_values = true)]
    pub(crate) against: Option<Decimal>,
}

fn number(text: &str) -> Result<Decimal, String> {
    Decimal::from_str_exact(text).map_err(|_| "expected a number such as 351607.40".to_owned())
}

/// Options of `list`.
#[derive(Clone, Debug, Args)]
pub(crate) struct ListArgs {
    /// What to list.
    #[arg(value_name = "RESOURCE", value_parser = catalogue::keys())]
    pub(crate) resource: String,

    /// The resource they belong to: `programmes/lpei-desa-devisa` for decrees and enrolments, a
    /// shipment for milestones.
    #[arg(long, value_name = "NAME")]
    pub(crate) parent: Option<String>,

    /// Only those for which this holds (AIP-160): `state = READY AND exporter = "organisations/x"`.
    /// A field that cannot be filtered on is answered with those that can.
    #[arg(long)]
    pub(crate) filter: Option<String>,

    /// The fields to show, as paths separated by commas: `name,value,review.state`. Default: the
    /// most telling ones; with `--format json`, all.
    #[arg(long, value_name = "PATHS", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,

    /// How many at most; 0 means all.
    #[arg(long, default_value_t = 1000, value_name = "N")]
    pub(crate) limit: usize,

    /// Also those that were deleted or hidden: organisations, products, sponsorships.
    #[arg(long)]
    pub(crate) show_deleted: bool,

    /// How many are asked for at once.
    #[arg(long, default_value_t = 500, value_name = "N", value_parser = clap::value_parser!(i32).range(1..=1000))]
    pub(crate) page_size: i32,
}

/// Options of `get`.
#[derive(Clone, Debug, Args)]
pub(crate) struct GetArgs {
    /// The resource's name, such as `shipments/kerupuk`.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
}

/// Options of `watch`.
#[derive(Clone, Debug, Args)]
pub(crate) struct WatchArgs {
    /// The service to follow.
    #[arg(value_enum)]
    pub(crate) service: ServiceName,

    /// Start after this revision. Default: from the beginning.
    #[arg(long, value_name = "REVISION")]
    pub(crate) after: Option<String>,

    /// Only events of resources whose name starts so: `shipments/`.
    #[arg(long, value_name = "PREFIX")]
    pub(crate) subject: Option<String>,

    /// Only events of this type, in full or without the package: `deal.signed`. May be repeated.
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) types: Vec<String>,

    /// End with the last event that there is, instead of waiting for the next.
    #[arg(long)]
    pub(crate) no_follow: bool,

    /// End after so many events.
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
}

/// What can be totalled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Summarized {
    /// What left: RELEASED or REALISED.
    Shipments,
    /// What was agreed: POTENTIAL or CONTRACTED.
    Deals,
}

/// The kinds of exchange rates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum RateName {
    /// Bank Indonesia's spot rate.
    Jisdor,
    /// The finance minister's weekly rate.
    KursPajak,
    /// A round rate that a press office used.
    House,
}

/// Options of `summarize`.
#[derive(Clone, Debug, Args)]
pub(crate) struct SummarizeArgs {
    /// What to total.
    #[arg(value_enum)]
    pub(crate) what: Summarized,

    /// The value tier; tiers are never added, so there is no default.
    #[arg(long, value_name = "TIER", ignore_case = true,
          value_parser = ["POTENTIAL", "CONTRACTED", "RELEASED", "REALISED"])]
    pub(crate) tier: Option<String>,

    /// The dimensions to group by, separated by commas. Shipments: DESTINATION, COMMODITY,
    /// HS_CHAPTER, REGENCY, EXPORTER, RELEASE, MONTH, YEAR; deals: SESSION, SELLER, BUYER, OFFICE,
    /// COMMODITY, MONTH.
    #[arg(long, visible_alias = "by", value_name = "DIMENSION", value_delimiter = ',')]
    pub(crate) group_by: Vec<String>,

    /// Only those for which this holds: `year = 2025 AND (regency = "35.25" OR regency = UNKNOWN)`.
    #[arg(long)]
    pub(crate) filter: Option<String>,

    /// Only of these days: 2025, 2025-11, 2025-11-26, or 2025-11-01..2025-12-01 (up to, not
    /// including). The date is the tier's.
    #[arg(long, value_name = "PERIOD", value_parser = crate::query::summarize::period)]
    pub(crate) period: Option<Period>,

    /// Convert every total into this currency as well, by the rates of `--rate` on record: IDR.
    #[arg(long, value_name = "CURRENCY", requires = "rate")]
    pub(crate) convert: Option<String>,

    /// The kind of rate that converts.
    #[arg(long, value_name = "KIND", value_enum, ignore_case = true, requires = "convert")]
    pub(crate) rate: Option<RateName>,

    /// Count deals held as implausible too (deals only).
    #[arg(long)]
    pub(crate) include_held: bool,
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

/// Options of `completions`.
#[derive(Clone, Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

#[cfg(test)]
#[path = "cli_tests.rs"]
mod tests;
