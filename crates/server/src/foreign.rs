//! Statuses that no handler made.
//!
//! tonic answers by itself when it knows no such method, cannot read the request, or may not send a
//! message so long. Invariant: what it says then leaves the stack with a reason like every other
//! refusal. What has details already is a handler's and stays as it is.

use http::HeaderMap;
use tonic::{Code, Status};

use crate::status;

/// Gives the answer to a call of `method` its reason, where tonic refused it before the handler.
pub(crate) fn explain_headers(headers: &mut HeaderMap, method: &str) {
    explain(headers, |foreign| match foreign.code() {
        // With a text it is about the compression, and says what to do.
        Code::Unimplemented if foreign.message().is_empty() => Some(status::method_unknown(method)),
        // A handler's answer is encoded after its headers: this is about the request.
        Code::Internal => Some(status::message_malformed(foreign.message())),
        Code::OutOfRange => Some(status::message_too_large("request")),
        _ => None,
    });
}

/// Gives the end of a response its reason, where tonic refused to send it.
pub(crate) fn explain_trailers(trailers: &mut HeaderMap) {
    explain(trailers, |foreign| match foreign.code() {
        Code::OutOfRange => Some(status::message_too_large("response")),
        _ => None,
    });
}

fn explain(headers: &mut HeaderMap, reason: impl FnOnce(&Status) -> Option<Status>) {
    let foreign = Status::from_header_map(headers).filter(|status| status.details().is_empty());
    let Some(explained) = foreign.as_ref().and_then(reason) else {
        return;
    };
    headers.remove(Status::GRPC_MESSAGE);
    if let Err(error) = explained.add_header(headers) {
        tracing::error!(%error, "a status does not fit into headers");
    }
}
