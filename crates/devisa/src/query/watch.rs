//! `devisa watch`: one line for each event.

use futures::StreamExt;
use prost_reflect::{DynamicMessage, Value};
use tonic::Streaming;

use super::{request, string};
use crate::{
    catalogue,
    cli::{Format, WatchArgs},
    client::{self, Client},
    exit::{Exit, Failure},
    output,
};

/// Runs `devisa watch`.
pub(crate) async fn run(args: &WatchArgs, server: &str, format: Format) -> Result<Exit, Failure> {
    let client = Client::connect(server).await?;
    let package = format!("devisa.{}.v1", args.service.as_str());
    let method = catalogue::method(&format!("{package}.EventService"), "Watch")?;
    let after = args.after.as_deref().unwrap_or_default();
    let subject = args.subject.as_deref().unwrap_or_default();
    let mut request = request(&method, &[("after_revision", after), ("subject_prefix", subject)]);
    let types = args.types.iter().map(|given| Value::String(in_full(&package, given)));
    request.set_field_by_name("types", Value::List(types.collect()));
    let stream = client.stream(&method, request).await.map_err(|s| client::failure(&s))?;
    let mut watch = Watch { stream, format, left: args.limit, revision: after.to_owned() };
    tokio::select! {
        ended = watch.follow() => ended,
        _ = tokio::signal::ctrl_c() => Ok(Exit::Fine),
    }
}

/// `deal.signed` is `devisa.deal.v1.deal.signed`.
fn in_full(package: &str, given: &str) -> String {
    if given.starts_with("devisa.") { given.to_owned() } else { format!("{package}.{given}") }
}

struct Watch {
    stream: Streaming<DynamicMessage>,
    format: Format,
    left: Option<usize>,
    /// Everything up to this revision has been seen.
    revision: String,
}

impl Watch {
    async fn follow(&mut self) -> Result<Exit, Failure> {
        while self.left != Some(0) {
            let update = match self.stream.next().await {
                Some(Ok(update)) => update,
                Some(Err(status)) => return Err(self.ended(client::failure(&status))),
                None => return Err(self.ended(Failure::unreachable("the server ended the stream"))),
            };
            self.take(&update)?;
        }
        Ok(Exit::Fine)
    }

    fn take(&mut self, update: &DynamicMessage) -> Result<(), Failure> {
        if let Some((_, Value::Message(checkpoint))) = output::path(update, "checkpoint") {
            self.revision = string(&checkpoint, "revision");
        }
        let Some((_, Value::Message(event))) = output::path(update, "event") else {
            return Ok(());
        };
        self.revision = string(&event, "revision");
        self.left = self.left.map(|left| left.saturating_sub(1));
        match self.format {
            Format::Json => output::print(&output::json(&event).to_string()),
            Format::Table => output::print(&line(&event)),
        }
    }

    fn ended(&self, mut failure: Failure) -> Failure {
        if !self.revision.is_empty() {
            failure.message += &format!("\n  go on with --after {}", self.revision);
        }
        failure
    }
}

/// When, what, of which resource, which fields, by whom.
fn line(event: &DynamicMessage) -> String {
    let kind = string(event, "type");
    let short = kind.splitn(4, '.').nth(3).unwrap_or(&kind);
    format!(
        "{}  {:<22}  {:<40}  by {}  [{}]",
        output::cell(event, "time"),
        short,
        string(event, "subject"),
        string(event, "actor"),
        output::cell(event, "changed.paths"),
    )
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
    fn an_event_is_one_line() {
        let message = catalogue::message("devisa.event.v1.Event").unwrap();
        let mut event = DynamicMessage::new(message);
        for (field, value) in
            [("type", "devisa.deal.v1.deal.signed"), ("subject", "deals/a"), ("actor", "local")]
        {
            event.set_field_by_name(field, Value::String(value.to_owned()));
        }
        let line = line(&event);
        assert!(line.contains("deal.signed   "), "{line}");
        assert!(line.contains("deals/a"), "{line}");
        assert!(line.ends_with("by local  []"), "{line}");
    }
}
