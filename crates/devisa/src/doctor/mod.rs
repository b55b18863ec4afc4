//! `devisa doctor`: whether everything is as it should be, a line each, and how to mend what is
//! not.
//!
//! Invariant: nothing is written, and one thing that is wrong does not hide the next.

mod process;
mod report;
mod server;
mod stores;
mod upstream;

use devisa_server::config::Role;

use self::report::Report;
use crate::{
    cli::{DEFAULT_SERVER, DoctorArgs, Format},
    exit::{Exit, Failure},
    output,
};

/// Runs `devisa doctor`; `server` is the one that was named, if any was.
pub(crate) async fn run(
    args: DoctorArgs,
    server: Option<&str>,
    format: Format,
) -> Result<Exit, Failure> {
    let mut report = Report::default();
    let role = args.service.map(|service| Role::Serve(service.into()));
    if args.is_of_a_process() || server.is_none() {
        process::look(role.unwrap_or(Role::Up), args, &mut report).await;
    }
    match (server, role) {
        (Some(url), _) => server::look(url, &mut report).await?,
        (None, None) => server::look_if_there(DEFAULT_SERVER, &mut report).await,
        (None, Some(_)) => {}
    }
    match format {
        Format::Json => output::print_json(&report.to_json())?,
        Format::Table => output::print(&report.render())?,
    }
    Ok(report.exit())
}
