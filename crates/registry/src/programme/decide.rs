//! What may happen to programmes.

use devisa_domain::{
    name::ProgrammeName,
    refusal::Refusal,
    registry::{
        programme::{Programme, ProgrammeFacts},
        record::Draft,
    },
};
use devisa_ledger::{Change, Decision, Moment};
use devisa_proto::{convert::registry::render_programme, registry::v1 as wire};

use super::rows::ActiveModel;
use crate::events::PROGRAMME_CREATED;

/// Creates a programme, unless its name is taken.
pub(super) fn create(
    existing: Option<&Programme>,
    draft: &Draft<ProgrammeName, ProgrammeFacts>,
    moment: &Moment,
) -> Result<Decision<wire::Programme>, Refusal> {
    if existing.is_some() {
        return Err(Refusal::id_taken("programme_id", &draft.name));
    }
    let programme = Programme::new(draft, moment.now);
    let response = render_programme(&programme);
    let change = Change::new().insert(ActiveModel::from(&programme)).event(
        PROGRAMME_CREATED,
        &programme.name,
        None,
        &response,
    );
    Ok(Decision { change, response })
}
