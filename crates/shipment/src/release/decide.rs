//! What may happen to a release by itself.

use devisa_domain::{
    name::ReleaseName,
    refusal::{Refusal, Violation},
    shipment::{Release, ReleaseFacts, Totals},
};
use devisa_ledger::{Change, Decision, Moment};
use devisa_proto::{
    convert::shipment::{
        Creation, Stated,
        release::{UpdateRelease, parse_release, render_release},
    },
    shipment::v1 as wire,
};

use super::{load::WithTotals, rows::ActiveModel};
use crate::events::{RELEASE_CANCELLED, RELEASE_CREATED, RELEASE_UPDATED};

/// Plans a release, unless its name is taken.
pub(super) fn create(
    existing: Option<&Release>,
    creation: &Creation<ReleaseName, ReleaseFacts>,
    moment: &Moment,
) -> Result<Decision<wire::Release>, Refusal> {
    if existing.is_some() {
        return Err(Refusal::id_taken("release_id", &creation.name));
    }
    let Creation { name, facts, provenance } = creation.clone();
    let release = Release::planned(name, facts, provenance, moment.now);
    let response = render_release(&release, &Totals::default());
    let change = Change::new().insert(ActiveModel::from(&release)).event(
        RELEASE_CREATED,
        &release.name,
        None,
        &response,
    );
    Ok(Decision { change, response })
}

/// Changes a release's facts.
pub(super) fn update(
    current: &WithTotals,
    command: &UpdateRelease,
    moment: &Moment,
) -> Result<Decision<wire::Release>, Refusal> {
    let WithTotals { release, totals } = current;
    release.meta.check_etag(&release.name, &command.patch.etag)?;
    let before = current.render();
    let stated = stated(&command.mask.lay(&before, &command.patch))?;
    let Some(after) = release.updated(stated.facts, stated.provenance, moment.now)? else {
        return Ok(Decision { change: Change::new(), response: before });
    };
    let response = render_release(&after, totals);
    let change = Change::new().update(ActiveModel::from(&after), release.meta.version).event(
        RELEASE_UPDATED,
        &after.name,
        Some(&before),
        &response,
    );
    Ok(Decision { change, response })
}

/// Reads what a release is to be.
pub(super) fn stated(merged: &wire::Release) -> Result<Stated<ReleaseFacts>, Refusal> {
    let under = |violation: Violation| violation.under("release");
    let stated = parse_release(merged);
    stated.map_err(|broken| Refusal::Invalid(broken.into_iter().map(under).collect()))
}

/// PLANNED becomes CANCELLED.
pub(super) fn cancel(
    current: &WithTotals,
    etag: &str,
    moment: &Moment,
) -> Result<Decision<wire::Release>, Refusal> {
    let WithTotals { release, totals } = current;
    release.meta.check_etag(&release.name, etag)?;
    let after = release.cancelled(moment.now)?;
    let response = render_release(&after, totals);
    let change = Change::new().update(ActiveModel::from(&after), release.meta.version).event(
        RELEASE_CANCELLED,
        &after.name,
        Some(&current.render()),
        &response,
    );
    Ok(Decision { change, response })
}

#[cfg(test)]
mod tests;
