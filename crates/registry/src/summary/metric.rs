//! What published figures can be about.

use devisa_domain::{
    name::{DecreeName, ProgrammeName},
    refusal::RuleBroken,
};
use devisa_proto::convert::figure;

/// A metric of the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Metric {
    /// How many villages are enrolled, or a decree designates.
    EnrolmentCount,
}

/// What the metric is taken of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// The enrolments of a programme.
    Programme(ProgrammeName),
    /// The villages of a decree.
    Decree(DecreeName),
}

impl figure::Metric for Metric {
    type Subject = Subject;

    const ALL: &'static [Self] = &[Self::EnrolmentCount];

    fn as_str(self) -> &'static str {
        match self {
            Self::EnrolmentCount => "enrolment_count",
        }
    }

    fn subject(self, of: &str) -> Result<Subject, RuleBroken> {
        if of.split('/').count() == 4 {
            return DecreeName::parse(of).map(Subject::Decree);
        }
        let wrong = |broken: RuleBroken| match broken.rule() {
            "resource_name.form" => {
                let expected = format!("{} or {}", ProgrammeName::PATTERN, DecreeName::PATTERN);
                RuleBroken::expected("resource_name.form", expected, format!("{of:?}"))
            }
            _ => broken,
        };
        ProgrammeName::parse(of).map(Subject::Programme).map_err(wrong)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use figure::Metric as _;

    use super::*;

    #[test]
    fn it_is_taken_of_a_programme_or_a_decree() {
        let of = |name: &str| Metric::EnrolmentCount.subject(name);
        assert!(matches!(of("programmes/p"), Ok(Subject::Programme(_))));
        assert!(matches!(of("programmes/p/decrees/d"), Ok(Subject::Decree(_))));
        assert_eq!(of("").unwrap_err().rule(), "field.missing");
        assert_eq!(of("programmes/P").unwrap_err().rule(), "resource_id.form");
        let broken = of("releases/a").unwrap_err();
        assert!(broken.detail().contains("decrees/{decree}"), "{broken}");
    }
}
