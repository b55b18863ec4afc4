//! `devisa watch`: one line for each event, for as long as there is somebody to read them.
//!
//! Invariant: no event is printed twice and none is skipped, whatever becomes of the connection:
//! it resumes after the last revision that it was told.

mod line;
mod log;

use std::time::Duration;

use futures::StreamExt;
use prost_reflect::{DynamicMessage, MethodDescriptor, Value};
use tonic::{Code, Status, Streaming};

use super::{request, string};
use crate::{
    catalogue,
    cli::{Format, WatchArgs},
    client::{self, Client},
    exit::{Exit, Failure},
    output::{self, Tone},
};

/// A quiet server tells every ten seconds that it is there; one that does not for so long is gone.
const SILENCE: Duration = Duration::from_secs(35);
/// How long it waits before it connects again; twice as long each time, up to the longest.
const PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Runs `devisa watch`.
pub(crate) async fn run(args: &WatchArgs, server: &str, format: Format) -> Result<Exit, Failure> {
    let client = Client::connect(server).await?;
    if args.no_follow {
        return log::print(&client, args, format).await;
    }
    let mut watch = Watch::new(client, args, format)?;
    tokio::select! {
        ended = watch.follow() => ended,
        _ = tokio::signal::ctrl_c() => Ok(Exit::Fine),
    }
}

/// A method of the service's event log, and a request for the events asked for.
fn asking(args: &WatchArgs, method: &str) -> Result<(MethodDescriptor, DynamicMessage), Failure> {
    let package = format!("devisa.{}.v1", args.service.as_str());
    let method = catalogue::method(&format!("{package}.EventService"), method)?;
    let subject = args.subject.as_deref().unwrap_or_default();
    let after = args.after.as_deref().unwrap_or_default();
    let fields = [("subject_prefix", subject), ("after_revision", after)];
    let mut request = request(&method, &fields);
    let types = args.types.iter().map(|given| Value::String(in_full(&package, given)));
    request.set_field_by_name("types", Value::List(types.collect()));
    Ok((method, request))
}

fn print_event(event: &DynamicMessage, format: Format) -> Result<(), Failure> {
    match format {
        Format::Json => output::print(&output::json(event).to_string()),
        Format::Table => output::print(&line::render(event)),
    }
}

/// `deal.signed` is `devisa.deal.v1.deal.signed`.
fn in_full(package: &str, given: &str) -> String {
    if given.starts_with("devisa.") { given.to_owned() } else { format!("{package}.{given}") }
}

struct Watch {
    client: Client,
    method: MethodDescriptor,
    request: DynamicMessage,
    format: Format,
    left: Option<usize>,
    /// Everything up to this revision has been seen; empty before the first.
    revision: String,
    pause: Duration,
}

/// Why a stream of events ended.
enum Ended {
    /// All that was asked for has been printed.
    Done,
    /// The connection or the server went away.
    Lost(String),
}

impl Watch {
    fn new(client: Client, args: &WatchArgs, format: Format) -> Result<Self, Failure> {
        let (method, request) = asking(args, "Watch")?;
        let revision = args.after.clone().unwrap_or_default();
        Ok(Self { client, method, request, format, left: args.limit, revision, pause: PAUSE })
    }

    async fn follow(&mut self) -> Result<Exit, Failure> {
        loop {
            let ended = match self.connect().await {
                Ok(stream) => self.print(stream).await?,
                Err(status) => lost(&status)?,
            };
            let Ended::Lost(why) = ended else { return Ok(Exit::Fine) };
            let message = format!("{why}; trying again in {:?}", self.pause);
            output::tell(Tone::Quiet, "watch", &message);
            tokio::time::sleep(self.pause).await;
            self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn connect(&self) -> Result<Streaming<DynamicMessage>, Status> {
        let mut request = self.request.clone();
        request.set_field_by_name("after_revision", Value::String(self.revision.clone()));
        self.client.stream(&self.method, request).await
    }

    async fn print(&mut self, mut stream: Streaming<DynamicMessage>) -> Result<Ended, Failure> {
        while self.left != Some(0) {
            match tokio::time::timeout(SILENCE, stream.next()).await {
                Ok(Some(Ok(update))) => self.take(&update)?,
                Ok(Some(Err(status))) => return lost(&status),
                Ok(None) => return Ok(Ended::Lost("the server ended the stream".to_owned())),
                Err(_) => return Ok(Ended::Lost("the server has gone silent".to_owned())),
            }
        }
        Ok(Ended::Done)
    }

    fn take(&mut self, update: &DynamicMessage) -> Result<(), Failure> {
        self.pause = PAUSE;
        if let Some((_, Value::Message(checkpoint))) = output::path(update, "checkpoint") {
            self.revision = string(&checkpoint, "revision");
        }
        let Some((_, Value::Message(event))) = output::path(update, "event") else {
            return Ok(());
        };
        print_event(&event, self.format)?;
        self.revision = string(&event, "revision");
        self.left = self.left.map(|left| left.saturating_sub(1));
        Ok(())
    }
}

/// What may pass is a lost connection; what would be refused again ends the watch.
fn lost(status: &Status) -> Result<Ended, Failure> {
    let words = match status.code() {
        Code::Unavailable | Code::Unknown => "the connection is lost",
        Code::Cancelled | Code::Aborted => "the server ended the stream",
        Code::DeadlineExceeded => "the server takes too long",
        Code::ResourceExhausted => "the server has too much to do",
        _ => return Err(client::failure(status)),
    };
    Ok(Ended::Lost(words.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_may_be_written_without_its_package() {
        assert_eq!(in_full("devisa.deal.v1", "deal.signed"), "devisa.deal.v1.deal.signed");
        assert_eq!(in_full("devisa.deal.v1", "devisa.deal.v1.x"), "devisa.deal.v1.x");
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let lost = |code| lost(&Status::new(code, "x")).map_err(|failure| failure.exit);
        assert!(matches!(lost(Code::Unavailable), Ok(Ended::Lost(_))));
        assert!(matches!(lost(Code::ResourceExhausted), Ok(Ended::Lost(_))));
        assert!(matches!(lost(Code::InvalidArgument), Err(Exit::Refused)));
        assert!(matches!(lost(Code::Internal), Err(Exit::Internal)));
    }
}
