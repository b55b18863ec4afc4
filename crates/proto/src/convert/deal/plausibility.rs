//! Findings of plausibility rules, and the facts that the registry's messages hold for them.

use devisa_domain::{
    deal::plausibility::{Finding, Outcome},
    registry::organisation::Class,
};

use crate::{
    convert::common::render_money,
    deal::v1 as wire,
    registry::v1::{self as registry, organisation_size},
};

/// Renders a finding.
pub(super) fn render_finding(finding: &Finding) -> wire::Finding {
    let Finding { rule, outcome, explanation, measured, limit } = finding;
    let outcome = match outcome {
        Outcome::Broken => wire::FindingOutcome::Broken,
        Outcome::NotEvaluated => wire::FindingOutcome::NotEvaluated,
        Outcome::Informs => wire::FindingOutcome::Informs,
    };
    wire::Finding {
        rule: rule.as_str().to_owned(),
        outcome: outcome.into(),
        explanation: explanation.clone(),
        measured: measured.map(render_money),
        limit: limit.map(render_money),
    }
}

/// The class of an organisation under PP 7/2021, by its sales or its capital.
///
/// A class by Permenperin 64/2016 counts workers and investment of an industry and says nothing of
/// a sales ceiling: an *industri kecil* may be a *usaha menengah*. It is no answer.
pub fn size_class(organisation: &registry::Organisation) -> Option<Class> {
    use organisation_size::{Class as Wire, Scheme};
    let size = organisation.size.as_ref()?;
    match size.scheme() {
        Scheme::Pp7Sales | Scheme::Pp7Capital => {}
        Scheme::Unspecified | Scheme::Permenperin => return None,
    }
    match size.class() {
        Wire::Unspecified => None,
        Wire::Mikro => Some(Class::Mikro),
        Wire::Kecil => Some(Class::Kecil),
        Wire::Menengah => Some(Class::Menengah),
        Wire::Besar => Some(Class::Besar),
    }
}
