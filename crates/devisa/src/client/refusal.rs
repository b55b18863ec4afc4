//! What a server answered instead of what was asked for, in words.

use tonic::{Code, Status};
use tonic_types::StatusExt;

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
    /// The reason and what is wrong, in one line when there is one thing, else one line for each.
    pub(crate) fn to_words(&self) -> String {
        let reason = match self.reason.as_str() {
            "" => format!("{:?}", self.code),
            reason => reason.to_owned(),
        };
        match self.violations.as_slice() {
            [] => format!("{reason}: {}", self.message),
            [(field, why)] => format!("{reason}: {field}: {why}"),
            violations => violations
                .iter()
                .fold(reason, |words, (field, why)| words + "\n  " + field + ": " + why),
        }
    }

    /// What whoever asked can do about it; empty when the words say it already.
    pub(crate) fn remedy(&self) -> &'static str {
        match self.reason.as_str() {
            "FIELD_INVALID" | "FIELD_MISSING" => "mend the fields named and try again",
            "TIER_REQUIRED" => "name one with --tier: values of two tiers are never added",
            "RATE_MISSING" => "record the rate: there is never a default",
            "REQUEST_ID_REUSED" | "CONTENTION" => "try again",
            "PAGE_TOKEN_INVALID" => "list again from the start",
            "SAME_PRINCIPAL" => "ask someone else to review it",
            _ if self.code == Code::Unavailable => "try again when the server has recovered",
            _ => "",
        }
    }
}

/// The failure of a command whose call was answered so.
pub(crate) fn failure(status: &Status) -> Failure {
    let refused = Refused::from(status);
    let words = match refused.remedy() {
        "" => refused.to_words(),
        remedy => format!("{}\n  {remedy}", refused.to_words()),
    };
    match status.code() {
        Code::Unavailable | Code::DeadlineExceeded => Failure::unreachable(words),
        Code::Internal | Code::Unknown | Code::DataLoss => Failure::internal(words),
        _ => Failure::refused(words),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

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
    fn every_field_is_named_with_its_rule_and_a_remedy() {
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
             shipment.units[0].container_number: container_number.check_digit: expected 3, found 4\n  \
             shipment.lines: field.missing: expected a value, found none\n  \
             mend the fields named and try again"
        );
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
