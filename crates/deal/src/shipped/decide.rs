//! What hearing of shipments does to realisations and to the deals that these draw down.

use std::collections::BTreeMap;

use devisa_domain::{
    deal::{Deal, Realisation, Shipped, Standing, realisation::follow},
    name::{RealisationName, ShipmentName},
    refusal::Refusal,
    time::Timestamp,
};
use devisa_ledger::Change;

use super::{
    load::{Known, Seen},
    news::News,
    rows::{ActiveModel, Column, Entity},
    told::Told,
};
use crate::{
    deal,
    events::{REALISATION_LOWERED, REALISATION_SETTLED},
    newest::Newest,
    realisation,
};

/// The change that follows from the news: empty when nothing of it is new.
///
/// Each piece takes effect before the next is heard, as it would alone; what was lowered on the way
/// stays so, in whatever portions the news came. What is written is how all is in the end.
pub(super) fn hear(known: &Known, news: &[News], now: Timestamp) -> Result<Change, Refusal> {
    let mut course = Course::of(known, now);
    for news in news {
        course.hear(news);
    }
    let written = course.finish(&Newest::default(), |change, seen, shipped| match &seen.row {
        None => change.insert(ActiveModel::from(shipped)),
        Some(row) => change.update(ActiveModel::from(shipped), row.meta.version),
    })?;
    Ok(written.change)
}

/// A change, and how many rows it puts right.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) change: Change,
    pub(super) rows: usize,
}

/// What a rebuild makes of shipments.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rebuild<'a> {
    /// What the log tells; of what is absent, nothing.
    pub(super) told: &'a BTreeMap<ShipmentName, Told>,
    /// The versions of the guards before the log was read: what moved since was heard of since.
    pub(super) guards: &'a BTreeMap<String, i64>,
    /// The newest events of what draws deals down.
    pub(super) newest: &'a Newest,
}

/// The change from what is known of shipments to what the log tells of them, and all that follows.
///
/// `heard` is the revision up to which the news has taken effect: what was told up to there is
/// taken for known, what was told later takes effect as it would by being heard.
pub(super) fn rebuild(
    known: &Known,
    rebuild: Rebuild<'_>,
    heard: &str,
    now: Timestamp,
) -> Result<Written, Refusal> {
    let mut course = Course::of(known, now);
    for (name, seen) in &known.shipments {
        let before = rebuild.guards.get(&name.to_string()).copied().unwrap_or_default();
        let since = seen.row.as_ref().filter(|_| seen.guard.version() != before);
        match (rebuild.told.get(name), since) {
            (Some(told), since) => course.retell(told, heard, seen.row.as_ref(), since),
            // Nobody has told of it but an answer, whose event is yet to come.
            (None, Some(_)) => {}
            (None, None) => course.forget(name),
        }
    }
    // A row that says what it should is left alone; any other is put in its place whatever it says.
    course.finish(rebuild.newest, |change, _, shipped| {
        let change = change.delete_parts::<Entity>(Column::Name, &shipped.name);
        if shipped.is_heard_of() { change.insert(ActiveModel::from(shipped)) } else { change }
    })
}

/// What realisations make of their deals, where those say something else.
pub(super) fn redraw(known: &Known, newest: &Newest, now: Timestamp) -> Result<Written, Refusal> {
    Course::of(known, now).finish(newest, |change, _, _| change)
}

/// Shipments and their realisations while news takes effect, one piece after the other.
struct Course<'a> {
    known: &'a Known,
    now: Timestamp,
    shipments: BTreeMap<ShipmentName, Shipped>,
    /// By shipment: a line is shared by deals, so all of a shipment's are looked at together.
    realisations: BTreeMap<ShipmentName, BTreeMap<RealisationName, Realisation>>,
}

impl<'a> Course<'a> {
    fn of(known: &'a Known, now: Timestamp) -> Self {
        let shipped = |(name, seen): (&ShipmentName, &Seen)| {
            let row = seen.row.clone();
            (name.clone(), row.unwrap_or_else(|| Shipped::unheard(name.clone())))
        };
        let shipments: BTreeMap<_, _> = known.shipments.iter().map(shipped).collect();
        let mut realisations = BTreeMap::<_, BTreeMap<_, _>>::new();
        for one in known.deals.iter().flat_map(|(_, realisations)| realisations) {
            let its = realisations.entry(one.shipment.clone()).or_default();
            its.insert(one.name.clone(), one.clone());
        }
        Self { known, now, shipments, realisations }
    }

