//! What may happen to enrolments.

use devisa_domain::{
    name::{EnrolmentName, ProgrammeName},
    refusal::{Refusal, RuleBroken},
    registry::{
        decree::Decree,
        enrolment::{Advance, Enrolment, Proposal},
        programme::Programme,
    },
};
use devisa_ledger::{Change, Decision, Moment};
use devisa_proto::{
    convert::registry::{AdvanceCommand, render_enrolment},
    registry::v1 as wire,
};

use super::{history, rows::ActiveModel};
use crate::{
    decree,
    events::{ENROLMENT_ADVANCED, ENROLMENT_CREATED},
    programme,
};

/// What a proposal rests on.
#[derive(Debug)]
pub(super) struct Snapshot {
    /// The programme.
    pub(super) programme: Option<Programme>,
    /// The village's enrolment in it, if it has one already.
    pub(super) existing: Option<Enrolment>,
}

/// Proposes a village to an existing programme that does not have it yet.
pub(super) fn propose(
    snapshot: &Snapshot,
    proposal: &Proposal,
    moment: &Moment,
) -> Result<Decision<wire::Enrolment>, Refusal> {
    let name = &proposal.draft.name;
    let Some(programme) = &snapshot.programme else {
        let parent = ProgrammeName::new(name.programme.clone());
        return Err(Refusal::NotFound { resource: parent.to_string() });
    };
    if snapshot.existing.is_some() {
        return Err(Refusal::id_taken("enrolment.village", name));
    }
    let enrolment = Enrolment::new(proposal, moment.now, &moment.actor);
    let response = render_enrolment(&enrolment);
    let change = Change::new()
        .rests_on::<programme::Entity>(&programme.name, programme.meta.version)
        .insert(ActiveModel::from(&enrolment))
        .insert_part(history::latest(&enrolment, enrolment.history.last()))
        .event(ENROLMENT_CREATED, name, None, &response);
    Ok(Decision { change, response })
}

/// What an advance rests on.
#[derive(Debug)]
pub(super) struct Standing {
    /// The enrolment.
    pub(super) enrolment: Option<Enrolment>,
    /// The decree that the command names, if it exists.
    pub(super) decree: Option<Decree>,
}

/// Adds an entry to an enrolment's history.
pub(super) fn advance(
    standing: &Standing,
    command: &AdvanceCommand,
    moment: &Moment,
) -> Result<Decision<wire::Enrolment>, Refusal> {
    let AdvanceCommand { name, advance, etag } = command;
    let current = standing.enrolment.as_ref();
    let current = current.ok_or_else(|| Refusal::NotFound { resource: name.to_string() })?;
    current.meta.check_etag(name, etag)?;
    check_decree(name, advance, standing.decree.as_ref())?;

    let next = current.advance(advance.clone(), moment.now, &moment.actor)?;
    let entry = next.history.entry_on(advance.effective_date());
    let entry = entry.unwrap_or_else(|| unreachable!("the entry was just added to its day"));
    let response = render_enrolment(&next);
    let mut change = Change::new()
        .update(ActiveModel::from(&next), current.meta.version)
        .insert_part(history::latest(&next, entry))
        .event(ENROLMENT_ADVANCED, name, Some(&render_enrolment(current)), &response);
    if let Some(decree) = &standing.decree {
        change = change.rests_on::<decree::Entity>(&decree.name, decree.meta.version);
    }
    Ok(Decision { change, response })
}

/// A decree that is named must exist and be able to designate the village on that day.
fn check_decree(
    name: &EnrolmentName,
    advance: &Advance,
    decree: Option<&Decree>,
) -> Result<(), Refusal> {
    let Some(named) = advance.decree() else { return Ok(()) };
    let Some(decree) = decree else {
        return Err(Refusal::field("decree", RuleBroken::absent(named)));
    };
    let broken = decree.facts.check_designation(&name.enrolment, advance.effective_date());
    if broken.is_empty() {
        return Ok(());
    }
    Err(Refusal::Invalid(broken.into_iter().map(|(field, broken)| broken.at(field)).collect()))
}

#[cfg(test)]
mod tests;
