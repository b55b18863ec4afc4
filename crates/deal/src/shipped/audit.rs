//! Compares what is known of shipments with what their service's log tells.
//!
//! A row says what the log told up to the projection's place, or later: what was asked for, and what
//! a rebuild wrote, is ahead of it. All rows are held in memory while the log is read.

use std::collections::BTreeMap;

use devisa_domain::{
    deal::{Shipped, shipped::ShippedFacts},
    name::ShipmentName,
    refusal::Refusal,
    shipment::Milestone,
};
use devisa_ledger::{
    Database, Error, StorageError,
    verify::{Audit, Log, differing_columns},
};
use devisa_proto::{compare::differing_values, event::v1::Event};
use devisa_server::ServiceChannel;
use sea_orm::{ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel, QueryTrait};

use super::{
    follow::NAME,
    news::{News, Told},
    pages::Pages,
    rows::{ActiveModel, Entity, Model},
};

/// Where the shipment service's log is read.
#[derive(Clone, Debug)]
pub enum ShipmentLog {
    /// In its database.
    Database(Database),
    /// Where the service answers.
    Service(ServiceChannel),
}

/// Compares every projected shipment with the log, both ways, and the projection's place.
pub(crate) async fn audit(
    audit: &mut Audit,
    log: Option<&ShipmentLog>,
) -> Result<(), StorageError> {
    let rows = rows(audit).await?;
    audit.compared("shipped: rows with their columns", rows.len() as u64);
    let Some(log) = log else {
        audit.not_compared(
            "what is known of shipments with the log of their service: neither its database nor \
             where it answers is known",
        );
        return Ok(());
    };
    let place = place(audit).await?;
    let mut telling = Telling { place, rows: &rows, log: BTreeMap::new(), holds: false, events: 0 };
    match telling.read(log).await {
        Ok(()) => {}
        Err(Error::Refused(refusal)) => {
            audit.not_compared(format!(
                "what is known of shipments with the log of their service: {refusal}"
            ));
            return Ok(());
        }
        Err(Error::Storage(error)) => return Err(error),
    }
    telling.compare(audit, matches!(log, ShipmentLog::Service(_)));
    Ok(())
}

/// The rows that can be read; the others, and columns that differ, are told.
async fn rows(audit: &mut Audit) -> Result<BTreeMap<String, Option<Shipped>>, StorageError> {
    let statement = Entity::find().build(audit.snapshot().get_database_backend());
    let mut rows = BTreeMap::new();
    for row in audit.snapshot().query_all_raw(statement).await? {
        let name: String = row.try_get("", "name")?;
        let model = match Model::from_query_result(&row, "") {
            Ok(model) => model,
            Err(error) => {
                audit.differ(&name, "row", "one that can be read", error.to_string());
                rows.insert(name, None);
                continue;
            }
        };
        let written = ActiveModel::from(&model.data.0);
        for (column, expected, found) in
            differing_columns(&written, &model.clone().into_active_model())
        {
            audit.differ(&name, column, expected, found);
        }
        rows.insert(name, Some(model.data.0));
    }
    Ok(rows)
}

async fn place(audit: &Audit) -> Result<String, StorageError> {
    let rows = audit.ask(&format!("SELECT revision FROM projection WHERE name = '{NAME}'")).await?;
    Ok(rows.first().map(|row| row.try_get("", "revision")).transpose()?.unwrap_or_default())
}

/// What the log tells, as far as rows are compared with it.
struct Telling<'a> {
    place: String,
    rows: &'a BTreeMap<String, Option<Shipped>>,
    log: BTreeMap<ShipmentName, One>,
    /// The place is the log's.
    holds: bool,
    events: u64,
}

/// What it tells of one shipment.
struct One {
    /// Up to the place.
    heard: Shipped,
    /// Behind it, what the row says too.
    ahead: Option<ShippedFacts>,
    milestones: Vec<Milestone>,
    /// The newest version told.
    newest: i64,
}

