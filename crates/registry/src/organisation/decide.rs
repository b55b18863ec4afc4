//! What may happen to organisations.

use devisa_domain::{
    name::OrganisationName,
    refusal::{Refusal, Violation, both},
    registry::{
        organisation::{Organisation, OrganisationFacts},
        record::{Draft, Stated},
    },
    time::Date,
};
use devisa_ledger::{Change, Decision, Moment};
use devisa_proto::{
    convert::registry::{AtVersion, UpdateCommand, parse_organisation, render_organisation},
    registry::v1 as wire,
};

use super::{
    load::{Claimed, Numbers, Place, Snapshot},
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
    let free = match &snapshot.existing {
        Some(_) => Err(Refusal::id_taken("organisation_id", &draft.name)),
        None => Ok(()),
    };
    let claimed = claim(&draft.name, &snapshot.claimed, Place::Message);
    let ((), change) = both(free, claimed)?;
    let organisation = Organisation::new(draft, moment.now);
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
    let laid = mask.lay(&before, patch);
    let change = claim_new(current, &Numbers::of(&laid), snapshot);
    let (stated, change) = both(stated(laid, moment.now.jakarta_date()), change)?;
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
    let change = claim(&current.name, &snapshot.claimed, Place::Name)?;
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
fn claim_new(
    current: &Organisation,
    after: &Numbers,
    snapshot: &Snapshot,
) -> Result<Change, Refusal> {
    let before = Numbers::from(&current.facts);
    let is_new = |claimed: &&Claimed| claimed.is_among(after) && !claimed.is_among(&before);
    claim(&current.name, snapshot.claimed.iter().filter(is_new), Place::Message)
}

/// Takes numbers, unless another organisation has one of them; all of those are told.
fn claim<'c>(
    name: &OrganisationName,
    claimed: impl IntoIterator<Item = &'c Claimed>,
    place: Place,
) -> Result<Change, Refusal> {
    let claimed: Vec<_> = claimed.into_iter().collect();
    let refused = claimed.iter().filter_map(|claimed| claimed.refused(Some(name), place));
    match Refusal::together(refused) {
        Some(refusal) => Err(refusal),
        None => Ok(claimed.iter().fold(Change::new(), |change, c| change.guard(&c.guard))),
    }
}

/// Reads what an organisation is to be.
pub(super) fn stated(
    laid: wire::Organisation,
    today: Date,
) -> Result<Stated<OrganisationFacts>, Refusal> {
    let under = |violation: Violation| violation.under("organisation");
    let stated = parse_organisation(laid, today);
    stated.map_err(|broken| Refusal::Invalid(broken.into_iter().map(under).collect()))
}
