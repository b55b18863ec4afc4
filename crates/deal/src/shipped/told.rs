//! What the shipment service's whole log tells, of some shipments at a time.
//!
//! The log is in the order of its events and not of shipments: it is read anew for every stretch of
//! shipments that are next to each other by name. Invariant: what is held at once is bounded, however
//! many shipments there are.

use std::collections::BTreeMap;

use devisa_domain::{
    deal::Shipped,
    name::ShipmentName,
    refusal::{Refusal, RuleBroken},
};
use devisa_ledger::{Database, Error, verify::Log};
use devisa_proto::event::v1::Event;
use devisa_server::ServiceChannel;

use super::{follow::SUBJECTS, news::News, pages::Pages};

/// How many shipments are held at once, unless the caller says otherwise: some tens of megabytes,
/// and one reading of the log for as many shipments.
pub const AT_ONCE: usize = 20_000;

/// Where the shipment service's log is read.
#[derive(Clone, Debug)]
pub enum ShipmentLog {
    /// In its database.
    Database(Database),
    /// Where the service answers.
    Service(ServiceChannel),
}

/// What the log tells of a shipment.
#[derive(Clone, Debug)]
pub(super) struct Told {
    /// The shipment as what the projection had heard of any makes it.
    pub(super) base: Shipped,
    /// What was told since, in order.
    pub(super) since: Vec<News>,
}

impl Told {
    fn nothing(name: ShipmentName) -> Self {
        Self { base: Shipped::unheard(name), since: Vec::new() }
    }
}

/// Shipments that are next to each other by name, with all that the log tells of them.
#[derive(Debug)]
pub(super) struct Stretch {
    at_once: usize,
    /// They come behind this name.
    pub(super) after: String,
    /// The last name that belongs to them; without one, all do that come behind `after`.
    pub(super) last: Option<String>,
    /// Those that are told of.
    pub(super) told: BTreeMap<ShipmentName, Told>,
}

impl Stretch {
    fn new(at_once: usize, after: String, last: Option<String>) -> Self {
        Self { at_once: at_once.max(1), after, last, told: BTreeMap::new() }
    }

    /// Whether a shipment belongs to it.
    pub(super) fn holds(&self, shipment: &str) -> bool {
        shipment > self.after.as_str() && self.last.as_deref().is_none_or(|last| shipment <= last)
    }

    /// Adds what is told of a shipment that belongs to it. When there is no more room, the last of
    /// them is left to the next stretch with all that come behind; those that stay have missed
    /// nothing.
    fn add(&mut self, news: News, is_base: bool) {
        let name = news.shipment.clone();
        let told = self.told.entry(name).or_insert_with_key(|name| Told::nothing(name.clone()));
        if is_base {
            news.tell(&mut told.base);
        } else {
            told.since.push(news);
        }
        if self.told.len() > self.at_once {
            self.told.pop_last();
            self.last = self.told.keys().next_back().map(ToString::to_string);
        }
    }
}

/// The log, read once for each stretch.
#[derive(Debug)]
pub(super) struct Telling {
    source: Source,
    /// The revision up to which the projection has heard; without one, what is told is all base.
    heard: Option<String>,
    at_once: usize,
    /// As it was when it was first read to its end.
    whole: Option<Whole>,
}

/// The log as a whole.
#[derive(Clone, Debug, Default)]
pub(super) struct Whole {
    /// How many of its events tell of shipments.
    pub(super) events: usize,
    /// The revision of its last event, whatever that tells of.
    pub(super) end: String,
}

impl Telling {
    pub(super) async fn open(
        log: &ShipmentLog,
        heard: Option<String>,
        at_once: usize,
    ) -> Result<Self, Error> {
        Ok(Self { source: Source::open(log).await?, heard, at_once, whole: None })
    }

    /// The shipments that come behind a name: as many as there is room for, and up to `last`, where
    /// that is given.
    ///
    /// # Errors
    /// [`Refusal::UpstreamUnavailable`] while the log cannot be read; the database's.
    pub(super) async fn stretch(
        &mut self,
        after: String,
        last: Option<String>,
    ) -> Result<Stretch, Error> {
        let mut stretch = Stretch::new(self.at_once, after, last);
        let mut whole = Whole::default();
        self.source.begin();
        loop {
            let events = self.source.next().await?;
            let Some(end) = events.last() else { break };
            whole.end.clone_from(&end.revision);
            for event in &events {
                let Some(shipment) = shipment_of(&event.subject) else { continue };
                whole.events += 1;
                if stretch.holds(shipment)
                    && let Some(news) = News::of_event(event).map_err(unreadable)?
                {
                    let heard = self.heard.as_deref();
                    let is_base = heard.is_none_or(|heard| news.revision.as_str() <= heard);
                    stretch.add(news, is_base);
                }
            }
        }
        self.whole.get_or_insert(whole);
        Ok(stretch)
    }

