//! The enrolments that a decree designates when it is imported.

use std::collections::BTreeMap;

use devisa_domain::{
    identifier::village_code::VillageCode,
    name::{EnrolmentName, ProgrammeName},
    provenance::Provenance,
    refusal::{Refusal, RuleBroken, Violation},
    registry::{
        decree::Decree,
        enrolment::{Advance, Enrolment, EnrolmentFacts, Proposal},
        record::{Draft, Stated},
    },
    time::Date,
};
use devisa_ledger::{Change, Error, Ledger, Moment};
use devisa_proto::{convert::registry::render_enrolment, registry::v1 as wire};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{
    history,
    rows::{ActiveModel, Column, Entity},
};
use crate::{
    events::{ENROLMENT_ADVANCED, ENROLMENT_CREATED},
    store::Table,
};

/// The enrolments of these villages in a programme.
pub(crate) async fn of_villages(
    ledger: &Ledger,
    programme: &ProgrammeName,
    villages: impl IntoIterator<Item = &VillageCode>,
) -> Result<BTreeMap<VillageCode, Enrolment>, Error> {
    let codes = villages.into_iter().map(ToString::to_string);
    let select = Entity::find()
        .filter(Column::Programme.eq(programme.to_string()))
        .filter(Column::Village.is_in(codes));
    let rows = select.all(ledger.reader()).await?.into_iter().map(Entity::resource);
    Ok(rows.map(|enrolment| (enrolment.village().clone(), enrolment)).collect())
}

/// What a decree does to the enrolments of its villages.
#[derive(Debug)]
pub(crate) struct Designations {
    /// The day of the decree.
    date: Date,
    /// Each enrolment as it is, if there is one, and as it shall be; in order of the codes.
    made: Vec<(Option<Enrolment>, Enrolment)>,
}

impl Designations {
    /// Designates every village; each comes with its place in the request.
    ///
    /// # Errors
    /// [`Refusal::StatesForbid`] with every village whose enrolment does not wait for a decree, or
    /// was first proposed or moved on after the decree's day.
    pub(crate) fn decide(
        decree: &Decree,
        villages: &BTreeMap<VillageCode, usize>,
        existing: &BTreeMap<VillageCode, Enrolment>,
        moment: &Moment,
    ) -> Result<Self, Refusal> {
        let mut made = Vec::with_capacity(villages.len());
        let mut forbidden = Vec::new();
        for (code, place) in villages {
            let current = existing.get(code);
            match designated(decree, code, current, moment) {
                Ok(next) => made.push((current.cloned(), next)),
                Err(broken) => forbidden.push((*place, broken)),
            }
        }
        if forbidden.is_empty() {
            return Ok(Self { date: decree.facts.issue_date, made });
        }
        forbidden.sort_by_key(|(place, _)| *place);
        let placed = |(place, broken): (usize, RuleBroken)| broken.at(format!("villages[{place}]"));
        let violations: Vec<Violation> = forbidden.into_iter().map(placed).collect();
        Err(Refusal::StatesForbid { action: "ImportDecree".to_owned(), violations })
    }

    /// The enrolments as they shall be.
    pub(crate) fn render(&self) -> Vec<wire::Enrolment> {
        self.made.iter().map(|(_, next)| render_enrolment(next)).collect()
    }

    /// How many were not enrolled before.
    pub(crate) fn created(&self) -> usize {
        self.made.iter().filter(|(before, _)| before.is_none()).count()
    }

    /// Writes them, an event for each.
    pub(crate) fn write(&self, change: Change) -> Change {
        self.made.iter().fold(change, |change, (before, next)| match before {
            None => history::all(next)
                .fold(change.insert(ActiveModel::from(next)), Change::insert_part)
                .event(ENROLMENT_CREATED, &next.name, None, &render_enrolment(next)),
            Some(before) => self.write_advanced(change, before, next),
        })
    }

    fn write_advanced(&self, change: Change, before: &Enrolment, next: &Enrolment) -> Change {
        let entry = next.history.entry_on(self.date);
        let entry = entry.unwrap_or_else(|| unreachable!("the entry was just added to its day"));
        let (told, response) = (render_enrolment(before), render_enrolment(next));
        change
            .update(ActiveModel::from(next), before.meta.version)
            .insert_part(history::latest(next, entry))
            .event(ENROLMENT_ADVANCED, &next.name, Some(&told), &response)
    }
}

fn designated(
    decree: &Decree,
    village: &VillageCode,
    current: Option<&Enrolment>,
    moment: &Moment,
) -> Result<Enrolment, RuleBroken> {
    let date = decree.facts.issue_date;
    let Some(current) = current else {
        let proposal = Proposal { draft: draft(decree, village), effective_date: date };
        let name = decree.name.clone();
        return Ok(Enrolment::designated(&proposal, name, moment.now, &moment.actor));
    };
    if !current.awaits_decree() {
        const EXPECTED: &str = "no enrolment, or one in PROPOSED, UNDER_ASSESSMENT or CANDIDATE";
        let found = format!("{} in {}", current.name, current.state());
        return Err(RuleBroken::expected("enrolment.state", EXPECTED, found));
    }
    let advance = Advance::designation(decree.name.clone(), date);
    current.advance(advance, moment.now, &moment.actor).map_err(|refusal| {
        let why = match refusal {
            Refusal::StateForbids { detail, .. } => detail,
            other => other.to_string(),
        };
        RuleBroken::new("enrolment.history", format!("{} on {date}: {why}", current.name))
    })
}

/// The enrolment that comes with its decree, and from where the decree comes.
fn draft(decree: &Decree, village: &VillageCode) -> Draft<EnrolmentName, EnrolmentFacts> {
    let Provenance { source_uri, note, synthetic_fields } = decree.meta.provenance.clone();
    let is_dated =
        !synthetic_fields.iter().any(|path| path.split('.').next() == Some("issue_date"));
    let synthetic_fields = if is_dated { vec![] } else { vec!["effective_date".to_owned()] };
    let provenance = Provenance { source_uri, note, synthetic_fields };
    Draft {
        name: EnrolmentName::new(decree.name.programme.clone(), village.clone()),
        stated: Stated {
            facts: EnrolmentFacts { cluster: None, lead_commodity: None },
            provenance,
        },
    }
}
