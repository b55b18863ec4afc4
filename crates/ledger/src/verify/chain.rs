//! The events of one resource after the other, and whether each follows from the one before.

use std::{collections::VecDeque, marker::PhantomData};

use devisa_domain::time::Timestamp;
use devisa_proto::{mask, recorded::Recorded};
use prost::{Message, Name};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement, Value};

use super::{Audit, PAGE};
use crate::{
    event_log::{self, binding},
    revision::Revision,
};

/// An event as it is stored.
struct Stored {
    revision: Revision,
    subject: String,
    kind: String,
    time: Timestamp,
    changed: String,
    data: Vec<u8>,
}

/// The end of a resource's chain of events.
pub(super) struct Newest<M> {
    pub(super) subject: String,
    /// None when it cannot be read, which has been told.
    pub(super) message: Option<M>,
}

/// An event that was read: what the next one follows from.
struct Link<M> {
    revision: Revision,
    version: i64,
    message: M,
}

/// Reads the events that hold one kind of message, by subject and in their order.
pub(super) struct Chains<'a, M> {
    computed: &'a [&'a str],
    url: String,
    page: VecDeque<Stored>,
    after: (String, Revision),
    is_last: bool,
    pub(super) events: u64,
    of: PhantomData<M>,
}

impl<'a, M: Recorded + Default> Chains<'a, M> {
    pub(super) fn new(computed: &'a [&'a str]) -> Self {
        Self {
            computed,
            url: url::<M>(),
            page: VecDeque::new(),
            after: (String::new(), Revision::default()),
            is_last: false,
            events: 0,
            of: PhantomData,
        }
    }

    /// The next resource's newest event, when all that led to it has been looked at.
    pub(super) async fn next(&mut self, audit: &mut Audit) -> Result<Option<Newest<M>>, DbErr> {
        let Some(first) = self.event(audit).await? else { return Ok(None) };
        let subject = first.subject.clone();
        let mut link = self.follow(audit, None, first);
        while self.peek(audit).await?.is_some_and(|next| next.subject == subject) {
            let Some(event) = self.event(audit).await? else { break };
            link = self.follow(audit, link, event);
        }
        Ok(Some(Newest { subject, message: link.map(|link| link.message) }))
    }

    /// Compares an event with the one before it.
    fn follow(&self, audit: &mut Audit, before: Option<Link<M>>, event: Stored) -> Option<Link<M>> {
        let Stored { revision, subject, kind, time, changed, data } = event;
        if !audit.kinds.contains(&kind.as_str()) {
            audit.differ(&subject, "event type", "one of the service's", kind);
        }
        let message = match M::decode(data.as_slice()) {
            Ok(message) => message,
            Err(error) => {
                audit.differ(&subject, "event data", M::full_name(), error.to_string());
                return None;
            }
        };
        let (name, version) = identity(&message);
        audit.compare(&subject, "event name", &subject, name);
        if let Some(recorded) = message.recorded() {
            audit.compare(&subject, &format!("event {version} time"), recorded, time);
        }
        let last = before.as_ref().map_or(0, |before| before.version);
        let since = before.as_ref().map_or(Revision::default(), |before| before.revision);
        if version == last + 1 {
            let found = self.told(changed.split(',').filter(|path| !path.is_empty()));
            let before = before.as_ref().map(|before| &before.message);
            let expected = mask::changed(before, &message);
            let expected = self.told(expected.iter().map(String::as_str));
            audit.compare(&subject, &format!("event {version} changed"), expected, found);
        } else if version <= last || since >= audit.compacted {
            // What a compaction removed stands between here and the newest that it removed.
            let expected = format!("version {}", last + 1);
            audit.differ(&subject, "next event", expected, format!("version {version}"));
        }
        Some(Link { revision, version, message })
    }

    /// Paths but for those of what follows from other resources: it was another when it was told.
    fn told<'p>(&self, paths: impl Iterator<Item = &'p str>) -> String {
        paths.filter(|path| !self.computed.contains(path)).collect::<Vec<_>>().join(",")
    }

    async fn peek(&mut self, audit: &Audit) -> Result<Option<&Stored>, DbErr> {
        if self.page.is_empty() && !self.is_last {
            self.read(audit).await?;
        }
        Ok(self.page.front())
    }

    async fn event(&mut self, audit: &Audit) -> Result<Option<Stored>, DbErr> {
        self.peek(audit).await?;
        let event = self.page.pop_front();
        self.events += u64::from(event.is_some());
        Ok(event)
    }

    async fn read(&mut self, audit: &Audit) -> Result<(), DbErr> {
        let backend = audit.snapshot.get_database_backend();
        let mut values: Vec<Value> = Vec::new();
        let mut bind = binding(backend, &mut values);
        let (subject, revision) = &self.after;
        let (url, same) = (bind(self.url.as_str().into()), bind(subject.as_str().into()));
        let beyond = event_log::beyond(backend, *revision, &mut bind);
        drop(bind);
        let sql = format!(
            "SELECT e.epoch, {xid}, e.id, e.subject, e.kind, e.time, e.changed, e.data FROM event e \
             WHERE e.type_url = {url} AND (e.subject > {same} OR e.subject = {same} AND {beyond}) \
             ORDER BY e.subject, e.epoch, e.xid, e.id LIMIT {PAGE}",
            xid = event_log::xid(backend),
        );
        let statement = Statement::from_sql_and_values(backend, sql, values);
        let rows = audit.snapshot.query_all_raw(statement).await?;
        self.is_last = (rows.len() as u64) < PAGE;
        self.page = rows.iter().map(stored).collect::<Result<_, _>>()?;
        if let Some(last) = self.page.back() {
            self.after = (last.subject.clone(), last.revision);
        }
        Ok(())
    }
}

fn stored(row: &QueryResult) -> Result<Stored, DbErr> {
    Ok(Stored {
        revision: event_log::revision(row)?,
        subject: row.try_get("", "subject")?,
        kind: row.try_get("", "kind")?,
        time: Timestamp::from_micros(row.try_get("", "time")?),
        changed: row.try_get("", "changed")?,
        data: row.try_get("", "data")?,
    })
}

/// How an event names the message that it holds.
pub(super) fn url<M: Name>() -> String {
    format!("type.googleapis.com/{}", M::full_name())
}

/// A resource's name, and the version that its etag tells; 0 where it tells none.
fn identity<M: Message + Name>(message: &M) -> (String, i64) {
    let dynamic = mask::dynamic(message);
    let text = |field: &str| {
        let value = dynamic.get_field_by_name(field);
        value.and_then(|value| value.as_str().map(ToOwned::to_owned)).unwrap_or_default()
    };
    let version = text("etag").trim_matches('"').parse().unwrap_or(0);
    (text("name"), version)
}
