//! What may happen to deals: pure decisions on what was loaded.

mod evaluation;

use devisa_domain::{
    deal::{Deal, DealDraft, Deed, Judgement, Realisation, State, realisation},
    refusal::{Refusal, Violation, both},
    time::Timestamp,
};
use devisa_ledger::{Change, Decision, Moment};
use devisa_proto::{
    convert::deal::{
        agreement::{parse_deal, render_deal},
        transition::{EndDeal, ReviewDeal, SignDeal, UpdateDeal},
    },
    deal::v1 as wire,
};

use super::{
    load::{Existing, NewDeal},
    rows::ActiveModel,
};
use crate::{
    events::{
        DEAL_CREATED, DEAL_DRAWN, DEAL_FULFILLED, DEAL_LAPSED, DEAL_REOPENED, DEAL_REVIEWED,
        DEAL_SIGNED, DEAL_UPDATED, DEAL_WITHDRAWN,
    },
    newest::{Newest, Rewrite},
};

fn deed(moment: &Moment) -> Deed<'_> {
    Deed { now: moment.now, actor: &moment.actor }
}

/// Writes a draft.
pub(super) fn create(
    snapshot: &NewDeal,
    draft: &DealDraft,
    moment: &Moment,
) -> Result<Decision<wire::Deal>, Refusal> {
    if snapshot.is_taken {
        return Err(Refusal::id_taken("deal_id", &draft.name));
    }
    let (deal, ()) = both(Deal::create(draft, deed(moment)), none_absent(&snapshot.absent))?;
    let response = render_deal(&deal);
    let change = Change::new().insert(ActiveModel::from(&deal)).event(
        DEAL_CREATED,
        deal.name(),
        None,
        &response,
    );
    Ok(Decision { change, response })
}

/// Changes a deal's facts; a request that changes nothing is answered with the deal as it is.
pub(super) fn update(
    snapshot: &Existing,
    command: &UpdateDeal,
    moment: &Moment,
) -> Result<Decision<wire::Deal>, Refusal> {
    let before = &snapshot.deal;
    let after = updated(before, command, deed(moment));
    let (after, ()) = both(after, none_absent(&snapshot.absent))?;
    let Some(after) = after else {
        return Ok(Decision { change: Change::new(), response: render_deal(before) });
    };
    if moves(before, &after) {
        return Ok(evaluation::conclude(
            DEAL_UPDATED,
            before,
            after,
            snapshot.surroundings()?,
            moment,
        ));
    }
    Ok(evaluation::write(Change::new(), DEAL_UPDATED, before, &after))
}

/// The deal with its facts changed; none when they are the same.
pub(super) fn updated(
    deal: &Deal,
    command: &UpdateDeal,
    deed: Deed<'_>,
) -> Result<Option<Deal>, Refusal> {
    deal.meta().check_etag(deal.name(), &command.patch.etag)?;
    deal.updated(parse_deal(&merged(deal, command))?, deed)
}

/// What the deal is to be.
pub(super) fn merged(deal: &Deal, command: &UpdateDeal) -> wire::Deal {
    command.mask.lay(&render_deal(deal), &command.patch)
}

/// Whether a signed deal goes from one session to another, so that both must be evaluated.
pub(super) fn moves(before: &Deal, after: &Deal) -> bool {
    before.is_signed() && before.session() != after.session()
}

/// Signs a draft.
pub(super) fn sign(
    snapshot: &Existing,
    command: &SignDeal,
    moment: &Moment,
) -> Result<Decision<wire::Deal>, Refusal> {
    let before = &snapshot.deal;
    let after = signed(before, command, deed(moment))?;
    Ok(evaluation::conclude(DEAL_SIGNED, before, after, snapshot.surroundings()?, moment))
}

/// The deal signed.
pub(super) fn signed(deal: &Deal, command: &SignDeal, deed: Deed<'_>) -> Result<Deal, Refusal> {
    deal.meta().check_etag(deal.name(), &command.etag)?;
    deal.signed(command.sign_date, deed)
}

