//! Answers kept, so that a repeated request does not happen twice.

use std::time::Duration;

use devisa_domain::{refusal::Refusal, time::Timestamp};
use sea_orm::{
    ConnectionTrait, DbErr, Value,
    sea_query::{Alias, Expr, ExprTrait, OnConflict, Query},
};

use crate::{
    call::Call,
    commit::Entry,
    error::{Error, StorageError},
    ledger::Ledger,
};

/// A response as it went over the wire.
pub(crate) type Answer = Vec<u8>;

const TABLE: &str = "idempotency";

/// The answer that the same request got before.
///
/// # Errors
/// [`Refusal::RequestIdReused`] when the id was used for another request.
pub(crate) async fn answer<C: ConnectionTrait>(
    connection: &C,
    call: &Call,
    kept_since: Timestamp,
) -> Result<Option<Answer>, Error> {
    let Some(request_id) = call.request_id else { return Ok(None) };
    let mut query = Query::select();
    query.columns([Alias::new("request_hash"), Alias::new("response")]).from(Alias::new(TABLE));
    for condition in [
        Expr::col(Alias::new("principal")).eq(call.principal.as_str()),
        Expr::col(Alias::new("method")).eq(call.method.as_str()),
        Expr::col(Alias::new("request_id")).eq(request_id.to_string()),
        Expr::col(Alias::new("create_time")).gte(kept_since.micros()),
    ] {
        query.and_where(condition);
    }
    let Some(row) = connection.query_one(&query).await? else { return Ok(None) };
    let hash: Vec<u8> = row.try_get("", "request_hash")?;
    if hash != call.request_hash {
        return Err(Refusal::RequestIdReused { request_id: request_id.to_string() }.into());
    }
    Ok(Some(row.try_get("", "response")?))
}

/// Keeps the answer of an entry, in the place of one that is too old; false when the same request was
/// answered meanwhile.
pub(crate) async fn record<C: ConnectionTrait>(
    connection: &C,
    entry: &Entry,
) -> Result<bool, DbErr> {
    let Entry { call, moment, answer, kept_since, .. } = entry;
    let Some(request_id) = call.request_id else { return Ok(true) };
    let columns = [
        ("principal", call.principal.as_str().into()),
        ("method", call.method.as_str().into()),
        ("request_id", request_id.to_string().into()),
        ("request_hash", Value::Bytes(Some(call.request_hash.to_vec()))),
        ("response", Value::Bytes(Some(answer.clone()))),
        ("create_time", moment.now.micros().into()),
    ];
    let names = columns.each_ref().map(|(name, _)| Alias::new(*name));
    let [principal, method, id, replaced @ ..] = names.clone();
    let too_old = Expr::col((Alias::new(TABLE), Alias::new("create_time"))).lt(kept_since.micros());
    let mut replacing = OnConflict::columns([principal, method, id]);
    replacing.update_columns(replaced).action_and_where(too_old);
    let mut insert = Query::insert();
    insert
        .into_table(Alias::new(TABLE))
        .columns(names)
        .values_panic(columns.map(|(_, value)| Expr::val(value)))
        .on_conflict(replacing);
    Ok(connection.execute(&insert).await?.rows_affected() == 1)
}

/// How many answers are forgotten at once: what a step locks is bounded.
const STEP: u64 = 1_000;
/// Between two steps.
const PAUSE: Duration = Duration::from_millis(100);
/// How many steps are taken in a row: as many as fit between two rounds with their pauses.
const MOST_STEPS: u32 = 18_000;
/// Between two rounds.
const EVERY: Duration = Duration::from_secs(3_600);

impl Ledger {
    /// Forgets some of the answers that are too old to be asked for; how many. Fewer than
    /// [`Ledger::FORGET_STEP`] means that there are no more.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn forget_answers(&self) -> Result<u64, StorageError> {
        let oldest = self.kept_since(self.clock().now());
        let key = "principal, method, request_id";
        let sql = format!(
            "DELETE FROM {TABLE} WHERE ({key}) IN (SELECT {key} FROM {TABLE} \
             WHERE create_time < {} ORDER BY create_time LIMIT {STEP})",
            oldest.micros()
        );
        let done = self.database().writer().execute_unprepared(&sql).await?;
        Ok(done.rows_affected())
    }

    /// How many answers [`Ledger::forget_answers`] forgets at most.
    pub const FORGET_STEP: u64 = STEP;

    /// Forgets what is too old, now and every hour; never ends. Between two steps others get
    /// their turn. Replicas may do it at once: what one has forgotten, another does not find.
    pub async fn keep_forgetting(&self) {
        loop {
            match self.forget_all().await {
                Ok(0) => {}
                Ok(forgotten) => tracing::info!(forgotten, "forgot answers that were too old"),
                Err(error) => tracing::warn!(%error, "forgetting answers; tried again later"),
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    async fn forget_all(&self) -> Result<u64, StorageError> {
        let mut forgotten = 0;
        for _ in 0..MOST_STEPS {
            let done = self.forget_answers().await?;
            forgotten += done;
            if done < STEP {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(forgotten)
    }
}
