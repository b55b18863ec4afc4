//! Reads the event log in order, never past what may still be committed before it.

use std::collections::BTreeMap;

use devisa_domain::{
    refusal::{Checks, Refusal, RuleBroken},
    time::Timestamp,
};
use devisa_proto::{
    convert::common::render_timestamp,
    event::v1::{Event, ListEventsRequest, ListEventsResponse, WatchRequest},
};
use prost::Message;
use prost_types::{Any, FieldMask};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement, Value};

use crate::{
    compaction::Floor,
    error::{Error, StorageError},
    ledger::Ledger,
    page::PageArgs,
    revision::Revision,
};

/// Which events are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventQuery {
    after: Revision,
    subject_prefix: String,
    types: Vec<String>,
}

impl EventQuery {
    /// Reads what a request asks for; `known` are the types that the service has.
    ///
    /// # Errors
    /// All violations at once: `revision.form`, `subject_prefix.length`, `types.count`,
    /// `types.unknown`.
    pub fn parse(
        after_revision: &str,
        subject_prefix: &str,
        types: &[String],
        known: &[&str],
    ) -> Result<Self, Refusal> {
        const MAX_TYPES: usize = 50;
        let mut checks = Checks::new();
        let after = checks.keep("after_revision", Revision::parse(after_revision));
        let length = subject_prefix.chars().count();
        checks.ensure(length <= 200, "subject_prefix", || {
            RuleBroken::expected("subject_prefix.length", "at most 200 characters", length)
        });
        checks.ensure(types.len() <= MAX_TYPES, "types", || {
            RuleBroken::expected("types.count", format!("at most {MAX_TYPES}"), types.len())
        });
        for (index, kind) in types.iter().enumerate() {
            checks.ensure(known.contains(&kind.as_str()), format!("types[{index}]"), || {
                RuleBroken::expected("types.unknown", format!("one of {}", known.join(", ")), kind)
            });
        }
        let query = Self {
            after: after.unwrap_or_default(),
            subject_prefix: subject_prefix.to_owned(),
            types: types.to_vec(),
        };
        Ok(checks.finish(query)?)
    }

    /// Reads what a Watch asks for.
    ///
    /// # Errors
    /// As [`EventQuery::parse`].
    pub fn of_watch(request: &WatchRequest, known: &[&str]) -> Result<Self, Refusal> {
        let WatchRequest { after_revision, subject_prefix, types } = request;
        Self::parse(after_revision, subject_prefix, types, known)
    }

    /// The revision after which it asks.
    pub fn after(&self) -> Revision {
        self.after
    }

    /// The same query from a later revision on.
    #[must_use]
    pub fn from(&self, after: Revision) -> Self {
        Self { after, ..self.clone() }
    }
}

impl Ledger {
    /// A page of events, oldest first.
    ///
    /// # Errors
    /// As [`EventQuery::parse`]; page refusals; [`Refusal::RevisionCompacted`]; [`StorageError`].
    pub async fn list_events(
        &self,
        request: &ListEventsRequest,
        method: &str,
        known: &[&str],
    ) -> Result<ListEventsResponse, Error> {
        let ListEventsRequest { page_size, page_token, after_revision, subject_prefix, types } =
            request;
        let args = PageArgs { page_size: *page_size, page_token, method, arguments: "" };
        let beside = |refusal: Refusal| self.tokens().beside(refusal, &args);
        let query =
            EventQuery::parse(after_revision, subject_prefix, types, known).map_err(beside)?;
        self.check_reached(&query).await.map_err(|error| match error {
            Error::Refused(refusal) => beside(refusal).into(),
            error => error,
        })?;
        let arguments = format!("{query:?}");
        let args = PageArgs { arguments: &arguments, ..args };
        let (size, key) = self.tokens().open(&args)?;
        let (query, floor) = match key.as_deref() {
            None => {
                let floor = Floor::of(query.after, self.compacted().await?);
                (query, floor)
            }
            Some([last, floor]) => {
                let last = Revision::parse(last).map_err(|_| unreadable())?;
                (query.from(last), Floor::parse(floor).ok_or_else(unreadable)?)
            }
            Some(_) => return Err(unreadable().into()),
        };
        let events = self.events(&query, size + 1).await?;
        self.check_nothing_missed(floor, query.after).await?;
        let key = |event: &Event| vec![event.revision.clone(), floor.to_text()];
        let page = self.tokens().cut(events, size, &args, key, Event::encoded_len);
        Ok(ListEventsResponse { events: page.items, next_page_token: page.next_page_token })
    }

