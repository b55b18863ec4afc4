//! Finds what the records say of a claim.

use devisa_domain::{
    figure::Counted,
    name::{DecreeName, ProgrammeName},
    refusal::{Refusal, both},
    registry::{
        count::{CountQuery, EnrolmentCount},
        enrolment::State,
    },
    time::Timestamp,
};
use devisa_ledger::{Error, Field, FilterSchema, Ledger};
use devisa_proto::convert::figure::{Claim, Finding};

use super::metric::{Metric, Subject};
use crate::{decree, enrolment, programme, store};

/// What the records say of a claim, all that is recorded up to `now` considered.
pub(super) async fn find(
    ledger: &Ledger,
    claim: &Claim<Metric>,
    now: Timestamp,
) -> Result<Finding, Error> {
    match &claim.of {
        Subject::Programme(programme) => of_programme(ledger, claim, programme, now).await,
        Subject::Decree(decree) => of_decree(ledger, claim, decree, now).await,
    }
}

async fn of_programme(
    ledger: &Ledger,
    claim: &Claim<Metric>,
    name: &ProgrammeName,
    now: Timestamp,
) -> Result<Finding, Error> {
    let programme = store::find::<programme::Entity>(ledger, name).await?;
    let programme = programme.ok_or_else(|| claim.absent(name));
    let (query, programme) = both(query(claim, now), programme)?;
    let counted = enrolment::count(ledger.reader(), &programme.name.to_string(), &query).await?;
    let finding = Finding::of_count(&claim.figure, counted.found(), Counted::Villages);
    let finding = finding.listed(counted.listed).adding(&remark(&counted));
    Ok(match query.region {
        Some(_) => finding,
        None => finding.adding(&everywhere(&query.states)),
    })
}

fn remark(counted: &EnrolmentCount) -> String {
    match &counted.declared {
        Some(declared) => format!("{declared}, {} listed", counted.listed),
        None => "listed one by one, no decree declares them".to_owned(),
    }
}

/// Without a region a reader cannot tell from the claim what was counted.
fn everywhere(states: &[State]) -> String {
    let states: Vec<_> = states.iter().map(|state| state.as_str()).collect();
    let states = states.join(", ");
    format!("no region is named: {states} in the whole country, and decrees for all of it")
}

async fn of_decree(
    ledger: &Ledger,
    claim: &Claim<Metric>,
    name: &DecreeName,
    now: Timestamp,
) -> Result<Finding, Error> {
    let decree = store::find::<decree::Entity>(ledger, name).await?;
    let decree = decree.ok_or_else(|| claim.absent(name));
    let ((), decree) = both(claim.refuse_filter(), decree)?;
    let declared = decree.facts.declared_villages.get().unsigned_abs();
    let listed = enrolment::listed_of_decree(ledger, name, claim.as_of, now).await?;
    let finding = Finding::of_count(&claim.figure, declared.into(), Counted::Villages);
    Ok(finding.listed(listed).adding(&format!("declared by the decree, {listed} listed")))
}

/// What a claim about a programme counts.
fn query(claim: &Claim<Metric>, now: Timestamp) -> Result<CountQuery, Refusal> {
    let placed = |refusal: Refusal| refusal.of_filter_at(claim.path("filter"));
    let filter = schema().parse(claim.filter()).map_err(placed)?;
    let states = filter.one_of("state").map_err(placed)?.unwrap_or_default();
    // Of two regions it would be left open whose decrees are meant.
    let region = filter.only("region").map_err(placed)?;
    Ok(CountQuery {
        states: CountQuery::states_or_standing(
            states.into_iter().filter_map(State::parse).collect(),
        ),
        region: region.and_then(|region| region.parse().ok()),
        as_of: claim.as_of,
        known_at: now,
    })
}

fn schema() -> FilterSchema {
    FilterSchema::new([
        Field::prefix("region", "village"),
        Field::enumeration("state", "state", "STATE_", &State::NAMES),
    ])
}
