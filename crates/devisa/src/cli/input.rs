//! Options of the commands that bring records in.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

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
