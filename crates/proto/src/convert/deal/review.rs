//! Reviews of a deal's value.

use devisa_domain::deal::{DecisionRecord, Review, ReviewState, Verdict};

use super::plausibility::render_finding;
use crate::{
    convert::common::{render_money, render_timestamp},
    deal::v1 as wire,
};

/// Renders a review.
pub(super) fn render_review(review: &Review) -> wire::DealReview {
    wire::DealReview {
        state: render_review_state(review.state()).into(),
        findings: review.findings().iter().map(render_finding).collect(),
        decisions: review.decisions().iter().map(render_decision).collect(),
    }
}

fn render_review_state(state: ReviewState) -> wire::deal_review::State {
    use wire::deal_review::State as Wire;
    match state {
        ReviewState::None => Wire::None,
        ReviewState::Held => Wire::Held,
        ReviewState::Confirmed => Wire::Confirmed,
        ReviewState::Corrected => Wire::Corrected,
        ReviewState::Disputed => Wire::Disputed,
    }
}

fn render_decision(record: &DecisionRecord) -> wire::ReviewDecision {
    use wire::review_decision::Decision as Wire;
    let DecisionRecord {
        verdict,
        previous_value,
        corrected_value,
        evidence_uri,
        note,
        actor,
        decide_time,
    } = record;
    let decision = match verdict {
        Verdict::Confirm => Wire::Confirm,
        Verdict::Correct => Wire::Correct,
        Verdict::Dispute => Wire::Dispute,
    };
    wire::ReviewDecision {
        decision: decision.into(),
        previous_value: Some(render_money(*previous_value)),
        corrected_value: corrected_value.map(render_money),
        evidence_uri: evidence_uri.clone(),
        note: note.clone(),
        actor: actor.clone(),
        decide_time: Some(render_timestamp(*decide_time)),
    }
}