/// Decides on a deal's value.
pub(super) fn review(
    snapshot: &Existing,
    command: &ReviewDeal,
    moment: &Moment,
) -> Result<Decision<wire::Deal>, Refusal> {
    let before = &snapshot.deal;
    let after = reviewed(before, command, deed(moment))?;
    if corrects(command) {
        return Ok(evaluation::conclude(
            DEAL_REVIEWED,
            before,
            after,
            snapshot.surroundings()?,
            moment,
        ));
    }
    Ok(evaluation::write(Change::new(), DEAL_REVIEWED, before, &after))
}

/// The deal with a decision on its value.
pub(super) fn reviewed(deal: &Deal, command: &ReviewDeal, deed: Deed<'_>) -> Result<Deal, Refusal> {
    deal.meta().check_etag(deal.name(), &command.etag)?;
    deal.reviewed(command.command.clone(), deed)
}

/// Whether a review changes what a deal is worth, so that its session must be evaluated.
pub(super) fn corrects(command: &ReviewDeal) -> bool {
    matches!(command.command.judgement, Judgement::Correct { .. })
}

/// How a deal comes to an end before it is fulfilled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Its time runs out.
    Lapse,
    /// Its parties take it back.
    Withdraw,
}

/// Brings a deal to its end.
pub(super) fn end(
    snapshot: &Existing,
    command: &EndDeal,
    end: End,
    moment: &Moment,
) -> Result<Decision<wire::Deal>, Refusal> {
    let before = &snapshot.deal;
    let after = ended(before, command, end, deed(moment))?;
    let kind = match end {
        End::Lapse => DEAL_LAPSED,
        End::Withdraw => DEAL_WITHDRAWN,
    };
    Ok(evaluation::conclude(kind, before, after, snapshot.surroundings()?, moment))
}

/// The deal at its end.
pub(super) fn ended(
    deal: &Deal,
    command: &EndDeal,
    end: End,
    deed: Deed<'_>,
) -> Result<Deal, Refusal> {
    deal.meta().check_etag(deal.name(), &command.etag)?;
    match end {
        End::Lapse => deal.lapsed(deed),
        End::Withdraw => deal.withdrawn(deed),
    }
}

/// Adds what a deal's realisations, none of them hidden, now make of it; nothing when that is what
/// it was.
///
/// # Errors
/// `sum.overflow` at `realisation.amount`.
pub(crate) fn draw(
    change: Change,
    deal: &Deal,
    realisations: &[Realisation],
    now: Timestamp,
) -> Result<Change, Refusal> {
    redraw(change, deal, realisations, now, &Newest::default())
}

/// The same, where the row may say something else than was told.
///
/// # Errors
/// As [`draw`].
pub(crate) fn redraw(
    change: Change,
    deal: &Deal,
    realisations: &[Realisation],
    now: Timestamp,
    newest: &Newest,
) -> Result<Change, Refusal> {
    let totals = realisation::totals(realisations);
    let (realised, pending) =
        totals.map_err(|broken| Refusal::field("realisation.amount", broken))?;
    let Some(after) = deal.drawn(realised, pending, now) else { return Ok(change) };
    let kind = match (deal.state(), after.state()) {
        (before, after) if before == after => DEAL_DRAWN,
        (_, State::Fulfilled) => DEAL_FULFILLED,
        _ => DEAL_REOPENED,
    };
    let same = after.clone().at(deal.meta().clone());
    Ok(match newest.rewrite(deal.name(), render_deal(deal), &render_deal(&same)) {
        Rewrite::Restored => change.update(ActiveModel::from(&same), deal.meta().version),
        Rewrite::Moved(before) => change
            .update(ActiveModel::from(&after), deal.meta().version)
            .event(kind, deal.name(), Some(&before), &render_deal(&after)),
    })
}

fn none_absent(absent: &[Violation]) -> Result<(), Refusal> {
    if absent.is_empty() { Ok(()) } else { Err(Refusal::Invalid(absent.to_vec())) }
}

#[cfg(test)]
mod tests;
