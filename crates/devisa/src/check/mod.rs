//! `devisa check`: the figures of a statement against the records.
//!
//! Purpose: to tell which of the things said in public are true of the ledger, and to lay beside
//! them what the ledger knows. Invariant: verdicts are the services', in the order of the
//! statement; only pairs are evaluated here, by the domain.

mod beside;
mod claims;
mod metric;
mod pairs;
mod render;
mod report;
mod statement;

use self::{
    report::{FigureReport, Report},
    statement::Statement,
};
use crate::{
    cli::{CheckArgs, Format},
    client::Client,
    exit::{Exit, Failure},
    load, output,
};

/// Runs `devisa check`.
pub(crate) async fn run(args: &CheckArgs, server: &str, format: Format) -> Result<Exit, Failure> {
    let text = load::read(&args.file)?;
    let statement = statement::read(&args.file.display().to_string(), &text)?;
    let client = Client::connect(server).await?;
    answer(&client, statement, format).await
}

/// Checks a statement that is at hand, with the name by which its places are told, and prints the
/// answer.
pub(crate) async fn check(
    client: &Client,
    file: &str,
    text: &str,
    format: Format,
) -> Result<Exit, Failure> {
    answer(client, statement::read(file, text)?, format).await
}

/// Whether a statement is sound as far as can be told without a server.
#[cfg(test)]
pub(crate) fn parses(file: &str, text: &str) -> Result<(), Failure> {
    statement::read(file, text).map(|_| ())
}

async fn answer(client: &Client, statement: Statement, format: Format) -> Result<Exit, Failure> {
    let report = ask(client, statement).await?;
    match format {
        Format::Table => output::print(&render::render(&report))?,
        Format::Json => output::print_json(&report.to_json())?,
    }
    for warning in report.warnings() {
        output::warn(&warning);
    }
    Ok(if report.is_consistent() { Exit::Fine } else { Exit::No })
}

/// Asks the services what the records say of a statement.
async fn ask(client: &Client, statement: Statement) -> Result<Report, Failure> {
    let verdicts = claims::check(client, &statement.figures).await?;
    let beside = beside::fetch(client, &statement).await?;
    let pairs = match statement.pairs {
        Some(stated) => Some(pairs::compare(client, stated).await?),
        None => None,
    };
    let figures = statement.figures.into_iter().zip(verdicts);
    Ok(Report {
        title: statement.title,
        source: statement.source,
        event_date: statement.event_date,
        statement_date: statement.statement_date,
        figures: figures.map(|(stated, answer)| FigureReport::new(stated, answer)).collect(),
        pairs,
        beside,
    })
}