impl Telling<'_> {
    async fn read(&mut self, log: &ShipmentLog) -> Result<(), Error> {
        self.holds = self.place.is_empty();
        match log {
            ShipmentLog::Database(database) => {
                let mut log = Log::begin(database).await?;
                loop {
                    let events = log.next().await?;
                    if events.is_empty() {
                        break;
                    }
                    self.add_all(&events)?;
                }
                // Its event may have been superseded and removed.
                self.holds = self.holds || log.holds(&self.place).await?;
            }
            ShipmentLog::Service(channel) => {
                let mut pages = Pages::new(channel.clone());
                let mut last = String::new();
                loop {
                    let events = pages.next().await?;
                    let Some(end) = events.last() else { break };
                    last.clone_from(&end.revision);
                    self.add_all(&events)?;
                }
                self.holds = self.holds || self.place < last;
            }
        }
        Ok(())
    }

    fn add_all(&mut self, events: &[Event]) -> Result<(), Refusal> {
        for event in events {
            self.holds = self.holds || event.revision == self.place;
            let news = News::of_event(event).map_err(super::rebuild::unreadable)?;
            if let Some(news) = news {
                self.add(&news);
            }
        }
        Ok(())
    }

    fn add(&mut self, news: &News) {
        self.events += 1;
        let row = self.rows.get(&news.shipment.to_string()).and_then(Option::as_ref);
        let one = self.log.entry(news.shipment.clone()).or_insert_with_key(|name| One {
            heard: Shipped::unheard(name.clone()),
            ahead: None,
            milestones: Vec::new(),
            newest: 0,
        });
        let is_heard = news.revision <= self.place;
        if let Told::Facts(facts) = &news.told {
            one.newest = one.newest.max(facts.version);
        }
        match &news.told {
            _ if is_heard => _ = news.tell(&mut one.heard),
            Told::Facts(facts) => {
                let is_rows = row.is_some_and(|row| match row.asked() {
                    Some(version) => version == facts.version,
                    None => row.revision == news.revision,
                });
                if is_rows {
                    one.ahead = Some(facts.as_ref().clone());
                }
            }
            Told::Milestone(milestone) => one.milestones.push(milestone.as_ref().clone()),
        }
    }

    fn compare(self, audit: &mut Audit, may_lag: bool) {
        if !self.holds {
            audit.differ(
                &format!("projection {NAME}"),
                "revision",
                "one of the shipment service's log",
                self.place.clone(),
            );
        }
        for (name, one) in &self.log {
            match self.rows.get(&name.to_string()) {
                None if one.heard.is_heard_of() => audit.differ(name, "row", "one", "none"),
                Some(Some(row)) => compare(audit, one, row, may_lag),
                // What cannot be read has been told.
                None | Some(None) => {}
            }
        }
        for (name, row) in self.rows {
            let is_told = name.parse().is_ok_and(|name: ShipmentName| self.log.contains_key(&name));
            let is_asked = row.as_ref().is_some_and(|row| row.asked().is_some());
            if !(is_told || is_asked && may_lag) {
                audit.differ(name, "row", "none, as no event tells of it", "one");
            }
        }
        audit.compared("shipped: rows with the shipment service's log", self.log.len() as u64);
        audit.compared("shipment service: events that tell of them", self.events);
    }
}

fn compare(audit: &mut Audit, one: &One, row: &Shipped, may_lag: bool) {
    let mut expected = one.heard.clone();
    if let Some(facts) = &one.ahead {
        expected.hear(facts.clone(), &row.revision);
    } else if row.asked().is_some_and(|version| {
        // Of a version whose event was superseded and removed, or is not told yet, the log says
        // nothing.
        let (heard, newest) = (one.heard.meta.version, one.newest);
        version > heard && (version < newest || version > newest && may_lag)
    }) {
        expected = expected.joined(row);
    }
    for milestone in &one.milestones {
        if row.milestones().any(|passed| passed.name == milestone.name) {
            expected.pass(milestone.clone());
        }
    }
    for differing in differing_values(&expected, row) {
        audit.differ(&row.name, differing.path, differing.one, differing.other);
    }
}
