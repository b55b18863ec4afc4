//! The policy of holds and figures as data: every limit that a rule measures against.
//!
//! Invariant: a number stands here as the rule itself has it, never a second time.

use rust_decimal::Decimal;

use crate::{
    deal::{
        drawing,
        plausibility::{Rule, session_outlier, size_ceiling, stated_values},
    },
    figure::Interval,
    registry::organisation::Class,
};

/// A limit of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The rule, as findings name it; `figure` where published figures are read.
    pub rule: &'static str,
    /// What is measured.
    pub what: String,
    /// How much of it there may be; none when there is no limit.
    pub limit: Option<Decimal>,
    /// What the limit is counted in.
    pub unit: &'static str,
    /// Where the limit is from: a law, or Devisa's own policy.
    pub source: &'static str,
}

/// The source of what no law says.
const OWN: &str = "Devisa";
/// The rule by which published figures are read.
const FIGURE: &str = "figure";

/// All limits: those that hold a deal, that which informs, those of published figures.
pub fn limits() -> Vec<Limit> {
    let mut limits = ceilings();
    limits.extend([
        own(
            Rule::SizeCeiling.as_str(),
            "longest term that is not measured by the year",
            size_ceiling::MONTHS_IN_ONE_PIECE,
            "months",
        ),
        own(
            Rule::SessionOutlier.as_str(),
            "other signed deals of the session, at least",
            session_outlier::FEWEST_OTHERS,
            "deals",
        ),
        own(
            Rule::SessionOutlier.as_str(),
            "value over the median of the others, at most",
            session_outlier::MOST_TIMES,
            "times",
        ),
        own(
            Rule::StatedValues.as_str(),
            "distance from the rate in force, at most",
            stated_values::PERCENT,
            "per cent",
        ),
        own(
            Rule::OverRealised.as_str(),
            "realised of the value, at most; more holds nothing",
            drawing::MOST_PER_CENT,
            "per cent",
        ),
        own(FIGURE, "below a printed number, included", Interval::BELOW, "of the last digit"),
        own(FIGURE, "above a printed number, excluded", Interval::ABOVE, "of the last digit"),
        own(
            FIGURE,
            "distance from an approximate number (sekitar)",
            Interval::AROUND_PERCENT,
            "per cent",
        ),
    ]);
    limits
}

/// The most that a seller of each class sells in a year.
fn ceilings() -> Vec<Limit> {
    let ceiling = |class: Class| Limit {
        rule: Rule::SizeCeiling.as_str(),
        what: match class == size_ceiling::UNKNOWN {
            true => format!("sales a year, class {} or unknown", class.as_str()),
            false => format!("sales a year, class {}", class.as_str()),
        },
        limit: class.sales_ceiling().map(|ceiling| ceiling.decimal()),
        unit: "IDR",
        source: Class::LAW,
    };
    Class::ALL.into_iter().map(ceiling).collect()
}

fn own(rule: &'static str, what: &str, limit: impl Into<Decimal>, unit: &'static str) -> Limit {
    Limit { rule, what: what.to_owned(), limit: Some(limit.into()), unit, source: OWN }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn every_rule_has_its_limits() {
        let all = limits();
        let of = |rule: &str| -> Vec<String> {
            let limits = all.iter().filter(|limit| limit.rule == rule);
            limits.map(|l| l.limit.map_or("none".to_owned(), |l| l.to_string())).collect()
        };
        assert_eq!(of("session_outlier"), ["3", "100"]);
        assert_eq!(of("stated_values"), ["5"]);
        assert_eq!(of("over_realised"), ["110"]);
        assert_eq!(of("figure"), ["0.5", "1", "5"]);
        let ceilings = ["2000000000.00", "15000000000.00", "50000000000.00", "none", "12"];
        assert_eq!(of("size_ceiling"), ceilings);
        assert!(all.iter().all(|limit| !limit.unit.is_empty() && !limit.source.is_empty()));
    }

    #[test]
    fn an_unknown_class_is_told_at_the_one_it_is_measured_as() {
        let all = limits();
        let unknown: Vec<_> = all.iter().filter(|limit| limit.what.contains("unknown")).collect();
        assert_eq!(unknown.len(), 1);
        assert!(unknown[0].what.contains("MENENGAH"));
    }
}
