//! Answers kept, so that a repeated request does not happen twice.

use devisa_domain::{refusal::Refusal, time::Timestamp};
use sea_orm::{
    ConnectionTrait, DbErr, Value,
    sea_query::{Alias, Expr, ExprTrait, Query},
};

use crate::{
    call::Call,
    commit::{insert, kept_since},
    error::Error,
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
    now: Timestamp,
) -> Result<Option<Answer>, Error> {
    let Some(request_id) = call.request_id else { return Ok(None) };
    let mut query = Query::select();
    query.columns([Alias::new("request_hash"), Alias::new("response")]).from(Alias::new(TABLE));
    for condition in [
        Expr::col(Alias::new("principal")).eq(call.principal.as_str()),
        Expr::col(Alias::new("method")).eq(call.method.as_str()),
        Expr::col(Alias::new("request_id")).eq(request_id.to_string()),
        Expr::col(Alias::new("create_time")).gte(kept_since(now)),
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

/// Keeps the answer. Fails as a duplicate when the same request was answered meanwhile.
pub(crate) async fn record<C: ConnectionTrait>(
    connection: &C,
    call: &Call,
    now: Timestamp,
    answer: &Answer,
) -> Result<(), DbErr> {
    let Some(request_id) = call.request_id else { return Ok(()) };
    let mut expired = Query::delete();
    expired.from_table(Alias::new(TABLE));
    for condition in [
        Expr::col(Alias::new("principal")).eq(call.principal.as_str()),
        Expr::col(Alias::new("method")).eq(call.method.as_str()),
        Expr::col(Alias::new("request_id")).eq(request_id.to_string()),
        Expr::col(Alias::new("create_time")).lt(kept_since(now)),
    ] {
        expired.and_where(condition);
    }
    connection.execute(&expired).await?;
    let columns = [
        ("principal", call.principal.as_str().into()),
        ("method", call.method.as_str().into()),
        ("request_id", request_id.to_string().into()),
        ("request_hash", Value::Bytes(Some(call.request_hash.to_vec()))),
        ("response", Value::Bytes(Some(answer.clone()))),
        ("create_time", now.micros().into()),
    ];
    insert(connection, TABLE, columns).await
}
