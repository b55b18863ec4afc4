//! What of deals follows from their realisations, from the other deals of their sessions and from
//! the log.

use std::collections::{BTreeMap, BTreeSet};

use devisa_domain::{
    deal::{
        Deal, ReviewState, State,
        plausibility::{self, Finding, Rule},
        realisation,
    },
    money::Money,
    time::Timestamp,
};
use devisa_ledger::{
    StorageError,
    verify::{Audit, Differing},
};
use devisa_proto::{
    convert::{common::money, deal::agreement::render_deal},
    deal::v1 as wire,
};
use prost::Message;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QueryTrait,
};

use super::rows::{ActiveModel, Column, Entity, Model};
use crate::{
    events::{DEAL_CREATED, DEAL_LAPSED, DEAL_SIGNED, DEAL_UPDATED, DEAL_WITHDRAWN},
    realisation as rows,
};

/// Compares deals with the log, with their realisations and with each other.
pub(crate) async fn audit(audit: &mut Audit) -> Result<(), StorageError> {
    audit.resources::<Entity, _, ActiveModel>(&[], render_deal, |resource| resource.into()).await?;
    let deeds = deeds(audit).await?;
    audit.compared("deal: authors, signatures and endings with the log", deeds.len() as u64);
    let nothing = Deeds::default();
    let check = |deal: &Deal, of_deal: Vec<rows::Model>| {
        let deeds = deeds.get(&deal.name().to_string()).unwrap_or(&nothing);
        let mut differing = drawn(deal, of_deal);
        differing.extend(deeds.differing(deal));
        differing
    };
    let (what, column) =
        ("realisation: those from which the totals of deals were recomputed", rows::Column::Deal);
    let shown = rows::Entity::find().filter(rows::Column::DeleteTime.eq(0));
    let of = |row: &rows::Model| row.deal.clone();
    audit.parts::<Entity, rows::Entity>(what, shown, column, of, check).await?;
    outliers(audit).await
}

fn differs(field: &str, expected: impl ToString, found: impl ToString) -> Differing {
    (field.to_owned(), expected.to_string(), found.to_string())
}

/// What a deal's realisations make of it, and what its findings make of its review.
fn drawn(deal: &Deal, rows: Vec<rows::Model>) -> Vec<Differing> {
    let realisations: Vec<_> = rows.into_iter().map(|row| row.data.0).collect();
    let (realised, pending) = match realisation::totals(&realisations) {
        Ok(totals) => totals,
        Err(overflow) => return vec![differs("realised and pending", "sums", overflow)],
    };
    let review = deal.review();
    let is_broken = review.findings().iter().any(Finding::is_broken);
    let held = (deal.is_signed() && is_broken && review.state() == ReviewState::None)
        .then(|| differs("review.state", ReviewState::Held.as_str(), review.state().as_str()));
    let Some(next) = deal.drawn(realised, pending, Timestamp::from_micros(0)) else {
        return held.into_iter().collect();
    };
    let informing = |deal: &Deal| {
        let findings = deal.review().findings().iter();
        told(findings.filter(|finding| finding.informs()))
    };
    let all = [
        differs("realised", next.realised(), deal.realised()),
        differs("pending", next.pending(), deal.pending()),
        differs("balance", next.balance(), deal.balance()),
        differs("state", next.state().as_str(), deal.state().as_str()),
        differs(Rule::OverRealised.as_str(), informing(&next), informing(deal)),
    ];
    let differing = all.into_iter().filter(|(_, expected, found)| expected != found);
    differing.chain(held).collect()
}

fn told<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> String {
    let explained: Vec<_> = findings.into_iter().map(|one| one.explanation.as_str()).collect();
    if explained.is_empty() { "no finding".to_owned() } else { explained.join("; ") }
}

/// What was done to a deal, by its events.
#[derive(Debug, Default)]
struct Deeds {
    /// Who created, updated or signed it.
    authors: BTreeSet<String>,
    is_signed: bool,
    /// What was open when it lapsed or was withdrawn.
    closed: Option<Money>,
    /// How many events there are of it: as many as versions, unless some were removed.
    events: i64,
}

