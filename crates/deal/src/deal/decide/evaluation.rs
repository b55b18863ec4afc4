//! Evaluates what a change touches, and puts all that follows into one change.

use devisa_domain::{
    deal::{Deal, plausibility},
    time::Timestamp,
};
use devisa_ledger::{Change, Decision, Moment};
use devisa_proto::{convert::deal::agreement::render_deal, deal::v1 as wire};

use crate::{
    deal::{
        load::{SessionDeals, Surroundings},
        rows::ActiveModel,
    },
    events::DEAL_EVALUATED,
};

/// The change from the deal as it was to `after`: its own row and event, and those of every other
/// deal of which the evaluation finds something new.
pub(super) fn conclude(
    kind: &'static str,
    before: &Deal,
    after: Deal,
    surroundings: &Surroundings,
    moment: &Moment,
) -> Decision<wire::Deal> {
    let guarded = surroundings.sessions.iter();
    let change = guarded.fold(Change::new(), |change, session| change.guard(&session.guard));
    let (after, others) = evaluate(after, surroundings, moment.now);
    let Decision { change, response } = write(change, kind, before, &after);
    let change = others.iter().fold(change, |change, (before, after)| {
        write(change, DEAL_EVALUATED, before, after).change
    });
    Decision { change, response }
}

/// One deal's row and event, added to a change.
pub(super) fn write(
    change: Change,
    kind: &'static str,
    before: &Deal,
    after: &Deal,
) -> Decision<wire::Deal> {
    let response = render_deal(after);
    let change = change.update(ActiveModel::from(after), before.meta().version).event(
        kind,
        after.name(),
        Some(&render_deal(before)),
        &response,
    );
    Decision { change, response }
}

/// The changed deal with what is found of it, and the others that are no longer as they were, each
/// before and after.
fn evaluate(
    changed: Deal,
    surroundings: &Surroundings,
    now: Timestamp,
) -> (Deal, Vec<(&Deal, Deal)>) {
    let known = &surroundings.known;
    let mut moved = Vec::new();
    let mut own = None;
    for session in &surroundings.sessions {
        let (findings, others) = evaluate_session(&changed, session, known, now);
        own = own.or(findings);
        moved.extend(others);
    }
    if !changed.is_signed() {
        return (changed, moved);
    }
    let own = own.unwrap_or_else(|| plausibility::evaluate_alone(&changed, known));
    (changed.settled(own), moved)
}

type Evaluated<'a> = (Option<Vec<plausibility::Finding>>, Vec<(&'a Deal, Deal)>);

/// What is found of the changed deal, if it is one of the session's, and the others that changed.
fn evaluate_session<'a>(
    changed: &Deal,
    session: &'a SessionDeals,
    known: &plausibility::Known,
    now: Timestamp,
) -> Evaluated<'a> {
    let mut deals = session.others.clone();
    if changed.is_signed() && changed.session() == Some(&session.name) {
        deals.push(changed.clone());
    }
    let mut findings = plausibility::evaluate_session(&deals, known);
    let own = findings.split_off(session.others.len()).pop();
    let others = session.others.iter().zip(findings);
    let moved = others.filter_map(|(deal, found)| Some((deal, deal.evaluated(found, now)?)));
    (own, moved.collect())
}
