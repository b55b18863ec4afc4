//! The command line: its commands, and the options that all of them take. The options of each stand
//! by theme in `cli/`.

mod examples;
mod figures;
mod input;
mod query;
mod running;
mod settings;
#[cfg(test)]
mod tests;
mod upkeep;

use std::ffi::OsStr;

use clap::{
    Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum, builder::Resettable,
};
use clap_complete::Shell;

pub(crate) use self::{
    figures::{CheckArgs, FigureArgs},
    input::{ImportArgs, LoadArgs},
    query::{GetArgs, ListArgs, RateName, SummarizeArgs, Summarized, WatchArgs},
    running::{DoctorArgs, ServeArgs, UpArgs},
    settings::{BoundArgs, DatabaseArgs, LogArgs, UpstreamArgs},
    upkeep::{
        BackupArgs, CompactArgs, MigrateArgs, Projecting, RebuildArgs, RestoreArgs, VerifyArgs,
    },
};

/// Options that every command takes.
const EVERYWHERE: &str = "Options of every command";

/// The export ledger of Indonesia's Desa Devisa programme.
///
/// `devisa up --example` starts everything, loads a real release and checks what the press said
/// of it. Exit codes: 0 fine; 1 the answer is no; 2 usage; 3 refused; 64 configuration; 69 the
/// server does not answer; 70 internal.
#[derive(Debug, Parser)]
#[command(
    name = "devisa",
    version,
    max_term_width = 100,
    propagate_version = true,
    arg_required_else_help = true
)]
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
    /// Reads the command line and the environment.
    pub(crate) fn read() -> Self {
        let matches = without_empty_variables(Self::command()).get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }

    /// The server that the client commands talk to.
    pub(crate) fn server(&self) -> &str {
        self.server.as_deref().unwrap_or(DEFAULT_SERVER)
    }
}

/// A variable that is empty counts as none, as manifests and shells have them.
fn without_empty_variables(command: clap::Command) -> clap::Command {
    let is_empty = |name: &OsStr| std::env::var_os(name).is_some_and(|value| value.is_empty());
    let command = command.mut_args(|arg| match arg.get_env().is_some_and(is_empty) {
        true => arg.env(Resettable::Reset),
        false => arg,
    });
    command.mut_subcommands(without_empty_variables)
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
    /// Print by which limits values are held and figures are read, without a server.
    #[command(after_help = examples::POLICY)]
    Policy,
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

/// Options of `completions`.
#[derive(Clone, Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}
