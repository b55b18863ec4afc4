//! One way to say what a refusal must be.

use std::fmt::Debug;

use devisa_server::Detail;
use tonic::{Code, Status};

/// The code, the reason and every violated field with the violation's reason, in order.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The gRPC code.
    pub code: Code,
    /// `ErrorInfo.reason`.
    pub reason: &'a str,
    /// The field violations: path and reason. Order does not matter.
    pub fields: &'a [(&'a str, &'a str)],
}

/// Asserts that a call was refused so, and no other way; answers the details for more.
#[track_caller]
pub fn assert_refused<T: Debug>(answer: Result<T, Status>, expected: Expected<'_>) -> Detail {
    let status = answer.expect_err("the call should be refused");
    let detail = Detail::of(&status);
    let mut found: Vec<(&str, &str)> = detail
        .violations
        .iter()
        .map(|fault| (fault.field.as_str(), fault.reason.as_str()))
        .collect();
    let mut wanted = expected.fields.to_vec();
    found.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(
        (status.code(), detail.reason.as_str(), found),
        (expected.code, expected.reason, wanted),
        "{status:?}"
    );
    detail
}
