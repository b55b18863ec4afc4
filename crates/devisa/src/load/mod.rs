//! `devisa load`: data sets into the ledger, through the public API.
//!
//! Purpose: to bring records and their lifecycle to where YAML files say they are. Invariant: all
//! files are read and all items fetched before the first write; what is there already is left as
//! it is, and what differs, or lacks what a server would ask for, stops everything before anything
//! is written.

mod apply;
mod compare;
mod decide;
mod import;
mod item;
mod plan;
mod precheck;
mod short;
mod steps;
mod walk;

use std::path::Path;

pub(crate) use self::{
    apply::Tally,
    short::date,
    walk::{prefix, short_names},
};
use crate::{
    cli::{Format, LoadArgs},
    client::Client,
    exit::{Exit, Failure},
    output,
    yaml::{self, Problems},
};

/// Runs `devisa load`.
pub(crate) async fn run(args: &LoadArgs, server: &str, format: Format) -> Result<Exit, Failure> {
    let mut sources = Vec::new();
    for file in &args.files {
        sources.push((file.display().to_string(), read(file)?));
    }
    let plan = plan(&sources)?;
    let client = Client::connect(server).await?;
    let tally = apply::apply(&client, &plan).await?;
    match format {
        Format::Table => output::print(&tally.to_string())?,
        Format::Json => output::print_json(&tally.to_json())?,
    }
    Ok(Exit::Fine)
}

/// Loads texts that are at hand, each with the name by which its places are told.
pub(crate) async fn load(client: &Client, sources: &[(String, String)]) -> Result<Tally, Failure> {
    apply::apply(client, &plan(sources)?).await
}

fn plan(sources: &[(String, String)]) -> Result<plan::Plan, Failure> {
    let mut problems = Problems::default();
    let mut roots = Vec::new();
    for (file, text) in sources {
        roots.extend(problems.keep(yaml::parse(file, text)));
    }
    let plan = plan::plan(&roots, &mut problems)?;
    problems.finish()?;
    Ok(plan)
}

/// The items' names, when the data sets are sound as far as can be told without a server.
#[cfg(test)]
pub(crate) fn parses(sources: &[(String, String)]) -> Result<Vec<String>, Failure> {
    Ok(plan(sources)?.items.into_iter().map(|item| item.name).collect())
}

/// The text of an input file.
pub(crate) fn read(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file)
        .map_err(|error| Failure::refused(format!("{}: {error}", file.display())))
}
