//! Recording in-kind help.

use devisa_domain::{
    meta::Meta,
    name::SponsorshipName,
    refusal::{Checks, Refusal, RuleBroken},
    shipment::{Sponsorship, SponsorshipFacts, party::Party},
};
use devisa_ledger::{Change, Decision, Moment};
use devisa_proto::{
    convert::shipment::{Creation, sponsorship::render_sponsorship},
    shipment::v1 as wire,
};

use super::rows::ActiveModel;
use crate::events::{SPONSORSHIP_CREATED, SPONSORSHIP_DELETED};

/// What a new sponsorship refers to.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    pub(super) existing: Option<Sponsorship>,
    pub(super) sponsor: Option<Party>,
    pub(super) recipient_exists: bool,
}

/// Records a sponsorship, unless its name is taken.
pub(super) fn create(
    snapshot: &Snapshot,
    creation: &Creation<SponsorshipName, SponsorshipFacts>,
    moment: &Moment,
) -> Result<Decision<wire::Sponsorship>, Refusal> {
    let Creation { name, facts, provenance } = creation.clone();
    if snapshot.existing.is_some() {
        return Err(Refusal::id_taken("sponsorship_id", &name));
    }
    let mut checks = Checks::new();
    checks.ensure(snapshot.sponsor.is_some(), "sponsorship.sponsor", || {
        RuleBroken::absent(&facts.sponsor)
    });
    let field = facts.recipient.field();
    let recipient = facts.recipient.release().map(ToString::to_string);
    let recipient = recipient.or_else(|| facts.recipient.shipment().map(ToString::to_string));
    checks.ensure(snapshot.recipient_exists, format!("sponsorship.{field}"), || {
        RuleBroken::absent(&recipient.unwrap_or_default())
    });
    checks.finish(())?;
    let sponsorship = Sponsorship {
        name,
        meta: Meta::new(moment.now, provenance),
        facts,
        sponsor_display_name: snapshot.sponsor.clone().map(|p| p.display_name).unwrap_or_default(),
    };
    let response = render_sponsorship(&sponsorship);
    let change = Change::new().insert(ActiveModel::from(&sponsorship)).event(
        SPONSORSHIP_CREATED,
        &sponsorship.name,
        None,
        &response,
    );
    Ok(Decision { change, response })
}

/// Hides a sponsorship.
pub(super) fn delete(
    current: &Sponsorship,
    etag: &str,
    moment: &Moment,
) -> Result<Decision<wire::Sponsorship>, Refusal> {
    let after = current.deleted(etag, moment.now)?;
    let response = render_sponsorship(&after);
    let change = Change::new().update(ActiveModel::from(&after), current.meta.version).event(
        SPONSORSHIP_DELETED,
        &after.name,
        Some(&render_sponsorship(current)),
        &response,
    );
    Ok(Decision { change, response })
}

#[cfg(test)]
mod tests;
