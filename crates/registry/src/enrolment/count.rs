//! Counts enrolments from their history, for any day and as far as was known at any instant.
//!
//! One SQL text for both databases: window functions and positional parameters are alike.

use devisa_domain::{
    identifier::village_code::VillageCode,
    name::DecreeName,
    registry::{
        count::{CountQuery, Declared, EnrolmentCount, by_regency},
        enrolment::State,
    },
    time::{Date, Timestamp},
};
use devisa_ledger::{Error, Ledger, StorageError};
use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};
use sha2::{Digest, Sha256};

/// Villages of region `$4`: all when it is empty. Codes are digits in groups: whatever starts with
/// the region and a dot sorts between the region with `.` and with `/`, the next character.
const IN_REGION: &str =
    "($4 = '' OR village = $4 OR (village > $4 || '.' AND village < $4 || '/'))";

/// What was recorded of programme `$1` up to instant `$3` and in effect on day `$2`.
const KNOWN: &str = "programme = $1 AND effective_date <= $2 AND record_time <= $3";

/// Counts the enrolments of a programme.
///
/// # Errors
/// [`StorageError`].
pub(crate) async fn count<C: ConnectionTrait>(
    connection: &C,
    programme: &str,
    query: &CountQuery,
) -> Result<EnrolmentCount, Error> {
    let rows = ask(connection, &stood(&query.states), known(programme, query)).await?;
    let mut digest = Sha256::new();
    let mut villages = Vec::with_capacity(rows.len());
    for (index, row) in rows.iter().enumerate() {
        let name: String = row.try_get("", "enrolment")?;
        let separator = if index > 0 { "\n" } else { "" };
        digest.update(separator);
        digest.update(name);
        villages.push(village(row)?);
    }
    Ok(EnrolmentCount {
        listed: u64::try_from(rows.len()).unwrap_or(u64::MAX),
        declared: declared(connection, programme, query).await?,
        regencies: by_regency(&villages),
        digest: digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect(),
    })
}

/// How many enrolments a decree designated up to a day.
///
/// # Errors
/// [`StorageError`].
pub(crate) async fn listed_of_decree(
    ledger: &Ledger,
    decree: &DecreeName,
    as_of: Date,
    known_at: Timestamp,
) -> Result<u64, Error> {
    let sql = "SELECT COUNT(DISTINCT enrolment) AS n FROM enrolment_history \
               WHERE decree = $1 AND effective_date <= $2 AND record_time <= $3";
    let values =
        vec![decree.to_string().into(), as_of.to_string().into(), known_at.micros().into()];
    number(&ask(ledger.reader(), sql, values).await?, "n")
}

/// The enrolments whose last entry is one of the states, ordered by name. The names of states are
/// ours, so that they may stand in the text.
fn stood(states: &[State]) -> String {
    let states: Vec<_> = states.iter().map(|state| format!("'{state}'")).collect();
    format!(
        "SELECT enrolment, village FROM (\
             SELECT enrolment, village, state, ROW_NUMBER() OVER (\
                 PARTITION BY enrolment \
                 ORDER BY effective_date DESC, record_time DESC, ordinal DESC\
             ) AS place \
             FROM enrolment_history WHERE {KNOWN} AND {IN_REGION}\
         ) AS history \
         WHERE place = 1 AND state IN ({}) ORDER BY enrolment",
        states.join(", ")
    )
}

/// What the decrees of exactly the asked region declared, less the revocations in it.
async fn declared<C: ConnectionTrait>(
    connection: &C,
    programme: &str,
    query: &CountQuery,
) -> Result<Option<Declared>, Error> {
    if !query.is_of_designated() {
        return Ok(None);
    }
    let sql = "SELECT COUNT(*) AS decrees, \
                   CAST(COALESCE(SUM(declared_village_count), 0) AS BIGINT) AS villages \
               FROM decree \
               WHERE programme = $1 AND issue_date <= $2 AND create_time <= $3 AND region = $4";
    let rows = ask(connection, sql, known(programme, query)).await?;
    let (decrees, villages) = (number(&rows, "decrees")?, number(&rows, "villages")?);
    let sql = format!(
        "SELECT COUNT(*) AS n FROM enrolment_history \
         WHERE {KNOWN} AND {IN_REGION} AND state = 'REVOKED'"
    );
    let revocations = number(&ask(connection, &sql, known(programme, query)).await?, "n")?;
    Ok(Declared::new(decrees, villages, revocations))
}

/// The parameters `$1` to `$4`.
fn known(programme: &str, query: &CountQuery) -> Vec<Value> {
    vec![
        programme.into(),
        query.as_of.to_string().into(),
        query.known_at.micros().into(),
        query.region.as_ref().map(ToString::to_string).unwrap_or_default().into(),
    ]
}

async fn ask<C: ConnectionTrait>(
    connection: &C,
    sql: &str,
    values: Vec<Value>,
) -> Result<Vec<QueryResult>, Error> {
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, values);
    Ok(connection.query_all_raw(statement).await?)
}

fn number(rows: &[QueryResult], column: &str) -> Result<u64, Error> {
    let number: i64 = match rows.first() {
        Some(row) => row.try_get("", column)?,
        None => 0,
    };
    Ok(u64::try_from(number).unwrap_or_default())
}

fn village(row: &QueryResult) -> Result<VillageCode, Error> {
    let code: String = row.try_get("", "village")?;
    let broken = |error| StorageError::Broken(format!("stored village: {error}"));
    VillageCode::parse(&code).map_err(|error| broken(error).into())
}
