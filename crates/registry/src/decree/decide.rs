//! What may happen to decrees.

use devisa_domain::{
    name::{DecreeName, ProgrammeName},
    refusal::Refusal,
    registry::{
        decree::{Decree, DecreeFacts},
        programme::Programme,
        record::Draft,
    },
};
use devisa_ledger::{Change, Decision, Moment};
use devisa_proto::{convert::registry::render_decree, registry::v1 as wire};

use super::rows::ActiveModel;
use crate::{events::DECREE_CREATED, programme};

/// What the creation of a decree rests on.
#[derive(Debug)]
pub(super) struct Snapshot {
    /// The programme that issues it.
    pub(super) programme: Option<Programme>,
    /// A decree that has its name already.
    pub(super) existing: Option<Decree>,
}

/// Records a decree of an existing programme, unless its name is taken.
pub(super) fn create(
    snapshot: &Snapshot,
    draft: &Draft<DecreeName, DecreeFacts>,
    moment: &Moment,
) -> Result<Decision<wire::Decree>, Refusal> {
    let Some(programme) = &snapshot.programme else {
        let parent = ProgrammeName::new(draft.name.programme.clone());
        return Err(Refusal::NotFound { resource: parent.to_string() });
    };
    if snapshot.existing.is_some() {
        return Err(Refusal::Exists { resource: draft.name.to_string() });
    }
    let decree = Decree::new(draft, moment.now);
    let response = render_decree(&decree);
    let change = Change::new()
        .rests_on::<programme::Entity>(&programme.name, programme.meta.version)
        .insert(ActiveModel::from(&decree))
        .event(DECREE_CREATED, &decree.name, None, &response);
    Ok(Decision { change, response })
}
