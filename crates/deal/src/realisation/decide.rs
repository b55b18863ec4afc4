//! What may happen to realisations: pure decisions on what was loaded.

use devisa_domain::{
    deal::{Deal, Realisation, RealisationDraft, Shipped},
    name::ShipmentName,
    refusal::{Refusal, RuleBroken},
    shipment::State,
};
use devisa_ledger::{Change, Decision, GuardSeen, Moment};
use devisa_proto::{convert::deal::realisation::render_realisation, deal::v1 as wire};

use super::rows::ActiveModel;
use crate::{
    deal,
    events::{REALISATION_CREATED, REALISATION_DELETED},
    newest::{Newest, Rewrite},
};

/// What a realisation's creation depends on.
#[derive(Clone, Debug)]
pub(super) struct NewRealisation {
    /// Its name is taken.
    pub(super) is_taken: bool,
    /// Moves with the realisations of the shipment.
    pub(super) guard: GuardSeen,
    /// The deal.
    pub(super) deal: Deal,
    /// The deal's realisations that are not hidden.
    pub(super) of_deal: Vec<Realisation>,
    /// The shipment; none where nothing is known of it.
    pub(super) shipped: Option<Shipped>,
    /// The shipment's realisations that are not hidden.
    pub(super) of_shipment: Vec<Realisation>,
}

impl NewRealisation {
    /// Whether it is refused whatever the shipment is like.
    pub(super) fn is_hopeless(&self) -> bool {
        self.is_taken || self.deal.check_takes_realisations().is_err()
    }

    /// Whether the shipment was heard of as more than a draft.
    pub(super) fn is_settled(&self) -> bool {
        let facts = self.shipped.as_ref().and_then(|shipped| shipped.facts.as_ref());
        facts.is_some_and(|facts| facts.state != State::Draft)
    }

    fn realise(&self, draft: &RealisationDraft, moment: &Moment) -> Result<Realisation, Refusal> {
        self.deal.check_takes_realisations()?;
        let unknown = || absent_shipment(&draft.shipment);
        let shipped = self.shipped.as_ref().ok_or_else(unknown)?;
        Realisation::create(draft, &self.deal, shipped, &self.of_shipment, moment.now)
    }
}

/// That there is no such shipment.
pub(super) fn absent_shipment(name: &ShipmentName) -> Refusal {
    Refusal::field("realisation.shipment", RuleBroken::absent(name))
}

/// Draws a deal down by a line.
pub(super) fn create(
    snapshot: &NewRealisation,
    draft: &RealisationDraft,
    moment: &Moment,
) -> Result<Decision<wire::Realisation>, Refusal> {
    if snapshot.is_taken {
        return Err(Refusal::id_taken("realisation_id", &draft.name));
    }
    let realisation = snapshot.realise(draft, moment)?;
    let response = render_realisation(&realisation);
    let deal = &snapshot.deal;
    let change = Change::new()
        .guard(&snapshot.guard)
        .rests_on::<deal::Entity>(deal.name(), deal.meta().version)
        .insert(ActiveModel::from(&realisation))
        .event(REALISATION_CREATED, &realisation.name, None, &response);
    let mut all = snapshot.of_deal.clone();
    all.push(realisation);
    let change = deal::draw(change, deal, &all, moment.now)?;
    Ok(Decision { change, response })
}

/// What hiding a realisation depends on.
#[derive(Clone, Debug)]
pub(super) struct Existing {
    /// It.
    pub(super) realisation: Realisation,
    /// Its deal.
    pub(super) deal: Deal,
    /// The deal's realisations that are not hidden.
    pub(super) of_deal: Vec<Realisation>,
}

/// Hides a realisation.
pub(super) fn delete(
    snapshot: &Existing,
    etag: &str,
    moment: &Moment,
) -> Result<Decision<wire::Realisation>, Refusal> {
    let before = &snapshot.realisation;
    let after = before.deleted(etag, moment.now)?;
    let change = write(Change::new(), REALISATION_DELETED, before, &after);
    let left: Vec<_> =
        snapshot.of_deal.iter().filter(|one| one.name != after.name).cloned().collect();
    let change = deal::draw(change, &snapshot.deal, &left, moment.now)?;
    Ok(Decision { change, response: render_realisation(&after) })
}

/// One realisation's row and event, added to a change.
fn write(change: Change, kind: &'static str, before: &Realisation, after: &Realisation) -> Change {
    rewrite(change, kind, before, after, &Newest::default())
}

/// The same, where the row may say something else than was told.
pub(crate) fn rewrite(
    change: Change,
    kind: &'static str,
    before: &Realisation,
    after: &Realisation,
    newest: &Newest,
) -> Change {
    let same = Realisation { meta: before.meta.clone(), ..after.clone() };
    match newest.rewrite(&after.name, render_realisation(before), &render_realisation(&same)) {
        Rewrite::Restored => change.update(ActiveModel::from(&same), before.meta.version),
        Rewrite::Moved(before_it) => change
            .update(ActiveModel::from(after), before.meta.version)
            .event(kind, &after.name, Some(&before_it), &render_realisation(after)),
    }
}
