//! `devisa completions`: what a shell needs to complete commands, options and values.

use clap::CommandFactory;

use crate::{
    cli::{Cli, CompletionsArgs},
    exit::{Exit, Failure},
    output,
};

/// Runs `devisa completions`.
pub(crate) fn run(args: &CompletionsArgs) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "devisa", &mut script);
    output::print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Fine)
}
