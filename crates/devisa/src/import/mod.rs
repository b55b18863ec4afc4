//! `devisa import`: many shipments out of a spreadsheet, through `ImportShipments`.
//!
//! Purpose: every line of the file ends on record or in a file beside it, with the reason.
//! Invariant: the same file again repeats nothing, wherever the run before it was ended; one shipment
//! that is rejected hinders no other.

mod columns;
mod outcome;
mod rejected;
mod row;
mod send;
mod source;

use std::path::PathBuf;

use serde_json::json;

use self::{outcome::Outcome, send::Sender, source::Source};
use crate::{
    cli::{Format, ImportArgs},
    client::Client,
    exit::{Exit, Failure},
    output,
};

/// Runs `devisa import`.
pub(crate) async fn run(args: &ImportArgs, server: &str, format: Format) -> Result<Exit, Failure> {
    let source = Source::open(&args.file)?;
    let client = Client::connect(server).await?;
    let mut outcome = Outcome::new(source, &args.file, args.validate_only, format);
    let sent = Sender::new(client.channel(), &mut outcome).run().await;
    sent.map_err(|failure| outcome.stopped(failure))?;
    let tally = outcome.finish()?;
    tell(&tally, args.validate_only, format)?;
    Ok(if tally.rejected == 0 { Exit::Fine } else { Exit::Refused })
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Tally {
    /// The lines read.
    lines: usize,
    /// The shipments on record, or fit to be.
    accepted: usize,
    /// The shipments rejected.
    rejected: usize,
    /// Where the rejected lines are.
    rejected_file: Option<PathBuf>,
}

fn tell(tally: &Tally, validate_only: bool, format: Format) -> Result<(), Failure> {
    let Tally { lines, accepted, rejected, rejected_file } = tally;
    let file = rejected_file.as_ref().map(|path| path.display().to_string());
    if format == Format::Json {
        return output::print_json(&json!({
            "lines": lines, "accepted": accepted, "rejected": rejected, "rejected_file": file,
            "validate_only": validate_only,
        }));
    }
    let what = if validate_only { "fit to be imported" } else { "on record" };
    output::print(&format!("{lines} lines: {accepted} shipments {what}, {rejected} rejected"))?;
    match file {
        Some(file) => output::print(&format!("mend and import the rejected lines: {file}")),
        None => Ok(()),
    }
}