    /// Refuses a query after a revision that this log has never reached: it was restored from an
    /// older state, and whoever goes on from there would miss what comes now.
    ///
    /// # Errors
    /// `revision.beyond` at `after_revision`; [`StorageError`].
    pub async fn check_reached(&self, query: &EventQuery) -> Result<(), Error> {
        let newest = self.newest().await?;
        if query.after <= newest {
            return Ok(());
        }
        let expected = format!("a revision up to {newest}, the newest of this log");
        let broken = RuleBroken::expected("revision.beyond", expected, query.after);
        Err(Refusal::field("after_revision", broken).into())
    }

    /// The newest revision, settled or not; in a log without events, the beginning of its epoch.
    async fn newest(&self) -> Result<Revision, StorageError> {
        let backend = self.reader().get_database_backend();
        let sql = format!(
            "SELECT e.epoch, {XID}, e.id FROM event e ORDER BY e.epoch DESC, e.xid DESC, e.id DESC LIMIT 1",
            XID = xid(backend),
        );
        let row = self.reader().query_one_raw(Statement::from_string(backend, sql)).await?;
        let newest = row.as_ref().map(revision).transpose()?.unwrap_or_default();
        let sql = "SELECT max(epoch) AS epoch FROM log_epoch";
        let row = self.reader().query_one_raw(Statement::from_string(backend, sql)).await?;
        let epoch = row.map(|row| row.try_get("", "epoch")).transpose()?.unwrap_or_default();
        Ok(newest.max(Revision { epoch, xid: 0, id: 0 }))
    }

    /// Asked after reading: what was removed before the read is marked by now.
    async fn check_nothing_missed(&self, floor: Floor, after: Revision) -> Result<(), Error> {
        let oldest = self.compacted().await?;
        if floor.is_missed(after, oldest) {
            let (revision, oldest) = (after.to_string(), oldest.to_string());
            return Err(Refusal::RevisionCompacted { revision, oldest }.into());
        }
        Ok(())
    }

    /// Events that match, in order, at most `limit`.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn events(
        &self,
        query: &EventQuery,
        limit: usize,
    ) -> Result<Vec<Event>, StorageError> {
        let backend = self.reader().get_database_backend();
        let statement = select(backend, query, limit, settled(backend));
        let rows = self.reader().query_all_raw(statement).await?;
        Ok(rows.iter().map(|row| event(row, self.source())).collect::<Result<_, _>>()?)
    }

    /// The revision up to which events can be read now: none of an earlier revision will appear.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn head(&self) -> Result<Revision, StorageError> {
        Ok(newest(self.reader()).await?)
    }

    /// What the newest events of resources hold, by the resources' names.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn newest_messages(
        &self,
        subjects: &[String],
    ) -> Result<BTreeMap<String, Vec<u8>>, StorageError> {
        if subjects.is_empty() {
            return Ok(BTreeMap::new());
        }
        let backend = self.reader().get_database_backend();
        let mut values: Vec<Value> = Vec::new();
        let bind = binding(backend, &mut values);
        let subjects: Vec<_> = subjects.iter().map(|name| name.as_str().into()).map(bind).collect();
        let sql = format!(
            "SELECT e.subject, e.data FROM event e WHERE e.subject IN ({}) AND NOT EXISTS \
             (SELECT 1 FROM event n WHERE n.subject = e.subject \
             AND (n.epoch, n.xid, n.id) > (e.epoch, e.xid, e.id))",
            subjects.join(", ")
        );
        let statement = Statement::from_sql_and_values(backend, sql, values);
        let rows = self.reader().query_all_raw(statement).await?;
        let newest =
            |row: &QueryResult| Ok((row.try_get("", "subject")?, row.try_get("", "data")?));
        Ok(rows.iter().map(newest).collect::<Result<_, DbErr>>()?)
    }
}

/// Events that match, in order, at most `limit`: all that are committed, also those in front of
/// which others may still get.
pub(crate) async fn committed<C: ConnectionTrait>(
    connection: &C,
    query: &EventQuery,
    limit: usize,
) -> Result<Vec<Event>, StorageError> {
    let statement = select(connection.get_database_backend(), query, limit, "1 = 1");
    let rows = connection.query_all_raw(statement).await?;
    Ok(rows.iter().map(|row| event(row, "")).collect::<Result<_, _>>()?)
}

