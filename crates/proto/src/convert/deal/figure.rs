//! The metrics of deals that published figures are checked against.

use devisa_domain::{
    name::{DealName, SessionName},
    refusal::RuleBroken,
};

use crate::convert::figure::Metric;

/// What a figure may be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DealMetric {
    /// The value of a session's signed deals, per currency.
    SessionValue,
    /// How many signed deals a session has.
    SessionDealCount,
    /// The value of one deal.
    DealValue,
}

/// What a figure may be taken of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A session.
    Session(SessionName),
    /// A deal.
    Deal(DealName),
}

impl Metric for DealMetric {
    type Subject = Subject;

    const ALL: &'static [Self] = &[Self::SessionValue, Self::SessionDealCount, Self::DealValue];

    fn as_str(self) -> &'static str {
        match self {
            Self::SessionValue => "session_value",
            Self::SessionDealCount => "session_deal_count",
            Self::DealValue => "deal_value",
        }
    }

    fn subject(self, of: &str) -> Result<Subject, RuleBroken> {
        match self {
            Self::SessionValue | Self::SessionDealCount => {
                SessionName::parse(of).map(Subject::Session)
            }
            Self::DealValue => DealName::parse(of).map(Subject::Deal),
        }
    }
}