impl Deeds {
    fn differing(&self, deal: &Deal) -> Vec<Differing> {
        let mut differing = Vec::new();
        let is_whole = self.events == deal.meta().version;
        let kept: BTreeSet<_> = deal.authors().map(ToOwned::to_owned).collect();
        let list = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(", ");
        if is_whole && kept != self.authors {
            differing.push(differs("authors", list(&self.authors), list(&kept)));
        } else if !self.authors.is_subset(&kept) {
            let expected = format!("{} among others", list(&self.authors));
            differing.push(differs("authors", expected, list(&kept)));
        }
        let was_signed = match deal.state() {
            State::Draft => Some(false),
            State::Signed | State::Fulfilled | State::Lapsed => Some(true),
            State::Withdrawn => (is_whole || self.is_signed).then_some(self.is_signed),
        };
        if let Some(was_signed) = was_signed.filter(|was| *was != deal.bears_signature()) {
            differing.push(differs("was_signed", was_signed, deal.bears_signature()));
        }
        let has_ended = matches!(deal.state(), State::Lapsed | State::Withdrawn);
        let nothing = Money::from_minor(0, deal.facts().value.currency());
        let closed = if has_ended { self.closed } else { Some(nothing) };
        if let Some(closed) = closed.filter(|closed| *closed != deal.closed_amount()) {
            differing.push(differs("closed", closed, deal.closed_amount()));
        }
        differing
    }
}

async fn deeds(audit: &mut Audit) -> Result<BTreeMap<String, Deeds>, StorageError> {
    let mut deeds = BTreeMap::<String, Deeds>::new();
    let sql = "SELECT subject, COUNT(*) AS n FROM event WHERE kind LIKE 'devisa.deal.v1.deal.%' \
               GROUP BY subject";
    for row in audit.ask(sql).await? {
        deeds.entry(row.try_get("", "subject")?).or_default().events = row.try_get("", "n")?;
    }
    let sql = format!(
        "SELECT DISTINCT subject, kind, actor FROM event \
         WHERE kind IN ('{DEAL_CREATED}', '{DEAL_UPDATED}', '{DEAL_SIGNED}')"
    );
    for row in audit.ask(&sql).await? {
        let deeds = deeds.entry(row.try_get("", "subject")?).or_default();
        deeds.authors.insert(row.try_get("", "actor")?);
        deeds.is_signed |= row.try_get::<String>("", "kind")? == DEAL_SIGNED;
    }
    let sql = format!(
        "SELECT subject, data FROM event WHERE kind IN ('{DEAL_LAPSED}', '{DEAL_WITHDRAWN}')"
    );
    for row in audit.ask(&sql).await? {
        let data: Vec<u8> = row.try_get("", "data")?;
        // An event that cannot be read has been told with its resource.
        let closed = wire::Deal::decode(data.as_slice()).ok().as_ref().and_then(closed);
        deeds.entry(row.try_get("", "subject")?).or_default().closed = closed;
    }
    Ok(deeds)
}

/// What was open of a deal when it ended.
fn closed(ended: &wire::Deal) -> Option<Money> {
    let minor = |of: &Option<_>| Some(money(of.as_ref()?).ok()?.minor());
    let value = money(ended.value.as_ref()?).ok()?;
    let drawn = minor(&ended.realised)?.checked_add(minor(&ended.pending)?)?;
    Some(Money::from_minor(value.minor().checked_sub(drawn)?.max(0), value.currency()))
}

/// What follows from the values of a session's signed deals alone.
async fn outliers(audit: &mut Audit) -> Result<(), StorageError> {
    let (mut compared, mut by_rates) = (0, 0);
    for (session, deals) in signed(audit).await? {
        let found = if session.is_empty() {
            vec![None; deals.len()]
        } else if let Some(found) = plausibility::outliers(&deals) {
            found
        } else {
            by_rates += 1;
            continue;
        };
        for (deal, expected) in deals.iter().zip(found) {
            compared += 1;
            let findings = deal.review().findings().iter();
            let kept = findings.filter(|finding| finding.rule == Rule::SessionOutlier);
            let (expected, kept) = (told(&expected), told(kept));
            audit.compare(deal.name(), Rule::SessionOutlier.as_str(), expected, kept);
        }
    }
    audit.compared(
        "deal: findings of session_outlier with the other deals of the session",
        compared,
    );
    audit.not_compared(format!(
        "findings of size_ceiling and stated_values, and of session_outlier in {by_rates} sessions \
         of several currencies: they rest on sizes and rates of the registry as they were when a \
         session was evaluated, which no event of a deal tells; each is compared with its event alone"
    ));
    Ok(())
}

/// The signed deals by their sessions; those of none under the empty name.
async fn signed(audit: &Audit) -> Result<BTreeMap<String, Vec<Deal>>, StorageError> {
    let signed = Column::State.is_in(State::SIGNED.map(State::as_str));
    let select = Entity::find().filter(signed).order_by_asc(Column::Name);
    let statement = select.build(audit.snapshot().get_database_backend());
    let mut sessions = BTreeMap::<String, Vec<Deal>>::new();
    for row in audit.snapshot().query_all_raw(statement).await? {
        // One that cannot be read has been told with its row.
        let Ok(model) = Model::from_query_result(&row, "") else { continue };
        let deal = model.data.0;
        let session = deal.session().map(ToString::to_string).unwrap_or_default();
        sessions.entry(session).or_default().push(deal);
    }
    Ok(sessions)
}