    fn hear(&mut self, news: &News) {
        let shipped = self.shipments.get_mut(&news.shipment);
        if shipped.is_some_and(|shipped| news.tell(shipped)) {
            self.follow(&news.shipment);
        }
    }

    /// Lets the realisations of a shipment follow from what is known of it.
    fn follow(&mut self, name: &ShipmentName) {
        if let (Some(shipped), Some(its)) =
            (self.shipments.get(name), self.realisations.get_mut(name))
        {
            let all: Vec<_> = its.values().cloned().collect();
            its.extend(
                follow(shipped, &all, self.now).into_iter().map(|one| (one.name.clone(), one)),
            );
        }
    }

    /// A shipment as the log tells it. What its realisations were made of, whether it was heard or
    /// asked for, takes no effect again; nor is undone what was heard `since` the log was read.
    fn retell(&mut self, told: &Told, heard: &str, row: Option<&Shipped>, since: Option<&Shipped>) {
        let name = told.base.name.clone();
        let asked = row.and_then(Shipped::asked).unwrap_or_default();
        let is_old = |news: &News| news.revision.as_str() <= heard || news.is_version_up_to(asked);
        let old = told.since.iter().rposition(is_old).map_or(0, |last| last + 1);
        let (old, new) = told.since.split_at(old);
        let mut shipped = told.base.clone();
        old.iter().for_each(|news| _ = news.tell(&mut shipped));
        if let Some(since) = since {
            shipped = shipped.joined(since);
        }
        self.shipments.insert(name.clone(), shipped);
        self.follow(&name);
        new.iter().for_each(|news| self.hear(news));
    }

    /// A shipment of which nobody tells. What it was to realise is free again; how much that was
    /// stays on record, for its log may come back.
    fn forget(&mut self, name: &ShipmentName) {
        self.shipments.insert(name.clone(), Shipped::unheard(name.clone()));
        for one in self.realisations.get_mut(name).into_iter().flat_map(BTreeMap::values_mut) {
            if let Some(freed) = one.moved(one.amount.minor(), Standing::Freed, self.now) {
                *one = freed;
            }
        }
    }

    /// Everything that is no longer as it was, each written once.
    fn finish(
        self,
        newest: &Newest,
        write: impl Fn(Change, &Seen, &Shipped) -> Change,
    ) -> Result<Written, Refusal> {
        let Written { mut change, mut rows } = Written::default();
        for (name, seen) in &self.known.shipments {
            let shipped = &self.shipments[name];
            let is_same = seen.row.as_ref().map_or(!shipped.is_heard_of(), |row| row == shipped);
            if !is_same || seen.is_broken {
                change = write(change.guard(&seen.guard), seen, shipped);
                rows += 1;
            }
        }
        let before = change.writes();
        for (deal, realisations) in &self.known.deals {
            change = self.draw(change, deal, realisations, newest)?;
        }
        rows += change.writes() - before;
        Ok(Written { change, rows })
    }

    /// The realisations of a deal that moved, and the deal as all of its own then draw it down.
    fn draw(
        &self,
        mut change: Change,
        deal: &Deal,
        realisations: &[Realisation],
        newest: &Newest,
    ) -> Result<Change, Refusal> {
        let mut after = Vec::with_capacity(realisations.len());
        for before in realisations {
            let end = &self.realisations[&before.shipment][&before.name];
            let Some(next) = before.moved(end.amount.minor(), end.standing, self.now) else {
                after.push(before.clone());
                continue;
            };
            let lowered = next.amount != before.amount;
            let kind = if lowered { REALISATION_LOWERED } else { REALISATION_SETTLED };
            if let Some(Seen { guard, .. }) = self.known.shipments.get(&before.shipment) {
                change = change.guard(guard);
            }
            change = realisation::rewrite(change, kind, before, &next, newest);
            after.push(next);
        }
        deal::redraw(change, deal, &after, self.now, newest)
    }
}
