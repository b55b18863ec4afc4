//! Requests that change a deal: update, signature, review, lapse and withdrawal.

use devisa_domain::{
    deal::{Judgement, ReviewCommand},
    money::Money,
    name::DealName,
    refusal::{Checks, Refusal, RuleBroken},
    time::Date,
};

use super::agreement::parse_deal_name;
use crate::{
    convert::common::{enumeration, note as read_note, optional_date, positive_money, update, uri},
    deal::v1 as wire,
    mask::UpdateMask,
};

/// A request to update a deal, read as far as it can be without the deal.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateDeal {
    /// Which deal.
    pub name: DealName,
    /// The new values, and the etag that the caller sent.
    pub patch: wire::Deal,
    /// Which of them to take.
    pub mask: UpdateMask,
}

/// Reads a request to update a deal.
///
/// # Errors
/// Violations at `deal`, `deal.name` and `update_mask`, at once.
pub fn parse_update_deal(request: wire::UpdateDealRequest) -> Result<UpdateDeal, Refusal> {
    let wire::UpdateDealRequest { deal, update_mask, request_id: _ } = request;
    let mut checks = Checks::new();
    let named = |deal: &wire::Deal| parse_deal_name(&deal.name);
    match update(&mut checks, "deal", deal, update_mask.as_ref(), named) {
        Some((name, patch, mask)) => Ok(UpdateDeal { name, patch, mask }),
        None => Err(checks.into_violations().into()),
    }
}

/// A request to sign a deal, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignDeal {
    /// Which deal.
    pub name: DealName,
    /// The day it was signed; none where the deal itself names it.
    pub sign_date: Option<Date>,
    /// The etag that the caller sent; may be empty.
    pub etag: String,
}

/// Reads a request to sign a deal.
///
/// # Errors
/// All violations at once.
pub fn parse_sign_deal(request: wire::SignDealRequest) -> Result<SignDeal, Refusal> {
    let wire::SignDealRequest { name, sign_date, etag, request_id: _, validate_only: _ } = request;
    let mut checks = Checks::new();
    let name = checks.keep("name", parse_deal_name(&name));
    let sign_date = checks.keep("sign_date", optional_date(sign_date.as_ref()));
    match (name, sign_date) {
        (Some(name), Some(sign_date)) => Ok(SignDeal { name, sign_date, etag }),
        _ => Err(checks.into_violations().into()),
    }
}

/// A request that a deal come to its end, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndDeal {
    /// Which deal.
    pub name: DealName,
    /// The etag that the caller sent; may be empty.
    pub etag: String,
}

/// Reads a request to let a deal lapse.
///
/// # Errors
/// Violations at `name`.
pub fn parse_lapse_deal(request: wire::LapseDealRequest) -> Result<EndDeal, Refusal> {
    let wire::LapseDealRequest { name, etag, request_id: _, validate_only: _ } = request;
    parse_end(&name, etag)
}

/// Reads a request to withdraw a deal.
///
/// # Errors
/// Violations at `name`.
pub fn parse_withdraw_deal(request: wire::WithdrawDealRequest) -> Result<EndDeal, Refusal> {
    let wire::WithdrawDealRequest { name, etag, request_id: _, validate_only: _ } = request;
    parse_end(&name, etag)
}

fn parse_end(name: &str, etag: String) -> Result<EndDeal, Refusal> {
    let name = parse_deal_name(name).map_err(|broken| Refusal::field("name", broken))?;
    Ok(EndDeal { name, etag })
}

/// A request to review a deal, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewDeal {
    /// Which deal.
    pub name: DealName,
    /// What is decided.
    pub command: ReviewCommand,
    /// The etag that the caller sent; may be empty.
    pub etag: String,
}

/// Reads a request to review a deal.
///
/// # Errors
/// All violations at once: among them `field.missing` for the evidence of CONFIRM and CORRECT and
/// for the corrected value of CORRECT, and `corrected_value.unexpected` for that of others.
pub fn parse_review_deal(request: wire::ReviewDealRequest) -> Result<ReviewDeal, Refusal> {
    let wire::ReviewDealRequest {
        name,
        decision,
        corrected_value,
        evidence_uri,
        note,
        etag,
        request_id: _,
        validate_only: _,
    } = request;
    let mut checks = Checks::new();
    let name = checks.keep("name", parse_deal_name(&name));
    let decision = checks.keep("decision", parse_decision(decision));
    let value = corrected_value.as_ref().map(|value| positive_money(Some(value))).transpose();
    let value = checks.keep("corrected_value", value);
    let evidence_uri = checks.keep("evidence_uri", uri(&evidence_uri));
    let note = checks.keep("note", read_note(&note, 1_000));
    let judgement = match (decision, value, evidence_uri) {
        (Some(decision), Some(value), Some(evidence_uri)) => {
            parse_judgement(&mut checks, decision, value, evidence_uri)
        }
        _ => None,
    };
    match (name, judgement, note) {
        (Some(name), Some(judgement), Some(note)) => {
            Ok(ReviewDeal { name, command: ReviewCommand { judgement, note }, etag })
        }
        _ => Err(checks.into_violations().into()),
    }
}

/// A decision that a request may name.
#[derive(Clone, Copy)]
enum Decision {
    Confirm,
    Correct,
    Dispute,
}

fn parse_decision(number: i32) -> Result<Decision, RuleBroken> {
    use wire::review_decision::Decision as Wire;
    match enumeration(number)? {
        Wire::Unspecified => Err(RuleBroken::missing()),
        Wire::Confirm => Ok(Decision::Confirm),
        Wire::Correct => Ok(Decision::Correct),
        Wire::Dispute => Ok(Decision::Dispute),
    }
}

fn parse_judgement(
    checks: &mut Checks,
    decision: Decision,
    value: Option<Money>,
    evidence_uri: String,
) -> Option<Judgement> {
    let takes_value = matches!(decision, Decision::Correct);
    let takes_evidence = matches!(decision, Decision::Confirm | Decision::Correct);
    checks.ensure(takes_value || value.is_none(), "corrected_value", || {
        RuleBroken::expected("corrected_value.unexpected", "none unless CORRECT", "one")
    });
    checks.ensure(!takes_value || value.is_some(), "corrected_value", RuleBroken::missing);
    checks.ensure(!takes_evidence || !evidence_uri.is_empty(), "evidence_uri", RuleBroken::missing);
    if !checks.is_clean() {
        return None;
    }
    match (decision, value) {
        (Decision::Confirm, _) => Some(Judgement::Confirm { evidence_uri }),
        (Decision::Correct, Some(value)) => Some(Judgement::Correct { value, evidence_uri }),
        (Decision::Correct, None) => None,
        (Decision::Dispute, _) => Some(Judgement::Dispute { evidence_uri }),
    }
}