fn event(row: &QueryResult, source: &str) -> Result<Event, DbErr> {
    let changed: String = row.try_get("", "changed")?;
    let paths = changed.split(',').filter(|path| !path.is_empty()).map(ToOwned::to_owned);
    Ok(Event {
        id: row.try_get("", "event_id")?,
        revision: revision(row)?.to_string(),
        source: source.to_owned(),
        r#type: row.try_get("", "kind")?,
        subject: row.try_get("", "subject")?,
        time: Some(render_timestamp(Timestamp::from_micros(row.try_get("", "time")?))),
        actor: row.try_get("", "actor")?,
        request_id: row.try_get("", "request_id")?,
        traceparent: row.try_get("", "traceparent")?,
        data: Some(Any { type_url: row.try_get("", "type_url")?, value: row.try_get("", "data")? }),
        changed: Some(FieldMask { paths: paths.collect() }),
    })
}

/// The revision of the newest event that is settled; the beginning without any.
pub(crate) async fn newest<C: ConnectionTrait>(connection: &C) -> Result<Revision, DbErr> {
    let backend = connection.get_database_backend();
    let sql = format!(
        "SELECT epoch, {XID}, id FROM event e WHERE {} ORDER BY epoch DESC, e.xid DESC, id DESC LIMIT 1",
        settled(backend),
        XID = xid(backend),
    );
    let row = connection.query_one_raw(Statement::from_string(backend, sql)).await?;
    Ok(row.as_ref().map(revision).transpose()?.unwrap_or_default())
}

pub(crate) fn revision(row: &QueryResult) -> Result<Revision, DbErr> {
    Ok(Revision {
        epoch: row.try_get("", "epoch")?,
        xid: row.try_get("", "xid_number")?,
        id: row.try_get("", "id")?,
    })
}

fn unreadable() -> Refusal {
    Refusal::PageTokenInvalid { detail: "not a token of this service".to_owned() }
}

/// The transaction's number as an integer; xid8 has no cast of its own.
pub(crate) fn xid(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => "e.xid::text::bigint AS xid_number",
        _ => "e.xid AS xid_number",
    }
}

/// What no running transaction can still get in front of. Identities are drawn before commits, so
/// on PostgreSQL an event may appear behind a later one; below the oldest running transaction none
/// will. Events of earlier epochs were all settled before the restore.
pub(crate) fn settled(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => {
            "(e.xid < pg_snapshot_xmin(pg_current_snapshot()) OR e.epoch < (SELECT max(epoch) FROM log_epoch))"
        }
        _ => "1 = 1",
    }
}

/// Binds values one after the other; each answers how the statement names it.
pub(crate) fn binding(
    backend: DbBackend,
    values: &mut Vec<Value>,
) -> impl FnMut(Value) -> String + '_ {
    move |value| {
        values.push(value);
        match backend {
            DbBackend::Postgres => format!("${}", values.len()),
            _ => format!("?{}", values.len()),
        }
    }
}

/// That an event `e` stands behind a revision.
pub(crate) fn beyond(
    backend: DbBackend,
    after: Revision,
    bind: &mut impl FnMut(Value) -> String,
) -> String {
    let Revision { epoch, xid, id } = after;
    let epoch = bind(epoch.into());
    match backend {
        DbBackend::Postgres => {
            let xid = bind(xid.to_string().into());
            format!("(e.epoch, e.xid, e.id) > ({epoch}, {xid}::text::xid8, {})", bind(id.into()))
        }
        _ => {
            let xid = bind(xid.into());
            format!("(e.epoch, e.xid, e.id) > ({epoch}, {xid}, {})", bind(id.into()))
        }
    }
}

fn select(backend: DbBackend, query: &EventQuery, limit: usize, which: &str) -> Statement {
    let mut values: Vec<Value> = Vec::new();
    let mut bind = binding(backend, &mut values);
    let after = beyond(backend, query.after, &mut bind);
    let mut conditions = vec![after, which.to_owned()];
    if !query.subject_prefix.is_empty() {
        let length = query.subject_prefix.chars().count() as i64;
        let (length, prefix) = (bind(length.into()), bind(query.subject_prefix.as_str().into()));
        let length = if backend == DbBackend::Postgres { format!("{length}::int") } else { length };
        conditions.push(format!("substr(e.subject, 1, {length}) = {prefix}"));
    }
    if !query.types.is_empty() {
        let types: Vec<_> = query.types.iter().map(|kind| bind(kind.as_str().into())).collect();
        conditions.push(format!("e.kind IN ({})", types.join(", ")));
    }
    drop(bind);
    let sql = format!(
        "SELECT e.epoch, {}, e.id, e.event_id, e.kind, e.subject, e.time, e.actor, e.request_id, \
         e.traceparent, e.type_url, e.data, e.changed FROM event e WHERE {} \
         ORDER BY e.epoch, e.xid, e.id LIMIT {limit}",
        xid(backend),
        conditions.join(" AND "),
    );
    Statement::from_sql_and_values(backend, sql, values)
}
