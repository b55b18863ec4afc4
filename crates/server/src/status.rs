//! The one place where a refusal or a failure becomes a gRPC status, and back.
//!
//! Invariant: every status made here has an `ErrorInfo` of domain `devisa`; everything dynamic in
//! its message stands in its details too; no text of a database or of a socket gets out; and the
//! whole stays within what a client's header list takes.

mod answer;
mod bound;
mod detail;

use std::{fmt, time::Duration};

use devisa_domain::refusal::{Reason, Refusal};
use devisa_ledger::{Error, StorageError};
use tonic::{Code, Status};

use answer::Answer;
pub use detail::{Detail, FieldFault};

/// `ErrorInfo.domain` of every status.
pub const DOMAIN: &str = "devisa";

/// Renders why a use case has no answer.
///
/// Refusals are told in full. The text of a storage failure is logged and never sent.
pub fn refuse(error: impl Into<Error>) -> Status {
    answer(error.into()).into_status()
}

fn answer(error: Error) -> Answer {
    match error {
        Error::Refused(refusal) => Answer::to_refusal(&refusal),
        Error::Storage(StorageError::Unavailable(cause)) => {
            tracing::warn!(%cause, "the database does not answer");
            Answer::new(Reason::StorageUnavailable, "the database does not answer; try again")
        }
        Error::Storage(StorageError::Broken(cause)) => fault(cause),
    }
}

/// A fault of our own: the cause is logged, the caller learns only that there was one.
pub fn internal(cause: impl fmt::Display) -> Status {
    fault(cause).into_status()
}

fn fault(cause: impl fmt::Display) -> Answer {
    tracing::error!(%cause, "internal error");
    Answer::new(Reason::Internal, "an internal error occurred")
}

/// A status as the message that it travels as, for answers that hold one.
pub fn to_message(status: &Status) -> tonic_types::Status {
    // Every status of ours has details, which are this message.
    prost::Message::decode(status.details()).unwrap_or_else(|_| tonic_types::Status {
        code: status.code().into(),
        message: status.message().to_owned(),
        details: Vec::new(),
    })
}

/// Too many calls are in flight.
pub fn overloaded(limit: usize) -> Status {
    Answer::new(Reason::Overloaded, "too many calls are in flight; try again")
        .with("limit", limit)
        .into_status()
}

/// The call's deadline has passed.
pub fn deadline_exceeded() -> Status {
    Answer::new(Reason::DeadlineExceeded, "the deadline has passed").into_status()
}

/// The server is going down; a stream that can be resumed says after which revision.
pub fn draining(revision: Option<&str>) -> Status {
    let answer = Answer::new(Reason::ServerDraining, "the server is going down; connect again");
    match revision {
        Some(revision) => answer.with("revision", revision),
        None => answer,
    }
    .into_status()
}

/// The server is going down; a stream of rows may resume after the row.
pub fn draining_after(row: i64) -> Status {
    Answer::new(Reason::ServerDraining, "the server is going down; resume after the row")
        .with("row_number", row)
        .into_status()
}

/// A stream of rows ended for a reason that is no row's fault; it may resume after the row.
pub fn interrupted_after(error: impl Into<Error>, row: i64) -> Status {
    answer(error.into()).with("row_number", row).into_status()
}

/// The reader of a stream is slower than what it reads; it may resume after the revision.
pub fn slow_reader(revision: &str) -> Status {
    Answer::new(Reason::SlowReader, "the stream is read too slowly; resume after the revision")
        .with("revision", revision)
        .into_status()
}

/// A stream ended because of the database; it may resume after the revision.
pub fn interrupted(error: StorageError, revision: &str) -> Status {
    match error {
        StorageError::Unavailable(cause) => {
            tracing::warn!(%cause, "the database does not answer");
            let text = "the database does not answer; resume after the revision";
            Answer::new(Reason::StorageUnavailable, text).with("revision", revision).into_status()
        }
        StorageError::Broken(cause) => internal(cause),
    }
}

/// No service here has the method `package.Service/Method`.
pub fn method_unknown(method: &str) -> Status {
    let text = format!("there is no method {method} here");
    Answer::new(Reason::MethodUnknown, text).with("method", method).into_status()
}

/// The request is not a message of its type.
pub(crate) fn message_malformed(detail: &str) -> Status {
    let text = format!("the request cannot be read: {detail}");
    Answer::new(Reason::MessageMalformed, text).with("detail", detail).into_status()
}

/// The message, `request` or `response`, is longer than [`MAX_MESSAGE_BYTES`](crate::MAX_MESSAGE_BYTES).
pub(crate) fn message_too_large(message: &str) -> Status {
    let limit = crate::MAX_MESSAGE_BYTES;
    Answer::new(Reason::MessageTooLarge, format!("the {message} is longer than {limit} bytes"))
        .with("message", message)
        .with("limit", limit)
        .into_status()
}

/// The gRPC code of a reason.
pub fn code(reason: Reason) -> Code {
    match reason {
        Reason::FieldInvalid
        | Reason::FieldMissing
        | Reason::RequestIdReused
        | Reason::PageTokenInvalid
        | Reason::FilterInvalid
        | Reason::TierRequired
        | Reason::CurrencyMismatch
        | Reason::MessageMalformed => Code::InvalidArgument,
        Reason::ResourceNotFound | Reason::RateMissing => Code::NotFound,
        Reason::ResourceExists | Reason::ResourceDiffers => Code::AlreadyExists,
        Reason::EtagMismatch | Reason::Contention => Code::Aborted,
        Reason::StateForbids
        | Reason::RateOverlaps
        | Reason::SamePrincipal
        | Reason::LineExceeded
        | Reason::SellerNotInShipment => Code::FailedPrecondition,
        Reason::UpstreamUnavailable | Reason::ServerDraining | Reason::StorageUnavailable => {
            Code::Unavailable
        }
        Reason::Overloaded | Reason::SlowReader => Code::ResourceExhausted,
        Reason::DeadlineExceeded => Code::DeadlineExceeded,
        Reason::RevisionCompacted => Code::OutOfRange,
        Reason::Internal => Code::Internal,
        Reason::MethodUnknown => Code::Unimplemented,
        Reason::MessageTooLarge => Code::OutOfRange,
    }
}

/// How long to wait before the same call may succeed; none where waiting does not help.
fn retry_delay(reason: Reason) -> Option<Duration> {
    match reason {
        Reason::Contention => Some(Duration::from_millis(50)),
        Reason::Overloaded | Reason::ServerDraining => Some(Duration::from_millis(200)),
        Reason::UpstreamUnavailable | Reason::StorageUnavailable | Reason::SlowReader => {
            Some(Duration::from_secs(1))
        }
        _ => None,
    }
}

impl From<&Refusal> for Detail {
    fn from(refusal: &Refusal) -> Self {
        Self::of(&Answer::to_refusal(refusal).into_status())
    }
}

#[cfg(test)]
mod tests;
