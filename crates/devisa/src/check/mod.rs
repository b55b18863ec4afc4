//! `devisa check`: the figures of a statement against the records.
//!
//! Purpose: to tell which of the things said in public are true of the ledger, and to lay beside
//! them what the ledger knows. Invariant: verdicts are the services', in the order of the
//! statement; only pairs are evaluated here, by the domain.

mod beside;
mod json;
mod metric;
mod pairs;
mod report;
mod run;
mod statement;

use devisa_proto::figure::v1::{ClaimVerdict, Verdict};

pub(crate) use self::{
    run::{answer, finish},
    statement::{Statement, parse},
};
use self::{beside::Beside, pairs::PairsAnswer};
use crate::{
    cli::{CheckArgs, Format},
    client::Client,
    exit::{Exit, Failure},
    load,
};

/// What the records say of a statement.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// One verdict for each figure, in the order of the statement.
    verdicts: Vec<ClaimVerdict>,
    /// What became of the pairs; none when the statement has none.
    pairs: Option<PairsAnswer>,
    /// What the ledger knows beside the figures.
    beside: Beside,
}

/// Runs `devisa check`.
pub(crate) async fn run(args: &CheckArgs, server: &str, format: Format) -> Result<Exit, Failure> {
    let text = load::read(&args.file)?;
    let statement = parse(&args.file.display().to_string(), &text)?;
    let client = Client::connect(server).await?;
    let answer = answer(&client, &statement).await?;
    finish(&statement, &answer, format)
}

impl Answer {
    /// Whether nothing that was said is refuted.
    fn is_consistent(&self) -> bool {
        let refuted = self.verdicts.iter().any(|v| v.verdict() == Verdict::Inconsistent);
        !refuted && self.pairs.as_ref().is_none_or(PairsAnswer::is_feasible)
    }

    /// What deserves a second look, though nothing is refuted by it.
    fn warnings(&self) -> Vec<String> {
        let count = |of: &dyn Fn(&ClaimVerdict) -> bool, what: &str| {
            let number = self.verdicts.iter().filter(|verdict| of(verdict)).count();
            let noun = if number == 1 { "figure is" } else { "figures are" };
            (number > 0).then(|| format!("{number} {noun} {what}"))
        };
        [
            count(&|v| v.verdict() == Verdict::Ambiguous, "AMBIGUOUS"),
            count(&|v| v.verdict() == Verdict::Undecidable, "UNDECIDABLE"),
            count(&|v| v.held, "held as implausible: consistent is not plausible"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// The short name of a verdict.
fn verdict_name(verdict: &ClaimVerdict) -> &'static str {
    verdict.verdict().as_str_name().trim_start_matches("VERDICT_")
}

#[cfg(test)]
mod tests;
