//! A call from one service to another on a caller's behalf.
//!
//! Invariant: it carries the caller's principal and trace, never outlives the caller's deadline,
//! and its failures to get an answer are one refusal, `UPSTREAM_UNAVAILABLE`.

use std::{error::Error, time::Duration};

use devisa_domain::refusal::{Reason, Refusal};
use tonic::{Code, Request, Response, Status, metadata::MetadataValue};

use crate::{
    call::{Caller, PRINCIPAL, TRACEPARENT},
    channel::innermost,
    status::Detail,
};

/// What is kept of the caller's time to render the answer after the upstream's.
const MARGIN: Duration = Duration::from_millis(20);
/// How long a call waits at most, unless said otherwise.
const CAP: Duration = Duration::from_secs(5);

/// Calls one upstream service for one caller.
#[derive(Clone, Debug)]
pub struct Outgoing {
    caller: Caller,
    service: &'static str,
    cap: Duration,
}

/// Why an upstream call has no response.
#[derive(Debug)]
pub enum Failure {
    /// No answer came; `UPSTREAM_UNAVAILABLE`.
    Unavailable(Refusal),
    /// The upstream refused; the caller of the upstream knows what that means.
    Refused(Box<Detail>),
}

impl Outgoing {
    /// Calls to `service` (its short name, such as `registry`) on behalf of `caller`.
    pub fn new(caller: &Caller, service: &'static str) -> Self {
        Self { caller: caller.clone(), service, cap: CAP }
    }

    /// Waits at most this long, where the caller's deadline is later.
    #[must_use]
    pub fn within(mut self, cap: Duration) -> Self {
        self.cap = cap;
        self
    }

    /// Sends one unary call: `outgoing.send(message, |request| client.get_village(request))`.
    ///
    /// # Errors
    /// [`Failure`]: no answer, or a refusal.
    pub async fn send<M, R, F>(
        &self,
        message: M,
        call: impl FnOnce(Request<M>) -> F,
    ) -> Result<R, Failure>
    where
        F: Future<Output = Result<Response<R>, Status>>,
    {
        let budget = self.budget();
        if budget.is_zero() {
            return Err(self.unavailable("no time is left to ask it"));
        }
        let request = self.request(message, budget);
        // The channel keeps the deadline too, but not while it connects.
        match tokio::time::timeout(budget + MARGIN, call(request)).await {
            Ok(Ok(response)) => Ok(response.into_inner()),
            Ok(Err(status)) => Err(self.failure(&status)),
            Err(_) => Err(self.unavailable("it did not answer in time")),
        }
    }

    /// The metadata of an outgoing request, for streams that [`send`](Self::send) does not fit.
    pub fn request<M>(&self, message: M, budget: Duration) -> Request<M> {
        let mut request = Request::new(message);
        request.set_timeout(budget);
        for (key, value) in
            [(PRINCIPAL, &self.caller.principal), (TRACEPARENT, &self.caller.traceparent)]
        {
            if let (false, Ok(value)) = (value.is_empty(), MetadataValue::try_from(value)) {
                request.metadata_mut().insert(key, value);
            }
        }
        request
    }

    /// How long the upstream may take.
    pub fn budget(&self) -> Duration {
        let left = self.caller.remaining().map(|left| left.saturating_sub(MARGIN));
        left.map_or(self.cap, |left| left.min(self.cap))
    }

    /// Tells an upstream that did not answer from one that refused.
    pub fn failure(&self, status: &Status) -> Failure {
        let detail = Detail::of(status);
        // A status with a source was made here, out of what the transport said.
        if status.source().is_some() {
            let why = innermost(status);
            tracing::warn!(service = self.service, why, "an upstream cannot be reached");
            return self.unavailable("it cannot be reached");
        }
        match status.code() {
            // Everything a service of ours says has a reason; this was made on the way.
            Code::Unknown if detail.reason.is_empty() => self.unavailable("it cannot be reached"),
            Code::Unavailable => self.unavailable("it is not available"),
            Code::DeadlineExceeded | Code::Cancelled => {
                self.unavailable("it did not answer in time")
            }
            Code::ResourceExhausted if detail.is(Reason::Overloaded) => {
                self.unavailable("it has too many calls in flight")
            }
            _ => Failure::Refused(Box::new(detail)),
        }
    }

    fn unavailable(&self, detail: &str) -> Failure {
        Failure::Unavailable(Refusal::UpstreamUnavailable {
            service: self.service.to_owned(),
            detail: detail.to_owned(),
        })
    }

    /// A refusal nobody expects, such as one of the upstream's own faults.
    pub fn unexpected(&self, detail: &Detail) -> Refusal {
        let Detail { code, reason, message, .. } = detail;
        tracing::error!(service = self.service, ?code, reason, message, "unexpected answer");
        Refusal::UpstreamUnavailable {
            service: self.service.to_owned(),
            detail: format!("it answered {code:?} {reason}").trim_end().to_owned(),
        }
    }
}