    /// The log as a whole; empty before a stretch was read.
    pub(super) fn whole(&self) -> Whole {
        self.whole.clone().unwrap_or_default()
    }

    /// Whether a revision is the beginning or one of the log's, or may be one that was removed.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn reaches(&self, revision: &str) -> Result<bool, Error> {
        match &self.source {
            Source::Database(log) => Ok(revision.is_empty() || log.holds(revision).await?),
            Source::Service { .. } => Ok(revision <= self.whole().end.as_str()),
        }
    }
}

/// The shipment of which an event of this subject tells.
fn shipment_of(subject: &str) -> Option<&str> {
    let id = subject.strip_prefix(SUBJECTS)?;
    let length = id.find('/').unwrap_or(id.len());
    Some(&subject[..SUBJECTS.len() + length])
}

/// Pages of the log, oldest first, from its beginning as often as that is asked for.
#[derive(Debug)]
enum Source {
    Database(Log),
    Service { channel: ServiceChannel, pages: Pages },
}

impl Source {
    async fn open(log: &ShipmentLog) -> Result<Self, Error> {
        Ok(match log {
            ShipmentLog::Database(database) => Self::Database(Log::begin(database).await?),
            ShipmentLog::Service(channel) => {
                Self::Service { channel: channel.clone(), pages: Pages::new(channel.clone()) }
            }
        })
    }

    fn begin(&mut self) {
        match self {
            Self::Database(log) => log.begin_again(),
            Self::Service { channel, pages } => *pages = Pages::new(channel.clone()),
        }
    }

    async fn next(&mut self) -> Result<Vec<Event>, Error> {
        match self {
            Self::Database(log) => Ok(log.next().await?),
            Self::Service { pages, .. } => Ok(pages.next().await?),
        }
    }
}

/// An event that says what the shipment service would never say.
fn unreadable(broken: RuleBroken) -> Refusal {
    Refusal::UpstreamUnavailable {
        service: "shipment".to_owned(),
        detail: format!("its event cannot be read: {broken}"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use devisa_proto::shipment::v1 as wire;

    use super::*;

    fn news(id: &str, version: usize) -> News {
        let shipment = wire::Shipment {
            name: format!("shipments/{id}"),
            etag: format!("\"{version}\""),
            exporter: "organisations/e".to_owned(),
            state: wire::shipment::State::Draft.into(),
            create_time: Some(prost_types::Timestamp::default()),
            update_time: Some(prost_types::Timestamp::default()),
            ..Default::default()
        };
        News::of_shipment(&shipment, format!("{version:040x}")).unwrap()
    }

    /// What a log tells of all shipments, stretch by stretch, with the names that end them.
    fn stretches(log: &[News], at_once: usize) -> (Vec<(String, i64, usize)>, Vec<String>) {
        let (mut told, mut ends, mut after) = (Vec::new(), Vec::new(), Some(String::new()));
        while let Some(behind) = after {
            let mut stretch = Stretch::new(at_once, behind, None);
            for (place, news) in log.iter().enumerate() {
                if stretch.holds(&news.shipment.to_string()) {
                    stretch.add(news.clone(), place < log.len() / 2);
                }
                assert!(stretch.told.len() <= at_once, "no more is held at once");
            }
            let one = |(name, told): (ShipmentName, Told)| {
                (name.to_string(), told.base.meta.version, told.since.len())
            };
            told.extend(stretch.told.into_iter().map(one));
            ends.extend(stretch.last.clone());
            after = stretch.last;
        }
        (told, ends)
    }

    #[test]
    fn stretches_tell_together_what_the_log_tells() {
        // Names of which one begins as another does, first told of in any order.
        let ids = ["b", "a-b", "z", "a", "a-b-c", "m", "aa", "b", "a", "z", "a-b", "a", "c", "m"];
        let log: Vec<_> = (1..).zip(ids).map(|(version, id)| news(id, version)).collect();
        let (whole, ends) = stretches(&log, 100);
        assert_eq!((whole.len(), ends.len()), (8, 0));
        for at_once in 1..9 {
            let (told, ends) = stretches(&log, at_once);
            assert_eq!(told, whole, "{at_once} at once");
            assert_eq!(ends.len(), whole.len().div_ceil(at_once) - 1, "{at_once} at once");
        }
    }

    #[test]
    fn a_subject_names_the_shipment_that_it_is_of() {
        for (subject, shipment) in [
            ("shipments/a", Some("shipments/a")),
            ("shipments/a/milestones/m", Some("shipments/a")),
            ("releases/r", None),
            ("shipments", None),
        ] {
            assert_eq!(shipment_of(subject), shipment);
        }
    }
}
