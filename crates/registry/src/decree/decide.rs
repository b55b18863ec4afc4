//! What may happen to decrees.

use std::collections::BTreeMap;

use devisa_domain::{
    identifier::village_code::VillageCode,
    name::{DecreeName, ProgrammeName},
    refusal::Refusal,
    registry::{
        decree::{Decree, DecreeFacts},
        enrolment::Enrolment,
        programme::Programme,
        record::Draft,
    },
};
use devisa_ledger::{Change, Decision, Moment};
use devisa_proto::{
    convert::registry::{ImportCommand, render_decree, render_import},
    registry::v1 as wire,
};

use super::rows::ActiveModel;
use crate::{enrolment::Designations, events::DECREE_CREATED, programme};

/// What the creation of a decree rests on.
#[derive(Debug)]
pub(super) struct Snapshot {
    /// The programme that issues it.
    pub(super) programme: Option<Programme>,
    /// A decree that has its name already.
    pub(super) existing: Option<Decree>,
}

/// What the import of a decree rests on.
#[derive(Debug)]
pub(super) struct ImportSnapshot {
    /// The decree's own part.
    pub(super) decree: Snapshot,
    /// The enrolments that its villages have in the programme.
    pub(super) enrolments: BTreeMap<VillageCode, Enrolment>,
}

/// Records a decree of an existing programme, unless its name is taken.
pub(super) fn create(
    snapshot: &Snapshot,
    draft: &Draft<DecreeName, DecreeFacts>,
    moment: &Moment,
) -> Result<Decision<wire::Decree>, Refusal> {
    let (decree, change) = record(snapshot, draft, moment)?;
    Ok(Decision { change, response: render_decree(&decree) })
}

/// Records a decree and designates its villages.
pub(super) fn import(
    snapshot: &ImportSnapshot,
    command: &ImportCommand,
    moment: &Moment,
) -> Result<Decision<wire::ImportDecreeResponse>, Refusal> {
    let (decree, change) = record(&snapshot.decree, &command.draft, moment)?;
    let made = Designations::decide(&decree, &command.villages, &snapshot.enrolments, moment)?;
    let response = render_import(&decree, made.render(), made.created());
    Ok(Decision { change: made.write(change), response })
}

fn record(
    snapshot: &Snapshot,
    draft: &Draft<DecreeName, DecreeFacts>,
    moment: &Moment,
) -> Result<(Decree, Change), Refusal> {
    let Some(programme) = &snapshot.programme else {
        let parent = ProgrammeName::new(draft.name.programme.clone());
        return Err(Refusal::NotFound { resource: parent.to_string() });
    };
    if snapshot.existing.is_some() {
        return Err(Refusal::id_taken("decree_id", &draft.name));
    }
    let decree = Decree::new(draft, moment.now);
    let change = Change::new()
        .rests_on::<programme::Entity>(&programme.name, programme.meta.version)
        .insert(ActiveModel::from(&decree))
        .event(DECREE_CREATED, &decree.name, None, &render_decree(&decree));
    Ok((decree, change))
}
