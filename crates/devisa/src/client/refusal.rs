//! What a server answered instead of what was asked for, in words.

use std::error::Error;

use devisa_server::channel::innermost;
use tonic::{Code, Status, TimeoutExpired};
use tonic_types::StatusExt;

use super::DEADLINE;
use crate::exit::Failure;

/// An error status, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    /// The reason of `ErrorInfo`, `FIELD_INVALID`; empty when there is none.
    pub(crate) reason: String,
    /// The resource of `ResourceInfo`, empty when there is none.
    pub(crate) resource: String,
    /// The fields that break rules: path and description.
    pub(crate) violations: Vec<(String, String)>,
    /// The status's own words.
    message: String,
    code: Code,
}

impl From<&Status> for Refused {
    fn from(status: &Status) -> Self {
        let details = status.get_error_details();
        let violations = details.bad_request().map(|bad| bad.field_violations.as_slice());
        Self {
            reason: details.error_info().map(|info| info.reason.clone()).unwrap_or_default(),
            resource: details.resource_info().map(|r| r.resource_name.clone()).unwrap_or_default(),
            violations: violations
                .unwrap_or_default()
                .iter()
                .map(|violation| (violation.field.clone(), violation.description.clone()))
                .collect(),
            message: status.message().to_owned(),
            code: status.code(),
        }
    }
}

impl Refused {
    /// The reason, then a line for each field with the rule that it breaks, then how to mend it.
    pub(crate) fn to_words(&self) -> String {
        let reason = match self.reason.as_str() {
            "" => code_name(self.code),
            reason => reason,
        };
        let mut words = match self.violations.as_slice() {
            [] => format!("{reason}: {}", self.message),
            _ => reason.to_owned(),
        };
        let width = self.violations.iter().map(|(field, _)| field.chars().count()).max();
        let width = width.unwrap_or_default().min(WIDEST_FIELD);
        for (field, why) in &self.violations {
            words += &format!("\n  {field:width$}  {}", self.rule(why));
        }
        match self.fix() {
            "" => words,
            fix => words + "\n  fix: " + fix + &self.page(),
        }
    }

    /// The rule and what was expected and found, without the reason that stands above already.
    fn rule<'w>(&self, why: &'w str) -> &'w str {
        let rest = why.strip_prefix(&self.reason.to_ascii_lowercase());
        rest.and_then(|rest| rest.strip_prefix(": ")).unwrap_or(why)
    }

    /// What whoever asked can do about it; empty when nothing can be said in general.
    fn fix(&self) -> &'static str {
        match self.reason.as_str() {
            "FIELD_INVALID" => "mend what is named above and try again",
            "FIELD_MISSING" => "give what is named above and try again",
            "RESOURCE_NOT_FOUND" => "check the name; `devisa list` shows what there is",
            "RESOURCE_EXISTS" => "use what is there, or take another id or number",
            "ETAG_MISMATCH" => "read it again, change what is there now, and send its new etag",
            "CONTENTION" => "try again: others were changing it at the same time",
            "REQUEST_ID_REUSED" => "take a new UUID for a new request",
            "PAGE_TOKEN_INVALID" => "list again from the start",
            "FILTER_INVALID" => "compare fields that can be filtered on: field = \"value\" AND …",
            "STATE_FORBIDS" => "`devisa get` shows its state; take the steps before this one first",
            "TIER_REQUIRED" => "name one with --tier: values of two tiers are never added",
            "CURRENCY_MISMATCH" => "state the amount in the currency expected",
            "RATE_MISSING" => "record the rate: there is never a default",
            "RATE_OVERLAPS" => "end the one before this begins: two cannot be in force at once",
            "SAME_PRINCIPAL" => "ask someone else: nobody reviews what they made",
            "LINE_EXCEEDED" => "tie less of the line to the deal",
            "SELLER_NOT_IN_SHIPMENT" => "choose a shipment of the deal's seller",
            "RESOURCE_DIFFERS" => "give what is on record, or change the record first",
            "UPSTREAM_UNAVAILABLE" => "try again when the service named answers: `devisa doctor`",
            "OVERLOADED" | "SLOW_READER" => "try again, with less at once",
            "REVISION_COMPACTED" => {
                "read from the beginning: each resource's newest event is there"
            }
            "METHOD_UNKNOWN" => {
                "name the server of that service with --server, or one of this version: `devisa \
                 doctor` tells what it serves"
            }
            "MESSAGE_MALFORMED" => "use a client of the same version as the server",
            "MESSAGE_TOO_LARGE" => "ask for a smaller page, or send less at once",
            "DEADLINE_EXCEEDED" => "try again: a write is done at most once",
            "SERVER_DRAINING" => "try again: the server is going down or has come back",
            "STORAGE_UNAVAILABLE" => "try again when its database answers: `devisa doctor`",
            "INTERNAL" => "look into the server's log",
            _ if self.code == Code::Unavailable => "try again when the server has recovered",
            _ => "",
        }
    }

    /// Where the reason is explained at length.
    fn page(&self) -> String {
        match self.reason.as_str() {
            "" => String::new(),
            reason => format!(" (docs/errors/{reason}.md)"),
        }
    }
}

/// Longer fields push their rule to the right.
const WIDEST_FIELD: usize = 48;

/// A gRPC code as it is written in specifications.
fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

