//! What may happen to organisations.

use devisa_domain::{
    name::OrganisationName,
    refusal::{Refusal, Violation},
    registry::{
        organisation::{Organisation, OrganisationFacts},
        record::{Draft, Stated},
    },
};
use devisa_ledger::{Change, Decision, Moment};
use devisa_proto::{
    convert::registry::{AtVersion, UpdateCommand, parse_organisation, render_organisation},
    mask,
    registry::v1 as wire,
};

use super::{
    load::{Claimed, Snapshot},
    rows::ActiveModel,
};
use crate::events::{
    ORGANISATION_CREATED, ORGANISATION_DELETED, ORGANISATION_UNDELETED, ORGANISATION_UPDATED,
};

/// Creates an organisation, unless its name or a number of it is taken.
pub(super) fn create(
    snapshot: &Snapshot,
    draft: &Draft<OrganisationName, OrganisationFacts>,
    moment: &Moment,
) -> Result<Decision<wire::Organisation>, Refusal> {
    if snapshot.existing.is_some() {
        return Err(Refusal::Exists { resource: draft.name.to_string() });
    }
    let organisation = Organisation::new(draft, moment.now);
    let change = claim(Change::new(), &organisation.name, snapshot.nib.as_ref())?;
    let change = claim(change, &organisation.name, snapshot.npwp.as_ref())?;
    let response = render_organisation(&organisation);
    let change = change.insert(ActiveModel::from(&organisation)).event(
        ORGANISATION_CREATED,
        &organisation.name,
        None,
        &response,
    );
    Ok(Decision { change, response })
}

/// Changes an organisation's facts; what changes nothing makes no version and no event.
pub(super) fn update(
    snapshot: &Snapshot,
    command: &UpdateCommand,
    moment: &Moment,
) -> Result<Decision<wire::Organisation>, Refusal> {
    let UpdateCommand { name, patch, mask } = command;
    let current = required(snapshot.existing.as_ref(), name)?;
    current.meta.check_present(name, "UpdateOrganisation")?;
    current.meta.check_etag(name, &patch.etag)?;

    let before = render_organisation(current);
    let laid = mask::overlay(&before, patch, mask.as_ref())?;
    let stated = parse_organisation(laid, moment.now.jakarta_date());
    let stated = stated.map_err(placed)?;
    let change = claim_changed(current, &stated, snapshot)?;
    let Some(next) = current.revised(stated, moment.now) else {
        return Ok(Decision { change: Change::new(), response: before });
    };
    Ok(written(change, current, &next, ORGANISATION_UPDATED))
}

/// Deletes an organisation. Its numbers are free at once, as if it gave them up.
pub(super) fn delete(
    existing: Option<&Organisation>,
    command: &AtVersion<OrganisationName>,
    moment: &Moment,
) -> Result<Decision<wire::Organisation>, Refusal> {
    let current = required(existing, &command.name)?;
    let next = current.deleted(&command.etag, moment.now)?;
    Ok(written(Change::new(), current, &next, ORGANISATION_DELETED))
}

/// Takes a deletion back, unless another organisation has a number of it by now.
pub(super) fn undelete(
    snapshot: &Snapshot,
    command: &AtVersion<OrganisationName>,
    moment: &Moment,
) -> Result<Decision<wire::Organisation>, Refusal> {
    let current = required(snapshot.existing.as_ref(), &command.name)?;
    let next = current.undeleted(&command.etag, moment.now)?;
    let change = claim(Change::new(), &current.name, snapshot.nib.as_ref())?;
    let change = claim(change, &current.name, snapshot.npwp.as_ref())?;
    Ok(written(change, current, &next, ORGANISATION_UNDELETED))
}

fn required<'o>(
    existing: Option<&'o Organisation>,
    name: &OrganisationName,
) -> Result<&'o Organisation, Refusal> {
    existing.ok_or_else(|| Refusal::NotFound { resource: name.to_string() })
}

fn written(
    change: Change,
    current: &Organisation,
    next: &Organisation,
    kind: &'static str,
) -> Decision<wire::Organisation> {
    let (before, response) = (render_organisation(current), render_organisation(next));
    let change = change.update(ActiveModel::from(next), current.meta.version).event(
        kind,
        &next.name,
        Some(&before),
        &response,
    );
    Decision { change, response }
}

/// Takes the numbers that the organisation did not have before. Those that it gives up need no
/// guard: until that is written, others are refused them.
fn claim_changed(
    current: &Organisation,
    stated: &Stated<OrganisationFacts>,
    snapshot: &Snapshot,
) -> Result<Change, Refusal> {
    let (before, after) = (&current.facts, &stated.facts);
    let nib = snapshot.nib.as_ref().filter(|_| after.nib.is_some() && after.nib != before.nib);
    let npwp = snapshot.npwp.as_ref().filter(|_| after.npwp.is_some() && after.npwp != before.npwp);
    let change = claim(Change::new(), &current.name, nib)?;
    claim(change, &current.name, npwp)
}

/// Takes a number, unless another organisation has it.
fn claim(
    change: Change,
    name: &OrganisationName,
    claimed: Option<&Claimed>,
) -> Result<Change, Refusal> {
    let Some(Claimed { guard, owner }) = claimed else { return Ok(change) };
    match owner {
        Some(owner) if owner != name => Err(Refusal::Exists { resource: owner.to_string() }),
        _ => Ok(change.guard(guard)),
    }
}

fn placed(broken: Vec<Violation>) -> Refusal {
    Refusal::Invalid(broken.into_iter().map(|v| v.under("organisation")).collect())
}
