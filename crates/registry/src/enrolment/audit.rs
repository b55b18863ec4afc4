//! What follows from enrolments: the rows of their history, and what is counted of it.

use std::collections::BTreeMap;

use devisa_domain::{
    registry::{
        count::CountQuery,
        enrolment::{Enrolment, State},
    },
    time::Timestamp,
};
use devisa_ledger::{
    Error, StorageError,
    verify::{Audit, Differing, differing_columns},
};
use devisa_proto::convert::registry::render_enrolment;
use sea_orm::{
    ActiveValue::NotSet, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel,
    QueryOrder, QueryTrait,
};
use sha2::{Digest, Sha256};

use super::{
    count, history,
    rows::{ActiveModel, Column, Entity},
};
use crate::store::Table;

/// Compares enrolments, their history and their counts as of now.
pub(crate) async fn audit(audit: &mut Audit, now: Timestamp) -> Result<(), StorageError> {
    audit
        .resources::<Entity, _, ActiveModel>(&[], render_enrolment, |resource| resource.into())
        .await?;
    let of = |row: &history::Model| row.enrolment.clone();
    let (what, column) = ("enrolment history: rows with their entries", history::Column::Enrolment);
    audit
        .parts::<Entity, history::Entity>(what, history::Entity::find(), column, of, compare)
        .await?;
    counts(audit, now).await
}

/// The history's rows in the order of the history; their ordinals are the places in which they were
/// recorded, each once.
fn compare(enrolment: &Enrolment, mut rows: Vec<history::Model>) -> Vec<Differing> {
    let key = |row: &history::Model| (row.effective_date.clone(), row.record_time, row.ordinal);
    rows.sort_by_key(key);
    let entries = enrolment.history.entries();
    let mut differing = Vec::new();
    let mut ordinals: Vec<_> = rows.iter().map(|row| row.ordinal).collect();
    ordinals.sort_unstable();
    let each = (1_i64..).take(entries.len()).collect::<Vec<_>>();
    if ordinals != each {
        let (expected, found) = (format!("{each:?}"), format!("{ordinals:?}"));
        differing.push(("enrolment_history ordinals".to_owned(), expected, found));
    }
    for (index, (entry, row)) in entries.iter().zip(rows).enumerate() {
        let mut expected = history::row(enrolment, entry, 0);
        expected.ordinal = NotSet;
        for (column, expected, found) in differing_columns(&expected, &row.into_active_model()) {
            differing.push((format!("history[{index}] {column}"), expected, found));
        }
    }
    differing
}

/// What is counted from the history's rows, with what the enrolments themselves say.
async fn counts(audit: &mut Audit, now: Timestamp) -> Result<(), StorageError> {
    let mut compared = 0;
    for (programme, enrolments) in by_programme(audit).await? {
        for state in State::ALL {
            let as_of = now.jakarta_date();
            let query = CountQuery { states: vec![state], region: None, as_of, known_at: now };
            compared += 1;
            let counted = match count(audit.snapshot(), &programme, &query).await {
                Ok(counted) => counted,
                // What stands in a column is no village any more.
                Err(Error::Storage(StorageError::Broken(error))) => {
                    audit.differ(&programme, format!("count of {state}"), "a number", error);
                    continue;
                }
                Err(error) => return Err(storage(error)),
            };
            let names: Vec<_> = enrolments
                .iter()
                .filter(|enrolment| enrolment.history.state_on(as_of, now) == Some(state))
                .map(|enrolment| enrolment.name.to_string())
                .collect();
            audit.compare(&programme, &format!("count of {state}"), names.len(), counted.listed);
            audit.compare(
                &programme,
                &format!("digest of {state}"),
                digest(&names),
                counted.digest,
            );
        }
    }
    audit.compared("enrolment counts and digests, per programme and state", compared);
    Ok(())
}

/// A number is counted of a whole programme, so that its enrolments are read at once.
async fn by_programme(audit: &Audit) -> Result<BTreeMap<String, Vec<Enrolment>>, StorageError> {
    let select = Entity::find().order_by_asc(Column::Name);
    let statement = select.build(audit.snapshot().get_database_backend());
    let mut programmes = BTreeMap::<String, Vec<Enrolment>>::new();
    for row in audit.snapshot().query_all_raw(statement).await? {
        // One that cannot be read has been told; its programme is another text then, too.
        if let Ok(model) = <Entity as EntityTrait>::Model::from_query_result(&row, "") {
            programmes.entry(model.programme.clone()).or_default().push(Entity::resource(model));
        }
    }
    Ok(programmes)
}

/// SHA-256, hexadecimal, of names in order, each on a line.
fn digest(names: &[String]) -> String {
    Sha256::digest(names.join("\n")).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn storage(error: Error) -> StorageError {
    match error {
        Error::Storage(error) => error,
        Error::Refused(refusal) => StorageError::Broken(refusal.to_string()),
    }
}