/// The failure of a command whose call was answered so, or was not answered.
pub(crate) fn failure(status: &Status) -> Failure {
    if let Some(source) = status.source().filter(|_| status.details().is_empty()) {
        return unanswered(status.code(), source);
    }
    if let Some(http) = not_grpc(status) {
        return Failure::unreachable(format!(
            "what answers there speaks no gRPC to Devisa's clients (HTTP {http})\n  fix: name the port \
             of the services with --server, not that of the probes, nor another program's"
        ));
    }
    let words = Refused::from(status).to_words();
    match status.code() {
        Code::Unavailable | Code::DeadlineExceeded => Failure::unreachable(words),
        Code::Internal | Code::Unknown | Code::DataLoss => Failure::internal(words),
        _ => Failure::refused(words),
    }
}

/// The HTTP status of an answer that is none of gRPC's, from what the transport makes of it.
pub(crate) fn not_grpc(status: &Status) -> Option<&str> {
    let rest = status.message().strip_prefix("grpc-status header missing")?;
    rest.rsplit(' ').next()
}

/// What this side tells of a call that no server has answered.
fn unanswered(code: Code, source: &(dyn Error + 'static)) -> Failure {
    let told = if code == Code::DeadlineExceeded || is_late(source) {
        format!("no answer within {} s", DEADLINE.as_secs())
    } else {
        format!("the connection failed: {}", innermost(source))
    };
    let fix = "try again; `devisa doctor --server URL` tells whether Devisa answers there";
    Failure::unreachable(format!("{told}\n  fix: {fix}"))
}

/// Whether this side gave up on a call, as its deadline had passed.
fn is_late(error: &(dyn Error + 'static)) -> bool {
    error.is::<TimeoutExpired>() || error.source().is_some_and(is_late)
}

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, sync::Arc};

    use devisa_proto::mask::POOL;
    use tonic_types::ErrorDetails;

    use super::*;
    use crate::exit::Exit;

    fn status(code: Code, reason: &str, violations: &[(&str, &str)]) -> Status {
        let mut details = ErrorDetails::with_error_info(reason, "devisa", HashMap::new());
        for (field, description) in violations {
            details.add_bad_request_violation(*field, *description);
        }
        Status::with_error_details(code, "refused", details)
    }

    #[test]
    fn every_field_is_named_with_its_rule_and_the_fix() {
        let violations = [
            (
                "shipment.units[0].container_number",
                "container_number.check_digit: expected 3, found 4",
            ),
            ("shipment.lines", "field.missing: expected a value, found none"),
        ];
        let failure = failure(&status(Code::InvalidArgument, "FIELD_INVALID", &violations));
        assert_eq!(failure.exit, Exit::Refused);
        assert_eq!(
            failure.message,
            "FIELD_INVALID\n  \
             shipment.units[0].container_number  container_number.check_digit: expected 3, found 4\n  \
             shipment.lines                      field.missing: expected a value, found none\n  \
             fix: mend what is named above and try again (docs/errors/FIELD_INVALID.md)"
        );
    }

    #[test]
    fn a_reason_is_not_told_twice() {
        let violations = [("filter", "filter_invalid: no field is called moon")];
        let failure = failure(&status(Code::InvalidArgument, "FILTER_INVALID", &violations));
        let first: Vec<_> = failure.message.lines().take(2).collect();
        assert_eq!(first, ["FILTER_INVALID", "  filter  no field is called moon"]);
    }

    #[test]
    fn what_has_no_reason_is_told_by_its_code() {
        let failure = failure(&Status::new(Code::PermissionDenied, "not for you"));
        assert_eq!(failure.message, "PERMISSION_DENIED: not for you");
    }

    #[test]
    fn every_reason_has_a_fix() {
        let reasons = POOL.get_enum_by_name("devisa.error.v1.ErrorReason").unwrap();
        for reason in reasons.values().filter(|reason| reason.number() != 0) {
            let reason = reason.name().trim_start_matches("ERROR_REASON_").to_owned();
            let refused = Refused::from(&status(Code::Aborted, &reason, &[]));
            assert_ne!(refused.fix(), "", "{reason}");
        }
    }

    #[test]
    fn what_no_server_answered_is_unreachable() {
        let told = |code, source: Arc<dyn Error + Send + Sync>| {
            let mut status = Status::new(code, "transport error");
            status.set_source(source);
            let failure = failure(&status);
            assert_eq!(failure.exit, Exit::Unreachable);
            failure.message.lines().next().unwrap().to_owned()
        };
        // A connection that breaks cancels the calls on it: that is no deadline.
        for code in [Code::Unknown, Code::Internal, Code::Unavailable, Code::Cancelled] {
            let broken = Arc::new(std::io::Error::other("broken"));
            assert_eq!(told(code, broken), "the connection failed: broken");
        }
        let late = Arc::new(TimeoutExpired(()));
        assert_eq!(told(Code::Cancelled, late), "no answer within 30 s");
    }

    #[test]
    fn exit_codes_follow_the_code() {
        let exit = |code| failure(&Status::new(code, "x")).exit;
        assert_eq!(exit(Code::Unavailable), Exit::Unreachable);
        assert_eq!(exit(Code::DeadlineExceeded), Exit::Unreachable);
        assert_eq!(exit(Code::Internal), Exit::Internal);
        assert_eq!(exit(Code::NotFound), Exit::Refused);
        assert_eq!(exit(Code::FailedPrecondition), Exit::Refused);
    }
}
