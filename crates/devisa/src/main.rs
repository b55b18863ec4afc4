//! `devisa`: the export ledger of Indonesia's Desa Devisa programme, as one binary.
//!
//! Purpose: the command line. `up`, `serve` and `migrate` run the services; everything else is a
//! client of their public API or needs no server at all, save those that keep databases in order.
//! Invariant: what a command answers is told by its exit code ([`exit::Exit`]); what people read
//! goes to standard output, what went wrong to standard error.
//! It composes the services and migrates their databases; what it asks or tells one goes through its
//! gRPC clients. It must never know how a service decides, nor what is in its tables.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod catalogue;
mod check;
mod cli;
mod client;
mod completions;
mod doctor;
mod example;
mod exit;
mod figure;
mod import;
mod load;
mod output;
mod policy;
mod query;
mod serve;
mod upkeep;
mod yaml;

use std::process::ExitCode;

use crate::{
    cli::{Cli, Command},
    exit::{Exit, Failure},
    output::choose_color,
};

fn main() -> ExitCode {
    let cli = Cli::read();
    choose_color(cli.color);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(run(cli)),
        Err(error) => Err(Failure::internal(format!("the runtime does not start: {error}"))),
    };
    outcome.unwrap_or_else(|failure| failure.report()).into()
}

async fn run(cli: Cli) -> Result<Exit, Failure> {
    let (server, format) = (cli.server().to_owned(), cli.format);
    match cli.command {
        Command::Up(args) => serve::up(args, format).await,
        Command::Serve(args) => serve::serve(args).await,
        Command::Migrate(args) => upkeep::migrate(args, format).await,
        Command::Verify(args) => upkeep::verify(args, format).await,
        Command::Backup(args) => upkeep::backup(args, format).await,
        Command::Restore(args) => upkeep::restore(args, format).await,
        Command::Compact(args) => upkeep::compact(args, format).await,
        Command::Rebuild(args) => serve::rebuild(args, &server, format).await,
        Command::Load(args) => load::run(&args, &server, format).await,
        Command::Import(args) => import::run(&args, &server, format).await,
        Command::Check(args) => check::run(&args, &server, format).await,
        Command::Figure(args) => figure::run(&args, format),
        Command::Policy => policy::run(format),
        Command::List(args) => query::list::run(&args, &server, format).await,
        Command::Get(args) => query::get::run(&args, &server, format).await,
        Command::Watch(args) => query::watch::run(&args, &server, format).await,
        Command::Summarize(args) => query::summarize::run(&args, &server, format).await,
        Command::Doctor(args) => doctor::run(*args, cli.server.as_deref(), format).await,
        Command::Completions(args) => completions::run(&args),
    }
}
