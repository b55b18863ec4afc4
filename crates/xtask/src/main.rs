//! Developer commands of Devisa: what is generated and checked in is made here.
//!
//! Purpose: one command for each kind of generated file, and `--check` to say whether it is current.
//! Invariant: the same sources make the same bytes, and nobody edits them by hand. It must never
//! depend on a crate that it writes into: it has to run when what it generates for does not compile.

mod docs;
mod proto;
mod villages;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Regenerates what is checked in but not written by hand.
#[derive(Debug, Parser)]
#[command(name = "xtask")]
struct Xtask {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Regenerates what readers and clients are given of the protos: docs/api.md, the facts in
    /// docs/errors/, proto/service_config.json.
    Docs(docs::Args),
    /// Regenerates the Rust code and the descriptor set from the protos.
    Proto(proto::Args),
    /// Regenerates the national list of regions and villages.
    Villages(villages::Args),
}

fn main() -> ExitCode {
    let done = match Xtask::parse().task {
        Task::Docs(args) => docs::run(&args),
        Task::Proto(args) => proto::run(&args),
        Task::Villages(args) => villages::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
